"""What a worker does with one shard: read and mark it, and decide on its blocks. (Writing is ``write/parts.py``.)

Both are pure functions of the shard and the step tables: the engine calls them in any process, in any order.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanpipe import clean, read
from cleanpipe import segment as segmentation
from cleanpipe.clean import origins
from cleanpipe.clean.kinds import NEVER_CANONICAL, kind_of
from cleanpipe.clean.language import with_language
from cleanpipe.clean.live import entries
from cleanpipe.clean.shapes import shapes
from cleanpipe.decide import certain_to_go, decide_document, edits_of
from cleanpipe.dedup.batch import packed, packed_shapes, tokenise
from cleanpipe.errors import UserError
from cleanpipe.limit import time_limit
from cleanpipe.model import (
    METADATA,
    Batch,
    Block,
    CorpusProcessor,
    Document,
    Mark,
    Marks,
    Origin,
    PassedOver,
    Preparing,
    Processor,
    Record,
    Rejected,
    Source,
)
from cleanpipe.segment import Unreadable, parse_page, segment, segment_page, segment_tree
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS, KEY
from cleanpipe.stored import (
    BATCH_CHARS,
    BATCH_DOCUMENTS,
    batches,
    blocks_table,
    by_block,
    marks_table,
    rejected_table,
    table,
)
from cleanpipe.text import LINE_BREAK, clean_text

#: Lines of one text beyond which it is no article, and its blocks would take gigabytes.
MOST_LINES = 2_000_000

KILLED = "killed its worker twice (held beyond limits.parse_seconds, out of memory, or a fault in a library)"


def sketched(doc_keys: pa.Array, blocks: pa.Array, texts: pa.Array) -> pa.Table:
    """The rows of ``sketches`` of blocks with these clean texts."""
    found = tokenise(texts)
    tokens = pa.array(found.words.lengths.astype(np.int32))
    columns = [
        doc_keys, blocks, tokens, pc.utf8_length(texts), pa.array(found.hashes, KEY), packed(found.words),
        packed_shapes(found), texts,
    ]  # fmt: skip
    return pa.Table.from_arrays(columns, schema=DATASETS["sketches"])


@functools.lru_cache(maxsize=4)
def processors(steps: tuple[tuple[str, str], ...]) -> tuple[list[Processor], list[Processor | CorpusProcessor]]:
    """The processors that run in the map, and those from the first whole-corpus one on, which run in ``Decide``.

    ``steps``: (name, settings as JSON). Kept in the worker, since rule packs take long to compile.
    """
    built = clean.build([(name, settings) for name, settings in steps])
    first = next((i for i, each in enumerate(built) if isinstance(each, CorpusProcessor)), len(built))
    return [each for each in built[:first] if not isinstance(each, CorpusProcessor)], built[first:]


@dataclass(frozen=True)
class ReadAndMark:
    """Map over the input: bytes -> documents, blocks, local marks and sketches. A shard's payload is its files."""

    limits: read.Limits
    clean: tuple[tuple[str, str], ...]
    prefer: tuple[str, ...]

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        batch: list[Document] = []
        chars = 0
        watch = Watch(shard, inputs)
        for file in shard.payload:
            for item in _records(file, self.limits, watch):
                if isinstance(item, PassedOver):
                    yield "passed_over", table("passed_over", [(item.what, item.count)])
                    continue
                document = self._segment(item, file, watch) if isinstance(item, Record) else item
                if isinstance(document, Rejected):
                    yield "quarantine", rejected_table([document])
                    continue
                batch.append(document)
                chars += len(document.text) + len(document.record.markup)
                if len(batch) >= BATCH_DOCUMENTS or chars >= BATCH_CHARS:
                    yield from self._tables(shard, batch, watch)
                    batch, chars = [], 0
        if batch:
            yield from self._tables(shard, batch, watch)

    def _segment(self, record: Record, file: read.InputFile, watch: Watch) -> Document | Rejected:
        if watch.killed("segment", record.source):
            return _refuse(record, "segment", KILLED)
        if sum(1 for _ in LINE_BREAK.finditer(record.text)) > MOST_LINES:
            return _refuse(record, "segment", f"more than {MOST_LINES:,} lines")
        segmentation.prepare()  # outside the time limit: it is no fault of the page
        # A tree that nobody reads is freed at once: the next is built where it was, which the processor's cache holds.
        keep = any(getattr(each, "reads_trees", False) for each in processors(self.clean)[0])
        try:
            with time_limit(self.limits.seconds):
                if not record.markup:
                    return Document(read.doc_key(record), with_language(record), segment(record.text))
                tree = parse_page(record.encoded or record.markup)
                described = read.described(record, file, tree)  # before segmentation takes out scripts and meta tags
                page = segment_tree(tree)
                seen = with_language(replace(described, text=page.text))
                tree = page.tree if keep else None
                return Document(read.doc_key(record), seen, page.blocks, page.elements, tree, page.title)
        except (TimeoutError, Unreadable) as error:
            return _refuse(record, "segment", str(error))
        except Exception as error:  # of a library, over a page that nobody foresaw
            return _refuse(record, "segment", f"{type(error).__name__}: {error}")

    def _tables(self, shard: Shard, documents: list[Document], watch: Watch) -> Iterator[tuple[str, pa.Table]]:
        batch, marks, refused = self._marked(documents, watch)
        if refused:
            yield "quarantine", rejected_table(refused)
        yield "documents", self._documents(shard, batch, marks)
        yield "blocks", blocks_table(batch)
        yield "marks", marks_table("marks", batch, marks)
        yield from self._sketches(batch, marks)
        yield from self._shapes(batch, marks)

    def _marked(self, documents: list[Document], watch: Watch) -> tuple[Batch, Marks, list[Rejected]]:
        local, _ = processors(self.clean)
        for processor in local:
            if isinstance(processor, Preparing):  # outside the time limit: it is no fault of the documents
                processor.prepare(Batch(tuple(documents)))
        if not watch.careful:
            # If one takes too long or upsets a processor (perhaps somebody's plug-in), it is found below.
            with suppress(Exception), time_limit(self.limits.seconds):
                return *mark(local, Batch(tuple(documents))), []
        good: list[Document] = []
        found: list[Mark] = []
        refused = []
        for document in documents:
            if watch.killed("mark", document.record.source):
                refused.append(_refuse(document.record, "mark", KILLED))
                continue
            try:
                with time_limit(self.limits.seconds):
                    _, marks = mark(local, Batch((document,)))
            except UserError:
                raise
            except Exception as error:
                what = str(error) if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
                refused.append(_refuse(document.record, "mark", what))
                continue
            found += [each._replace(document=len(good)) for each in marks]
            good.append(document)
        return Batch(tuple(good)), Marks(tuple(found)), refused

    def _documents(self, shard: Shard, batch: Batch, marks: Marks) -> pa.Table:
        rows = []
        ranks = {name.casefold(): rank for rank, name in reversed(list(enumerate(self.prefer)))}
        for row, document in enumerate(batch):
            record, source = document.record, document.record.source
            of_document = list(chain.from_iterable(marks.of(row).values()))
            origin, rights = origins.collect(document, of_document)
            article, own = read.article_url(record.url, record.canonical_url), read.registrable_domain(record.url)
            first = read.registrable_domain(record.canonical_url)
            if own and first and own != first:
                origin = (*origin, Origin(first, "canonical-link", 0, 0))
            names = [record.outlet, *(each.name for each in origin)]
            rank = min((ranks.get(name.casefold(), len(self.prefer)) for name in names), default=len(self.prefer))
            kind = kind_of(document, of_document, marks.taken(row))
            if kind in NEVER_CANONICAL:
                rank = len(self.prefer) + 1
            rows.append(
                (
                    document.key, shard.name, source.root, source.path, source.record, source.media_type,
                    source.encoding, source.sha256, source.format, read.content_key(record),
                    read.base_id(record), record.outlet, record.outlet_from, record.url, article, record.title,
                    record.published, record.unread_date, record.fetched, record.truncated, list(record.authors),
                    record.site, record.language, {name: record.metadata_from.get(name, "") for name in METADATA}, kind,
                    _entries(document, marks.taken(row)) if kind == "liveblog" else [],
                    [{"name": o.name, "kind": o.kind, "start": o.start, "end": o.end} for o in origin],
                    list(dict.fromkeys((*rights, *record.rights))), rank,
                    self.prefer[rank] if rank < len(self.prefer) else "", len(record.text),
                    record.text[document.blocks[-1].end if document.blocks else 0 :],
                )
            )  # fmt: skip
        return table("documents", rows)

    def _sketches(self, batch: Batch, marks: Marks) -> Iterator[tuple[str, pa.Table]]:
        """Of every block that is not certain to go."""
        wanted = []
        for row, document in enumerate(batch):
            voter = marks.voter(row)
            on_blocks = marks.of(row)
            # Where somebody has voted, a block of a page without a mark is left out.
            blocks = [document.blocks[n] for n in on_blocks] if voter and document.elements else document.blocks
            for block in blocks:
                on_block = on_blocks.get(block.number, ())
                if not certain_to_go(on_block, voter, block.end - block.start):
                    wanted.append((document, block, on_block))
        yield from _sketch("sketches", wanted)

    def _shapes(self, batch: Batch, marks: Marks) -> Iterator[tuple[str, pa.Table]]:
        """Of what may recur in an outlet: what an extractor left out counts too, for others like it were taken."""
        if not any(isinstance(each, CorpusProcessor) for each in processors(self.clean)[1]):
            return
        wanted = [
            (document, block)
            for row, document in enumerate(batch)
            if document.record.outlet
            for block in document.blocks
            if not certain_to_go(marks.on(row, block.number))
        ]
        hashes, masked = shapes([d.slice(b) for d, b in wanted])
        rows = [
            (document.key, block.number, found, any_masked)
            for (document, block), found, any_masked in zip(wanted, hashes, masked, strict=True)
            if found
        ]
        if rows:
            yield "shapes", table("shapes", rows)


