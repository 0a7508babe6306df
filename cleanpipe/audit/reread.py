"""The sources read again as a run reads them: what is refused is what `quarantine` holds, and what a record says of
itself is what the tables say. (That its text is the source's is proved apart from the readers: ``sources``.)"""

from __future__ import annotations

import base64
import os
import posixpath
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path
from typing import Any

import orjson

from cleanpipe import read
from cleanpipe.audit.inputs import Inputs
from cleanpipe.audit.order import UNREAD, stem
from cleanpipe.audit.report import Report
from cleanpipe.audit.store import Store, text_key
from cleanpipe.audit.visible import PAGE, visible
from cleanpipe.clean.language import FOUND
from cleanpipe.model import METADATA, PassedOver, Record, Rejected
from cleanpipe.read import remote
from cleanpipe.read.reject import os_error

_REFUSED = (
    "root VARCHAR, path VARCHAR, record BIGINT, stage VARCHAR, error VARCHAR, sha256 VARCHAR, size BIGINT, "
    "sample VARCHAR, sample_encoding VARCHAR, part VARCHAR"
)
_READ = (
    "root VARCHAR, path VARCHAR, record BIGINT, sha256 VARCHAR, text_key BLOB, id VARCHAR, outlet VARCHAR, "
    "outlet_from VARCHAR, url VARCHAR, canonical_url VARCHAR, title VARCHAR, published VARCHAR, unread_date VARCHAR, "
    "language VARCHAR, fetched VARCHAR, truncated VARCHAR, authors VARCHAR[], site VARCHAR, metadata_from STRUCT("
    + ", ".join(f"{name} VARCHAR" for name in METADATA)
    + ")"
)
_KINDS = {"root": str, "path": str, "record": int, "stage": str, "error": str, "sha256": str, "size": int,
          "sample": str, "sample_encoding": str}  # fmt: skip
_KILLED = "killed its worker twice"
_NO_NAME = "its name is not UTF-8: rename it"
_FLUSH = 2000


def load_quarantine(store: Store, report: Report) -> None:
    """The lines of ``quarantine`` as table ``quarantine_rows``."""
    store.execute(f"CREATE TABLE quarantine_rows ({_REFUSED})")
    rows = []
    for found in store.stream("SELECT part, number, line FROM quarantine_lines"):
        row = orjson.loads(found["line"])
        if all(type(row[name]) is kind for name, kind in _KINDS.items()) and row["error"]:
            rows.append((*(row[name] for name in _KINDS), stem(found["part"])))
        else:
            report.fail(f"{found['part']}:{found['number']}", "does not say what was refused, and why")
    store.insert("quarantine_rows", rows)


