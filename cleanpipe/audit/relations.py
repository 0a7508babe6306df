"""Who repeats whom, measured again from the texts with plain sets: members of groups, matches, edges, duplicates,
occurrences and families."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import orjson

from cleanpipe.audit import oracle
from cleanpipe.audit.report import Report
from cleanpipe.audit.store import Row, Store
from cleanpipe.audit.tiles import same_date


class Relations:
    """Needs the tables that `tiles.Tiles` fills, and ``paragraphs_lines``."""

    def __init__(self, store: Store, config: Mapping[str, Any], report: Report) -> None:
        dedup = config["dedup"]
        self._store, self._report = store, report
        self._shingle, self._cap = dedup["shingle"], config["occurrences"]
        self._likeness = oracle.Likeness(dedup["threshold"], dedup["containment"])
        self._last: tuple[str, set[tuple[str, ...]]] = ("", set())

    def check(self) -> None:
        self._occurrences()
        self._members()
        self._matches()
        self._edges()
        self._held()
        self._documents()
        self._paragraphs()
        self._groups()

    def _fails(self, query: str, what: str) -> None:
        """Every row of the query (a name, perhaps a detail) is a failure."""
        for row in self._store.execute(query):
            self._report.fail(str(row[0]), what.format(*row[1:]))

    def _shingles(self, text: str) -> set[tuple[str, ...]]:
        """Of a text; the last one is remembered, for rows come sorted by one side."""
        if self._last[0] != text:
            self._last = text, oracle.shingles(text, self._shingle)
        return self._last[1]

    def _measure(self, text: str, other: str) -> tuple[int, int, int]:
        """(shared, size, size of the other) in distinct shingles."""
        theirs = self._shingles(other)
        own = oracle.shingles(text, self._shingle)
        return len(own & theirs), len(own), len(theirs)

    def _occurrences(self) -> None:
        """tables/occurrences has exactly the paragraphs in corpus and the dropped duplicates, and says the same."""
        self._fails(
            """
            SELECT coalesce(t.id, o.document || '#' || o.block) AS name,
                   CASE WHEN t.id IS NULL THEN 'is in tables/occurrences, but no paragraph'
                        WHEN o.document IS NULL THEN 'is missing in tables/occurrences'
                        WHEN t.group_id <> o."group" THEN 'has another group in tables/occurrences'
                        WHEN t.relation <> o.relation THEN 'has another relation in tables/occurrences'
                        WHEN t.text_hash <> o.text_hash THEN 'has another text in tables/occurrences'
                        WHEN (t.source_start, t.source_end, t.type, t.outlet)
                             <> (o.source_start, o.source_end, o.type, o.outlet)
                        THEN 'has another place, type or outlet in tables/occurrences'
                        WHEN t.outlet_count <> o.outlet_count OR t.match_count <> o.match_count
                        THEN 'has another outlet_count or match_count in tables/occurrences'
                        WHEN t.in_corpus = o.dropped OR t.held_by <> CASE WHEN o.dropped THEN o.held_by ELSE '' END
                        THEN 'is not dropped alike in tables/occurrences' END AS what
            FROM texts t FULL JOIN occurrences o ON o.document = t.document AND o.block = t.block
            WHERE what IS NOT NULL
            """,
            "{}",
        )
        self._fails(
            "SELECT document || '#' || block, count(*) FROM occurrences GROUP BY document, block HAVING count(*) > 1",
            "stands {} times in tables/occurrences",
        )
        self._fails(
            "SELECT o.document || '#' || o.block FROM occurrences o LEFT JOIN documents d ON d.id = o.document "
            "WHERE d.id IS NULL OR d.url <> o.url OR d.published <> o.published",
            "has another url or date in tables/occurrences than its document",
        )

    def _members(self) -> None:
        """Each paragraph is to its canonical what it says."""
        rows = self._store.stream(
            """
            SELECT t.id, t.group_id, t.jaccard, t.containment, t.in_corpus, o.relation, o.shared, o.size,
                   o.canonical_size, c.id AS canonical, c.text_hash = t.text_hash AS same, cc.relation AS c_relation,
                   CASE WHEN o.relation IN ('canonical', 'exact') THEN '' ELSE t.text END AS text,
                   CASE WHEN o.relation IN ('canonical', 'exact') THEN '' ELSE c.text END AS canonical_text
            FROM texts t
            JOIN occurrences o ON o.document = t.document AND o.block = t.block
            LEFT JOIN texts c ON c.id = t.group_id
            LEFT JOIN occurrences cc ON cc.document = c.document AND cc.block = c.block
            ORDER BY t.group_id, t.document, t.block
            """
        )
        for row in rows:
            self._report.check(
                "members of groups that are to the canonical what they say", not (problem := self._member(row)),
                row["id"], problem,
            )  # fmt: skip

    def _member(self, row: Row) -> str:
        relation = row["relation"]
        if row["canonical"] is None or row["c_relation"] != "canonical":
            return f"its group {row['group_id']} is no canonical paragraph"
        if (relation == "canonical") != (row["canonical"] == row["id"]):
            return f"is {relation} of {row['group_id']}"
        if relation in ("canonical", "exact"):
            likeness, wanted = (1.0, 1.0), bool(row["same"])
        else:
            shared, size, other = self._measure(row["text"], row["canonical_text"])
            if (shared, size, other) != (row["shared"], row["size"], row["canonical_size"]):
                return f"shares {shared} of {size} and {other} shingles with {row['group_id']}, not as it says"
            likeness = (oracle.ratio(shared, size + other - shared), oracle.ratio(shared, size))
            wanted = self._likeness.holds(relation, shared, size, other)
        if not wanted:
            return f"is not {relation} to {row['group_id']}"
        if row["in_corpus"] and (row["jaccard"], row["containment"]) != likeness:
            return f"has Jaccard and containment {likeness} with {row['group_id']}, not as its corpus line says"
        return ""

    def _matches(self) -> None:
        rows = self._store.stream(
            """
            SELECT m.*, t.text, o.text AS other_text, o.outlet AS other_outlet
            FROM matches m JOIN texts t ON t.id = m.paragraph LEFT JOIN texts o ON o.id = m.other
            ORDER BY m.other, m.paragraph
            """
        )
        for row in rows:
            if row["other_text"] is None or row["other_outlet"] != row["outlet"]:
                self._report.fail(row["paragraph"], f"matches {row['other']} of {row['outlet']}, which is no paragraph")
                continue
            shared, size, other = self._measure(row["text"], row["other_text"])
            found = (oracle.ratio(shared, size + other - shared), oracle.ratio(shared, size))
            self._report.check(
                "matches that are what they say",
                found == (row["jaccard"], row["containment"])
                and self._likeness.holds(row["relation"], shared, size, other),
                row["paragraph"], f"does not match {row['other']} as it says",
            )  # fmt: skip
        self._fails(
            "SELECT t.id, t.match_count, count(m.paragraph) FROM texts t LEFT JOIN matches m ON m.paragraph = t.id "
            "WHERE t.in_corpus GROUP BY t.id, t.match_count HAVING count(m.paragraph) <> least(t.match_count, 8) "
            "OR count(DISTINCT m.other) <> count(m.other)",
            "has {} matches, and lists {}",
        )

    def _edges(self) -> None:
        rows = self._store.stream(
            """
            SELECT e.*, a.text AS u_text, b.text AS v_text, a.text_hash AS a_hash, b.text_hash AS b_hash
            FROM edges e LEFT JOIN texts a ON a.id = e.u_paragraph LEFT JOIN texts b ON b.id = e.v_paragraph
            ORDER BY e.v, e.u
            """
        )
        for row in rows:
            where = f"edge {row['u_paragraph']} - {row['v_paragraph']}"
            if row["u"] != row["a_hash"] or row["v"] != row["b_hash"]:
                self._report.fail(where, "its texts are not those of its paragraphs")
                continue
            measured = self._measure(row["u_text"], row["v_text"])
            runs = list(zip(row["u_runs"], row["v_runs"], row["run_words"], strict=False))
            self._report.check(
                "edges that are what they say",
                measured == (row["shared"], row["u_size"], row["v_size"])
                and self._likeness.holds(row["relation"], *measured)
                and oracle.aligned(row["relation"], oracle.words(row["u_text"]), oracle.words(row["v_text"]), runs),
                where, f"is not {row['relation']} with {row['shared']} shared shingles",
            )  # fmt: skip

    def _held(self) -> None:
        """What a dropped duplicate is held by stands in the corpus; by the paragraph rule it holds 80 % of it."""
        rows = self._store.stream(
            """
            SELECT t.id, t.rule, t.reason, t.held_by, t.text, h.in_corpus, h.text AS other, h.document AS holder,
                   h.text_hash = t.text_hash AS same, d.dropped
            FROM texts t JOIN documents d ON d.id = t.document LEFT JOIN texts h ON h.id = t.held_by
            WHERE NOT t.in_corpus ORDER BY t.held_by, t.id
            """
        )
        for row in rows:
            whole = row["rule"].startswith("duplicates/documents@")
            if not self._reasoned(row, whole):
                self._report.fail(row["id"], f"was dropped for another reason than that {row['held_by']} holds it")
            if not row["held_by"] and whole and row["dropped"]:
                continue
            if not row["in_corpus"]:
                self._report.fail(row["id"], f"was dropped for {row['held_by'] or 'nothing'}, which is not in corpus")
                continue
            shared, size, other = self._measure(row["text"], row["other"])
            if whole:
                held = row["dropped"] and self._likeness.alike(shared, size, other)
            else:
                held = row["rule"].startswith("duplicates/paragraphs@") and shared > 0 and 5 * shared >= 4 * size
            self._report.check(
                "dropped duplicates held by a paragraph of the corpus", bool(held or row["same"]), row["id"],
                f"was dropped for {row['held_by']}, which does not hold it",
            )  # fmt: skip

    def _reasoned(self, row: Row, whole: bool) -> bool:
        """Whether a dropped duplicate names its holder's document as its reason."""
        if whole:
            holder = ".*" if row["holder"] is None else re.escape(row["holder"])
            said = rf"The article republishes {holder}, which holds ([89]\d|100) % of it\."
            return bool(re.fullmatch(said, row["reason"]))
        if row["same"]:
            return bool(row["reason"] == f"The same paragraph is kept in {row['holder']}.")
        return bool(row["reason"] == f"A paragraph that is kept in {row['holder']} holds it, and no fact is lost.")

    def _documents(self) -> None:
        """A document dropped whole is held to 80 % of its characters by one that is not."""
        self._fails(
            "SELECT d.id, d.duplicate_of FROM documents d LEFT JOIN documents h ON h.id = d.duplicate_of "
            "WHERE d.duplicate_of <> '' AND (h.id IS NULL OR h.id = d.id)",
            "is named a duplicate of {}, which is not there",
        )
        # The holder is that of its paragraphs; the document that it is most like may itself be dropped.
        rows = self._store.stream(
            """
            WITH gone AS (
                SELECT t.id, t.document, t.block, t.text, t.text_hash, coalesce(h.holder, d.duplicate_of) AS holder
                FROM texts t
                JOIN documents d ON d.id = t.document
                LEFT JOIN (SELECT a.document, min(b.document) AS holder FROM texts a JOIN texts b ON b.id = a.held_by
                           GROUP BY a.document) h ON h.document = t.document
                WHERE d.dropped
            ),
            directed AS (
                SELECT u AS own, v AS other, u_runs AS places, run_words AS words, relation FROM edges
                UNION ALL SELECT v, u, v_runs, run_words, relation FROM edges
            )
            SELECT g.*, r.places, r.words
            FROM gone g
            LEFT JOIN (
                SELECT g.id, flatten(list(e.places)) AS places, flatten(list(e.words)) AS words
                FROM gone g
                JOIN directed e ON e.own = g.text_hash
                JOIN (SELECT DISTINCT document, text_hash FROM texts WHERE in_corpus) h
                  ON h.document = g.holder AND h.text_hash = e.other
                WHERE e.relation IN ('near', 'contains', 'contained', 'quotation')
                GROUP BY g.id
            ) r ON r.id = g.id
            ORDER BY g.holder, g.document, g.block
            """
        )
        for holder, of_holder in groupby(rows, key=lambda row: row["holder"]):
            name = holder.replace("'", "''")
            texts = self._store.execute(f"SELECT text FROM texts WHERE document = '{name}' AND in_corpus")
            every = set().union(*(oracle.shingles(text, self._shingle) for (text,) in texts))
            for document, of_document in groupby(of_holder, key=lambda row: row["document"]):
                held = total = 0
                for row in of_document:
                    total += len(row["text"])
                    held += len(row["text"]) if self._stands(row, every) else 0
                self._report.check(
                    "dropped documents held to 80 % by another", 5 * held >= 4 * total, document,
                    f"was dropped for {holder}, which holds only {held} of {total} characters",
                )  # fmt: skip

    def _stands(self, row: Row, every: set[tuple[str, ...]]) -> bool:
        """Whether four fifths of a text's shingles, or of its words by its edges, stand in another document."""
        own = oracle.shingles(row["text"], self._shingle)
        if 5 * len(own & every) >= 4 * len(own):
            return True
        runs = zip(row["places"] or (), row["words"] or (), strict=True)
        held = {word for place, words in runs for word in range(place, place + words)}
        return 5 * len(held) >= 4 * len(oracle.words(row["text"]))

    def _paragraphs(self) -> None:
        """paragraphs has one line for each canonical paragraph, and its occurrences are those of the tables."""
        self._fails(
            """
            SELECT coalesce(p.key, o."group"), CASE WHEN p.n IS NULL THEN 0 ELSE p.n END
            FROM (SELECT key, count(*) AS n FROM paragraphs_lines GROUP BY key) p
            FULL JOIN (SELECT DISTINCT "group" FROM occurrences) o ON o."group" = p.key
            WHERE p.n IS DISTINCT FROM 1 OR o."group" IS NULL
            """,
            "is a group with {} lines in paragraphs, or no group",
        )
        for row, places in self._lines():
            problem = ""
            try:
                problem = self._line(orjson.loads(row["line"]), row, places)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                problem = f"is malformed ({type(error).__name__}: {error})"
            self._report.check("distinct paragraphs with all their occurrences", not problem, row["key"], problem)

    def _lines(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each line with its canonical's facts, and the first occurrences of its group by place."""
        rows = self._store.stream(
            """
            SELECT l.key, l.line, t.text, t.text_hash, t.type, d.id AS document, d.outlet, d.published, d.origin,
                   g.family, g.chosen_because, g.outlet_count, g.occurrence_count, n.outlets, n.places
            FROM paragraphs_lines l
            JOIN texts t ON t.id = l.key
            JOIN documents d ON d.id = t.document
            JOIN groups g ON g.id = l.key
            JOIN (SELECT "group", count(DISTINCT outlet) AS outlets, count(*) AS places FROM occurrences GROUP BY ALL) n
              ON n."group" = l.key
            ORDER BY l.key
            """
        )
        # A group's own texts only where they are wanted: the canonical of most groups is alone.
        others = self._store.stream(
            """
            SELECT o.*, t.text FROM occurrences o JOIN texts t ON t.document = o.document AND t.block = o.block
            ORDER BY o."group", o.document, o.block
            """
        )
        groups = groupby(others, key=lambda row: row["group"])
        name, places = next(groups, ("", iter(())))
        for row in rows:
            while name < row["key"]:
                name, places = next(groups, ("\U0010ffff", iter(())))
            yield row, list(places) if name == row["key"] else []

    def _line(self, line: Row, row: Row, places: list[Row]) -> str:
        origin = {key: row["origin"][0][key] if row["origin"] else "" for key in ("name", "kind")}
        for column in ("text", "text_hash", "outlet", "document", "type", "family", "chosen_because", "outlet_count",
                       "occurrence_count"):  # fmt: skip
            if line[column] != row[column]:
                return f"has another {column} in paragraphs than elsewhere"
        if line["origin"] != origin or not same_date(line["published"], row["published"]):
            return "has another origin or date in paragraphs than its document"
        if (row["outlets"], row["places"]) != (line["outlet_count"], line["occurrence_count"]):
            return f"stands in {row['places']} places of {row['outlets']} outlets, not as it says"
        listed = line["occurrences"]
        known = {(place["document"], place["block"]): place for place in places}
        if len(listed) != min(len(places), self._cap) or listed[0]["relation"] != "canonical":
            return f"lists {len(listed)} of its {len(places)} occurrences, or not the canonical first"
        for one in listed:
            place = known.pop((one["document"], one["block"]), None)
            if place is None:
                return f"lists {one['document']}#{one['block']}, where it does not stand, or twice"
            for column in ("outlet", "url", "source_start", "source_end", "relation"):
                if one[column] != place[column]:
                    return f"lists another {column} for {one['document']}#{one['block']}"
            shared, size, other = place["shared"], place["size"], place["canonical_size"]
            likeness = (oracle.ratio(shared, size + other - shared), oracle.ratio(shared, size))
            if one["relation"] in ("canonical", "exact"):
                likeness = (1.0, 1.0)
            if (one["jaccard"], one["containment"]) != likeness or not same_date(one["published"], place["published"]):
                return f"lists another likeness or date for {one['document']}#{one['block']}"
            if one["text"] != ("" if place["text"] == line["text"] else place["text"]):
                return f"lists another text for {one['document']}#{one['block']}"
        return ""

    def _groups(self) -> None:
        """tables/groups has the canonical paragraphs; a family is named by the first paragraph of its groups; no two
        texts of a group tell different facts."""
        self._fails(
            """
            SELECT e.u_paragraph, e.v_paragraph, e.relation
            FROM edges e JOIN texts a ON a.id = e.u_paragraph JOIN texts b ON b.id = e.v_paragraph
            WHERE e.relation IN ('conflict', 'template') AND a.group_id = b.group_id
            """,
            "is in one group with {}, which is its {}",
        )
        self._fails(
            """
            SELECT coalesce(g.id, t.id) FROM groups g
            FULL JOIN (SELECT * FROM texts SEMI JOIN occurrences o
                       ON o."group" = texts.id AND o.document = texts.document AND o.block = texts.block) t
              ON t.id = g.id
            WHERE g.id IS NULL OR t.id IS NULL OR g.text_hash <> t.text_hash OR g.document <> t.document
               OR g.block <> t.block
            """,
            "is not alike in tables/groups and in corpus",
        )
        self._fails(
            """
            SELECT family, first FROM (
                SELECT g.family, first(o.document || '#' || o.block ORDER BY o.document, o.block) AS first
                FROM occurrences o JOIN groups g ON g.id = o."group" GROUP BY g.family
            ) WHERE family <> first
            """,
            "is a family whose first paragraph is {}",
        )
