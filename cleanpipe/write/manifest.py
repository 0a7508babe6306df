"""``manifest.json``: what went in, what came out, the counts between, and what somebody should look at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cleanpipe.engine.base import Engine
from cleanpipe.steps import SCHEMA_VERSION

#: The share of long blocks that is too much: of all of a run for a rule, of its own for an outlet or a document. Under
#: the least number of long blocks a share says nothing.
RULE_SHARE, OWN_SHARE, LEAST_LONG = 0.3, 0.5, 5
#: And it must be far out among those of the run (Tukey 1977: beyond the upper quartile by three times the distance of
#: the quartiles), where there are enough of them to tell; nearly everything is too much among any.
FENCE, LEAST_OTHERS, NEARLY_ALL = 3, 8, 0.9
FAMILY_SHARE, LEAST_PARAGRAPHS = 0.01, 1000

Named = dict[str, int]


class Counter:
    """The counts of a run by SQL over its step tables."""

    def __init__(self, engine: Engine, versions: str) -> None:
        self._engine = engine
        self._in_corpus = "('current', 'superseded')" if versions == "all" else "('current')"

    def counts(self, inputs: int) -> dict[str, Any]:
        """See ``docs/outputs.md``; ``inputs`` is the number of files read."""
        status = self._named("SELECT status, count(*) FROM records GROUP BY status")
        documents = self._one(f"SELECT count(*) FROM records WHERE status IN {self._in_corpus}")
        quarantined = self._one("SELECT count(*) FROM quarantine") + self._one("SELECT count(*) FROM refusals")
        rows = self._engine.rows("SELECT action, sum(blocks), sum(chars) FROM fates GROUP BY action")
        blocks = {action: int(count) for action, count, _ in rows}
        chars = {action: int(total) for action, _, total in rows}
        edits, edited = self._one("SELECT sum(edits) FROM parts"), self._one("SELECT sum(edited) FROM parts")
        source = self._one(
            "SELECT sum(d.chars) FROM documents d JOIN records r ON r.doc_key = d.doc_key WHERE r.status <> 'seen'"
        )
        stripped = "FROM fates WHERE action = 'strip' GROUP BY"
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
                f"SELECT substr(type, 6), sum(blocks) AS n {stripped} type ORDER BY n DESC, type"
            ),
            "stripped_by_rule": self._named(f"SELECT rule, sum(blocks) AS n {stripped} rule ORDER BY n DESC, rule"),
            "stripped_by_outlet": self._named(
                f"SELECT outlet, sum(blocks) AS n {stripped} outlet ORDER BY n DESC, outlet"
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
        found = [*self._rules(), *self._own("outlet"), *self._own("document")]
        bare, example = self.bare(strip)
        if bare:
            found.append(f"{bare} documents lose more than {strip:.0%} of their characters, {example} for one")
        paragraphs = counts["kept"] + counts["duplicates"]
        if paragraphs >= LEAST_PARAGRAPHS and counts["largest_family"] > FAMILY_SHARE * paragraphs:
            found.append(f"the largest family holds {counts['largest_family']} of {paragraphs} paragraphs")
        alone = self._one("SELECT count(*) FROM drops WHERE held_by = ''")
        if alone:
            found.append(f"{alone} paragraphs were dropped with their article, though no kept paragraph holds them")
        undated = self._engine.rows("SELECT count(*), min(unread_date) FROM documents WHERE unread_date <> ''")[0]
        if undated[0]:
            found.append(f"{undated[0]} records have a date that cannot be read, {undated[1]!r} for one")
        cut = self._engine.rows("SELECT count(*), min(truncated) FROM documents WHERE truncated <> ''")[0]
        if cut[0]:
            found.append(f"{cut[0]} pages are cut off: their archive has only the beginning ({cut[1]}, for one)")
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

    def bare(self, share: float) -> tuple[int, str]:
        """How many documents lose more than that share of their blocks' characters, and the one that loses most."""
        rows = self._engine.rows(
            "SELECT document, count(*) OVER () FROM (SELECT document, sum(chars) AS chars, "
            "sum(CASE WHEN action = 'strip' THEN chars ELSE 0 END) AS gone FROM fates "
            f"GROUP BY document) AS s WHERE gone > {share} * chars ORDER BY gone / chars DESC, document LIMIT 1"
        )
        return (int(rows[0][1]), str(rows[0][0])) if rows else (0, "")

    def _rules(self) -> list[str]:
        """Rules that take an abnormal share of all long blocks."""
        rows = self._engine.rows(
            "SELECT rule, gone, total FROM (SELECT rule, action, sum(chars) AS gone, sum(blocks) AS n, "
            "sum(sum(chars)) OVER () AS total FROM fates WHERE long GROUP BY rule, action) AS s "
            f"WHERE action = 'strip' AND n >= {LEAST_LONG} AND gone > {RULE_SHARE} * total ORDER BY rule"
        )
        return [f"rule {rule} strips {int(gone) / int(total):.0%} of all long text" for rule, gone, total in rows]

    def _own(self, kind: str) -> list[str]:
        """Outlets or documents (``kind``) that lose an abnormal share of their long blocks, the worst five by name."""
        rows = self._engine.rows(
            f"""
            WITH rules AS (
                SELECT {kind} AS name, rule, action, sum(chars) AS chars, sum(blocks) AS n
                FROM fates WHERE long GROUP BY {kind}, rule, action
            ), shares AS (
                SELECT name, CAST(sum(CASE WHEN action = 'strip' THEN chars ELSE 0 END) AS DOUBLE) / sum(chars) AS share
                FROM rules GROUP BY name HAVING sum(n) >= {LEAST_LONG}
            ), fence AS (
                SELECT count(*) AS others, percentile_cont(0.25) WITHIN GROUP (ORDER BY share) AS low,
                       percentile_cont(0.75) WITHIN GROUP (ORDER BY share) AS high
                FROM shares
            ), abnormal AS (
                SELECT name, share, high, count(*) OVER () AS all_of_them
                FROM shares CROSS JOIN fence
                WHERE share > {OWN_SHARE}
                  AND (others < {LEAST_OTHERS} OR share > {NEARLY_ALL} OR share > high + {FENCE} * (high - low))
                ORDER BY share DESC, name LIMIT 5
            )
            SELECT a.name, a.share, a.high, a.all_of_them,
                   (SELECT r.rule FROM rules r WHERE r.name = a.name AND r.action = 'strip'
                    ORDER BY r.chars DESC, r.rule LIMIT 1) AS rule
            FROM abnormal a ORDER BY a.share DESC, a.name
            """
        )
        found = [
            f"{kind} {name} loses {share:.0%} of its long text, most of it by {rule}; three in four lose at most "
            f"{high:.0%}"
            for name, share, high, _, rule in rows
        ]
        if rows and rows[0][3] > len(rows):
            found.append(f"{rows[0][3] - len(rows)} more {kind}s lose as abnormal a share")
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
    rule_packs: Sequence[Mapping[str, Any]], models: Sequence[Mapping[str, Any]], inputs: Sequence[Mapping[str, Any]],
    outputs: Sequence[Mapping[str, Any]],
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
        "models": list(models),
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