class Reread:
    """Reads file by file (`file`), then compares (`compare`); needs ``quarantine_rows`` and the tables."""

    def __init__(self, store: Store, manifest: Mapping[str, Any], inputs: Inputs, report: Report) -> None:
        config = manifest["config"]
        self._store, self._report = store, report
        self._inputs = inputs
        self._specs = [
            read.InputSpec(i["path"], i["outlets"], i["fields"], i["encoding"], i["language"]) for i in config["inputs"]
        ]
        self._limits = read.Limits(config["limits"]["document"], config["limits"]["parse_seconds"])
        self._encodings = {
            (root, path): encoding
            for root, path, encoding in store.execute(
                f"SELECT DISTINCT root, path, encoding FROM versions WHERE media_type IN ('text/plain', '{PAGE}')"
            )
        }
        self._killed = {
            (root, path)
            for root, path in store.execute(
                f"SELECT root, path FROM quarantine_rows WHERE record = -1 AND error LIKE '{_KILLED}%' "
                "AND (root, path) NOT IN (SELECT (root, path) FROM versions)"
            )
        }
        #: What the run could not process: it is not looked into here either.
        self._beyond = set(
            store.execute("SELECT root, path, record FROM quarantine_rows WHERE stage IN ('segment', 'mark')")
        )
        self.passed_over: Counter[str] = Counter()
        self._files: list[tuple[str, str]] = []
        self._read: list[tuple[Any, ...]] = []
        self._refused: list[tuple[Any, ...]] = []
        store.execute(f"CREATE TABLE reread ({_READ})")
        store.execute(f"CREATE TABLE refused ({_REFUSED})")
        store.execute("CREATE TABLE reread_files (root VARCHAR, path VARCHAR)")

    def file(self, root: str, path: str) -> bool:
        """Read one input file; False if it is one that killed its worker and would kill us."""
        if (root, path) in self._killed:
            return False
        spec = next((each for each in self._specs if _names(each.path, root, path)), None)
        if spec is None:
            self._report.fail(f"{root}/{path}", "is named by no input of the config")
            return True
        # An encoding that was found need not be sought again: that its bytes come back is proved elsewhere.
        spec = replace(spec, encoding=self._encodings.get((root, path), spec.encoding))
        self._files.append((root, path))
        entry, location, kind = (
            self._inputs.entries[root, path], self._inputs.location(root, path), self._inputs.formats[root, path]
        )  # fmt: skip
        for split in self._inputs.splits[root, path]:
            given = read.InputFile(root, path, location, entry["size"], entry["sha256"], kind, spec, split)
            for found in read.records(given, self._limits):
                beyond = isinstance(found, Record) and (root, path, found.source.record) in self._beyond
                known = read.described(found, given) if isinstance(found, Record) and not beyond else found
                self._take(known, root, path, self._inputs.part(root, path, split), beyond)
        return True

    def _take(
        self, found: Record | Rejected | PassedOver, root: str, path: str, part: str, beyond: bool = False
    ) -> None:
        if isinstance(found, Record):
            self._read.append(
                (root, path, found.source.record, found.source.sha256, b"" if beyond else _key(found),
                 read.base_id(found), found.outlet, found.outlet_from, found.url,
                 read.article_url(found.url, found.canonical_url), found.title, found.published, found.unread_date,
                 found.language, found.fetched, found.truncated, list(found.authors), found.site,
                 {name: found.metadata_from.get(name, "") for name in METADATA})
            )  # fmt: skip
        elif isinstance(found, Rejected):
            self._refused.append(
                (root, path, found.record, found.stage, found.error, found.sha256, found.size, *_shown(found.sample),
                 part)
            )  # fmt: skip
        else:
            self.passed_over[found.what] += found.count
        if len(self._read) + len(self._refused) > _FLUSH:
            self._flush()

    def _flush(self) -> None:
        for table, rows in (("reread", self._read), ("refused", self._refused), ("reread_files", self._files)):
            self._store.insert(table, rows)
            rows.clear()

    def compare(self) -> None:
        self._flush()
        self._refusals()
        self._known_to_the_run()
        self._records()

    def _refusals(self) -> None:
        """What the readers refuse, no more and no less, word for word."""
        said = (
            "SELECT q.* FROM quarantine_rows q SEMI JOIN reread_files USING (root, path) "
            "WHERE stage IN ('read', 'decode', 'parse')"
        )
        for pair, what in (
            (("refused", said), "is refused when it is read again, and quarantine does not say so"),
            ((said, "refused"), "is in quarantine, but is not what reading it again refuses"),
        ):
            left, right = (name if " " in name else f"SELECT * FROM {name}" for name in pair)
            for root, path, record, error in self._store.execute(
                f"SELECT root, path, record, error FROM ({left} EXCEPT ALL {right})"
            ):
                self._report.fail(f"{root}/{path} record {record}", f"({error}) {what}")
        self._report.proved["refused records that are refused again"] += self._store.execute(
            "SELECT count(*) FROM refused"
        )[0][0]

    def _known_to_the_run(self) -> None:
        """Rows of what only a run can tell: that processing failed, a worker died, a file could not be opened."""
        for row in self._store.stream(
            """
            SELECT q.*, CASE WHEN f.path IS NULL THEN q.sha256 ELSE r.sha256 END AS true_sha256
            FROM quarantine_rows q
            LEFT JOIN reread_files f USING (root, path)
            LEFT JOIN reread r USING (root, path, record)
            WHERE q.stage NOT IN ('read', 'decode', 'parse') OR f.path IS NULL
            """
        ):
            root, path, stage = row["root"], row["path"], row["stage"]
            entry = self._inputs.entries.get((root, path))
            own = self._inputs.part_of(root, path, row["record"]) if entry else row["part"]
            told = (row["record"], stage, row["sha256"], row["size"], row["part"])
            if entry is None:
                true = told == (-1, "read", "", -1, UNREAD) and row["error"] == _unreadable(
                    self._inputs.location(root, path), path
                )
            elif (root, path) in self._killed:
                true = told == (-1, "read", entry["sha256"], entry["size"], own)
            elif stage in ("segment", "mark"):
                true = told == (row["record"], stage, row["true_sha256"], -1, own)
            elif stage in ("read", "decode", "parse"):
                continue  # the file is gone or another, as is told already
            else:
                true = False
            self._report.check(
                "refused records that only the run could tell", true and row["sample"] == row["sample_encoding"] == "",
                f"{root}/{path} record {row['record']}",
                f"({row['error']}) is in quarantine, but not as a run would have it",
            )  # fmt: skip

    def _records(self) -> None:
        """The tables say of a record what it says of itself."""
        same = (
            "outlet_from",
            "url",
            "canonical_url",
            "title",
            "published",
            "unread_date",
            "fetched",
            "truncated",
            "site",
            "authors",
        )
        wrong = " ".join(f"WHEN d.{name} <> r.{name} THEN '{name}'" for name in same)
        # A language found in the text is proved with the text; here, that the record has none of its own.
        found = f"(d.metadata_from.language = '{FOUND}' AND r.language = '')"
        wrong += f" WHEN d.language <> r.language AND NOT {found} THEN 'language'"
        for name in METADATA:
            differs = f"d.metadata_from.{name} <> r.metadata_from.{name}"
            wrong += f" WHEN {differs}{f' AND NOT {found}' if name == 'language' else ''} THEN 'metadata_from'"
        for document, column in self._store.execute(
            f"""
            SELECT d.id, CASE {wrong} WHEN d.outlet <> CASE WHEN r.outlet = '' THEN d.id ELSE r.outlet END THEN 'outlet'
                              WHEN d.id <> r.id AND NOT starts_with(d.id, r.id || '~') THEN 'id' END AS problem
            FROM documents d JOIN reread r USING (root, path, record) WHERE problem IS NOT NULL
            """
        ):
            self._report.fail(f"document {document}", f"has another {column} than its record")
        for root, path, record in self._store.execute(
            "SELECT v.root, v.path, v.record FROM versions v JOIN reread r USING (root, path, record) "
            "LEFT JOIN rebuilt b ON b.document = v.document AND b.encoding = v.encoding "
            "WHERE v.url <> r.url OR v.published <> r.published OR v.fetched <> r.fetched "
            "OR coalesce(b.seen, b.text_key) IS DISTINCT FROM r.text_key"
        ):
            self._report.fail(f"{root}/{path} record {record}", "has another url, date or text in tables/versions")
        self._report.proved["records that the tables describe as they are"] += self._store.execute(
            "SELECT count(*) FROM versions JOIN reread USING (root, path, record)"
        )[0][0]


