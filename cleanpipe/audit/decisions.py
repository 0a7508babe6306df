"""What becomes of a block by its marks: the decision table of the design, written a second time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cleanpipe.audit import oracle

Row = dict[str, Any]

_LEFT_OUT = "It is left out of the article."
_UNLIKELY = "The model gives it less than 5% to be part of the article."
_MODELS = ("page_model", "text_model")  # voters whose score is a probability
_STRENGTHS = ("certain", "strong", "weak")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``action``: keep, strip or profile. ``edits``: the marks whose spans are taken out, by place."""

    action: str
    type: str
    processor: str
    rule: str
    reason: str
    confidence: float
    evidence: str
    edits: tuple[Row, ...] = ()


def verdict(
    text: str, start: int, marks: Sequence[Row], profile: str, exported: Collection[str], voter: str = "",
    least: float = 0.0,
) -> Verdict:  # fmt: skip
    """The verdict on the block ``text`` that stands at ``start``; ``marks`` are rows of tables/marks, oldest first.

    ``voter`` is the processor that voted last on any block of the document, "" if none has; ``least`` the config's
    ``confidence``.
    """
    against = [m for strength in _STRENGTHS for m in marks if (m["action"], m["strength"]) == ("strip", strength)]
    certain = any(m["strength"] == "certain" for m in against)
    said: dict[str, str] = {}  # cue family -> why, for those that count
    for mark in against:
        if mark["strength"] != "weak":
            said.setdefault(mark["family"], mark["reason"])
    votes = [m for m in marks if m["action"] == "vote" and m["processor"] == voter]
    vote = votes[-1] if votes else None
    taken = vote is not None and any(m["score"] >= 0.5 for m in votes)
    # The model of texts has weighed what the rules say.
    weighed = voter == "text_model" and vote is not None and vote["score"] >= 0.8
    # Place and shape are what it has learned: they add nothing to it.
    nothing_new = voter == "text_model" and not set(said) - {"position", "shape"}
    guilty = certain or (len(said) > (2 if weighed else 1) and not nothing_new)
    guards = [m for m in marks if m["action"] == "keep"]
    sentence: Verdict | None = None
    if guilty and not guards:
        first = against[0]
        kind = next((m["type"] for m in against if m["type"]), "junk:other")
        reason = first["reason"] if certain else " ".join(said.values())
        sure = 0.99 if certain else 0.9 if len(said) == 2 else 0.97
        sentence = Verdict("strip", kind, first["processor"], first["rule"], reason, sure, _evidence(first, against))

    above = ("headline", "standfirst") if voter == "text_model" else ()
    known = any(m["action"] == "type" and (m["strength"] == "certain" or m["type"] in above) for m in marks)
    if sentence is None and voter and not (guards or taken or known):
        kind = next((m["type"] for m in against if m["type"]), "junk:page")
        sure = 0.85
        if voter in _MODELS:
            sure = 0.97 if vote is None else round(1 - vote["score"], 4)
        left = _UNLIKELY if voter in _MODELS else _LEFT_OUT
        rule, reason = (vote["rule"], vote["reason"]) if vote else (f"{voter}/left-out@1", left)
        sentence = Verdict("strip", kind, voter, rule, reason, sure, _evidence(vote, against))
    if sentence is not None and sentence.confidence >= least:
        return sentence

    out = voter and not (taken or known)
    sure = (0.7 if guilty or out else 0.98) if guards else 0.6 if said else 0.8 if against else 0.95
    named = [m for m in marks if m["action"] == "type" and m["type"]]
    typed = min(reversed(named), key=lambda m: _STRENGTHS.index(m["strength"]), default=None)
    kind = typed["type"] if typed else "body"
    edits = _edits(text, start, marks)
    if kind not in exported:
        reason = f"The profile {profile!r} leaves out blocks of type {kind}." + (f" {typed['reason']}" if typed else "")
        evidence = _evidence(typed, named)
        return Verdict("profile", kind, "profile", f"profile/{profile}@1", reason, sure, evidence, edits)
    sure_of_type = typed is not None and typed["strength"] == "certain"
    if vote is not None and vote["score"] >= 0.5 and voter in _MODELS and not guards and not sure_of_type:
        sure = vote["score"]
    if guards and out and not guilty and voter in _MODELS:
        sure = 0.03 if vote is None else vote["score"]
    if sentence is not None:
        said_of_it = {"type": sentence.type, "rule": sentence.rule, "confidence": sentence.confidence}
        spared = orjson.loads(_evidence(typed, against)) | {"spared": said_of_it | {"reason": sentence.reason}}
        sure = round(1 - sentence.confidence, 4)
        reason = f"It would go with a confidence of {sentence.confidence}; the config asks for {least}."
        reason += f" {sentence.reason}"
        evidence = orjson.dumps(spared).decode()
        return Verdict("keep", kind, "confidence", "confidence/least@1", reason, sure, evidence, edits)
    because = guards[-1] if guards else typed or (vote if voter in _MODELS else None)
    if because is None:
        return Verdict("keep", kind, "", "", "", sure, _evidence(None, against), edits)
    evidence = _evidence(because, [*guards, *against])
    return Verdict("keep", kind, because["processor"], because["rule"], because["reason"], sure, evidence, edits)


def _edits(text: str, start: int, marks: Sequence[Row]) -> tuple[Row, ...]:
    """The earlier of two that overlap; none at all where they would leave nothing."""
    taken: list[Row] = []
    for mark in marks:
        free = not any(mark["start"] < other["end"] and other["start"] < mark["end"] for other in taken)
        if mark["action"] == "edit" and mark["start"] < mark["end"] and free:
            taken.append(mark)
    taken.sort(key=lambda mark: mark["start"])
    left = not taken or oracle.clean(text, [(mark["start"] - start, mark["end"] - start, "") for mark in taken])
    return tuple(taken) if left else ()


def _evidence(first: Row | None, marks: Sequence[Row]) -> str:
    found = orjson.loads(first["evidence"]) if first else {}
    if marks:
        found["marks"] = [{key: mark[key] for key in ("rule", "strength", "family")} for mark in marks]
    return orjson.dumps(found).decode()
