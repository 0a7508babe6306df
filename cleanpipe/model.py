"""The nouns of cleanpipe: plain frozen types without I/O that every other module speaks in.

All offsets are code points into a document's source text, half open: ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from sys import intern
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

Action = Literal["strip", "keep", "type", "edit", "vote", "note"]
Strength = Literal["certain", "strong", "weak"]

#: Types a block can have when it is not junk. Junk is ``junk:CATEGORY``.
TYPES = (
    "headline", "standfirst", "body", "subhead", "list", "quote", "table", "embed",
    "caption", "credit", "byline", "dateline", "background",
)  # fmt: skip

#: The types that a named profile exports.
PROFILES: dict[str, tuple[str, ...]] = {
    "article": ("headline", "standfirst", "body", "subhead", "list", "quote", "table", "embed", "background"),
    "body": ("body", "subhead", "list", "quote", "table", "embed", "background"),
}


#: The fields of a record of which ``metadata_from`` may say where they are from.
METADATA = ("url", "canonical_url", "title", "published", "authors", "site", "language")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was read.

    ``root`` is the input's path as the config gives it, ``path`` the file's path below the root ('/' as separator),
    ``record`` its number in the file from 0, ``sha256`` the hex digest of the record's bytes (of the whole file, after
    decompression, where a file is one record; of the page or the text alone in a table or an archive), ``encoding`` the
    Python codec that turns the source text back into these bytes (a BOM stays in the text as U+FEFF); for a page, the
    one that its markup was decoded by. ``media_type`` is what was read, ``format`` what it was read from.
    """

    root: str
    path: str
    record: int
    media_type: str
    encoding: str
    sha256: str
    format: str = "text"  # a name in read.formats.FORMATS


@dataclass(frozen=True, slots=True)
class Record:
    """What a reader yields: one article's text with its metadata, before segmentation. Unknown strings are "".

    A page has ``markup``, the decoded HTML, and no text: its source text is what segmentation finds visible in it.
    ``metadata_from`` says where a value is from: ``record`` (a field, or what an archive says of the record),
    ``config``, or the part of the page: ``json-ld``, ``meta:NAME``, ``link:canonical``, ``html:lang``, ``title``, ...
    """

    source: Source
    text: str
    id: str = ""  # the record's own id
    outlet: str = ""
    outlet_from: str = ""  # record | config | url | folder | ""
    url: str = ""
    title: str = ""
    published: str = ""  # RFC 3339
    unread_date: str = ""  # the date as the record has it, where it could not be read
    language: str = ""
    markup: str = ""  # the decoded page, whose visible text becomes ``text`` when it is segmented; "" for texts
    encoded: bytes = b""  # ``markup`` in UTF-8, where that is what was read: it need not be encoded to be parsed
    canonical_url: str = ""  # as the page declares it, absolute
    authors: tuple[str, ...] = ()
    site: str = ""  # how the site calls itself
    fetched: str = ""  # RFC 3339
    truncated: str = ""  # why an archive has only the beginning of the page: "length", "time", "disconnect", ...
    content_key: bytes = b""  # of a page: 16 bytes of the bytes that were decoded, and of how
    rights: tuple[str, ...] = ()  # what is said beside the text, each behind its source: "meta:robots: noarchive"
    live: bool = False  # the page calls its article a live blog
    metadata_from: Mapping[str, str] = field(default_factory=dict)  # of the fields METADATA


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record or file that could not be read: a row of ``quarantine``. ``record`` is -1 for a whole file."""

    root: str
    path: str
    record: int
    stage: str  # read | decode | parse | segment | mark
    error: str  # one sentence
    sha256: str  # of the offending bytes, hex; "" if they could not be read to the end
    size: int  # of the offending bytes; -1 if unknown
    sample: bytes = b""  # the bytes themselves where they are few


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Records of a file that are no article by what they are: ``count`` of ``what`` (requests of an archive, say)."""

    what: str
    count: int


class Block(NamedTuple):
    """A piece of the source text. The gap before it runs from the end of the block before; it is white space only."""

    number: int
    start: int
    end: int


class Element(NamedTuple):
    """Where a block of a page stands.

    ``path`` is an XPath of the innermost element that holds all of it; beyond 64 steps ``//`` and the last 64.
    ``names`` are its classes and id, ``around`` those of its ancestors, the nearest first and 16 at most: words with
    spaces between. ``linked`` and ``bold`` count the block's characters in links and in bold type.
    """

    path: str
    names: str = ""
    around: str = ""
    linked: int = 0
    bold: int = 0

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags on the path, the outermost first."""
        return _tags(self.path)

    @property
    def tag(self) -> str:
        return _tags(self.path)[-1]


@lru_cache(maxsize=1 << 16)
def _tags(path: str) -> tuple[str, ...]:
    return tuple([intern(step.partition("[")[0]) for step in path.split("/") if step])


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one article: a record, its 128-bit key and the blocks that tile its text.

    A page has an element for each block, and in the map, where it was parsed, its ``title``, as a browser shows it, and
    its ``tree`` (an ``lxml.html`` element, for extractors, who work on a copy), if a processor of the map says that it
    ``reads_trees``.
    """

    key: bytes
    record: Record
    blocks: tuple[Block, ...]
    elements: tuple[Element, ...] = ()
    tree: Any = field(default=None, compare=False, repr=False)
    title: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        return self.record.text

    def slice(self, block: Block) -> str:
        return self.record.text[block.start : block.end]