def _key(record: Record) -> bytes:
    """The key of a record's text; of a page, of what is visible of it."""
    return text_key(visible(record.markup) if record.source.media_type == PAGE else record.text)


def _shown(sample: bytes) -> tuple[str, str]:
    """The sample as a quarantine row has it, and how."""
    try:
        return sample.decode(), "text" if sample else ""
    except UnicodeDecodeError:
        return base64.b64encode(sample).decode(), "base64"


def _unreadable(location: str, path: str) -> str:
    """Why a file cannot be opened; "" if it can."""
    if remote.is_remote(location):
        return _unreadable_there(location)
    file = Path(location)
    if "\\x" in path and not os.path.lexists(file):
        return _NO_NAME
    try:
        if file.is_dir():
            os.scandir(file).close()
            return ""
        if not stat.S_ISREG(file.stat().st_mode):
            return "not a regular file"
        file.open("rb").close()
    except OSError as error:
        return "a link to nothing" if file.is_symlink() and not file.exists() else f"cannot be read: {error.strerror}"
    return ""


def _unreadable_there(location: str) -> str:
    try:
        remote.opened(location).close()
    except OSError as error:
        return os_error(error)
    return ""


def _names(given: str, root: str, path: str) -> bool:
    """Whether an input's path (a folder, a file or a glob) names the file ``path`` below ``root``."""
    given = remote.local(given)
    if _label(given) == root or (_label(posixpath.dirname(given)), posixpath.basename(given)) == (root, path):
        return True
    parts = given.split("/")
    fixed = next((number for number, each in enumerate(parts) if has_magic(each)), len(parts))
    top = "/".join(parts[:fixed]) or ("/" if given.startswith("/") else "")
    if fixed == len(parts) or _label(top) != root:
        return False
    wanted, below = parts[fixed:], path.split("/")
    if _match(below, wanted):
        return True
    return "**" not in given and any(_match(below[:depth], wanted) for depth in range(1, len(below)))


def _match(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """A glob, folder by folder; ``**`` stands for any number of them."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_match(parts[skip:], wanted[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _match(parts[1:], wanted[1:])


def _label(path: str) -> str:
    if remote.is_remote(path):
        return remote.label(path)
    return posixpath.normpath(path.replace(os.sep, "/") or ".")
