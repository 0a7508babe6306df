"""Every character of every document, accounted for: blocks and gaps tile the source text, and each block is a paragraph
of the corpus (with its edits in ``stripped``) or, whole, a row of ``stripped``."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from cleanpipe.audit import oracle
from cleanpipe.audit.decisions import Verdict, verdict
from cleanpipe.audit.report import Report
from cleanpipe.audit.store import ByDocument, Row, Store, text_key
from cleanpipe.audit.visible import PAGE, bare
from cleanpipe.clean.language import FOUND, language_of

_PROFILES = {
    "article": {"headline", "standfirst", "body", "subhead", "list", "quote", "table", "embed", "background"},
    "body": {"body", "subhead", "list", "quote", "table", "embed", "background"},
}
#: What the accounts call the blocks of an action.
_ACCOUNTS = {"strip": "stripped", "profile": "profile", "duplicate": "duplicates", "superseded": "superseded"}
#: What `duplicates` lets be dropped.
_DROPS: dict[str, tuple[str, ...]] = {
    "mark": (),
    "documents": ("duplicates/documents@1",),
    "paragraphs": ("duplicates/documents@1", "duplicates/paragraphs@1"),
}
_FLUSH = 2000


class Malformed(Exception):
    """A row that does not say what it must; the text says which and how."""


def must(true: bool, what: str) -> None:
    if not true:
        raise Malformed(what)


class Tiles:
    """Checks document by document. Fills the tables ``texts`` (each paragraph that is in the corpus or dropped as a
    duplicate), ``matches`` and ``rebuilt`` (each document's text in each encoding it was read in; a page's as seen)."""

    def __init__(self, store: Store, config: Mapping[str, Any], report: Report) -> None:
        self._store, self._report = store, report
        profile = config["profile"]
        self._exported = _PROFILES[profile] if isinstance(profile, str) else set(profile)
        self._profile = profile if isinstance(profile, str) else "custom"
        self._least = config["confidence"]
        self._drops = _DROPS[config["duplicates"]]
        self._all_versions = config["versions"] == "all"
        self.chars: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._texts: list[tuple[Any, ...]] = []
        self._matches: list[tuple[Any, ...]] = []
        self._rebuilt: list[tuple[Any, ...]] = []

    def check(self) -> None:
        store, report = self._store, self._report
        store.execute(
            "CREATE TABLE texts (id VARCHAR, document VARCHAR, block BIGINT, outlet VARCHAR, type VARCHAR, "
            "source_start BIGINT, source_end BIGINT, in_corpus BOOLEAN, text VARCHAR, text_hash VARCHAR, "
            "group_id VARCHAR, relation VARCHAR, jaccard DOUBLE, containment DOUBLE, outlet_count BIGINT, "
            "match_count BIGINT, held_by VARCHAR, rule VARCHAR, reason VARCHAR)"
        )
        store.execute(
            "CREATE TABLE matches (paragraph VARCHAR, other VARCHAR, outlet VARCHAR, relation VARCHAR, "
            "jaccard DOUBLE, containment DOUBLE)"
        )
        store.execute(
            "CREATE TABLE rebuilt (document VARCHAR, encoding VARCHAR, text_key BLOB, sha256 VARCHAR, seen BLOB)"
        )
        follow = {
            "corpus": ByDocument(
                store.stream("SELECT key, part, number, line FROM corpus_lines ORDER BY key, part, number"),
                "key", report, "a corpus line",
            ),
            "stripped": ByDocument(
                store.stream("SELECT key, part, number, line FROM stripped_lines ORDER BY key, part, number"),
                "key", report, "a stripped line",
            ),
            "blocks": ByDocument(
                store.stream("SELECT * FROM blocks ORDER BY document, block"), "document", report, "a block"
            ),
            "marks": ByDocument(
                store.stream("SELECT * FROM marks ORDER BY document, n"), "document", report, "a mark"
            ),
            "versions": ByDocument(
                store.stream("SELECT document, encoding, status, current_document FROM versions ORDER BY document"),
                "document", report, "a version",
            ),
        }  # fmt: skip
        last = None
        for document in store.stream("SELECT * FROM documents ORDER BY id"):
            name = document["id"]
            if name == last:
                report.fail(f"tables/documents.parquet {name}", "stands twice")
                continue
            last = name
            rows = {kind: stream.of(name) for kind, stream in follow.items()}
            try:
                self._document(document, rows)
                report.proved["documents whose source text is tiled exactly once"] += 1
            except Malformed as error:
                report.fail(f"document {name}", str(error))
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
                report.fail(f"document {name}", f"a row is malformed ({type(error).__name__}: {error})")
            if len(self._texts) > _FLUSH:
                self._flush()
        for stream in follow.values():
            stream.end()
        self._flush()

    def _flush(self) -> None:
        for table, rows in (("texts", self._texts), ("matches", self._matches), ("rebuilt", self._rebuilt)):
            self._store.insert(table, rows)
            rows.clear()

    def _document(self, document: Row, rows: Mapping[str, list[Row]]) -> None:
        blocks = rows["blocks"]
        text = self._source(document, blocks, {row["encoding"] for row in rows["versions"]})
        in_corpus = document["status"] == "current" or (document["status"] == "superseded" and self._all_versions)
        self.counts["documents"] += in_corpus
        must(
            len(rows["corpus"]) == in_corpus,
            f"is {document['status']}, and has {len(rows['corpus'])} lines in corpus instead of {int(in_corpus)}",
        )
        line = orjson.loads(rows["corpus"][0]["line"]) if in_corpus else None
        stripped: dict[int, list[Row]] = {}
        for row in rows["stripped"]:
            found = orjson.loads(row["line"])
            stripped.setdefault(found["block"], []).append(found)
        if line is not None:
            _metadata(document, line)
        paragraphs = self._paragraphs(document, line) if line is not None else {}
        marked: dict[int, list[Row]] = {}
        for place, mark in enumerate(rows["marks"]):
            must(mark["n"] == place, f"mark {place} is missing or stands twice")
            marked.setdefault(mark["block"], []).append(mark)
        voter = next((m["processor"] for m in reversed(rows["marks"]) if m["action"] == "vote"), "")
        newer = next((v["current_document"] for v in rows["versions"] if v["status"] == "superseded"), "")
        for block in blocks:
            number = block["block"]
            found = stripped.pop(number, [])
            for row in found:
                _same(row, "outlet", document["outlet"], f"stripped #{number}")
                must(
                    row["text"] == text[row["source_start"] : row["source_end"]] and bool(row["text"]),
                    f"the text of stripped #{number} is not the source's at {row['source_start']}",
                )
            told = verdict(
                block["text"], block["start"], marked.get(number, ()), self._profile, self._exported,
                voter, self._least,
            )  # fmt: skip
            _follows(block, told, f"{document['id']}#{number}", newer)
            if entry := paragraphs.pop(number, None):
                self._kept(document, block, entry, line["text"] if line else "", found, told)
            else:
                self._gone(document, block, found, told, in_corpus)
        must(not paragraphs, f"corpus has paragraphs of no block: {sorted(paragraphs)}")
        must(not stripped, f"stripped has rows of no block: {sorted(stripped)}")

    def _source(self, document: Row, blocks: list[Row], encodings: set[str]) -> str:
        """The source text from its blocks; the gaps go to their account."""
        parts, at, gaps = [], 0, 0
        for number, block in enumerate(blocks):
            gap = block["gap"]
            must(block["block"] == number, f"block {number} is missing or stands twice")
            must(
                block["start"] == at + len(gap)
                and block["end"] == block["start"] + len(block["text"]) > block["start"],
                f"block {number} does not follow the one before it: the blocks do not tile the text",
            )
            must(oracle.blank(gap), f"the gap before block {number} holds text")
            parts += [gap, block["text"]]
            gaps += len(gap)
            at = block["end"]
        must(oracle.blank(document["tail"]), "the gap after the last block holds text")
        text = "".join([*parts, document["tail"]])
        must(
            len(text) == document["chars"], f"has {len(text)} characters in its blocks, {document['chars']} by its row"
        )
        must(bool(encodings), "is in no row of versions")
        if document["metadata_from"]["language"] == FOUND:
            must(language_of(text) == document["language"], "has another language than its text")
        key = text_key(text)
        seen = text_key(bare(text)) if document["media_type"] == PAGE else None
        for encoding in sorted(encodings):
            sha256 = ""
            if seen is None:
                raw = text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
                sha256 = hashlib.sha256(raw).hexdigest()
            self._rebuilt.append((document["id"], encoding, key, sha256, seen))
        self.chars["source"] += len(text)
        self.chars["gaps"] += gaps + len(document["tail"])
        self.counts["blocks"] += len(blocks)
        return text

    def _paragraphs(self, document: Row, line: Row) -> dict[int, Row]:
        """The paragraphs of a corpus line by block; they tile its text."""
        found: dict[int, Row] = {}
        at, last = 0, -1
        for entry in line["paragraphs"]:
            name, _, number = entry["id"].rpartition("#")
            must(name == document["id"] and number == str(int(number)), f"the paragraph {entry['id']} is not its own")
            must(int(number) > last, f"the paragraph {entry['id']} is out of order")
            must(
                entry["start"] == at
                and entry["end"] > at
                and line["text"][entry["end"] : entry["end"] + 2] in ("\n\n", ""),
                f"the paragraph {entry['id']} is not where its text says",
            )
            at, last = entry["end"] + 2, int(number)
            found[last] = entry
        must(len(line["text"]) == max(at - 2, 0), "the text in corpus is not that of its paragraphs")
        return found

    def _kept(self, document: Row, block: Row, entry: Row, text: str, stripped: list[Row], told: Verdict) -> None:
        where = entry["id"]
        must(block["action"] == "keep", f"{where} is in corpus, but {block['action']} in tables/blocks")
        must(
            (entry["source_start"], entry["source_end"]) == (block["start"], block["end"]),
            f"{where} does not point to its block",
        )
        must(
            entry["type"] == block["type"] and entry["type"] in self._exported, f"{where} has the type {entry['type']}"
        )
        base = block["start"]
        edits = [(mark["start"] - base, mark["end"] - base, "") for mark in told.edits]
        must(
            [(base + start, base + end, block["text"][start:end], "", mark["rule"])
             for (start, end, _), mark in zip(edits, told.edits, strict=True)]
            == [tuple(edit.values()) for edit in entry["edits"]],
            f"the edits of {where} are not those of its marks",
        )  # fmt: skip
        must(
            [("edit", block["type"], mark["start"], mark["end"], *(mark[c] for c in ("processor", "rule", "reason")),
              told.confidence, told.evidence, "", "") for mark in told.edits]
            == [tuple(row[c] for c in ("action", "type", "source_start", "source_end", "processor", "rule", "reason",
                                       "confidence", "evidence", "canonical", "held_by")) for row in stripped],
            f"the edits of {where} are not those in stripped",
        )  # fmt: skip
        for start, end, _ in edits:
            self.chars["edited"] += end - start
            self.chars["kept"] -= end - start
        clean = oracle.clean(block["text"], edits)
        must(text[entry["start"] : entry["end"]] == clean, f"the text of {where} is not its source's without the edits")
        hashed = oracle.text_hash(clean)
        must(entry["text_hash"] == hashed, f"the text_hash of {where} is not its text's")
        self.chars["kept"] += len(block["text"])
        self.counts["kept"] += 1
        self.counts["edits"] += len(edits)
        self._texts.append(
            (where, document["id"], block["block"], document["outlet"], entry["type"], block["start"], block["end"],
             True, clean, hashed, entry["group"], entry["relation"], float(entry["jaccard"]),
             float(entry["containment"]), entry["outlet_count"], entry["match_count"], "", "", "")
        )  # fmt: skip
        for match in entry["matches"]:
            self._matches.append(
                (where, match["paragraph"], match["outlet"], match["relation"], float(match["jaccard"]),
                 float(match["containment"]))
            )  # fmt: skip

    def _gone(self, document: Row, block: Row, stripped: list[Row], told: Verdict, in_corpus: bool) -> None:
        where = f"{document['id']}#{block['block']}"
        must(len(stripped) == 1, f"{where} is not in corpus and has {len(stripped)} rows in stripped instead of 1")
        row = stripped[0]
        must(
            (row["source_start"], row["source_end"]) == (block["start"], block["end"]),
            f"{where} is not in corpus, and stripped has only a part of it",
        )
        for column in ("action", "type", "rule", "reason"):
            must(row[column] == block[column], f"the {column} of {where} in stripped is not that in tables/blocks")
        action = row["action"]
        must(action in _ACCOUNTS, f"{where} has the action {action}")
        must((action == "superseded") <= (not in_corpus), f"{where} is superseded in a current document")
        must((action == "duplicate") <= in_corpus, f"{where} is a duplicate in an earlier version")
        must((action == "profile") <= (row["type"] not in self._exported), f"{where} is of a type that is exported")
        why = {
            "superseded": ("versions", 1.0, "{}"),
            "duplicate": ("duplicates", 1.0, "{}"),
        }.get(action, (told.processor, told.confidence, told.evidence))
        for column, value in zip(("processor", "confidence", "evidence"), why, strict=True):
            _same(row, column, value, f"{where} in stripped")
        must(action != "duplicate" or row["rule"] in self._drops, f"{where} was dropped, which `duplicates` forbids")
        if action != "duplicate":
            must(
                row["canonical"] == row["held_by"] == "", f"{where} is {action}, and names a paragraph that it repeats"
            )
        self.chars[_ACCOUNTS[action]] += len(block["text"])
        self.counts[_ACCOUNTS[action]] += 1
        if action == "duplicate":
            base = block["start"]
            edits = [(mark["start"] - base, mark["end"] - base, "") for mark in told.edits]
            clean = oracle.clean(block["text"], edits)
            self._texts.append(
                (where, document["id"], block["block"], document["outlet"], row["type"], base, block["end"], False,
                 clean, oracle.text_hash(clean), row["canonical"], None, None, None, None, None, row["held_by"],
                 row["rule"], row["reason"])
            )  # fmt: skip


def _follows(block: Row, told: Verdict, where: str, newer: str) -> None:
    """A row of tables/blocks follows from the block's marks; what is kept may still be an earlier version's, or a
    duplicate (whose reason is checked where its holder is known)."""
    what = ("action", "rule", "reason")
    expected = (told.action, told.rule, told.reason)
    if told.action == "keep" and block["action"] == "superseded":
        expected = ("superseded", "versions/latest@1", f"An earlier version of {newer}, which is in the corpus.")
    elif told.action == "keep" and block["action"] == "duplicate":
        expected = ("duplicate", block["rule"], block["reason"])
    for column, value in zip((*what, "type", "confidence"), (*expected, told.type, told.confidence), strict=True):
        _same(block, column, value, f"{where}, by its marks,")


def _same(row: Mapping[str, Any], column: str, value: Any, where: str) -> None:
    must(row[column] == value, f"{column} of {where} is {row[column]!r}, not {value!r}")


def _metadata(document: Row, line: Row) -> None:
    """What a corpus line says of its document is what tables/documents says."""
    known = line["metadata"]
    where = "its corpus line"
    for column in ("outlet", "url", "title", "authors", "site", "language", "kind", "entries", "rights",
                   "metadata_from", "path", "record", "format", "media_type", "sha256", "duplicate_of"):  # fmt: skip
        _same(known, column, document[column], where)
    _same(known, "shared_fraction", round(document["shared_fraction"], 4), where)
    origin = {key: document["origin"][0][key] if document["origin"] else "" for key in ("name", "kind")}
    _same(known, "origin", origin, where)
    _same(line, "source", document["outlet"], where)
    must(same_date(line["created"], document["published"]), "created in its corpus line is not when it was published")
    must(same_date(known["fetched"], document["fetched"]), "fetched in its corpus line is not that of the table")


def same_date(shown: str, published: str) -> bool:
    """Whether an output's date is the table's; the outputs write milliseconds."""
    return shown == published or (shown.replace(".000", "", 1) == published and len(published) >= 20)
