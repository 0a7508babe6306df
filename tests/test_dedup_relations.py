"""What a reader calls the same paragraph: facts, quotations, rare phrases, and the real pairs that were read for it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dedup_driver import Doc, Driver, edges_between
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.dedup.batch import phrases, tokenise
from cleanpipe.dedup.facts import facts
from cleanpipe.dedup.rare import PHRASE, WINDOW
from cleanpipe.dedup.tokens import text_hash
from cleanpipe.dedup.verify import Verify

SHARED = Path(__file__).parents[1].parent / "shared"


def verified(pairs: Iterable[tuple[str, str]], passages: bool = True) -> list[dict[str, Any]]:
    """The edge of each pair; its relation is "" where there is none."""
    pairs = list(pairs)
    edges = edges_between(Verify(3, 0.5, 0.8), pairs, passages).to_pylist()
    found = {edge["u_number"] // 2: edge for edge in edges}
    return [found.get(n, {"relation": ""}) for n, _ in enumerate(pairs)]


@pytest.mark.parametrize(
    "text, other",
    [
        ("US$14.3 billion", "$14.3B"),
        ("40 per cent", "40%"),
        ("241,000,000", "241 million"),
        ("1.400.000", "1,4 Millionen"),
        ("28 January", "Jan. 28"),
        ("17. Oktober", "October 17th"),
        ("twelve", "12"),
        ("forty-two", "42"),
        ("two hundred", "200"),
        ("three thousand", "3,000"),
        ("two hundred forty one million", "241 million"),
        ("zwanzig Millionen", "20 Mio"),
        ("veinte", "20"),
        ("the third", "the 3rd"),
    ],
)
def test_a_fact_has_one_value_however_it_is_written(text: str, other: str) -> None:
    told, told_too = ([(f.kind, f.value) for f in facts(x) if f.kind != "name"] for x in (text, other))
    assert told and told == told_too


FERRY = (
    "The ferry {} left the port on {} with {} people and {} crew after the gale, and it was {}reached by the {} boat."
)
FIRST = ("Gannet", "Friday", "212", "14", "", "pilot")


@pytest.mark.parametrize(
    "second, relation",
    [
        (("Gannet", "Friday", "212", "15", "", "pilot"), "differs"),
        (("Gannet", "Friday", "212", "fourteen", "", "pilot"), "near"),
        (("Gannet", "Sunday", "212", "14", "", "pilot"), "differs"),
        (("Gannet", "3 May", "212", "14", "", "pilot"), "near"),  # a Friday, perhaps
        (("Gannet", "Friday", "212", "14", "not ", "pilot"), "differs"),
        (("Gannet", "Friday", "212", "14", "never ", "pilot"), "differs"),
        (("Gannet", "Friday", "2,120", "14", "", "pilot"), "differs"),
        (("Gannet", "Friday", "212", "seventeen", "", "pilot"), "differs"),
        (("Gannet", "Friday", "212", "14", "", "rescue"), "near"),
        (("Gannets", "Friday", "212", "14", "", "pilot"), "near"),
        (("Petrel", "Friday", "212", "14", "", "pilot"), "near"),  # one name in a long paragraph
        (("Petrel", "Friday", "212", "14", "", "Okafor"), "near"),  # a name for a word is no other name
    ],
)
def test_what_differs_decides(second: tuple[str, ...], relation: str) -> None:
    (edge,) = verified([(FERRY.format(*FIRST), FERRY.format(*second))])
    assert edge["relation"] == relation


def test_one_other_name_parts_short_paragraphs_and_a_dateline_does_not() -> None:
    short = "The harbour board thanked {} for the long work on the new pier today."
    lines = "{} - The harbour board will open the new pier to the public today."
    pairs = [(short.format("Okafor"), short.format("Lindqvist"))]
    pairs += [(lines.format("PORT HALE (Tidewire)"), lines.format("NORTH QUAY (Tidewire)"))]
    assert [edge["relation"] for edge in verified(pairs)] == ["differs", "near"]


def test_figures_are_read_where_no_space_stands_before_them_and_names_hold_none() -> None:
    chinese = "港口当局周一表示，火灾造成{}人受伤，其中三人伤势严重，渡轮已被拖回港口，调查仍在进行，预计下周公布结果。"
    assert [edge["relation"] for edge in verified([(chinese.format(12), chinese.format(19))])] == ["differs"]
    assert [fact.value for fact in facts("An A320 with 12 people") if fact.kind == "number"] == ["12"]


@pytest.mark.parametrize(
    "one, other, relation",
    [
        ("Shares in Port Hale rose", "Shares in Port Hale fell", "differs"),
        ("Shares in Port Hale rose", "Shares in Port Hale climbed", "near"),
        ("Port Hale won the match", "Port Hale lost the match", "differs"),
        ("Five million dollars went", "Five million euros went", "differs"),
        ("A loan of $5m was", "A loan of €5m was", "differs"),
        ("A loan of 5 million € was", "A loan of 5 million £ was", "differs"),
        ("A loan of €5m was", "A loan of 5m was", "near"),
        ("Die Aktien von Hale stiegen", "Die Aktien von Hale fielen", "differs"),
        ("The A320 from Port Hale landed", "The A380 from Port Hale landed", "differs"),
        ("Sales in Q1 were good", "Sales in Q2 were good", "differs"),
        ("One passenger was hurt", "Two passengers were hurt", "differs"),
        ("The ferry to Iran sailed", "The ferry to Iraq sailed", "differs"),
        ("The US sent a ferry", "The U.S. sent a ferry", "near"),
        ("Fees of EUR500 were paid", "Fees of 500 euros were paid", "near"),
    ],
)
def test_words_codes_and_short_names_that_exclude_each_other(one: str, other: str, relation: str) -> None:
    rest = " after the long gale, the harbour board said in a note to all members"
    assert [edge["relation"] for edge in verified([(one + rest, other + rest)])] == [relation]


def test_a_denial_in_three_words_and_datelines_of_one_month() -> None:
    said = "After the fire on the ferry Gannet the captain {} on Monday, and the harbour board took note of it."
    dated = "{} - The harbour board will open the new pier, which cost four million crowns, to the public today."
    pairs = [
        (said.format("resigned"), said.format("did not resign")),
        (dated.format("PORT HALE, June 3 (Tidewire)"), dated.format("NORTH QUAY, June 4 (Meridian)")),
        (said.format("lost 2,410 letters"), said.format("lost 24,100 letters")),
    ]
    assert [edge["relation"] for edge in verified(pairs)] == ["differs", "near", "differs"]


QUOTE = "“We have looked at every plank of this pier, and we would not send a child across it in a gale,”"


def test_a_quotation_with_other_words_around_it_is_one_and_its_words_are_aligned() -> None:
    a = f"{QUOTE} Okafor wrote in a letter that was sent to all owners, tenants and guests of the harbour."
    b = f"{QUOTE} Maria Okafor, who leads the port of Hale, told the council at its meeting late in June."
    (edge,) = verified([(a, b)], passages=False)
    assert edge["relation"] == "quotation"
    assert (edge["u_runs"], edge["v_runs"], edge["run_words"]) == ([0], [0], [21])


def test_with_a_sentence_of_its_own_on_either_side_it_is_a_passage() -> None:
    a = f"{QUOTE} Okafor said. The council votes on the repair of the pier and of the quay before the end of the year."
    b = f"Two boats were lost near the mole in March, and a third one has been missing since the gale. {QUOTE} he said."
    assert [edge["relation"] for edge in verified([(a, b)])] == ["passage"]
    assert verified([(a, b)], passages=False) == [{"relation": ""}]


@given(st.lists(st.integers(0, 50), min_size=PHRASE + WINDOW - 1, max_size=12), st.integers(0, 30), st.integers(0, 30))
def test_texts_that_share_eight_words_have_chosen_a_common_phrase(run: list[int], before: int, after: int) -> None:
    common = " ".join(f"w{n}" for n in run)
    a = " ".join([*(f"a{n}" for n in range(before)), common, *(f"c{n}" for n in range(after))])
    b = " ".join([*(f"b{n}" for n in range(after)), common])
    chosen = phrases(tokenise([a, b]).words)
    assert set(chosen.row(0).tolist()) & set(chosen.row(1).tolist())


def test_no_text_has_no_phrase() -> None:
    for kernels in (True, False):
        assert phrases(tokenise([]).words, kernels).values.tolist() == []


def sentence(name: str, size: int) -> str:
    return " ".join(f"{name}{i}" for i in range(size))


def test_a_phrase_of_many_texts_proposes_no_pair_and_a_rare_one_does() -> None:
    stock = sentence("stock", 20)
    many = [Doc(f"m{n}", [f"{sentence(f'm{n}x', 80)} {stock}"]) for n in range(17)]
    pieces = [Doc("whole", [f"{sentence('p', 30)} {sentence('q', 90)}"]), Doc("piece", [sentence("p", 30)])]
    driver = Driver().run([*many, *pieces])
    assert driver.rows("SELECT count(*) FROM candidates WHERE NOT passages") == [(1,)]
    assert driver.rows("SELECT relation FROM edges WHERE relation LIKE 'contain%'") != []


def test_other_facts_are_a_conflict_within_a_story_and_a_template_across() -> None:
    crash = "Police said {} people were hurt when a bus left the road near the old mill at about noon and hit a tree."
    story = [sentence(f"s{n}x", 30) for n in range(3)]
    docs = [Doc("a", [*story, crash.format(12)], "o"), Doc("b", [*story, crash.format(14)], "p")]
    assert Driver().run(docs).rows("SELECT relation FROM live_edges") == [("conflict",)]
    alone = [Doc("a", [sentence("x", 90), crash.format(12)], "o"), Doc("b", [sentence("y", 90), crash.format(14)], "p")]
    driver = Driver().run(alone)
    assert driver.rows("SELECT relation FROM live_edges") == [("template",)]
    assert driver.rows("SELECT count(DISTINCT family_hash) FROM families") == [(4,)]


def labelled() -> Iterator[dict[str, Any]]:
    """Pairs of distinct paragraphs, read one by one: documents, numbers of their paragraphs, and whether a reader calls
    them the same. No text. Real pages, many within one page, and some edited copies of the syndicated set. ``half``
    parts them by document; the rule was made on ``tune``, but the errors of both were read. Cleaning removes most of
    what is ``boilerplate``: a rule for pairs cannot tell a legal notice from a reprint."""
    for line in (Path(__file__).parent / "data" / "dedup_labels.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def paragraphs() -> dict[tuple[str, str], list[str]]:
    found = {}
    for name in ("fundus", "trafi"):
        with gzip.open(SHARED / "eval" / name / "rawtext.jsonl.gz", "rt", encoding="utf-8") as file:
            for doc in map(json.loads, file):
                found[name, doc["id"]] = [line for line in doc["text"].split("\n") if line.strip()]
    for line in (SHARED / "eval" / "syndicated" / "docs.jsonl").read_text(encoding="utf-8").splitlines():
        doc = json.loads(line)
        found["syn", doc["id"]] = doc["text"].split("\n\n")
    for path in (SHARED / "seeds").glob("*.txt"):
        found["seeds", path.name] = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return found


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference sets are not beside this work tree")
@pytest.mark.parametrize(("half", "f1", "bare"), [("tune", 0.95, 0.79), ("check", 0.92, 0.72)])
def test_a_reader_of_the_pairs_agrees(half: str, f1: float, bare: float) -> None:
    texts = paragraphs()
    rows = [row for row in labelled() if row["half"] == half and row["kind"] != "boilerplate"]
    pairs = [tuple(texts[row[side][0], row[side][1]][row[side][2]] for side in "ab") for row in rows]
    for row, pair in zip(rows, pairs, strict=True):
        assert [text_hash(text).hex()[:12] for text in pair] == [row["a_hash"], row["b_hash"]]
    edges = verified([(a, b) for a, b in pairs])

    def score(found: list[bool]) -> float:
        right = sum(f and row["same"] for f, row in zip(found, rows, strict=True))
        return 2 * right / (sum(found) + sum(row["same"] for row in rows))

    assert score([edge["relation"] in ("near", "contains", "contained", "quotation") for edge in edges]) >= f1
    counted = [edge if edge["relation"] else {"shared": 0, "u_size": 1, "v_size": 1} for edge in edges]
    assert score([3 * e["shared"] >= e["u_size"] + e["v_size"] for e in counted]) <= bare
