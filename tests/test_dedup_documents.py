"""Articles: stories, documents that republish others, and the share that stands elsewhere."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from dedup_driver import Doc, Driver, key, with_all_edges

import cleanpipe.dedup
from cleanpipe.dedup.statements import statement
from cleanpipe.steps import DATASETS


def text(name: str, size: int = 20) -> str:
    return " ".join(f"{name}{i:02}" for i in range(size))


def stories(docs: list[Doc]) -> list[set[str]]:
    driver = Driver().run(docs)
    rows = driver.rows("SELECT r.id, s.story FROM records r JOIN stories s USING (article)")
    assert driver.rows("SELECT count(*), count(DISTINCT article) FROM stories")[0][0] == len(
        {d.article or d.id for d in docs}
    )
    return sorted(({name for name, story in rows if story == one} for one in {story for _, story in rows}), key=min)


def test_articles_that_share_half_beside_one_block_are_one_story() -> None:
    shared = [text("s1"), text("s2"), text("s3")]
    assert stories(
        [Doc("a", [*shared, text("a1"), text("a2")]), Doc("b", [*shared, text("b1"), text("b2"), text("b3")])]
    ) == [{"a", "b"}]
    assert stories(
        [Doc("a", [*shared[:2], text("a1"), text("a2")]), Doc("b", [*shared[:2], text("b1"), text("b2")])]
    ) == [
        {"a"},
        {"b"},
    ]


def test_near_and_contained_text_tells_the_story_too() -> None:
    a = Doc("a", [text("s1"), text("s2"), text("s3", 40)])
    b = Doc("b", [text("s1") + " more", text("s2") + " again", text("s3", 20)])
    assert stories([a, b, Doc("c", [text("c1"), text("c2")])]) == [{"a", "b"}, {"c"}]


def test_one_shared_block_tells_no_story_however_long() -> None:
    assert stories([Doc("a", [text("s", 90), text("a1")]), Doc("b", [text("s", 90), text("b1")])]) == [{"a"}, {"b"}]
    assert stories([Doc("a", [text("s", 90)]), Doc("b", [text("s", 90)])]) == [{"a"}, {"b"}]


def test_versions_are_one_article_and_one_story() -> None:
    first = Doc("a1", [text("s1"), text("s2")], article="a")
    second = Doc("a2", [text("n1"), text("n2")], article="a")
    assert stories([first, second, Doc("b", [text("n1"), text("n2")])]) == [{"a1", "a2", "b"}]


def test_a_text_of_a_thousand_articles_costs_thousands_of_pairs() -> None:
    docs = [Doc(f"d{n}", [text("all"), text("all2"), text("all3")]) for n in range(300)]
    driver = Driver().run(docs)
    assert driver.rows("SELECT count(*) FROM story_star_0")[0][0] <= 2 * 4 * 300
    for anchors, candidates in (("story_anchors", "story_candidates"), ("holder_anchors", "holder_candidates")):
        assert driver.rows(f"SELECT count(*) FROM {anchors}") == [(3 * 4,)]
        assert driver.rows(f"SELECT count(*) FROM {candidates}")[0][0] <= 2 * 4 * 300
    assert driver.rows("SELECT count(DISTINCT story) FROM stories") == [(1,)]


def results(docs: list[Doc]) -> dict[str, tuple[str, float]]:
    driver = Driver().run(docs)
    rows = driver.rows(
        "SELECT r.id, d.duplicate_of, d.shared_fraction FROM records r JOIN document_results d USING (doc_key)"
    )
    assert len(rows) == len(docs)
    return {name: (of, share) for name, of, share in rows}


def test_of_two_equal_documents_the_later_one_is_the_duplicate() -> None:
    texts = [text("s1"), text("s2"), "A short line"]
    got = results([Doc("a", texts, "o", "2025-01-02"), Doc("b", texts, "p", "2025-01-01")])
    assert [got["a"][0], got["b"][0]] == ["b", ""]
    share = (len(texts[0]) + len(texts[1])) / sum(map(len, texts))
    assert got["a"][1] == got["b"][1] == pytest.approx(share)


@pytest.mark.parametrize(
    "a, b",
    [
        (Doc("z", [], prefer=0, published="2025-01-09"), Doc("a", [], prefer=1, published="2025-01-01")),
        (Doc("z", [], published="2025-01-09"), Doc("a", [])),
        (Doc("a", []), Doc("z", [])),
    ],
)
def test_documents_stand_in_canonical_order(a: Doc, b: Doc) -> None:
    texts = [text("s1"), text("s2")]
    pair = [Doc(d.id, texts, f"of {d.id}", d.published, d.prefer) for d in (b, a)]
    got = results(pair)
    assert (got[a.id][0], got[b.id][0]) == ("", a.id)


@pytest.mark.parametrize("own, of", [(1, "a"), (2, "")])
def test_four_fifths_held_make_a_duplicate(own: int, of: str) -> None:
    shared = [text(f"s{n}") for n in range(4)]
    docs = [
        Doc("a", shared, "o", "2025-01-01"),
        Doc("b", shared + [text(f"b{n}") for n in range(own)], "p", "2025-01-02"),
    ]
    assert results(docs)["b"][0] == of


def test_the_holder_of_most_comes_first_then_the_earliest() -> None:
    shared = [text(f"s{n}") for n in range(5)]
    docs = [
        Doc("most", shared, "o", "2025-01-03"),
        Doc("early", shared[:4], "p", "2025-01-01"),
        Doc("copy", shared, "q", "2025-01-04"),
    ]
    driver = Driver().run(docs)
    copy = f"SELECT holder_id, held, chars FROM holders WHERE doc_key = unhex('{key('copy').hex()}') ORDER BY place"
    size = sum(map(len, shared))
    assert driver.rows(copy) == [("most", size, size), ("early", size * 4 // 5, size)]
    assert results([docs[0], Doc("also", shared, "r", "2025-01-02"), docs[2]])["copy"][0] == "also"


def test_a_merged_paragraph_stands_where_its_pieces_stand_and_not_where_one_does() -> None:
    pieces = [text("s1", 30), text("s2", 30)]
    merged = Doc("b", [" ".join(pieces)], "p", "2025-01-02")
    driver = with_all_edges(
        [Doc("a", pieces, "o", "2025-01-01"), merged, Doc("c", [pieces[0], text("c", 30)], "q", "2025-01-01")]
    )
    driver.results()
    assert driver.rows("SELECT holder_id FROM holders ORDER BY 1") == [("a",)]


def edited(words: str, *places: int) -> str:
    return " ".join(f"new{n}" if n in places else word for n, word in enumerate(words.split()))


def test_a_text_that_is_near_and_says_a_quarter_anew_is_not_held() -> None:
    first = Doc("a", [text("s1", 40), text("s2", 40)], "o", "2025-01-01")
    again = Doc("b", [edited(one, *range(30, 40)) for one in first.texts], "p", "2025-01-02")
    driver = Driver().run([first, again])
    assert driver.rows("SELECT DISTINCT relation FROM edges") == [("near",)]
    assert driver.rows("SELECT duplicate_of, shared_fraction FROM document_results") == [("", 1.0)] * 2


def test_a_text_with_words_replaced_here_and_there_is_held() -> None:
    first = Doc("a", [text("s1", 40), text("s2", 40)], "o", "2025-01-01")
    again = Doc("b", [edited(one, 5, 15, 25, 33) for one in first.texts], "p", "2025-01-02")
    driver = Driver().run([first, again])
    assert driver.rows("SELECT max(5 * shared - 4 * u_size) < 0 FROM edges") == [(True,)]  # shingles do not say it
    results = driver.rows("SELECT duplicate_of, shared_fraction FROM document_results ORDER BY 1")
    assert results == [("", 1.0), ("a", 1.0)]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("second, held", [(range(10, 35), False), (range(25, 50), True), (range(20, 45), True)])
def test_what_two_pieces_have_in_common_counts_once(second: range, held: bool, few: int) -> None:
    whole = text("s", 50).split()
    pieces = [" ".join(whole[n] for n in places) for places in (range(25), second)]
    driver = with_all_edges([Doc("a", pieces, "o", "2025-01-01"), Doc("b", [" ".join(whole)], "p", "2025-01-02")])
    driver.few = few
    driver.results()
    assert driver.rows("SELECT holder_id FROM holders") == [("a",)] * held


def test_a_share_counts_other_outlets_only_and_long_texts_only() -> None:
    docs = [
        Doc("a", [text("s1"), text("s2"), text("s3"), "By a reporter"], "o"),
        Doc("b", [text("s1"), "By a reporter"], "o"),
        Doc("c", [text("s2") + " more"], "p"),
    ]
    chars = [len(t) for t in docs[0].texts]
    got = results(docs)
    assert got["a"][1] == chars[1] / sum(chars)
    assert got["b"][1] == 0.0
    assert got["c"][1] == 1.0


def test_a_document_of_which_nothing_is_kept_shares_nothing() -> None:
    got = results(
        [Doc("a", [text("s1")], "o", stripped=frozenset({0})), Doc("b", [text("s1")], "p"), Doc("c", [], "q")]
    )
    assert got == {"a": ("", 0.0), "b": ("", 0.0), "c": ("", 0.0)}


def test_documents_that_are_dropped_are_so_marked() -> None:
    driver = Driver().run([Doc("a", [text("s1")]), Doc("b", [text("s1")])])
    driver.db.execute(f"INSERT INTO nothing VALUES (unhex('{key('b').hex()}'))")
    driver.sql("document_results", min_tokens=8, dropped="nothing")
    query = "SELECT id, dropped FROM records JOIN document_results USING (doc_key) ORDER BY 1"
    assert driver.rows(query) == [("a", False), ("b", True)]


@pytest.mark.parametrize("seed", range(4))
def test_stories_are_the_components_of_covers_counted_by_hand(seed: int) -> None:
    rng = random.Random(seed)
    pool = [text(f"p{n}", rng.randrange(8, 40)) for n in range(12)]
    docs = [Doc(f"d{n}", [*rng.sample(pool, rng.randrange(6)), text(f"own{n}")]) for n in range(8)]

    def tells(a: Doc, b: Doc) -> bool:
        small, other = sorted((a, b), key=lambda d: sum(map(len, d.texts)))
        held = [len(t) for t in small.texts if t in other.texts]
        rest = sum(map(len, small.texts)) - max(held, default=0)
        return len(held) > 1 and 2 * (sum(held) - max(held)) >= rest

    parts = [{d.id} for d in docs]
    for a in docs:
        for b in docs:
            if a is not b and tells(a, b):
                joined = [part for part in parts if a.id in part or b.id in part]
                parts = [part for part in parts if part not in joined] + [set().union(*joined)]
    assert stories(docs) == sorted(parts, key=min)


@pytest.mark.parametrize("seed", range(3))
def test_texts_of_many_edges_are_asked_last_and_change_no_row(seed: int) -> None:
    rng = random.Random(seed)
    pool = [text(f"p{n}", 30).split() for n in range(6)]

    def variant() -> str:
        words = list(rng.choice(pool))
        kind = rng.random()
        if kind < 0.4:
            words[rng.randrange(30)] = f"other{rng.randrange(4)}"
        elif kind < 0.6:
            words = words[: rng.randrange(15, 30)]
        elif kind < 0.7:
            words += rng.choice(pool)
        return " ".join(words)

    docs = [
        Doc(f"d{n}", [variant() for _ in range(rng.randrange(1, 6))], f"o{n % 5}", f"2025-01-{n + 1:02}")
        for n in range(24)
    ]
    found = []
    for few in (0, 2, 1000):
        driver = Driver(few=few).run(docs)
        assert driver.rows("SELECT max(n) > 2 FROM (SELECT count(*) AS n FROM links GROUP BY u)") == [(True,)]
        found.append([driver.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in ("story_star_0", "holders")])
    assert found[0] == found[1] == found[2] and all(found[0])


def test_no_statement_shadows_a_step_table_or_leaves_a_parameter() -> None:
    values = {
        "min_tokens": 8,
        "bucket": 64,
        "anchors": 8,
        "limit": 8,
        "most": 16,
        "star": "s",
        "source": "s",
        "edges": "e",
        "texts": "t",
        "links": "l",
        "common": "c",
        "few": 16,
        "dropped": "d",
        "candidates": "k",
        "parts": 3,
        "window": 30,
    }
    files = list(Path(cleanpipe.dedup.__file__).parent.glob("*.sql"))
    assert len(files) > 15
    for path in files:
        query = statement(path.stem, **values)
        assert "$" not in query and "--" not in query
        for name in DATASETS:
            assert not re.search(rf"\b{name} AS \(", query), f"{path.name}: {name}"
