"""Policy: the one place where marks become decisions.

The decision table, for one block:

| marks on the block                                   | decision | confidence                                        |
|------------------------------------------------------|----------|---------------------------------------------------|
| a ``keep`` mark, whatever else                       | keep     | .70 against marks that would strip it, else .98   |
| a ``certain`` strip mark                             | strip    | .99                                               |
| two ``strong`` strip marks of different cue families | strip    | .90, .97 with a third family                      |
| one ``strong`` strip mark (one family)               | keep     | .60                                               |
| ``weak`` strip marks only                            | keep     | .80                                               |
| none                                                 | keep     | .95                                               |

On a page of which an extractor has taken a part (``vote`` marks, whose score is the share of the block), one row
stands before those that keep a block without a ``keep`` mark:

| less than half of the block taken, and no ``certain`` ``type`` mark | strip | .85                                   |

A kept block's type comes from its ``type`` marks (the strongest; of equals the latest), else ``body``; if the profile
does not export that type, the block is kept out of the corpus by ``profile/NAME@1``. ``edit`` marks take their span out
of a kept block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from cleanpipe.model import PROFILES, Block, Decision, Document, Edit, Mark, Marks
from cleanpipe.text import clean_text

LEFT_OUT = "The extractor leaves it out of the article."
_RANK = {"weak": 0, "strong": 1, "certain": 2}


def profile_types(profile: str | Sequence[str]) -> tuple[str, frozenset[str]]:
    """The name of a profile (``custom`` for a list of types) and the types it exports."""
    if isinstance(profile, str):
        return profile, frozenset(PROFILES[profile])
    return "custom", frozenset(profile)


def edits_of(document: Document, block: Block, marks: Iterable[Mark]) -> tuple[Edit, ...]:
    """The edits of a block, sorted and disjoint (the earlier mark wins); none if nothing would be left of it.

    Also what a block's clean text is before anything else is decided: edits do not depend on other marks.
    """
    chosen: list[Edit] = []
    for mark in marks:
        free = all(mark.end <= edit.start or edit.end <= mark.start for edit in chosen)
        if mark.action == "edit" and mark.start < mark.end and free:
            chosen.append(Edit(mark.start, mark.end, mark.rule, mark.reason, mark.processor))
    chosen.sort(key=lambda edit: edit.start)
    return tuple(chosen) if clean_text(document.text, block.start, block.end, chosen) else ()


def certain_to_go(marks: Sequence[Mark], ballot: Mark | None = None) -> bool:
    """Whether a block needs no sketch: only a guard can still save it. ``ballot``: see ``ballot_of``."""
    certain = False
    for mark in marks:
        if mark.action == "keep":
            return False
        certain = certain or (mark.action == "strip" and mark.strength == "certain")
    return certain or (ballot is not None and left_out(marks))


def left_out(marks: Iterable[Mark]) -> bool:
    """Whether an extractor that took a part of the page left this block out, and no mark is certain of its type."""
    for mark in marks:
        if (mark.action == "vote" and mark.score >= 0.5) or (mark.action == "type" and mark.strength == "certain"):
            return False
    return True


def ballot_of(document: Document, row: int, marks: Marks) -> Mark | None:
    """The first vote on a document, None where no extractor has taken any of it."""
    return next((m for block in document.blocks for m in marks.on(row, block.number) if m.action == "vote"), None)


def decide(
    document: Document, block: Block, marks: Sequence[Mark], profile: str, exported: frozenset[str],
    ballot: Mark | None = None,
) -> Decision:  # fmt: skip
    """One block's decision by the table above; ``ballot``: see ``ballot_of``."""
    strips = sorted((m for m in marks if m.action == "strip"), key=lambda m: -_RANK[m.strength])  # stable: oldest first
    families = {m.family for m in strips if m.strength != "weak"}
    certain = bool(strips) and strips[0].strength == "certain"
    goes = certain or len(families) >= 2
    keeps = [m for m in marks if m.action == "keep"]
    if goes and not keeps:
        top = strips[0]
        confidence = 0.99 if certain else 0.97 if len(families) > 2 else 0.9
        kind = next((m.type for m in strips if m.type), "junk:other")
        return Decision("strip", kind, top.processor, top.rule, _reason(strips), confidence, _evidence(top, strips))
    if ballot and not keeps and left_out(marks):
        kind = next((m.type for m in strips if m.type), "junk:page")
        evidence = _evidence(None, strips)
        return Decision("strip", kind, ballot.processor, ballot.rule, LEFT_OUT, 0.85, evidence)
    confidence = (0.7 if goes else 0.98) if keeps else 0.95 if not strips else 0.6 if families else 0.8
    typed = [m for m in marks if m.action == "type" and m.type]
    top_type = max(enumerate(typed), key=lambda item: (_RANK[item[1].strength], item[0]))[1] if typed else None
    kind = top_type.type if top_type else "body"
    edits = edits_of(document, block, marks)
    because = keeps[-1] if keeps else top_type
    if kind not in exported:
        reason = f"The profile {profile!r} leaves out blocks of type {kind}."
        if top_type:
            reason += f" {top_type.reason}"
        evidence = _evidence(top_type, typed) if top_type else "{}"
        return Decision("profile", kind, "profile", f"profile/{profile}@1", reason, confidence, evidence, edits)
    if because is None:
        return Decision("keep", kind, confidence=confidence, evidence=_evidence(None, strips), edits=edits)
    evidence = _evidence(because, [*keeps, *strips])
    return Decision("keep", kind, because.processor, because.rule, because.reason, confidence, evidence, edits)


