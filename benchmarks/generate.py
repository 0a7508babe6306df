"""Synthetic news of any size with planted duplicates: ``python -m benchmarks.generate 100k FOLDER``.

Words are made of syllables and drawn by a Zipf-Mandelbrot law, so that frequent three-word sequences recur by chance as
they do in text. Of the paragraphs (20 to 120 words) about 30 % repeat an earlier one, 10 % are near-duplicates of an
earlier one, and 2 % are variants of one and the same sentence; every such pair is in ``truth.tsv`` with its exact
Jaccard. All is streamed: memory does not grow with the size, and a smaller size is the beginning of a larger one.

FOLDER/articles/part-*.jsonl  articles of outlets: id, outlet, published, text (paragraphs apart by an empty line)
FOLDER/truth.tsv              paragraph, earlier paragraph, kind, shared, union (both in distinct three-word sequences)
FOLDER/about.json             size, seed, and counts
"""

from __future__ import annotations

import argparse
import json
import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

#: Raise it when the same seed gives other bytes.
VERSION = 1

REPEATED, NEAR, GIANT = 0.30, 0.10, 0.02
LEAST_WORDS, MOST_WORDS = 20, 120
#: Range of the Jaccard that near-duplicates aim at.
LOWEST, HIGHEST = 0.30, 0.95
#: Earlier paragraphs that later ones are made from.
LEAST_REMEMBERED, REMEMBERED = 100, 50_000
ARTICLES_A_FILE = 5_000

_WORD = re.compile(r"\w+")
_VOCABULARY = 50_000
_ONSETS = ("b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "qu", "r",
           "s", "sh", "st", "t", "tr", "v", "w", "z", "")  # fmt: skip
_NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "ie", "ou", "é", "ö")
_CODAS = ("", "", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "t", "ck", "ng")


class Pair(NamedTuple):
    """What a paragraph has in common with the earlier paragraph ``of``, in distinct three-word sequences."""

    of: int
    kind: str  # repeat | scatter | block | trim | extend | giant
    shared: int
    union: int


class Paragraph(NamedTuple):
    text: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class About:
    """What a folder holds. ``characters`` and ``bytes`` (UTF-8) are those of the paragraphs alone."""

    version: int
    seed: int
    paragraphs: int
    articles: int
    characters: int
    bytes: int
    kinds: dict[str, int]  # paragraphs by kind
    true_pairs: int  # planted pairs at a Jaccard of .5 and more, repeats not counted


def trigrams(text: str) -> frozenset[tuple[str, str, str]]:
    """The distinct three-word sequences of a text in small letters: the sets whose Jaccard is the truth."""
    words = _WORD.findall(text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


class _Stream:
    """Uniform numbers from 0 up to 1, one by one. Only ``random`` is asked of NumPy: its bits are frozen."""

    def __init__(self, seed: int, number: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, number]))
        self._left: list[float] = []

    def __call__(self) -> float:
        if not self._left:
            self._left = self._generator.random(1 << 14).tolist()
        return self._left.pop()

    def below(self, n: int) -> int:
        return int(self() * n)

    def pick(self, cumulated: list[float]) -> int:
        """An index by cumulated weights."""
        return min(bisect(cumulated, self() * cumulated[-1]), len(cumulated) - 1)