class Watch:
    """Over a shard that has killed its worker: where it is, and where it was then."""

    def __init__(self, shard: Shard, inputs: Inputs) -> None:
        self.careful = shard.killed_at is not None
        self._killed = frozenset(shard.killed_at or ())
        self._inputs = inputs

    def killed(self, what: str, source: Source | read.InputFile, record: int = -1) -> bool:
        """Whether this work has killed the worker; if it has not, it is what is done from now on."""
        if not self.careful:
            return False
        number = source.record if isinstance(source, Source) else record
        place = f"{what} {number} {source.root}/{source.path}"
        if place in self._killed:
            return True
        self._inputs.at(place)
        return False


def _records(file: read.InputFile, limits: read.Limits, watch: Watch) -> Iterator[Record | Rejected | PassedOver]:
    found = read.records(file, limits)
    last = -1
    while not watch.killed("read", file, last):
        item = next(found, None)
        if item is None:
            return
        last = last if isinstance(item, PassedOver) else item.source.record if isinstance(item, Record) else item.record
        yield item
    yield Rejected(file.root, file.path, -1, "read", KILLED, file.sha256, file.size)


def _sketch(dataset: str, wanted: list[tuple[Document, Block, Sequence[Mark]]]) -> Iterator[tuple[str, pa.Table]]:
    """Rows of the dataset for these blocks with their marks."""
    if wanted:
        texts = [clean_text(d.text, b.start, b.end, edits_of(d, b, marks)) for d, b, marks in wanted]
        keys, numbers = [d.key for d, _, _ in wanted], [b.number for _, b, _ in wanted]
        yield dataset, sketched(*map(pa.array, (keys, numbers, texts), (KEY, pa.int32(), pa.string())))


