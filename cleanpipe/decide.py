"""Policy: the one place where marks become decisions.

The decision table, for one block:

| marks on the block                                   | decision | confidence                                        |
|------------------------------------------------------|----------|---------------------------------------------------|
| a ``keep`` mark, whatever else                       | keep     | .70 against marks that strip, else .98            |
| a ``certain`` strip mark                             | strip    | .99                                               |
| two ``strong`` strip marks of different cue families | strip    | .90, .97 with a third family                      |
| one ``strong`` strip mark (one family)               | keep     | .60                                               |
| ``weak`` strip marks only                            | keep     | .80                                               |
| none                                                 | keep     | .95                                               |

Where a processor has voted on the document (``vote`` marks; of several voters the last one counts), its vote stands
before the rows without a ``keep`` mark. The score is the share of the block that an extractor took, or the probability
that the model gives; a block without a mark has less than the voter ever says:

| voted under .5, no ``certain`` ``type`` mark (of a text: no headline or standfirst) | strip | .85; of a model 1 - p |
| given .8 by the model of texts, which has weighed the rules; under three families   | keep  | p                     |

The model of texts has learned best where a line stands and how it looks: strip marks of these two families alone decide
nothing beside it.

A ``keep`` mark against a vote is as sure as the vote is wrong: .70 against an extractor, p against a model.

What would go with less confidence than the config asks for (``confidence``) stays; that it is right to keep it is then
as sure as that stripping it would have been wrong.

A kept block's type comes from its ``type`` marks (the strongest; of equals the latest), else ``body``; if the profile
does not export that type, the block is kept out of the corpus by ``profile/NAME@1``. ``edit`` marks take their span out
of a kept block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from cleanpipe.clean.learned import OUTER, WEIGHED
from cleanpipe.model import PROFILES, Block, Decision, Document, Edit, Mark, Marks
from cleanpipe.text import clean_text

LEFT_OUT = "It is left out of the article."
UNLIKELY = "The model gives it less than 5% to be part of the article."
#: Voters that give a probability.
LEARNED = frozenset({"page_model", "text_model"})
#: The probability of what a model says nothing of: it has less than the least that it says.
_UNSAID = 0.03
#: What was voted out with less is hardly ever saved by a guard, but for long prose of a text (so many characters). What
#: is saved must be compared like all that stays.
SAVED, SAVED_CHARS = 0.12, 150
#: The rule of what would go with more confidence only.
SPARED = "confidence/least@1"
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


def certain_to_go(marks: Sequence[Mark], voter: str = "", chars: int = 0) -> bool:
    """Whether a block of so many characters needs no sketch: hardly a guard can still save it. ``voter``: see
    ``Marks.voter``."""
    certain = False
    for mark in marks:
        if mark.action == "keep":
            return False
        certain = certain or (mark.action == "strip" and mark.strength == "certain")
    if certain or not left_out(marks, voter):
        return certain
    long = voter == "text_model" and chars >= SAVED_CHARS
    return not long and not any(mark.action == "vote" and mark.score >= SAVED for mark in marks)


def left_out(marks: Iterable[Mark], voter: str) -> bool:
    """Whether the document's voter left this block out, and no mark is certain of its type."""
    if not voter:
        return False
    for mark in marks:
        voted = mark.action == "vote" and mark.score >= 0.5 and mark.processor == voter
        # The model of texts has learned what is body, not what stands above it.
        above = voter == "text_model" and mark.type in ("headline", "standfirst")
        if voted or (mark.action == "type" and (mark.strength == "certain" or above)):
            return False
    return True


def decide(
    document: Document, block: Block, marks: Sequence[Mark], profile: str, exported: frozenset[str], voter: str = "",
    least: float = 0.0,
) -> Decision:  # fmt: skip
    """One block's decision by the table above; ``voter``: see ``Marks.voter``. ``least``: confidence to strip."""
    strips = sorted((m for m in marks if m.action == "strip"), key=lambda m: -_RANK[m.strength])  # stable: oldest first
    families = {m.family for m in strips if m.strength != "weak"}
    certain = bool(strips) and strips[0].strength == "certain"
    vote = next((m for m in reversed(marks) if m.action == "vote" and m.processor == voter), None)
    weighed = voter == "text_model" and vote is not None and vote.score >= WEIGHED
    p = vote.score if vote else _UNSAID
    outer = voter == "text_model" and families <= OUTER
    goes = certain or (not outer and len(families) >= (3 if weighed else 2))
    keeps = [m for m in marks if m.action == "keep"]
    gone: Decision | None = None
    if goes and not keeps:
        top = strips[0]
        confidence = 0.99 if certain else 0.97 if len(families) > 2 else 0.9
        kind = next((m.type for m in strips if m.type), "junk:other")
        gone = Decision("strip", kind, top.processor, top.rule, _reason(strips), confidence, _evidence(top, strips))
    elif voter and not keeps and left_out(marks, voter):
        kind = next((m.type for m in strips if m.type), "junk:page")
        unsaid = UNLIKELY if voter in LEARNED else LEFT_OUT
        rule, reason = (vote.rule, vote.reason) if vote else (f"{voter}/left-out@1", unsaid)
        confidence = 0.85 if voter not in LEARNED else round(1 - p, 4)
        gone = Decision("strip", kind, voter, rule, reason, confidence, _evidence(vote, strips))
    if gone and gone.confidence >= least:
        return gone
    against = goes or left_out(marks, voter)
    confidence = (0.7 if against else 0.98) if keeps else 0.95 if not strips else 0.6 if families else 0.8
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
    sure = top_type is not None and top_type.strength == "certain"
    if vote and vote.score >= 0.5 and voter in LEARNED and not keeps and not sure:
        confidence = vote.score
    if keeps and against and not goes and voter in LEARNED:
        confidence = p
    if gone:
        return _spared(gone, kind, least, top_type, strips, edits)
    because = because or (vote if voter in LEARNED else None)
    if because is None:
        return Decision("keep", kind, confidence=confidence, evidence=_evidence(None, strips), edits=edits)
    evidence = _evidence(because, [*keeps, *strips])
    return Decision("keep", kind, because.processor, because.rule, because.reason, confidence, evidence, edits)


def _spared(
    gone: Decision, kind: str, least: float, top_type: Mark | None, strips: Sequence[Mark], edits: tuple[Edit, ...]
) -> Decision:
    """What becomes of a block that would be ``gone`` if the config asked for less confidence."""
    evidence = orjson.loads(_evidence(top_type, strips))
    evidence["spared"] = {"type": gone.type, "rule": gone.rule, "confidence": gone.confidence, "reason": gone.reason}
    reason = f"It would go with a confidence of {gone.confidence}; the config asks for {least}. {gone.reason}"
    sure = round(1 - gone.confidence, 4)
    return Decision("keep", kind, "confidence", SPARED, reason, sure, orjson.dumps(evidence).decode(), edits)


def decide_document(
    document: Document, row: int, marks: Marks, profile: str | Sequence[str], least: float = 0.0
) -> list[Decision]:
    """The decisions on a document's blocks, in order; ``row`` is its place in the batch that the marks are of.

    ``least``: blocks that would be stripped with less confidence stay.
    """
    name, exported = profile_types(profile)
    voter = marks.voter(row)
    if not document.blocks:
        return []
    # Most blocks of a page bear no mark: what becomes of one becomes of all.
    found = [decide(document, document.blocks[0], (), name, exported, voter, least)] * len(document.blocks)
    for number, on_block in marks.of(row).items():
        found[number] = decide(document, document.blocks[number], on_block, name, exported, voter, least)
    return found


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