class _Words:
    """Words without end, by a Zipf-Mandelbrot law over a made-up vocabulary. Frequent words are short."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, 1]))
        weights = 1.0 / (np.arange(_VOCABULARY) + 2.7)
        self._cumulated = np.cumsum(weights) / weights.sum()
        self._vocabulary = np.array(list(_vocabulary(_Stream(seed, 2))), dtype=object)
        self._left: list[str] = []

    def take(self, count: int) -> list[str]:
        if len(self._left) < count:
            ranks = np.searchsorted(self._cumulated, self._generator.random(1 << 18))
            self._left += self._vocabulary[np.minimum(ranks, _VOCABULARY - 1)].tolist()
        taken = self._left[-count:]
        del self._left[-count:]
        return taken


def _vocabulary(random: _Stream) -> Iterator[str]:
    seen: set[str] = set()
    while len(seen) < _VOCABULARY:
        rank = len(seen)
        if rank > 100 and random() < 0.03:
            word = f"{1 + random.below(999)},{random.below(1000):03}" if random() < 0.3 else str(random.below(100_000))
        else:
            syllables = 1 if rank < 400 else 1 + random.below(2) if rank < 3000 else 2 + (random() < 0.4)
            word = "".join(
                _ONSETS[random.below(len(_ONSETS))]
                # letters with accents are rare
                + _NUCLEI[random.below(len(_NUCLEI) if random() < 0.05 else len(_NUCLEI) - 2)]
                + _CODAS[random.below(len(_CODAS))]
                for _ in range(syllables)
            )
            if rank > 500 and random() < 0.06:
                word = word.capitalize()
        if word.lower() not in seen:
            seen.add(word.lower())
            yield word


def paragraphs(seed: int) -> Iterator[Paragraph]:
    """Paragraphs without end, in the order in which they are numbered from 0."""
    random, words = _Stream(seed, 3), _Words(seed)
    originals: list[tuple[int, str]] = []
    # One sentence of which every variant differs in one to three words, as the daily line of a market report does.
    template = words.take(30)
    template[-1] += "."
    giants: list[tuple[int, str]] = []  # the first and the latest variant
    number = 0
    while True:
        roll = random()
        if roll < GIANT:
            parts = list(template)
            for _ in range(1 + random.below(3)):
                parts[random.below(len(parts) - 1)] = words.take(1)[0]
            text = " ".join(parts)
            yield Paragraph(text, tuple(_pair(text, of, other, "giant") for of, other in dict(giants).items()))
            giants = [*giants[:1], (number, text)]
        elif roll < GIANT + REPEATED and len(originals) >= LEAST_REMEMBERED:
            of, text = _earlier(random, originals)
            yield Paragraph(text, (Pair(of, "repeat", 1, 1),))
        elif GIANT + REPEATED <= roll < GIANT + REPEATED + NEAR and len(originals) >= LEAST_REMEMBERED:
            of, text = _earlier(random, originals)
            kind, edited = _edited(text, random, words)
            yield Paragraph(edited, (_pair(edited, of, text, kind),))
        else:
            text = _prose(random, words)
            if len(originals) < REMEMBERED:
                originals.append((number, text))
            else:
                originals[random.below(REMEMBERED)] = number, text
            yield Paragraph(text, ())
        number += 1


def _earlier(random: _Stream, originals: list[tuple[int, str]]) -> tuple[int, str]:
    """Some are taken much more often than others: what an agency sends is printed everywhere."""
    return originals[int(len(originals) * random() ** 2)]


def _pair(text: str, of: int, other: str, kind: str) -> Pair:
    a, b = trigrams(text), trigrams(other)
    shared = len(a & b)
    return Pair(of, kind, shared, len(a) + len(b) - shared)


def _prose(random: _Stream, words: _Words) -> str:
    """Sentences with commas and quotes, a third of the paragraphs with typographic ones."""
    opening, closing, dash = ("“", "”", "—") if random() < 0.35 else ('"', '"', "-")
    left = LEAST_WORDS + random.below(MOST_WORDS - LEAST_WORDS + 1)
    parts: list[str] = []
    while left:
        size = 8 + random.below(18)
        size = left if left - size < 4 else size
        left -= size
        sentence = words.take(size)
        for _ in range(size // 10):
            place = random.below(size - 1)
            if sentence[place][-1].isalnum():
                sentence[place] += ","
        if random() < 0.1:
            sentence[random.below(size - 1)] += f" {dash}"
        sentence[0] = sentence[0][0].upper() + sentence[0][1:]
        sentence[-1] += "."
        if random() < 0.12:
            sentence[0], sentence[-1] = opening + sentence[0], sentence[-1] + closing
        parts += sentence
    return " ".join(parts)


def _edited(text: str, random: _Stream, words: _Words) -> tuple[str, str]:
    """(kind of edit, the text with it): as much of it as brings the Jaccard near one that is drawn."""
    parts = text.split(" ")
    grams = len(parts) - 2
    aim = LOWEST + (HIGHEST - LOWEST) * random()
    changed = grams * (1 - aim) / (1 + aim)  # three-word sequences that are replaced, so that their Jaccard is ``aim``
    kinds: dict[str, Callable[[], list[str]]] = {
        "scatter": lambda: _scatter(parts, max(1, round(changed / 3)), random, words),
        "block": lambda: _block(parts, max(1, round(changed - 2)), random, words),
    }
    if aim * grams >= LEAST_WORDS / 2:
        kinds["trim"] = lambda: _trim(parts, round(aim * grams) + 2, random)
    if grams / aim <= MOST_WORDS:
        kinds["extend"] = lambda: [*parts, *words.take(max(1, round(grams / aim - grams)))]
    kind = list(kinds)[random.below(len(kinds))]
    return kind, " ".join(kinds[kind]())


def _scatter(parts: list[str], count: int, random: _Stream, words: _Words) -> list[str]:
    found = list(parts)
    for number, word in enumerate(words.take(count)):
        found[int((number + random()) * len(parts) / count)] = word
    return found


def _block(parts: list[str], length: int, random: _Stream, words: _Words) -> list[str]:
    start = 1 + random.below(max(1, len(parts) - length - 1))
    return [*parts[:start], *words.take(length), *parts[start + length :]]


def _trim(parts: list[str], length: int, random: _Stream) -> list[str]:
    return parts[:length] if random() < 0.5 else parts[-length:]


def write(folder: Path, size: int, seed: int = 1) -> About:
    """Write ``size`` paragraphs; the folder's earlier articles and truth are replaced. Memory is bounded."""
    random = _Stream(seed, 4)
    outlets = list(accumulate(1 / (n + 3) for n in range(60)))
    articles = folder / "articles"
    articles.mkdir(parents=True, exist_ok=True)
    for path in [folder / "about.json", *articles.iterdir()]:
        path.unlink(missing_ok=True)
    stream = paragraphs(seed)
    kinds: Counter[str] = Counter()
    number = article = characters = size_in_bytes = true_pairs = 0
    with ExitStack() as stack:
        truth = stack.enter_context((folder / "truth.tsv").open("w", encoding="utf-8"))
        file: TextIO | None = None
        while number < size:
            if article % ARTICLES_A_FILE == 0:
                if file:
                    file.close()
                path = articles / f"part-{article // ARTICLES_A_FILE:05}.jsonl"
                file = stack.enter_context(path.open("w", encoding="utf-8"))
            assert file
            first, texts = number, []
            for text, pairs in (next(stream) for _ in range(min(8 + random.below(23), size - number))):
                for of, kind, shared, union in pairs:
                    truth.write(f"{number}\t{of}\t{kind}\t{shared}\t{union}\n")
                    true_pairs += kind != "repeat" and 2 * shared >= union
                kinds[pairs[0].kind if pairs else "new"] += 1
                texts.append(text)
                characters += len(text)
                size_in_bytes += len(text.encode())
                number += 1
            published = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=random.below(365 * 24 * 60))
            record = {
                "id": article_id(first),
                "outlet": f"outlet-{random.pick(outlets):02}.example",
                "published": published.isoformat(),
                "text": "\n\n".join(texts),
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            article += 1
    about = About(VERSION, seed, size, article, characters, size_in_bytes, dict(sorted(kinds.items())), true_pairs)
    (folder / "about.json").write_text(json.dumps(asdict(about), indent=1) + "\n", encoding="utf-8")
    return about


def article_id(first: int) -> str:
    """The id of the article whose first paragraph has this number."""
    return f"a{first:09}"


def parts(folder: Path) -> list[Path]:
    return sorted((folder / "articles").glob("part-*.jsonl"))


def texts(files: list[Path]) -> Iterator[str]:
    """The paragraphs of article files in their order."""
    for path in files:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield from json.loads(line)["text"].split("\n\n")


def made(folder: Path, size: int, seed: int = 1) -> About:
    """What the folder holds, written if it is not there yet."""
    path = folder / "about.json"
    if path.exists():
        about = About(**json.loads(path.read_text(encoding="utf-8")))
        if (about.version, about.seed, about.paragraphs) == (VERSION, seed, size):
            return about
    return write(folder, size, seed)


def count(text: str) -> int:
    """``10k``, ``1M``, ``500``."""
    unit = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    return int(text.rstrip("kM")) * unit


def main() -> None:
    parser = argparse.ArgumentParser(description="Write synthetic news with planted duplicates.")
    parser.add_argument("size", type=count, help="paragraphs: 10k, 100k, 1M, 10M")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(asdict(write(given.folder, given.size, given.seed)), indent=1))


if __name__ == "__main__":
    main()
