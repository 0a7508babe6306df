"""``manifest.json``: what went in, what came out, the counts between, and what somebody should look at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cleanpipe.engine.base import Engine
from cleanpipe.steps import SCHEMA_VERSION

#: Where a share is abnormal. Under the least number of blocks or paragraphs a share says nothing.
RULE_SHARE, OUTLET_SHARE, FAMILY_SHARE = 0.2, 0.6, 0.01
LEAST_BLOCKS, LEAST_PARAGRAPHS = 500, 1000

_FATE = """
    SELECT r.outlet, k.type, k.rule, b."end" - b.start AS chars,
           CASE WHEN k.action <> 'keep' THEN k.action
                WHEN r.status NOT IN ('current', 'STATUS') THEN 'superseded'
                WHEN p.dropped THEN 'duplicate' ELSE 'keep' END AS action
    FROM blocks b
    JOIN decisions k ON k.doc_key = b.doc_key AND k.block = b.block
    JOIN records r ON r.doc_key = b.doc_key
    LEFT JOIN paragraph_results p ON p.doc_key = b.doc_key AND p.block = b.block
    WHERE r.status <> 'seen'
"""

Named = dict[str, int]


class Counter:
    """The counts of a run by SQL over its step tables."""

    def __init__(self, engine: Engine, versions: str) -> None:
        self._engine = engine
        self._fate = _FATE.replace("STATUS", "superseded" if versions == "all" else "current")
        self._in_corpus = "('current', 'superseded')" if versions == "all" else "('current')"

    def counts(self, inputs: int) -> dict[str, Any]:
        """See ``docs/outputs.md``; ``inputs`` is the number of files read."""
        status = self._named("SELECT status, count(*) FROM records GROUP BY status")
        documents = self._one(f"SELECT count(*) FROM records WHERE status IN {self._in_corpus}")
        quarantined = self._one("SELECT count(*) FROM quarantine") + self._one("SELECT count(*) FROM refusals")
        rows = self._engine.rows(f"SELECT action, count(*), sum(chars) FROM ({self._fate}) AS f GROUP BY action")
        blocks = {action: int(count) for action, count, _ in rows}
        chars = {action: int(total) for action, _, total in rows}
        edits, edited = self._one("SELECT sum(edits) FROM parts"), self._one("SELECT sum(edited) FROM parts")
        source = self._one(
            "SELECT sum(d.chars) FROM documents d JOIN records r ON r.doc_key = d.doc_key WHERE r.status <> 'seen'"
        )
        stripped = f"SELECT * FROM ({self._fate}) AS f WHERE action = 'strip'"
        family = self._engine.rows(
            "SELECT count(DISTINCT family), coalesce(max(n), 0) FROM (SELECT family, sum(occurrence_count) AS n "
            "FROM group_results GROUP BY family) AS f"
        )[0]
        return {
            "inputs": inputs,
            "records": sum(status.values()) + quarantined,
            "documents": documents,
            "superseded": status.get("superseded", 0),
            "seen": status.get("seen", 0),
            "quarantined": quarantined,
            "passed_over": self._named(
                "SELECT what, sum(count) AS n FROM passed_over GROUP BY what ORDER BY n DESC, what"
            ),
            "blocks": sum(blocks.values()),
            "kept": blocks.get("keep", 0),
            "stripped": blocks.get("strip", 0),
            "profile": blocks.get("profile", 0),
            "edits": edits,
            "duplicates": blocks.get("duplicate", 0),
            "chars": {
                "source": source,
                "kept": chars.get("keep", 0) - edited,
                "stripped": chars.get("strip", 0),
                "profile": chars.get("profile", 0),
                "edited": edited,
                "duplicates": chars.get("duplicate", 0),
                "superseded": chars.get("superseded", 0),
                "gaps": source - sum(chars.values()),
            },
            "stripped_by_category": self._named(
                f"SELECT substr(type, 6), count(*) AS n FROM ({stripped}) AS s GROUP BY type ORDER BY n DESC, type"
            ),
            "stripped_by_rule": self._named(
                f"SELECT rule, count(*) AS n FROM ({stripped}) AS s GROUP BY rule ORDER BY n DESC, rule"
            ),
            "stripped_by_outlet": self._named(
                f"SELECT outlet, count(*) AS n FROM ({stripped}) AS s GROUP BY outlet ORDER BY n DESC, outlet"
            ),
            "relations": self._named(
                "SELECT relation, count(*) AS n FROM paragraph_results GROUP BY relation ORDER BY n DESC, relation"
            ),
            "groups": self._one("SELECT count(*) FROM group_results"),
            "shared_groups": self._one("SELECT count(*) FROM group_results WHERE outlet_count > 1"),
            "families": int(family[0]),
            "largest_family": int(family[1]),
        }

    def dedup(self, caps: Sequence[str], compared: str) -> dict[str, Any]:
        """How much work finding the near-duplicates was.

        ``caps`` says in a sentence each which limits bit; ``compared`` names the dataset of the pairs compared.
        """
        candidates, edges = (
            self._one(f"SELECT count(*) FROM {compared}"),
            self._one("SELECT count(*) FROM edges"),
        )
        true = self._one("SELECT count(*) FROM edges WHERE relation IN ('near', 'contains', 'contained', 'quotation')")
        return {
            "candidates": candidates,
            "edges": edges,
            "candidates_per_true_pair": round(candidates / true, 2) if true else 0.0,
            "caps": list(caps),
        }

    def warnings(self, counts: Mapping[str, Any], strip: float) -> list[str]:
        """What is abnormal, a sentence each. ``strip``: share of a document's characters that is too much to lose."""
        found = []
        total = max(counts["chars"]["source"], 1)
        if counts["blocks"] >= LEAST_BLOCKS:
            for rule, chars in self._engine.rows(
                f"SELECT rule, sum(chars) FROM ({self._fate}) AS f WHERE action = 'strip' GROUP BY rule "
                f"HAVING sum(chars) > {RULE_SHARE * total} ORDER BY rule"
            ):
                found.append(f"rule {rule} strips {int(chars) / total:.0%} of all characters")
        for outlet, gone, chars in self._engine.rows(
            "SELECT outlet, sum(CASE WHEN action = 'strip' THEN chars ELSE 0 END) AS gone, sum(chars) AS chars "
            f"FROM ({self._fate}) AS f GROUP BY outlet HAVING count(*) >= {LEAST_BLOCKS} "
            f"AND sum(CASE WHEN action = 'strip' THEN chars ELSE 0 END) > {OUTLET_SHARE} * sum(chars) ORDER BY outlet"
        ):
            found.append(f"outlet {outlet} loses {int(gone) / int(chars):.0%} of its characters")
        bare = self._engine.rows(
            'SELECT count(*), min(r.id) FROM (SELECT b.doc_key, sum(b."end" - b.start) AS chars, '
            "sum(CASE WHEN k.action = 'strip' THEN b.\"end\" - b.start ELSE 0 END) AS gone FROM blocks b "
            "JOIN decisions k ON k.doc_key = b.doc_key AND k.block = b.block GROUP BY b.doc_key) AS s "
            f"JOIN records r ON r.doc_key = s.doc_key WHERE r.status <> 'seen' AND s.gone > {strip} * s.chars"
        )[0]
        if bare[0]:
            found.append(f"{bare[0]} documents lose more than {strip:.0%} of their characters, {bare[1]} for one")
        paragraphs = counts["kept"] + counts["duplicates"]
        if paragraphs >= LEAST_PARAGRAPHS and counts["largest_family"] > FAMILY_SHARE * paragraphs:
            found.append(f"the largest family holds {counts['largest_family']} of {paragraphs} paragraphs")
        alone = self._one("SELECT count(*) FROM drops WHERE held_by = ''")
        if alone:
            found.append(f"{alone} paragraphs were dropped with their article, though no kept paragraph holds them")
        undated = self._engine.rows("SELECT count(*), min(unread_date) FROM documents WHERE unread_date <> ''")[0]
        if undated[0]:
            found.append(f"{undated[0]} records have a date that cannot be read, {undated[1]!r} for one")
        silent = self._engine.rows(
            "SELECT count(DISTINCT m.doc_key), min(r.id || ': ' || m.reason) FROM marks m "
            "JOIN records r ON r.doc_key = m.doc_key WHERE m.action = 'note' AND m.family = 'extractor'"
        )[0]
        if silent[0]:
            found.append(f"{silent[0]} pages have no vote of the extractor, for one {silent[1]}")
        clash = self._engine.rows(
            "SELECT count(*), min(d.base_id) FROM records r JOIN documents d ON d.doc_key = r.doc_key "
            "WHERE r.status <> 'seen' AND r.id <> d.base_id"
        )[0]
        if clash[0]:
            found.append(
                f"{clash[0]} documents share an id with another and are told apart by ~hash, {clash[1]} for one"
            )
        return found

    def _one(self, query: str) -> int:
        return int(self._engine.rows(query)[0][0] or 0)

    def _named(self, query: str) -> Named:
        return {str(row[0]): int(row[1]) for row in self._engine.rows(query)}


