"""The steps of a run in order: the page to read first.

map      read -> segment -> local marks -> sketches                           (``shards.ReadAndMark``)
reduce   ids and versions; candidates and verified edges; stories; recurrence
map      late marks -> what is stripped                                       (``shards.Decide``; policy in ``decide``)
reduce   the paragraphs that are left: groups, families, documents, what is dropped as a duplicate
map      join each shard's blocks with the decisions and write                (``write.parts``)
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from cleanpipe import __version__, read, reduce
from cleanpipe.clean.learned.models import BUILTIN, check
from cleanpipe.clean.learned.models import digests as model_digests
from cleanpipe.clean.rules import Rules, pack_digests
from cleanpipe.config.schema import Config
from cleanpipe.dedup.candidates import ANCHORS, Propose
from cleanpipe.dedup.elect import Elect, gather
from cleanpipe.dedup.ends import spans
from cleanpipe.dedup.statements import statement
from cleanpipe.dedup.verify import Verify, tasks
from cleanpipe.engine.base import Engine
from cleanpipe.engine.local import LocalEngine
from cleanpipe.machine import code_digest, usable_cores
from cleanpipe.model import CorpusProcessor, Rejected
from cleanpipe.reduce import drops
from cleanpipe.reduce.results import results
from cleanpipe.shard import MapFunction, Shard
from cleanpipe.shards import KILLED, Decide, ReadAndMark, processors, refuse
from cleanpipe.write.card import card
from cleanpipe.write.manifest import Counter, listing, manifest
from cleanpipe.write.parts import INPUTS, WriteParts, intact
from cleanpipe.write.publish import STAGING, WORK, claimed, finish, publish
from cleanpipe.write.tables import CURRENT, TABLES, table_query

Progress = Callable[[str, int, int], None]

#: Of ``memory`` (bytes) so many words (17 bytes each, with their text) make up a span: one in each of two workers, with
#: what is beside it, takes a good third of it.
WORDS_SHARE = 100
#: Texts of families in one part, about: with their words and texts some 100 MB.
MEMBERS_AT_ONCE = 60_000
#: Further paragraphs that are listed with one; all are in ``tables/edges``.
MATCHES = 8

#: A text of more edges is hot: what it adds to a pair of documents is looked up only where it can decide.
FEW_EDGES = 16


def run(config: Config, *, fresh: bool = False, progress: Progress = lambda step, done, total: None) -> dict[str, Any]:
    """Read, clean, deduplicate and write as ``config`` says; the manifest.

    ``progress`` is called with a step's name, what is done and the total (0: unknown). Raises UserError where inputs
    are missing or the output folder is somebody else's. What cannot be read is in ``quarantine``, not an error.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    plan = read.plan([_spec(given) for given in config.inputs], config.output)
    files = [file for _, of_shard in plan.shards for file in of_shard]
    roots = sorted({file.root for file in files} | {each.root for each in plan.rejected})
    check_models(config)  # before anything of an earlier run goes
    out = Path(config.output)
    workers = usable_cores() if config.workers == "auto" else int(config.workers)
    with claimed(out, roots, fresh):
        engine = LocalEngine(out / WORK, workers, config.memory, code_digest(), __name__, progress)
        try:
            flow = Flow(config, engine, [Shard(name, _shard_key(given), given) for name, given in plan.shards])
            flow.read_and_mark(plan.rejected)
            flow.compare()
            flow.decide()
            flow.group()
            flow.drop()
            flow.write(out)
            return flow.publish(out, roots, started, clock, plan)
        finally:
            engine.close()


def check_models(config: Config) -> None:
    """Raises UserError where a model that the config asks for cannot be read."""
    for folder in sorted(_model_folders(_steps(config)) - {BUILTIN}):
        check(folder)


def _steps(config: Config) -> tuple[tuple[str, str], ...]:
    """The processors and their settings as JSON; those that learned are told where their models are."""
    found = []
    for step in config.clean:
        if step.name == "extractor" and config.extract == "fast":
            continue
        settings = step.settings.model_dump(mode="json")
        if settings.get("models") == "":
            settings["models"] = config.models
        found.append((step.name, json.dumps(settings)))
    return tuple(found)


def _model_folders(steps: Sequence[tuple[str, str]]) -> set[str]:
    return {json.loads(settings).get("models", "") for _, settings in steps} - {""}