class Mark(NamedTuple):
    """One processor's evidence on a block, or on the part ``[start, end)`` of it.

    ``document`` is the row in the batch. Several marks of one cue ``family`` count once. ``type`` is what the block is
    if the mark is right ("" where the mark does not say). A ``note`` decides nothing. ``reason`` is a sentence for a
    person, ``evidence`` JSON.
    """

    document: int
    block: int
    start: int
    end: int
    processor: str
    rule: str  # id@version
    action: Action
    strength: Strength
    family: str
    reason: str
    type: str = ""
    score: float = 0.0
    evidence: str = "{}"


@dataclass(frozen=True)
class Batch:
    """Documents that are processed together, so that features can be vectorised."""

    documents: tuple[Document, ...]

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)


@dataclass(frozen=True)
class Marks:
    """The marks of a batch in the order they were made, found by document and block."""

    items: tuple[Mark, ...] = ()

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, more: Iterable[Mark]) -> Marks:
        return Marks(self.items + tuple(more))

    @cached_property
    def _by_document(self) -> dict[int, dict[int, list[Mark]]]:
        found: dict[int, dict[int, list[Mark]]] = {}
        for mark in self.items:
            found.setdefault(mark.document, {}).setdefault(mark.block, []).append(mark)
        return {document: dict(sorted(blocks.items())) for document, blocks in found.items()}

    @cached_property
    def _voters(self) -> dict[int, str]:
        return {mark.document: mark.processor for mark in self.items if mark.action == "vote"}

    def voter(self, document: int) -> str:
        """The processor whose votes count on a document: the last one that has voted; "" if none has."""
        return self._voters.get(document, "")

    def taken(self, document: int) -> list[int]:
        """The blocks of a document that its voter takes for the article: half of it and more, or likely."""
        return self._taken.get(document, [])

    @cached_property
    def _taken(self) -> dict[int, list[int]]:
        found: dict[int, set[int]] = {}
        for mark in self.items:
            if mark.action == "vote" and mark.score >= 0.5 and mark.processor == self.voter(mark.document):
                found.setdefault(mark.document, set()).add(mark.block)
        return {document: sorted(blocks) for document, blocks in found.items()}

    def on(self, document: int, block: int) -> Sequence[Mark]:
        """The marks on one block, oldest first."""
        return self.of(document).get(block, ())

    def of(self, document: int) -> Mapping[int, Sequence[Mark]]:
        """The marked blocks of a document in their order, with the marks on each. Most blocks of a page have none."""
        return self._by_document.get(document, {})


class Processor(Protocol):
    """Reads blocks, adds marks; never changes or removes anything."""

    name: str

    def mark(self, batch: Batch, marks: Marks) -> Iterable[Mark]:
        """The new marks only. ``marks`` holds what earlier processors said of this batch."""
        ...


@runtime_checkable
class Preparing(Protocol):
    """A processor that loads or compiles what it needs for a batch, before the time of its documents counts."""

    def prepare(self, batch: Batch) -> None: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """A span taken out of a kept block (``inserted`` stands in its place)."""

    start: int
    end: int
    rule: str
    reason: str
    processor: str
    inserted: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a block, and why. ``action``: keep, strip, or profile (kept, but of a type not exported)."""

    action: Literal["keep", "strip", "profile"]
    type: str
    processor: str = ""
    rule: str = ""
    reason: str = ""
    confidence: float = 0.0  # 0 to 1: how sure the action is
    evidence: str = "{}"
    edits: tuple[Edit, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom the text says it comes from. ``kind``: dateline, credit, canonical-link or link-back."""

    name: str
    kind: str
    start: int
    end: int


class Entry(NamedTuple):
    """One entry of a live blog."""

    start: int  # of its first block
    time: str  # RFC 3339; the time of day as the page shows it, where its markup tells no more


@runtime_checkable
class CorpusProcessor(Protocol):
    """A processor that needs the whole corpus: a SQL statement over the step tables, then marks from its rows."""

    name: str
    dataset: str  # the step table that ``query`` makes; has the columns shard, doc_key, block
    query: str

    def mark_rows(
        self, batch: Batch, marks: Marks, rows: Mapping[tuple[int, int], Mapping[str, Any]]
    ) -> Iterable[Mark]:
        """The new marks. ``rows`` holds the query's rows on this batch, by (row of the document, block)."""
        ...
