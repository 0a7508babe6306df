"""The rows of the JSONL outputs: every field with its type and meaning, in the order of the keys.

The writers, the dataset card and the test that compares ``docs/outputs.md`` with what is written all read this page.
Unknown strings are ``""``, dates RFC 3339, offsets and lengths code points; ``source_*`` offsets point into the
document's source text, half open.
"""

from __future__ import annotations

import pyarrow as pa

from cleanpipe.model import METADATA

STRING = pa.string()
INT = pa.int64()
FLOAT = pa.float64()


def _field(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return pa.field(name, kind, nullable=False, metadata={"description": description})


_ORIGIN = _field(
    "origin",
    pa.struct(
        [
            _field("name", STRING, "whom the text says it comes from"),
            _field("kind", STRING, "how it says so: dateline, credit, canonical-link or link-back"),
        ]
    ),
    "the first origin that the article's text names",
)
_RELATION = (
    "canonical (the paragraph itself), exact, near, contains, contained or quotation; says: this IS relation TO that"
)
_JACCARD = "shared shingles / shingles of either, 4 decimals"
_CONTAINMENT = "share of this paragraph's shingles that stand in the other one, 4 decimals"

_EDIT = pa.struct(
    [
        _field("source_start", INT, "where the removed span starts"),
        _field("source_end", INT, "where it ends"),
        _field("removed", STRING, "the source text of the span"),
        _field("inserted", STRING, "what stands in its place"),
        _field("rule", STRING, "the rule that removed it, id@version"),
    ]
)
_MATCH = pa.struct(
    [
        _field("paragraph", STRING, "id of the other paragraph"),
        _field("outlet", STRING, "its outlet"),
        _field("relation", STRING, "this paragraph IS relation TO that one"),
        _field("jaccard", FLOAT, _JACCARD),
        _field("containment", FLOAT, _CONTAINMENT),
    ]
)
_PARAGRAPH = pa.struct(
    [
        _field("id", STRING, "DOCUMENT#BLOCK"),
        _field("type", STRING, "what the block is: headline, standfirst, body, subhead, list, quote, …"),
        _field("start", INT, "where the paragraph starts in `text`"),
        _field("end", INT, "where it ends in `text`"),
        _field("source_start", INT, "where its block starts in the source text"),
        _field("source_end", INT, "where its block ends in the source text"),
        _field("text_hash", STRING, "128 bits of the normalised text, hex; survives another segmentation"),
        _field("edits", pa.list_(_EDIT), "spans of the block that were taken out"),
        _field(
            "group", STRING, "id of the canonical paragraph that this one repeats; its own id if it is the canonical"
        ),
        _field("relation", STRING, "relation to the canonical: " + _RELATION),
        _field("jaccard", FLOAT, "with the canonical: " + _JACCARD),
        _field("containment", FLOAT, "in the canonical: " + _CONTAINMENT),
        _field("outlet_count", INT, "outlets that carry the group"),
        _field("matches", pa.list_(_MATCH), "further containment, quotation and conflict edges, at most 8"),
        _field("match_count", INT, "how many there are in all"),
    ]
)
_ENTRY = pa.struct(
    [
        _field("start", INT, "where the entry starts in the source text, as `source_start` of paragraphs"),
        _field("time", STRING, "when it was posted, RFC 3339; else the time of day as the page shows it"),
    ]
)
_METADATA = pa.struct(
    [
        _field("outlet", STRING, "who published; the document's id where unknown"),
        _field("url", STRING, "the record's URL"),
        _field("title", STRING, "the record's title"),
        _field("authors", pa.list_(STRING), "who wrote it, as the record or the page says"),
        _field("site", STRING, "how the site calls itself"),
        _field("language", STRING, "language code"),
        _field(
            "kind",
            STRING,
            "article; of pages also liveblog, roundup, stub (the opening before a paywall), correction, error",
        ),
        _field("entries", pa.list_(_ENTRY), "of a live blog, in order; paragraphs up to the next belong to one"),
        _ORIGIN,
        _field(
            "rights",
            pa.list_(STRING),
            "bylines, credits and copyright lines of the text, kept or not; behind its source, what is said beside it "
            "of copyright, licence, robots",
        ),
        _field(
            "metadata_from",
            pa.struct([_field(name, STRING, f"where {name} is from; empty where it is unknown") for name in METADATA]),
            "where the values are from: record, config, or a part of the page (json-ld, meta:NAME, link:canonical, …)",
        ),
        _field("fetched", STRING, "when the page was fetched"),
        _field("path", STRING, "the file below its input root"),
        _field("record", INT, "number of the record in the file, from 0"),
        _field("format", STRING, "what it was read from: text, html, jsonl, parquet or warc"),
        _field("media_type", STRING, "what was read"),
        _field("sha256", STRING, "of the record's bytes"),
        _field("duplicate_of", STRING, "the document that holds at least 80 % of this one's kept characters"),
        _field("shared_fraction", FLOAT, "share of the kept characters that stand in other outlets, 4 decimals"),
    ]
)
_OCCURRENCE = pa.struct(
    [
        _field("document", STRING, "id of the document"),
        _field("outlet", STRING, "its outlet"),
        _field("url", STRING, "its URL"),
        _field("published", STRING, "its date"),
        _field("block", INT, "number of the block"),
        _field("source_start", INT, "where the block starts"),
        _field("source_end", INT, "where it ends"),
        _field("relation", STRING, "relation to the canonical: " + _RELATION),
        _field("jaccard", FLOAT, _JACCARD),
        _field("containment", FLOAT, _CONTAINMENT),
        _field("text", STRING, "its clean text where that differs from the canonical's, else empty"),
    ]
)

#: folder -> schema of its rows
OUTPUTS: dict[str, pa.Schema] = {
    "corpus": pa.schema(
        [
            _field("id", STRING, "id of the document"),
            _field("text", STRING, "the kept paragraphs' clean texts, joined by a blank line"),
            _field("source", STRING, "the outlet"),
            _field("created", STRING, "date of publication, with milliseconds as Dolma writes it"),
            _field("metadata", _METADATA, "what is known of the document, and where it was read"),
            _field("paragraphs", pa.list_(_PARAGRAPH), "the kept paragraphs in order"),
        ]
    ),
    "paragraphs": pa.schema(
        [
            _field("id", STRING, "id of the canonical paragraph, DOCUMENT#BLOCK"),
            _field("text", STRING, "its clean text"),
            _field("text_hash", STRING, "128 bits of the normalised text, hex"),
            _field("outlet", STRING, "the outlet of the canonical"),
            _ORIGIN,
            _field("document", STRING, "the document of the canonical"),
            _field("type", STRING, "its type"),
            _field("published", STRING, "its document's date"),
            _field("family", STRING, "smallest paragraph id of the family (for leak-free splits, never for removal)"),
            _field("chosen_because", STRING, "why this one is the canonical"),
            _field("outlet_count", INT, "outlets that carry it"),
            _field("occurrence_count", INT, "places where it stands"),
            _field("occurrences", pa.list_(_OCCURRENCE), "these places, the canonical first, at most 1000"),
        ]
    ),
    "stripped": pa.schema(
        [
            _field("document", STRING, "id of the document"),
            _field("outlet", STRING, "its outlet"),
            _field("block", INT, "number of the block"),
            _field("source_start", INT, "where the text starts"),
            _field("source_end", INT, "where it ends"),
            _field("text", STRING, "the source text, unchanged"),
            _field("type", STRING, "type of the block; junk:CATEGORY for boilerplate"),
            _field("action", STRING, "strip, profile, edit, duplicate or superseded"),
            _field("processor", STRING, "who gave the deciding evidence"),
            _field("rule", STRING, "its rule, id@version"),
            _field("reason", STRING, "why, as a sentence"),
            _field("confidence", FLOAT, "0 to 1: how sure the action is"),
            _field("evidence", STRING, "details, as JSON"),
            _field("canonical", STRING, "duplicate: id of the group's canonical paragraph"),
            _field("held_by", STRING, "duplicate: id of the paragraph in the corpus that holds this one"),
        ]
    ),
    "quarantine": pa.schema(
        [
            _field("path", STRING, "the file below its input root"),
            _field("record", INT, "number of the record in the file; -1 for a whole file"),
            _field("stage", STRING, "read, decode, parse, segment or mark"),
            _field("error", STRING, "what is wrong, as a sentence"),
            _field("sha256", STRING, "of the bytes; empty if they could not be read to the end"),
            _field("size", INT, "of the bytes; -1 if unknown"),
            _field("sample", STRING, "the bytes themselves where they are few"),
            _field("sample_encoding", STRING, "what `sample` is: text (UTF-8) or base64; empty without a sample"),
            _field("root", STRING, "the input as the config names it"),
        ]
    ),
}  # fmt: skip
