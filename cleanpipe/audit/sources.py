"""The sources, read a second time: every record of every input file with its bytes' hash and the texts that it holds.

Shares nothing with the readers but the unpacking of compressed files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from cleanpipe.audit.inputs import Inputs
from cleanpipe.audit.report import Report
from cleanpipe.audit.reread import Reread
from cleanpipe.audit.store import Store, text_key
from cleanpipe.audit.visible import PAGE, visible
from cleanpipe.read import remote
from cleanpipe.read.compress import Broken, opened, pieces

TEXT, LINES, ROWS = "text/plain", "application/x-ndjson", "application/vnd.apache.parquet"
_LONG = 1 << 30  # a line of more bytes is not held: a few compressed bytes may be terabytes


def check_sources(store: Store, manifest: Mapping[str, Any], inputs: Inputs, report: Report) -> dict[str, int]:
    """Every record of the sources is one row of ``versions`` or one of ``quarantine``, and its text is the one that
    ``rebuilt`` (document, encoding, text_key, sha256) tells. What was passed over in archives, by what it is."""
    store.execute("CREATE TABLE sources (root VARCHAR, path VARCHAR, record BIGINT, sha256 VARCHAR, texts BLOB[])")
    known = set(store.execute("SELECT DISTINCT root, path FROM versions"))
    encodings = {
        (root, path): encoding
        for root, path, encoding in store.execute(
            f"SELECT DISTINCT root, path, encoding FROM versions WHERE media_type = '{PAGE}'"
        )
    }
    again = Reread(store, manifest, inputs, report)
    rejected: dict[tuple[str, str], set[int]] = {}
    for root, path, record in store.execute("SELECT root, path, record FROM quarantine_rows"):
        rejected.setdefault((root, path), set()).add(record)

    def records() -> Iterator[tuple[Any, ...]]:
        for entry in manifest["inputs"]:
            root, path = entry["root"], entry["path"]
            refused = rejected.get((root, path), set())
            file, kind = inputs.location(root, path), inputs.formats[root, path]
            if not _same_file(file, entry, root, report):
                continue
            if not again.file(root, path) or (-1 in refused and (root, path) not in known):
                continue
            if kind == "parquet":
                tables.append((root, path))
            if kind in ("parquet", "warc"):
                continue
            if kind == "html":
                found = _page(file, encodings.get((root, path), ""))
            else:
                found = _lines(file) if kind == "jsonl" else _text(file)
            try:
                for record, sha256, texts in found:
                    if texts is None and record not in refused:
                        report.fail(f"{root}/{path}", f"line {record + 1} is in neither corpus nor quarantine")
                    yield root, path, record, sha256, texts or []
            except Broken as error:
                if -1 not in refused:
                    report.fail(f"{root}/{path}", f"{error}, but quarantine does not say so")

    tables: list[tuple[str, str]] = []
    store.insert("sources", records())
    again.compare()
    for root, path in tables:
        error = _rows(store, inputs.location(root, path), root, path, manifest)
        if error and -1 not in rejected.get((root, path), set()):
            report.fail(f"{root}/{path}", f"{error}, but quarantine does not say so")
    # How an archive's records are cut and unpacked is not done a second time: these are as the readers see them.
    archives = [place for place, kind in inputs.formats.items() if kind == "warc"]
    store.execute("CREATE TABLE archives (root VARCHAR, path VARCHAR)")
    store.insert("archives", archives)
    store.execute(
        "INSERT INTO sources SELECT root, path, record, sha256, [text_key] FROM reread SEMI JOIN archives "
        "USING (root, path)"
    )
    _compare(store, report)
    return dict(again.passed_over)


def _same_file(file: str, entry: Mapping[str, Any], root: str, report: Report) -> bool:
    try:
        digest = hashlib.sha256()
        with opened(file) as stream:
            while data := stream.read(1 << 20):
                digest.update(data)
    except OSError:
        report.fail(file, f"the source is not there; say where its root lies now: --sources {root}=PATH")
        return False
    return report.check(
        "source files with the checksum of the manifest",
        digest.hexdigest() == entry["sha256"],
        file,
        "changed since the run",
    )


def _text(file: str) -> Iterator[tuple[int, str, list[bytes] | None]]:
    digest = hashlib.sha256()
    for piece in pieces(file):
        digest.update(piece)
    yield 0, digest.hexdigest(), []


def _page(file: str, encoding: str) -> Iterator[tuple[int, str, list[bytes] | None]]:
    """Like `_lines`, with the key of what is visible of the page; none where it is in no row of ``versions``."""
    data = b"".join(pieces(file))
    seen = [text_key(visible(data.decode(encoding, "replace").removeprefix("\ufeff")))] if encoding else []
    yield 0, hashlib.sha256(data).hexdigest(), seen


def _lines(file: str) -> Iterator[tuple[int, str, list[bytes] | None]]:
    """(number, hash, keys of the strings it holds) of each line that is not blank; None for strings if not JSON."""
    number, held = 0, b""
    for piece in pieces(file):
        *whole, held = (held + piece).split(b"\n")
        if len(held) > _LONG:
            raise Broken("a line has no end")
        for line in whole:
            yield from _line(line, number)
            number += 1
    yield from _line(held, number)


def _line(line: bytes, number: int) -> Iterator[tuple[int, str, list[bytes] | None]]:
    line = line.removesuffix(b"\r")
    if line.strip(b" \t\r"):
        sha256 = hashlib.sha256(line).hexdigest()
        try:
            value = json.loads(line.decode("utf-8-sig" if number == 0 else "utf-8"))
        except (ValueError, RecursionError):
            yield number, sha256, None
        else:
            yield number, sha256, [text_key(text) for text in _strings(value)]


def _rows(store: Store, file: str, root: str, path: str, manifest: Mapping[str, Any]) -> str:
    """The rows of a table, each with the hash that its record has if one of its columns of text has it: read by DuckDB
    and not by the library that the readers use. What is wrong where it cannot be read."""
    if remote.is_remote(file):
        store.reach(file)
    table, root, path = (value.replace("'", "''") for value in (file, root, path))
    try:
        columns = store.execute(f"DESCRIBE SELECT * FROM read_parquet('{table}')")
        found = [f'"{name}"' for name, kind, *_ in columns if kind in ("VARCHAR", "BLOB")]
        dotted = {key for given in manifest["config"]["inputs"] for key in given["fields"].values() if "." in key}
        tops = {name for name, kind, *_ in columns if kind.startswith("STRUCT")}
        found += [".".join(f'"{step}"' for step in key.split(".")) for key in dotted if key.split(".")[0] in tops]
        hashes = ", ".join(f"sha256({column})" for column in found)
        store.execute(
            f"INSERT INTO sources SELECT '{root}', '{path}', t.file_row_number, "
            f"CASE WHEN list_contains([{hashes}], v.sha256) THEN v.sha256 ELSE 'of no column' END, [] "
            f"FROM read_parquet('{table}', file_row_number = true) t "
            f"LEFT JOIN (SELECT DISTINCT record, sha256 FROM versions WHERE root = '{root}' AND path = '{path}') v "
            "ON v.record = t.file_row_number"
        )
    except duckdb.Error as error:
        return f"the table cannot be read ({str(error).splitlines()[0]})"
    return ""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _compare(store: Store, report: Report) -> None:
    for root, path, record, times in store.execute(
        "SELECT root, path, record, count(*) FROM (SELECT root, path, record FROM versions UNION ALL "
        "SELECT root, path, record FROM quarantine_rows WHERE record >= 0) GROUP BY ALL HAVING count(*) > 1"
    ):
        report.fail(f"{root}/{path} record {record}", f"is {times} rows of versions and quarantine, not one")
    for root, path, record in store.execute(
        "SELECT root, path, record FROM sources ANTI JOIN versions USING (root, path, record) "
        "ANTI JOIN quarantine_rows USING (root, path, record)"
    ):
        report.fail(f"{root}/{path} record {record}", "is in neither versions nor quarantine")
    inputs = "SELECT DISTINCT root, path FROM sources"
    for root, path, record in store.execute(
        f"SELECT v.root, v.path, v.record FROM versions v SEMI JOIN ({inputs}) USING (root, path) "
        "ANTI JOIN sources USING (root, path, record)"
    ):
        report.fail(f"{root}/{path} record {record}", "the source has no such record")
    for root, path, record, document, problem in store.execute(
        f"""
        SELECT v.root, v.path, v.record, v.document,
               CASE WHEN r.document IS NULL THEN 'its document has no text'
                    WHEN v.sha256 <> s.sha256 THEN 'its bytes are not those that were read'
                    WHEN v.media_type IN ('{TEXT}', '{ROWS}') AND r.sha256 <> s.sha256
                    THEN 'is not rebuilt byte for byte'
                    WHEN v.media_type = '{LINES}' AND NOT list_contains(s.texts, r.text_key)
                    THEN 'its text is not the document''s'
                    WHEN v.format = 'html' AND NOT list_contains(s.texts, r.seen)
                    THEN 'what is visible of the page is not the document''s text' END AS problem
        FROM versions v
        JOIN sources s USING (root, path, record)
        LEFT JOIN rebuilt r ON r.document = v.document AND r.encoding = v.encoding
        WHERE problem IS NOT NULL
        """
    ):
        report.fail(f"{root}/{path} record {record} ({document})", problem)
    for kind, name in ((TEXT, "text files rebuilt byte for byte"), (LINES, "records whose text is the source's"),
                       (ROWS, "rows of tables rebuilt byte for byte")):  # fmt: skip
        if count := store.execute(
            f"SELECT count(*) FROM versions v JOIN sources USING (root, path, record) WHERE v.media_type = '{kind}'"
        )[0][0]:
            report.proved[name] += count
    if count := store.execute(
        f"SELECT count(*) FROM versions v JOIN reread USING (root, path, record) WHERE v.media_type = '{PAGE}'"
    )[0][0]:
        report.proved["pages of which all that is visible is accounted for"] += count