def listing(out: Path, rows: Mapping[str, int]) -> list[dict[str, Any]]:
    """The files ``rows`` (path below ``out`` -> its number of rows) with their sizes and SHA-256, by path."""
    found = []
    for path in sorted(rows):
        with (out / path).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        found.append({"path": path, "sha256": sha256, "size": (out / path).stat().st_size, "rows": rows[path]})
    return found


def manifest(
    *, version: str, started: str, finished: str, seconds: float, config: Mapping[str, Any], roots: Iterable[str],
    rule_packs: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]], outputs: Sequence[Mapping[str, Any]],
    counts: Mapping[str, Any], dedup: Mapping[str, Any], peak_memory_bytes: int, warnings: Sequence[str],
    checks: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    """The text of the manifest; its ``digest`` is the SHA-256 of the rest as JSON with sorted keys, without spaces."""
    found: dict[str, Any] = {
        "cleanpipe": version,
        "schema": SCHEMA_VERSION,
        "started": started,
        "finished": finished,
        "seconds": round(seconds, 3),
        "config": dict(config),
        "roots": sorted(roots),
        "rule_packs": list(rule_packs),
        "inputs": list(inputs),
        "outputs": list(outputs),
        "counts": dict(counts),
        "dedup": dict(dedup),
        "peak_memory_bytes": peak_memory_bytes,
        "warnings": list(warnings),
        "checks": list(checks),
    }
    plain = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found["digest"] = hashlib.sha256(plain.encode()).hexdigest()
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