@dataclass
class Flow:
    """The steps, each from the datasets before it (``steps``). ``shards`` are those of the input."""

    config: Config
    engine: Engine
    shards: list[Shard]

    def read_and_mark(self, rejected: list[Rejected]) -> None:
        """Map: bytes to blocks with their local marks and sketches."""
        config, dedup = self.config, self.config.dedup
        function = ReadAndMark(
            read.Limits(config.limits.document, config.limits.parse_seconds),
            self._steps,
            dedup.canonical.prefer,
        )
        outputs = ("documents", "blocks", "marks", "sketches", "shapes", "quarantine", "passed_over")
        killed = self.engine.map("read", function, self.shards, [], outputs, self._salt(function), give_up=True)
        refused = {"unread": rejected} if rejected else {}
        for shard in killed:
            refused[shard.name] = [
                Rejected(f.root, f.path, -1, "read", KILLED, f.sha256, f.size) for f in shard.payload
            ]
        lost = [Shard(name, repr(rows), rows) for name, rows in sorted(refused.items())]
        self.engine.map("refuse", refuse, lost, [], ["refusals"])
        # From here on a shard is only a name: what it holds is in the datasets.
        names = {shard.name for shard in self.shards} | refused.keys()
        self.shards = [Shard(name) for name in sorted(names)]

    def compare(self) -> None:
        """Reduce: ids and versions, pairs of texts that are alike, stories, and what recurs over stories."""
        engine, dedup = self.engine, self.config.dedup
        engine.sql("records", reduce.statement("records"), by="shard", order="doc_key")
        propose = Propose(dedup.shingle, float(dedup.threshold), dedup.min_tokens)
        proposed = ["text_numbers", "candidates", "ends", "capped", "masked"]
        self._every("candidates", propose, [Shard("all")], ["sketches"], proposed)
        if dedup.window is not None:
            engine.sql("windowed", statement("windowed", window=dedup.window), order="part, v_number, u_number")
        verify = Verify(**self._alike, candidates=self._candidates)
        self._every("edges", verify, tasks(self._parts(), self._most_words), [self._candidates, "ends"], ["edges"])
        engine.sql("article_numbers", statement("article_numbers"))
        engine.sql("links", statement("links", edges="edges"))
        engine.sql("story_texts", statement("story_texts", min_tokens=dedup.min_tokens))
        self._share("story_texts", "links", "story_common", "story_anchors")
        engine.sql("story_candidates", statement("story_candidates"))
        star = self._star("story_star", statement("story_pairs", few=FEW_EDGES))
        engine.sql("stories", statement("stories", star=star))
        for each in self._corpus_processors():
            engine.sql(each.dataset, each.query, by="shard", order="doc_key, block")

    def decide(self) -> None:
        """Map: the marks that need the whole corpus, the guards, and what is stripped."""
        late = [each.dataset for each in self._corpus_processors()]
        function = Decide(self._steps, self.config.profile, float(self.config.confidence))
        inputs = ["records", "documents", "blocks", "marks", *late]
        self.engine.map(
            "decide", function, self.shards, inputs, ["late_marks", "decisions", "spares"], self._salt(function)
        )
        query = reduce.statement("paragraphs", also=self._also_in_corpus)
        self.engine.sql("paragraphs", query, by="shard", order="doc_key, block")

    def group(self) -> None:
        """Reduce: families, in them groups with their canonicals, and which documents hold which."""
        engine, least = self.engine, self.config.dedup.min_tokens
        engine.sql("live", statement("live", min_tokens=least))
        engine.sql("live_edges", statement("live_edges"))
        engine.sql("live_links", statement("live_links"))
        star = self._star("family_star", statement("family_pairs", min_tokens=least))
        parts = engine.rows(f"SELECT count(*) FROM {star}")[0][0] // MEMBERS_AT_ONCE + 1
        engine.sql("family_texts", statement("family_texts", star=star, parts=parts))
        gathering = [Shard(f"{span.first:02}", repr(span), span) for span in spans(self._parts(), self._most_words)]
        self._every("gather", gather, gathering, ["family_texts", "ends"], ["members"])
        engine.sql("disputes", statement("disputes"), order="part, u, v")
        buckets = [Shard(f"{part:04}", "", part) for part in range(parts)]
        self._every("elect", Elect(**self._alike), buckets, ["members", "disputes"], ["elected"])
        engine.sql("groups", statement("groups", star=star))
        engine.sql("more_edges", statement("more_edges"))
        more = statement("links", edges="more_edges")
        engine.sql("all_links", f"SELECT * FROM live_links UNION ALL SELECT * FROM ({more}) more_links")
        engine.sql("document_order", statement("document_order"), order="place")
        engine.sql("places", statement("places"))
        self._share("places", "all_links", "holder_common", "holder_anchors")
        engine.sql("holder_candidates", statement("holder_candidates"))
        engine.sql("holders", statement("holders", few=FEW_EDGES), order="doc_key, place")

    def drop(self) -> None:
        """The second decision, what is dropped as a duplicate; then the rows that the writers join."""
        engine, least, mode = self.engine, self.config.dedup.min_tokens, self.config.duplicates
        alone = [Shard("all")]
        inputs = ["holders", "document_order"]
        engine.map("drop", drops.dropped_documents, alone if mode != "mark" else [], inputs, ["document_drops"])
        engine.map_query("holds", drops.without_facts, reduce.statement("holds", duplicates=mode))
        engine.sql("fullest", reduce.statement("fullest", min_tokens=least), order="place")
        inputs = ["holds", "fullest"]
        engine.map(
            "drop_paragraphs",
            drops.dropped_paragraphs,
            alone if mode == "paragraphs" else [],
            inputs,
            ["paragraph_drops"],
        )
        whole = reduce.statement("document_drops", min_tokens=least)
        engine.sql("drops", f"{whole} UNION ALL SELECT * FROM paragraph_drops", by="shard", order="doc_key, block")
        query = statement("document_results", min_tokens=least, dropped="document_drops")
        engine.sql("document_results", query, by="shard", order="doc_key")
        engine.sql("memberships", statement("memberships", min_tokens=least), by="shard", order="doc_key, block")
        engine.sql("matches", statement("matches", limit=MATCHES), by="shard", order="doc_key, block, place")
        query = reduce.statement("occurrences", occurrences=self.config.occurrences)
        engine.sql("occurrences", query, by="shard", order="group_key, group_block, place")
        inputs = ["memberships", "matches", "drops", "occurrences"]
        engine.map("results", results, self.shards, inputs, ["paragraph_results", "group_results"])
        engine.sql("current", CURRENT, by="shard", order="doc_key")

    def write(self, out: Path) -> None:
        """Map: the part files, in a folder of their own until all of them stand."""
        config = self.config
        folder = out / WORK / STAGING
        function = WriteParts(folder, config.versions, "" if config.compress == "none" else config.compress)
        write = partial(
            self.engine.map, "write", function, self.shards, INPUTS, ["fates", "parts"], self._salt(function)
        )
        write()
        if not intact(folder, self.engine.rows("SELECT folder, name, sha256 FROM parts")):
            self.engine.invalidate("write")  # the step stood, but somebody has edited what it wrote
            write()

    def publish(self, out: Path, roots: list[str], started: datetime, clock: float, plan: read.Plan) -> dict[str, Any]:
        """Tables, card and manifest; then the whole output takes the place of the one before."""
        config, engine = self.config, self.engine
        buckets, largest = engine.rows("SELECT count(*), coalesce(max(size), 0) FROM capped")[0]
        caps = (
            [f"{buckets} LSH buckets of up to {largest} texts were paired by {ANCHORS} anchors only"] if buckets else []
        )
        phrases, largest = engine.rows("SELECT count(*), coalesce(max(size), 0) FROM masked")[0]
        if phrases:
            caps.append(f"{phrases} phrases of up to {largest} texts proposed no pairs")
        if config.dedup.window is not None:
            query = "SELECT count(*) - (SELECT count(*) FROM windowed) FROM candidates"
            if apart := engine.rows(query)[0][0]:
                caps.append(f"{apart} pairs more than {config.dedup.window} days apart were not proposed")
        counter = Counter(engine, config.versions)
        # A file of several splits stands in as many shards.
        files = [*{(file.root, file.path): file for _, given in plan.shards for file in given}.values()]
        counts = counter.counts(len(files) + len(plan.rejected))
        warnings = counter.warnings(counts, float(config.limits.strip))
        if plan.passed_over:
            passed = ", ".join(f"{count} ({what})" for what, count in plan.passed_over.items())
            warnings.append(f"files that are no input were passed over: {passed}")
        staging = out / WORK / STAGING
        rows = {f"{folder}/{name}": n for folder, name, n in engine.rows("SELECT folder, name, rows FROM parts")}
        (staging / "README.md").write_text(card(path.split("/")[0] for path in rows), encoding="utf-8")
        (staging / "tables").mkdir(exist_ok=True)
        for table in TABLES:
            path = f"tables/{table}.parquet"
            rows[path] = engine.export(table_query(table, config.versions), staging / path)
        rows["README.md"] = 1
        publish(staging, out, rows)
        text = manifest(
            version=__version__,
            started=started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=time.perf_counter() - clock,
            config=config.model_dump(mode="json"),
            roots=roots,
            rule_packs=self._rule_packs(),
            models=self._models(),
            inputs=[{"root": f.root, "path": f.path, "sha256": f.sha256, "size": f.size} for f in files],
            outputs=listing(out, rows),
            counts=counts,
            dedup=counter.dedup(caps, self._candidates),
            peak_memory_bytes=engine.peak_memory(),
            warnings=warnings,
            checks=checks(counts, config, counter),
        )
        finish(out, text)
        found: dict[str, Any] = orjson.loads(text)
        return found

    @property
    def _steps(self) -> tuple[tuple[str, str], ...]:
        return _steps(self.config)

    @property
    def _alike(self) -> dict[str, Any]:
        dedup = self.config.dedup
        return {
            "shingle": dedup.shingle,
            "threshold": float(dedup.threshold),
            "containment": float(dedup.containment),
        }

    def _every(
        self, step: str, function: MapFunction, shards: list[Shard], inputs: list[str], outputs: list[str]
    ) -> None:
        """A map of which the settings are the function's own."""
        salt = repr(function) if is_dataclass(function) else ""
        self.engine.map(step, function, shards, inputs, outputs, salt)

    def _parts(self) -> list[tuple[Any, ...]]:
        """The parts of the texts that are compared: number, texts, words."""
        return self.engine.rows("SELECT part, count(*), sum(tokens) FROM ends GROUP BY part ORDER BY part")

    @property
    def _most_words(self) -> int:
        """Of these a worker compares at a time."""
        return self.config.memory // WORDS_SHARE

    @property
    def _candidates(self) -> str:
        """The dataset of the pairs that are compared."""
        return "candidates" if self.config.dedup.window is None else "windowed"

    @property
    def _also_in_corpus(self) -> str:
        return "superseded" if self.config.versions == "all" else "current"

    def _salt(self, function: object) -> str:
        """What a map function depends on beside its datasets: settings, rule packs, models."""
        return f"{function!r} {self._rule_packs()} {self._models()}"

    def _rule_packs(self) -> list[dict[str, str]]:
        packs: dict[str, str] = {}
        for step in self.config.clean:
            if isinstance(step.settings, Rules.Settings):
                packs |= pack_digests(step.settings)
        return [{"name": name, "sha256": packs[name]} for name in sorted(packs)]

    def _models(self) -> list[dict[str, str]]:
        folders = _model_folders(self._steps)
        found = [(name, digest) for folder in sorted(folders) for name, digest in model_digests(folder).items()]
        return [{"name": name, "sha256": digest} for name, digest in found]

    def _corpus_processors(self) -> list[CorpusProcessor]:
        return [each for each in processors(self._steps)[1] if isinstance(each, CorpusProcessor)]

    def _share(self, texts: str, links: str, common: str, anchors: str) -> None:
        """What the owners of ``texts`` share, and by way of which of them pairs of owners are proposed."""
        least = self.config.dedup.min_tokens
        self.engine.sql(common, statement("common", texts=texts, links=links))
        self.engine.sql(anchors, statement("anchors", common=common, links=links, min_tokens=least))

    def _star(self, dataset: str, pairs: str) -> str:
        """Connected components of ``pairs`` by rounds of large-star and small-star; the name of the finished star."""
        self.engine.sql(f"{dataset}_0", pairs)
        turn = 0
        while turn == 0 or self.engine.rows(statement("star_open", source=f"{dataset}_{turn}"))[0][0]:
            turn += 1
            self.engine.sql(f"{dataset}_{turn}", statement("star_round", source=f"{dataset}_{turn - 1}"))
        return f"{dataset}_{turn}"


def checks(counts: dict[str, Any], config: Config, counter: Counter) -> list[dict[str, Any]]:
    """What makes a finished run end with exit code 1."""
    found = [_quarantine(counts, config)]
    if config.limits.max_strip is not None:
        most = float(config.limits.max_strip)
        bare, example = counter.bare(most)
        text = f"{bare} of {counts['documents']} documents lose more than {most:.1%} of their characters"
        found.append({"name": "strip", "ok": not bare, "text": text + (f", {example} the most" if bare else "")})
    return found


def _quarantine(counts: dict[str, Any], config: Config) -> dict[str, Any]:
    share = counts["quarantined"] / max(counts["records"], 1)
    limit = float(config.limits.quarantine)
    return {
        "name": "quarantine",
        "ok": share <= limit,
        "text": f"{counts['quarantined']} of {counts['records']} records could not be read ({share:.1%}; "
        f"the limit is {limit:.1%})",
    }


def _spec(given: Any) -> read.InputSpec:
    return read.InputSpec(given.path, dict(given.outlets), dict(given.fields), given.encoding, given.language)


def _shard_key(files: tuple[read.InputFile, ...]) -> str:
    return repr([replace(file, location="") for file in files])