def decide_document(document: Document, row: int, marks: Marks, profile: str | Sequence[str]) -> list[Decision]:
    """The decisions on a document's blocks, in order; ``row`` is its place in the batch that the marks are of."""
    name, exported = profile_types(profile)
    ballot = ballot_of(document, row, marks)
    if not document.blocks:
        return []
    # Most blocks of a page bear no mark: what becomes of one becomes of all.
    unmarked = decide(document, document.blocks[0], (), name, exported, ballot)
    return [
        decide(document, block, found, name, exported, ballot) if (found := marks.on(row, block.number)) else unmarked
        for block in document.blocks
    ]


def _reason(strips: Sequence[Mark]) -> str:
    """The reasons that carried the decision: of the first certain mark, or of one mark of each family."""
    if strips[0].strength == "certain":
        return strips[0].reason
    said: dict[str, str] = {}
    for mark in strips:
        if mark.strength != "weak":
            said.setdefault(mark.family, mark.reason)
    return " ".join(said.values())


def _evidence(top: Mark | None, marks: Sequence[Mark]) -> str:
    found = orjson.loads(top.evidence) if top else {}
    if marks:
        found["marks"] = [{"rule": m.rule, "strength": m.strength, "family": m.family} for m in marks]
    return orjson.dumps(found).decode()


# The second decision: what is a duplicate. `duplicates: mark` drops nothing; `documents` drops an article that a kept
# one holds; `paragraphs` drops single body paragraphs beside. What is dropped is held by something that is kept.


def drop_documents(order: Iterable[bytes], holders: Mapping[bytes, Sequence[bytes]]) -> dict[bytes, bytes]:
    """Dropped document -> the kept one that holds it.

    ``order`` is the canonical order of documents; ``holders`` lists, best first, the documents that hold at least 80 %
    of one's kept characters and stand before it in that order. A dropped document holds nothing.
    """
    dropped: dict[bytes, bytes] = {}
    for key in order:
        holder = next((other for other in holders.get(key, ()) if other not in dropped), None)
        if holder is not None:
            dropped[key] = holder
    return dropped


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that may be dropped or may hold others; ``name`` is its public id.

    ``holds_document``: it is of an article for which another one was dropped whole, and so it stays.
    """

    name: str
    text_hash: bytes
    type: str
    holds_document: bool = False


def drop_paragraphs(fullest_first: Iterable[Candidate], holds: Mapping[bytes, Sequence[bytes]]) -> dict[str, str]:
    """Dropped paragraph -> the kept one that holds it.

    ``holds`` lists, best first, the texts that hold a text: a verified edge, at least 80 % of its shingles, and nothing
    that decides (number, name, date, negation) among the words outside the alignment. Only ``body`` is dropped alone.
    """
    keeper: dict[bytes, str] = {}  # text -> the first paragraph of it that was kept
    dropped: dict[str, str] = {}
    for paragraph in fullest_first:
        held_by = keeper.get(paragraph.text_hash) or next(
            (keeper[text] for text in holds.get(paragraph.text_hash, ()) if text in keeper), None
        )
        if held_by is not None and paragraph.type == "body" and not paragraph.holds_document:
            dropped[paragraph.name] = held_by
        else:
            keeper.setdefault(paragraph.text_hash, paragraph.name)
    return dropped