def _entries(document: Document, taken: list[int]) -> list[dict[str, Any]]:
    """The entries of a live blog. Where no processor reads trees its own has been freed: few pages are read again."""
    record = document.record
    if document.tree is None:
        document = replace(document, tree=segment_page(record.encoded or record.markup).tree)
    return [each._asdict() for each in entries(document, taken)]


def refuse(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """A map function that only takes down what could not be read: the shard's payload."""
    yield "refusals", rejected_table(shard.payload)


@dataclass(frozen=True)
class Decide:
    """Map over the shards after the reduce has looked at the whole corpus: late marks, then the first decision."""

    clean: tuple[tuple[str, str], ...]
    profile: str | tuple[str, ...]
    least: float

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        _, late = processors(self.clean)
        found = {
            each.dataset: by_block(inputs.read(each.dataset)) for each in late if isinstance(each, CorpusProcessor)
        }
        for batch, marks in batches(inputs):
            local, before = marks, len(marks)
            keys = {document.key: row for row, document in enumerate(batch)}
            for each in late:
                if isinstance(each, CorpusProcessor):
                    rows = {
                        (keys[key], block): values
                        for (key, block), values in found[each.dataset].items()
                        if key in keys
                    }
                    marks = marks + each.mark_rows(batch, marks, rows)
                else:
                    marks = marks + each.mark(batch, marks)
                if any(mark.action == "edit" for mark in marks.items[before:]):
                    # Texts were compared as the map left them.
                    raise UserError(f"clean: {each.name} edits texts: put it before the processors of the whole corpus")
            yield "late_marks", marks_table("late_marks", batch, marks, before)
            decided: list[tuple[Any, ...]] = []
            saved = []
            for row, document in enumerate(batch):
                voter = local.voter(row)
                decisions = decide_document(document, row, marks, self.profile, self.least)
                for block, d in zip(document.blocks, decisions, strict=True):
                    decided.append(
                        (document.key, block.number, d.action, d.type, d.processor, d.rule, d.reason, d.confidence,
                         d.evidence, [(e.start, e.end, e.inserted, e.processor, e.rule, e.reason) for e in d.edits])
                    )  # fmt: skip
                    on_block = local.on(row, block.number)
                    if d.action == "keep" and certain_to_go(on_block, voter, block.end - block.start):
                        saved.append((document, block, on_block))
            yield "decisions", table("decisions", decided)
            yield from _sketch("spares", saved)


def mark(local: Iterable[Processor], batch: Batch) -> tuple[Batch, Marks]:
    """Run processors over a batch in their order."""
    marks = Marks()
    for processor in local:
        marks = marks + processor.mark(batch, marks)
    return batch, marks


def _refuse(record: Record, stage: str, error: str) -> Rejected:
    source = record.source
    return Rejected(source.root, source.path, source.record, stage, error, source.sha256, -1)
