"""The step tables: the named Parquet datasets in ``OUT/.work`` that the steps of a run hand to each other.

Each dataset lies in ``.work/NAME/`` as one file a shard (or one file, or some). Keys and hashes are 16 bytes, computed
in Python from content, never in SQL; public ids are strings and appear only after the reduce has resolved them.
Relations between two texts keep their counts as integers, so that no comparison rests on a float.

Change a column, a type or the order of rows: raise ``SCHEMA_VERSION``; it is part of every step's key.
"""

from __future__ import annotations

import pyarrow as pa

from cleanpipe.model import METADATA

SCHEMA_VERSION = 8

KEY = pa.binary(16)  # 128 bits: a doc_key or a text_hash


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])


ORIGIN = pa.struct([("name", pa.string()), ("kind", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
ENTRY = pa.struct([("start", pa.int32()), ("time", pa.string())])
#: Where each is from, "" where it is unknown.
METADATA_FROM = pa.struct([(name, pa.string()) for name in METADATA])
EDIT = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("inserted", pa.string()),
        ("processor", pa.string()),
        ("rule", pa.string()),
        ("reason", pa.string()),
    ]
)
#: A containment or conflict edge of a paragraph that is not its edge to the canonical.
MATCH = pa.struct(
    [
        ("paragraph", pa.string()),
        ("outlet", pa.string()),
        ("relation", pa.string()),
        ("shared", pa.int32()),
        ("size", pa.int32()),
        ("other_size", pa.int32()),
    ]
)
OCCURRENCE = pa.struct(
    [
        ("document", pa.string()),
        ("outlet", pa.string()),
        ("url", pa.string()),
        ("published", pa.string()),
        ("block", pa.int32()),
        ("source_start", pa.int32()),
        ("source_end", pa.int32()),
        ("relation", pa.string()),
        ("shared", pa.int32()),
        ("size", pa.int32()),
        ("canonical_size", pa.int32()),
        ("text", pa.string()),  # "" where it equals the canonical text
    ]
)

MARKS = _schema(
    ("doc_key", KEY),
    ("block", pa.int32()),
    ("n", pa.int32()),  # order in which the marks of a document were made
    ("processor", pa.string()),
    ("rule", pa.string()),
    ("action", pa.string()),
    ("start", pa.int32()),
    ("end", pa.int32()),
    ("strength", pa.string()),
    ("family", pa.string()),
    ("type", pa.string()),
    ("score", pa.float64()),
    ("reason", pa.string()),
    ("evidence", pa.string()),
)

_PLACES = pa.list_(pa.int32())

EDGES = _schema(
    ("u", KEY),
    ("v", KEY),
    ("u_number", pa.int64()),  # as in `text_numbers`
    ("v_number", pa.int64()),
    # near | contains | contained | quotation | passage; differs, as a live edge: conflict | template
    ("relation", pa.string()),
    ("shared", pa.int32()),  # shingles in both
    ("u_size", pa.int32()),  # distinct shingles of u
    ("v_size", pa.int32()),
    ("u_tokens", pa.int32()),
    ("v_tokens", pa.int32()),
    # the runs of words that both have, in order of u: ``run_words`` of them from word ``u_runs`` and ``v_runs`` on
    # (from 0). Words are the same in all texts of a hash, characters are not
    ("u_runs", _PLACES),
    ("v_runs", _PLACES),
    ("run_words", _PLACES),
    # what these sum up to: words in all runs; the first word of a run, and the one after the last
    ("covered", pa.int32()),
    ("u_start", pa.int32()),
    ("u_stop", pa.int32()),
    ("v_start", pa.int32()),
    ("v_stop", pa.int32()),
)

CANDIDATES = _schema(
    ("u_number", pa.int64()),  # as in `text_numbers`
    ("v_number", pa.int64()),  # u < v
    ("passages", pa.bool_()),  # whether LSH proposed them, not only a rare phrase
    ("part", pa.int32()),  # that v lies in, as in ENDS
)

SKETCHES = _schema(
    ("doc_key", KEY),
    ("block", pa.int32()),
    ("tokens", pa.int32()),
    ("chars", pa.int32()),
    ("text_hash", KEY),  # of the normalised clean text
    ("words", pa.binary()),  # the hash of each of its words: 8 bytes each, in this machine's order
    ("shapes", pa.binary()),  # what else of each word may tell something (``dedup.tokens.shape``): a byte each
    ("text", pa.string()),  # the clean text; read only where pairs are verified and occurrences listed
)

#: What is compared of a text. Rows of one part of all texts, by their hashes, are written together, so that a part is
#: read without the others: a map over pairs need not have all texts at hand at once.
ENDS = _schema(
    ("part", pa.int32()),
    ("text_number", pa.int64()),
    ("text_hash", KEY),
    ("tokens", pa.int32()),
    *((name, SKETCHES.field(name).type) for name in ("words", "shapes", "text")),
)

#: Pairs of which the connected components are sought; NAME_0, NAME_1, ... until every u points to its smallest node v.
STAR = _schema(("u", pa.int64()), ("v", pa.int64()))

#: Edges in both directions, texts by number: what the steps on documents and families join.
LINKS = _schema(
    ("u", pa.int64()),
    ("v", pa.int64()),
    ("whole", pa.int32()),  # 1: v holds four fifths of u or more, 0: less
    ("near", pa.int32()),  # 1: u is near v
    ("brief", pa.int32()),  # 1: not near, and one of the two has under 20 words
    # words of u: all, those in runs, and the place of these: from ``start`` to before ``stop``
    ("tokens", pa.int32()),
    ("covered", pa.int32()),
    ("start", pa.int32()),
    ("stop", pa.int32()),
)

#: What an owner (an article, or a document) says: its distinct texts, all by number.
OWNED = _schema(("owner", pa.int64()), ("text", pa.int64()), ("tokens", pa.int32()), ("chars", pa.int64()))

#: At most four owners for each text, through which pairs of owners are proposed.
ANCHORS = _schema(("text", pa.int64()), ("owner", pa.int64()))

#: Pairs of owners, and the characters of all texts of a.
PAIRS = _schema(("a", pa.int64()), ("b", pa.int64()), ("total", pa.int64()))

_GROUPED = _schema(
    ("text_hash", KEY),
    ("canonical_hash", KEY),
    ("relation", pa.string()),  # exact (the canonical text itself: counted as 1 of 1), else as in EDGES
    ("shared", pa.int32()),
    ("size", pa.int32()),
    ("canonical_size", pa.int32()),
)

_COUNTED = [_GROUPED.field(name) for name in ("relation", "shared", "size", "canonical_size")]
_RUNS = [*EDGES][EDGES.get_field_index("u_runs") :]

ELECTED_TEXTS = _schema(("text", pa.int64()), ("canonical", pa.int64()))  # by number

FAMILY_TEXTS = _schema(
    ("part", pa.int32()),
    ("family", pa.int64()),  # the number of its smallest text
    ("place", pa.int64()),  # in the family, from 1
    ("text_number", pa.int64()),
)

QUARANTINE = _schema(
    ("root", pa.string()),
    ("path", pa.string()),
    ("record", pa.int64()),
    ("stage", pa.string()),
    ("error", pa.string()),
    ("sha256", pa.string()),
    ("size", pa.int64()),
    ("sample", pa.binary()),
)

#: Paragraphs that are dropped as duplicates.
DROPS = _schema(
    ("doc_key", KEY),
    ("block", pa.int32()),
    ("shard", pa.string()),
    ("rule", pa.string()),  # duplicates/documents@1 | duplicates/paragraphs@1
    ("held_by", pa.string()),  # the kept paragraph that holds it; "" where only its document is held
    ("reason", pa.string()),
)

#: name -> schema. In the order in which a run makes them.
DATASETS: dict[str, pa.Schema] = {
    # --- map over input shards (read, segment, local marks, sketch); rows in reading order: path, record, block
    "documents": _schema(
        ("doc_key", KEY),
        ("shard", pa.string()),
        ("root", pa.string()),
        ("path", pa.string()),
        ("record", pa.int64()),
        ("media_type", pa.string()),
        ("encoding", pa.string()),
        ("sha256", pa.string()),
        ("format", pa.string()),
        ("content_key", KEY),  # hash of the page's bytes, or of the text: the same bytes fetched again share it
        ("base_id", pa.string()),  # the public id before clashes are resolved
        ("outlet", pa.string()),  # "" = unknown
        ("outlet_from", pa.string()),
        ("url", pa.string()),
        ("canonical_url", pa.string()),  # what versions of one article share; "" = none
        ("title", pa.string()),
        ("published", pa.string()),
        ("unread_date", pa.string()),  # as the record has it, where it could not be read
        ("fetched", pa.string()),
        ("truncated", pa.string()),  # why an archive has only the beginning of the page
        ("authors", pa.list_(pa.string())),
        ("site", pa.string()),
        ("language", pa.string()),
        ("metadata_from", METADATA_FROM),
        ("kind", pa.string()),
        ("entries", pa.list_(ENTRY)),  # of a live blog
        ("origin", pa.list_(ORIGIN)),
        ("rights", pa.list_(pa.string())),
        # rank of its outlet or origin in dedup.canonical.prefer; the list's length if none, one more of a stub
        ("prefer", pa.int32()),
        ("prefer_because", pa.string()),  # the preferred name that matched
        ("chars", pa.int64()),
        ("tail", pa.string()),  # the gap after the last block
    ),
    "blocks": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("gap", pa.string()),  # the white space before the block; gap + text over all blocks + tail = source text
        ("text", pa.string()),
        # model.Element; "" and 0 for texts
        ("element", pa.string()),  # its path
        ("names", pa.string()),
        ("around", pa.string()),
        ("linked", pa.int32()),
        ("bold", pa.int32()),
    ),
    "marks": MARKS,
    # every block that is not certain to go
    "sketches": SKETCHES,
    # short blocks of known outlets that no mark is certain to strip, also those that an extractor left out
    "shapes": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shape", KEY),  # of its words, figures and dates masked
        ("masked", pa.bool_()),  # whether there were any
    ),
    "quarantine": QUARANTINE,
    # files that could not even be opened, and shards that killed their worker twice
    "refusals": QUARANTINE,
    # records of archives that are no article by what they are
    "passed_over": _schema(("what", pa.string()), ("count", pa.int64())),
    # --- reduce
    # one row a document: its public id and what it is among its versions
    "records": _schema(
        ("doc_key", KEY),
        ("shard", pa.string()),
        ("id", pa.string()),
        ("outlet", pa.string()),  # as shown: the id where unknown
        ("known_outlet", pa.string()),  # "" where unknown
        ("article", KEY),  # the smallest doc_key among its versions: recurrence and syndication count these
        ("status", pa.string()),  # current | superseded | seen (the same bytes again: `of` is the document)
        ("of", KEY),  # the current version, or the document these bytes are; its own key where current
        ("version", pa.int32()),  # 1 is the earliest
        ("url", pa.string()),
        ("published", pa.string()),
        ("prefer", pa.int32()),
        ("prefer_because", pa.string()),
        ("id_rank", pa.int64()),  # of `id`, from 1
        ("date_rank", pa.int64()),  # of what canonical order looks at first: prefer, then published, unknown last
    ),
    # numbers from 1 in the order of the keys: whole numbers are joined at a fraction of the cost of 16 bytes
    "text_numbers": _schema(("text_hash", KEY), ("text_number", pa.int64())),
    "article_numbers": _schema(("article", KEY), ("article_number", pa.int64())),
    # the LSH bands of each text; only where `candidates` is made by its statement
    "bands": _schema(("band", pa.int64()), ("text_hash", KEY)),
    # the phrases that each text chose; only where `candidates` is made by its statements
    "rare": _schema(("phrase", pa.int64()), ("text_hash", KEY)),
    "candidates": CANDIDATES,
    # the texts that are in a candidate pair, as they stand in their first places
    "ends": ENDS,
    # those of them within dedup.window
    "windowed": CANDIDATES,
    "capped": _schema(("size", pa.int64())),  # of each bucket too large for all its pairs to be candidates
    "masked": _schema(("size", pa.int64())),  # texts of each phrase that too many chose: it proposed nothing
    # a verified pair of distinct texts, u < v; relation says: u IS relation TO v
    "edges": EDGES,
    "links": LINKS,  # of `edges`
    # what an article says, its versions merged: distinct texts of at least min_tokens; both by number
    "story_texts": OWNED,
    "story_common": OWNED,  # of these the texts that another article may hold
    "story_anchors": ANCHORS,
    # pairs of articles that may tell one story; all the characters of the smaller one, a
    "story_candidates": PAIRS,
    "story_star": STAR,  # of articles by number
    "stories": _schema(("article", KEY), ("story", KEY)),
    # blocks whose shape or text recurs within a known outlet over distinct stories
    "recurrence": _schema(
        ("shard", pa.string()),
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("outlet", pa.string()),
        ("stories", pa.int64()),
        ("masked", pa.bool_()),  # but for its figures and dates
    ),
    # --- map over shards: marks of the whole-corpus processors and the guards, and the first decision
    "late_marks": MARKS,
    "decisions": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("action", pa.string()),  # keep | strip | profile
        ("type", pa.string()),
        ("processor", pa.string()),
        ("rule", pa.string()),
        ("reason", pa.string()),
        ("confidence", pa.float64()),
        ("evidence", pa.string()),
        ("edits", pa.list_(EDIT)),
    ),
    # the kept blocks that were certain to go before the late marks, and so have no sketch
    "spares": SKETCHES,
    # --- reduce: what is left after the first decision
    # kept blocks of current documents, of exported types
    "paragraphs": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("document", pa.string()),  # public id
        ("outlet", pa.string()),
        ("article", KEY),
        ("url", pa.string()),
        ("published", pa.string()),
        ("prefer", pa.int32()),
        ("prefer_because", pa.string()),
        ("type", pa.string()),
        ("source_start", pa.int32()),
        ("source_end", pa.int32()),
        ("chars", pa.int32()),
        ("tokens", pa.int32()),
        ("text_hash", KEY),
        ("text_number", pa.int64()),
        ("number", pa.int64()),  # rises with document and block: the order of paragraph ids
        ("precedence", pa.int64()),  # precedence, then number: canonical order
    ),
    # one row a distinct text with a paragraph and at least min_tokens: the first paragraph in canonical order
    "live": _schema(
        ("text_hash", KEY),
        ("text_number", pa.int64()),
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("document", pa.string()),
        ("outlet", pa.string()),
        ("prefer", pa.int32()),
        ("published", pa.string()),
        ("chars", pa.int32()),
        ("tokens", pa.int32()),
        ("precedence", pa.int64()),
        ("number", pa.int64()),
    ),
    "live_edges": EDGES,  # both ends are live
    "live_links": LINKS,  # both ends are live
    "family_star": STAR,  # of texts by number, over the links that make families
    # the texts of every family of more than two, in canonical order; a part holds whole families
    "family_texts": FAMILY_TEXTS,
    # the same with what is compared of them; rows of one part are written together
    "members": pa.schema([*FAMILY_TEXTS, *(ENDS.field(name) for name in ("tokens", "words", "shapes", "text"))]),
    "disputes": _schema(("part", pa.int32()), ("u", pa.int64()), ("v", pa.int64())),  # texts of one family, by number
    # map over these parts: the groups of the families, with the runs of each text (u) and its canonical (v)
    "elected": pa.schema([*ELECTED_TEXTS, *_COUNTED, *_RUNS]),
    # every live text -> its group's canonical text; by number, with the smallest text of its family
    "groups": pa.schema([*_GROUPED, *_schema(("text", pa.int64()), ("canonical", pa.int64()), ("family", pa.int64()))]),
    # edges that the election rounds verified beside those that LSH proposed
    "more_edges": EDGES,
    "all_links": LINKS,  # live ones and those of `more_edges`
    # documents of which something is kept, in canonical order
    "document_order": _schema(
        ("doc_key", KEY),
        ("document", pa.string()),
        ("published", pa.string()),
        ("chars", pa.int64()),  # kept
        ("place", pa.int64()),
    ),
    # which texts stand in which documents: the owner is the document's place in that order
    "places": OWNED,
    "holder_common": OWNED,  # of these the texts that another document may hold
    "holder_anchors": ANCHORS,
    # pairs of documents of which b may hold a; all kept characters of a
    "holder_candidates": PAIRS,
    # documents before it in that order that hold at least 80 % of a document's kept characters, the best first
    "holders": _schema(
        ("doc_key", KEY),
        ("holder", KEY),
        ("holder_id", pa.string()),
        ("held", pa.int64()),  # characters of the document that stand in the holder
        ("chars", pa.int64()),
        ("place", pa.int64()),
    ),
    # --- the second decision: what is dropped as a duplicate (nothing with `duplicates: mark`)
    # documents that are dropped whole, each with the kept document that holds it
    "document_drops": _schema(("doc_key", KEY), ("holder", KEY), ("held", pa.int64()), ("chars", pa.int64())),
    # pairs of texts of which one holds four fifths of the other, and what it does not hold decides nothing
    "holds": _schema(("held", KEY), ("holder", KEY), ("shared", pa.int32()), ("size", pa.int32())),
    # paragraphs that may be dropped or hold one, the fullest first
    "fullest": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("document", pa.string()),
        ("type", pa.string()),
        ("text_hash", KEY),
        ("holds_document", pa.bool_()),  # an article was dropped for its own: it stays
        ("place", pa.int64()),
    ),
    "paragraph_drops": DROPS,
    "drops": DROPS,  # all of them, by shard
    # one row a document
    "document_results": _schema(
        ("doc_key", KEY),
        ("shard", pa.string()),
        ("duplicate_of", pa.string()),
        ("shared_fraction", pa.float64()),
        ("dropped", pa.bool_()),  # duplicates: documents
    ),
    # one row a paragraph: its group and family, flat
    "memberships": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("outlet", pa.string()),
        ("group_key", KEY),
        ("group_block", pa.int32()),
        ("group_shard", pa.string()),
        ("group_id", pa.string()),  # paragraph id of the canonical
        (
            "relation",
            pa.string(),
        ),  # canonical | exact | near | contains | contained | quotation: it IS this TO the canonical
        ("shared", pa.int32()),  # 1 of 1 where canonical or exact
        ("size", pa.int32()),
        ("canonical_size", pa.int32()),
        ("outlet_count", pa.int32()),  # of the group
        ("occurrence_count", pa.int32()),
        ("family", pa.string()),  # smallest paragraph id in it
        ("chosen_because", pa.string()),  # of the canonical
    ),
    # paragraphs of other groups that a paragraph contains or stands in
    "matches": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("place", pa.int32()),  # 1 to 8, by the other's paragraph id
        ("match_count", pa.int32()),  # all there are
        ("paragraph", pa.string()),
        ("outlet", pa.string()),
        ("relation", pa.string()),
        ("shared", pa.int32()),
        ("size", pa.int32()),
        ("other_size", pa.int32()),
    ),
    # every place where a distinct paragraph stands, in the shard of its canonical
    "occurrences": _schema(
        ("shard", pa.string()),
        ("group_key", KEY),
        ("group_block", pa.int32()),
        ("place", pa.int32()),
        *((field.name, field.type) for field in OCCURRENCE),
    ),
    # one row a paragraph
    "paragraph_results": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("group", pa.string()),  # id of the canonical paragraph
        ("relation", pa.string()),  # canonical | exact | near | contains | contained | quotation
        ("shared", pa.int32()),
        ("size", pa.int32()),
        ("canonical_size", pa.int32()),
        ("outlet_count", pa.int32()),
        ("match_count", pa.int32()),
        ("matches", pa.list_(MATCH)),  # at most 8, by paragraph id
        ("dropped", pa.bool_()),
        ("drop_rule", pa.string()),  # "" | duplicates/documents@1 | duplicates/paragraphs@1
        ("held_by", pa.string()),
        ("drop_reason", pa.string()),
    ),
    # one row a distinct paragraph, in the shard of its canonical
    "group_results": _schema(
        ("doc_key", KEY),
        ("block", pa.int32()),
        ("shard", pa.string()),
        ("family", pa.string()),
        ("chosen_because", pa.string()),
        ("outlet_count", pa.int32()),
        ("occurrence_count", pa.int32()),
        ("occurrences", pa.list_(OCCURRENCE)),
    ),
    # one row a superseded document: the public id of the current version
    "current": _schema(("doc_key", KEY), ("shard", pa.string()), ("id", pa.string())),
    # --- map over shards: of each document the blocks that went the same way for the same reason, counted
    "fates": _schema(
        ("document", pa.string()),  # its public id
        ("outlet", pa.string()),
        ("type", pa.string()),
        ("rule", pa.string()),
        ("action", pa.string()),  # keep, strip, profile, superseded, duplicate
        ("long", pa.bool_()),  # of blocks that are long, see write/parts.py
        ("blocks", pa.int64()),
        ("chars", pa.int64()),
    ),
    # one row a part file written
    "parts": _schema(
        ("folder", pa.string()),
        ("name", pa.string()),
        ("rows", pa.int64()),
        ("size", pa.int64()),
        ("sha256", pa.string()),
        ("edits", pa.int64()),  # rows of action `edit`
        ("edited", pa.int64()),  # their characters
    ),
}
