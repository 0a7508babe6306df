"""What cleaning got wrong, for people who work on rules: ``python -m benchmarks.errors OUT fundus|trafi``.

OUT is a run over the pages or the text dumps of a set (``make errors`` makes one). Prints what decisions of each
confidence are worth, which rules err most, and the worst pages with the blocks wrongly stripped and wrongly kept, each
with its decision, rule, confidence and reason.

``fundus`` tells of every block whether it is of the article: on pages by the paragraphs of the truth, in dumps by the
labelled lines (those that are sure). ``trafi`` tells it of the blocks that hold one of its snippets.
"""

from __future__ import annotations

import argparse
import fnmatch
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.evaluation import EVAL, SETS, Score, f1, flat, measures, rows, scores, table, texts, truths
from cleanpipe.clean.taken import taken

_BANDS = 20  # of confidence
_SHOWN = 150  # characters of a block
_HALF = 0.5  # of a block in the truth make it one of the article

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A block and whether the truth has it in the article; None: it does not say."""

    block: Row
    article: bool | None

    @property
    def kept(self) -> bool:
        return bool(self.block["action"] == "keep")

    @property
    def wrong(self) -> bool:
        return self.article is not None and self.article != self.kept


def blocks_of(out: Path) -> dict[str, list[Row]]:
    """The blocks of each document in order; ``out`` holds a run, or those of a cross-validation."""
    found: dict[str, list[Row]] = defaultdict(list)
    for path in sorted([*out.glob("tables/blocks.parquet"), *out.glob("fold-*/tables/blocks.parquet")]):
        for row in pq.read_table(path).to_pylist():
            found[row["document"]].append(row)
    return found


def judged(name: str, document: str, blocks: Sequence[Row], labels: Mapping[str, Sequence[Row]]) -> list[Judged]:
    """The blocks of a page with what the truth says of them; ``labels``: the labelled lines, for dumps of fundus."""
    truth = truths(name)[document]
    if name == "trafi":
        return [Judged(block, _by_snippets(truth, block)) for block in blocks]
    if document in labels:
        return _by_lines(labels[document], blocks)
    paragraphs = truth["truth_text"].split("\n\n")
    shares = taken((block["text"] for block in blocks), paragraphs)
    # With or without the standfirst is right.
    opening = taken((block["text"] for block in blocks), paragraphs[:1]) if len(paragraphs) > 2 else [0.0] * len(blocks)
    return [
        Judged(block, None if first >= _HALF else share >= _HALF)
        for block, share, first in zip(blocks, shares, opening, strict=True)
    ]


def _by_snippets(truth: Row, block: Row) -> bool | None:
    text = flat(block["text"])
    if any(flat(snippet) in text for snippet in truth["with"]):
        return True
    return False if any(flat(snippet) in text for snippet in truth["without"]) else None


def _by_lines(labels: Sequence[Row], blocks: Sequence[Row]) -> list[Judged]:
    """A block is judged by its first line; labels and blocks are both in the order of the dump."""
    found = []
    at = 0
    for block in blocks:
        line = flat(block["text"].splitlines()[0]).strip()
        while at < len(labels) and flat(labels[at]["text"]).strip() != line:
            at += 1
        label = labels[at] if at < len(labels) else None
        at += label is not None
        known = label is not None and label["sure"] and label["page_ok"]
        found.append(Judged(block, label["label"] == "keep" if label is not None and known else None))
    return found


def by_confidence(pages: Mapping[str, Sequence[Judged]]) -> Iterator[str]:
    """What decisions of each confidence are worth, in bands from a confidence up to the next one listed: the share that
    is right of those that the truth speaks of."""
    seen: dict[tuple[str, float], Counter[bool]] = defaultdict(Counter)
    for blocks in pages.values():
        for each in blocks:
            if each.article is not None:
                band = math.floor(round(each.block["confidence"] * _BANDS, 6)) / _BANDS
                seen[each.block["action"], band][not each.wrong] += 1
    yield f"{'decision':<10}{'from':>11}{'blocks':>9}{'right':>8}"
    for (action, confidence), right in sorted(seen.items()):
        yield f"{action:<10}{confidence:>11.2f}{right.total():>9,}{right[True] / right.total():>8.1%}"


def by_rule(pages: Mapping[str, Sequence[Judged]], most: int) -> Iterator[str]:
    """The rules whose decisions cost most words: of the article (stripped) or of junk (kept)."""
    wrong: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for blocks in pages.values():
        for each in blocks:
            if each.article is not None:
                counts = wrong[each.block["action"], each.block["rule"] or "(no rule)"]
                counts[0] += each.wrong
                counts[1] += len(each.block["text"].split()) * each.wrong
                counts[2] += 1
    yield f"{'words lost or left':>18}{'blocks':>8}{'of':>8}  decision  rule"
    for (action, rule), (count, words, total) in sorted(wrong.items(), key=lambda item: -item[1][1])[:most]:
        if count:
            yield f"{words:>18,}{count:>8,}{total:>8,}  {action:<8}  {rule}"


def page(score: Score, blocks: Sequence[Judged], most: int, missing: Sequence[str]) -> Iterator[str]:
    """A page and its wrong blocks, the longest of each kind first. ``missing``: snippets of the truth in no block."""
    precision, recall = measures(table([score]))[0, 1:]
    yield f"{score.id}  {score.outlet}  F1 {score.f1:.3f}  precision {precision:.3f}  recall {recall:.3f}"
    for sign, kept, what in (("-", False, "of the article, and not kept"), ("+", True, "not of the article, and kept")):
        wrong = [each.block for each in blocks if each.wrong and each.kept == kept]
        if wrong:
            yield f"  {len(wrong)} blocks, {sum(len(b['text'].split()) for b in wrong):,} words {what}:"
        for block in sorted(wrong, key=lambda b: -len(b["text"]))[:most]:
            text = " ".join(block["text"].split())
            yield f"  {sign} #{block['block']}  {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}"
            said = f"{block['action']} {block['type']} ({block['confidence']:.2f})  {block['rule'] or '(no rule)'}"
            yield f"      {said}: {block['reason']}" if block["reason"] else f"      {said}"
            if block["element"]:
                yield f"      {block['element'][-100:]}  {block['names']}"
        if len(wrong) > most:
            yield f"  {sign} … and {len(wrong) - most} more"
    for snippet in missing:
        yield f"  ? in no block: {snippet[:_SHOWN]}"


def report(out: Path, name: str, worst: int, most: int, rule: str) -> Iterator[str]:
    """The report in lines; ``rule``: only blocks whose rule is like this glob, and pages that have one."""
    labels: dict[str, list[Row]] = defaultdict(list)
    documents = blocks_of(out)
    if name == "fundus" and not any(block["element"] for blocks in documents.values() for block in blocks):
        for row in rows(EVAL / name / "lines.jsonl.gz"):
            labels[row["id"]].append(row)
    pages = {id: judged(name, id, blocks, labels) for id, blocks in documents.items() if id in truths(name)}
    found = scores(name, texts(out))
    whole, precision, recall = measures(table(found).sum(axis=0))
    yield f"{name}, {len(pages)} pages: F1 {whole:.4f}  precision {precision:.4f}  recall {recall:.4f}"
    if rule:
        pages = {
            id: [each for each in blocks if fnmatch.fnmatchcase(each.block["rule"], rule)]
            for id, blocks in pages.items()
        }
    yield ""
    yield from by_confidence(pages)
    yield ""
    yield from by_rule(pages, 15)
    # A page is bad by what it costs the whole: the F1 of the set without it tells.
    sums = table(found)
    without = [f1(sums.sum(axis=0, keepdims=True) - sums[n]) for n in range(len(found))]
    order = sorted(range(len(found)), key=lambda n: (-without[n], found[n].id))
    shown = [found[n] for n in order if any(each.wrong for each in pages.get(found[n].id, ()))]
    for score in shown[:worst]:
        yield ""
        blocks = pages[score.id]
        everything = flat(" ".join(block["text"] for block in documents[score.id]))
        wanted = truths(name)[score.id]["with"] if name == "trafi" else []
        missing = [snippet for snippet in wanted if flat(snippet) not in everything]
        yield from page(score, blocks, most, missing)


def main() -> None:
    parser = argparse.ArgumentParser(description="What cleaning got wrong, for people who work on rules.")
    parser.add_argument("out", type=Path, help="a run over the pages or the text dumps of the set")
    parser.add_argument("name", choices=SETS)
    parser.add_argument("--worst", type=int, default=20, help="pages (20)")
    parser.add_argument("--blocks", type=int, default=6, help="blocks of each kind on a page (6)")
    parser.add_argument("--rule", default="", help="only what rules like this decided: 'rules/news-en.*'")
    given = parser.parse_args()
    for line in report(given.out, given.name, given.worst, given.blocks, given.rule):
        print(line)


if __name__ == "__main__":
    main()
