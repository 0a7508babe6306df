"""Proof of an output: reads only OUT and the sources, with code of its own.

1. the files are those of the manifest; 2. every record of the sources is one document or in quarantine, is rebuilt
(``sources``), and is described or refused as the readers do it (``reread``); 3. every character of every document is in
exactly one of corpus, stripped and the gaps (``tiles``), by what its marks say (``decisions``), and every line in its
place (``order``); 4. every relation is measured again (``relations``); 5. the counts are those of the rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleanpipe.audit.inputs import Inputs
from cleanpipe.audit.order import check_order
from cleanpipe.audit.relations import Relations
from cleanpipe.audit.report import Report
from cleanpipe.audit.reread import load_quarantine
from cleanpipe.audit.sources import check_sources
from cleanpipe.audit.store import LINES, Store
from cleanpipe.audit.tiles import Tiles
from cleanpipe.errors import UserError

MEMORY = 1 << 30


def verify(out: Path, sources: Mapping[str, Path] | None = None, memory: int = MEMORY) -> Report:
    """Check the output ``out``; ``sources``: root -> where it lies now, ``memory``: bytes that DuckDB may take.

    Raises UserError if there is no whole output to check.
    """
    manifest = read_manifest(out)
    report = Report()
    try:
        _verify(out, manifest, sources or {}, memory, report)
    except (KeyError, TypeError, AttributeError) as error:
        report.fail("manifest.json", f"is malformed ({type(error).__name__}: {error})")
    return report


def read_manifest(out: Path) -> dict[str, Any]:
    """The manifest of a whole output, else a UserError."""
    try:
        found = json.loads((out / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        if not out.is_dir():
            raise UserError(f"there is no folder {out}; name the output of a run") from None
        raise UserError(f"no manifest.json in {out}: the run did not finish; run it again") from None
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {out / 'manifest.json'} ({error}); run it again") from None
    if not isinstance(found, dict) or "cleanpipe" not in found:
        raise UserError(f"{out / 'manifest.json'} is not of a cleanpipe run; name the output of one")
    return found


def _verify(out: Path, manifest: dict[str, Any], moved: Mapping[str, Path], memory: int, report: Report) -> None:
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    plain = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    report.check(
        "manifest with its own checksum", manifest.get("digest") == hashlib.sha256(plain.encode()).hexdigest(),
        "manifest.json", "is not as the run wrote it (its digest is another)",
    )  # fmt: skip
    listed = {entry["path"]: entry for entry in manifest["outputs"]}
    _files(out, listed, report)
    with tempfile.TemporaryDirectory(prefix="cleanpipe-verify-") as scratch:
        store = Store(out, Path(scratch), memory)
        try:
            whole = store.attach(report)
            rows = {path: count for folder in LINES for path, count in store.load(folder, report).items()}
            if whole:
                rows |= store.table_rows()
            for path, count in sorted(rows.items()):
                if path in listed and listed[path]["rows"] != count:
                    report.fail(path, f"has {count} rows, {listed[path]['rows']} by the manifest")
            if whole:
                _content(store, manifest, moved, report)
        finally:
            store.close()


def _content(store: Store, manifest: dict[str, Any], moved: Mapping[str, Path], report: Report) -> None:
    config = manifest["config"]
    tiles = Tiles(store, config, report)
    tiles.check()
    total = sum(count for account, count in tiles.chars.items() if account != "source")
    if report.check(
        "balanced accounts", total == tiles.chars["source"], "accounts",
        f"{total} characters are accounted for, the sources have {tiles.chars['source']}",
    ):  # fmt: skip
        report.proved["characters accounted for"] = total
    load_quarantine(store, report)
    inputs = Inputs(store, manifest, moved)
    check_order(store, report)
    _versions(store, report)
    passed_over = check_sources(store, manifest, inputs, report)
    Relations(store, config, report).check()
    _marks(store, report)
    for name, count in _counts(store, manifest, tiles, passed_over).items():
        said = manifest["counts"].get(name)
        report.check(
            "counts of the manifest", said == count, "manifest.json", f"counts {said} {name}, there are {count}"
        )


def _files(out: Path, listed: Mapping[str, Mapping[str, Any]], report: Report) -> None:
    there = set()
    for folder, folders, names in os.walk(out):
        relative = Path(folder).relative_to(out)
        if relative == Path("."):
            folders[:] = [name for name in folders if name != ".work"]
        there |= {(relative / name).as_posix() for name in names}
    for path in sorted(there - set(listed) - {"manifest.json"}):
        report.fail(path, "is not in the manifest")
    for path, entry in sorted(listed.items()):
        try:
            with (out / path).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError:
            report.fail(path, "is in the manifest, but cannot be read")
            continue
        report.check(
            "output files with the checksum of the manifest", (sha256, size) == (entry["sha256"], entry["size"]), path,
            "was changed after the run (its checksum is another)",
        )  # fmt: skip


def _versions(store: Store, report: Report) -> None:
    """Each document is one record that was read; earlier versions name the current one."""
    for document, status, rows in store.execute(
        """
        SELECT coalesce(d.id, v.document), coalesce(d.status, 'missing in tables/documents'), coalesce(v.n, 0)
        FROM documents d
        FULL JOIN (SELECT document, status, version, root, path, record, encoding, sha256, format, media_type,
                          count(*) OVER (PARTITION BY document) AS n
                   FROM versions WHERE status <> 'seen') v
        ON v.document = d.id AND v.status = d.status AND v.version = d.version AND v.root = d.root AND v.path = d.path
           AND v.record = d.record AND v.encoding = d.encoding AND v.sha256 = d.sha256
           AND v.media_type = d.media_type AND v.format = d.format
        WHERE d.id IS NULL OR v.n IS DISTINCT FROM 1
        """
    ):
        report.fail(f"document {document}", f"({status}) is {rows} rows of tables/versions that say the same")
    for document, current in store.execute(
        "SELECT v.document, v.current_document FROM versions v LEFT JOIN documents c ON c.id = v.current_document "
        "WHERE c.status IS DISTINCT FROM 'current' OR (v.status = 'current') AND v.document <> v.current_document "
        "OR v.status = 'superseded' AND v.document = v.current_document"
    ):
        report.fail(f"document {document}", f"names {current} as its current version")
    for document, status in store.execute("SELECT document, status FROM versions ANTI JOIN documents ON id = document"):
        report.fail(f"document {document}", f"is {status} in tables/versions and not in tables/documents")


def _marks(store: Store, report: Report) -> None:
    for document, block, rule in store.execute(
        "SELECT m.document, m.block, m.rule FROM marks m LEFT JOIN blocks b ON b.document = m.document "
        'AND b.block = m.block WHERE b.document IS NULL OR m.start < b.start OR m."end" > b."end" OR m.start > m."end"'
    ):
        report.fail(f"mark {rule} on {document}#{block}", "does not lie in its block")
    report.proved["marks that lie in their blocks"] += store.execute("SELECT count(*) FROM marks")[0][0]


def _counts(
    store: Store, manifest: Mapping[str, Any], tiles: Tiles, passed_over: Mapping[str, int]
) -> dict[str, Any]:  # fmt: skip
    """The counts of the manifest, from the rows."""

    def one(query: str) -> int:
        return int(store.execute(query)[0][0])

    def named(query: str) -> dict[str, int]:
        return dict(store.execute(query))

    accounts = ("source", "kept", "stripped", "profile", "edited", "duplicates", "superseded", "gaps")
    quarantined = one("SELECT count(*) FROM quarantine_lines")
    stripped = "FROM blocks b JOIN documents d ON d.id = b.document WHERE b.action = 'strip' GROUP BY ALL"
    families = store.execute(
        "SELECT count(*), coalesce(max(n), 0) FROM "
        "(SELECT sum(occurrence_count)::BIGINT AS n FROM groups GROUP BY family)"
    )[0]
    refused = store.execute("SELECT root, path FROM quarantine_rows WHERE record < 0")  # perhaps never opened
    return {
        "inputs": len({(entry["root"], entry["path"]) for entry in manifest["inputs"]} | set(refused)),
        "records": one("SELECT count(*) FROM versions") + quarantined,
        "documents": tiles.counts["documents"],
        "superseded": one("SELECT count(*) FROM versions WHERE status = 'superseded'"),
        "seen": one("SELECT count(*) FROM versions WHERE status = 'seen'"),
        "quarantined": quarantined,
        "passed_over": dict(passed_over),
        **{name: tiles.counts[name] for name in ("blocks", "kept", "stripped", "profile", "edits", "duplicates")},
        "chars": {name: tiles.chars[name] for name in accounts},
        "stripped_by_category": named(f"SELECT substr(b.type, 6), count(*) {stripped}"),
        "stripped_by_rule": named(f"SELECT b.rule, count(*) {stripped}"),
        "stripped_by_outlet": named(f"SELECT d.outlet, count(*) {stripped}"),
        "relations": named("SELECT relation, count(*) FROM occurrences GROUP BY ALL"),
        "groups": one("SELECT count(*) FROM groups"),
        "shared_groups": one("SELECT count(*) FROM groups WHERE outlet_count > 1"),
        "families": families[0],
        "largest_family": families[1],
    }
