"""Families, groups and what is said of each paragraph, against the definitions written out."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from dedup_driver import Doc, Driver, edges_between, key, with_all_edges
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.dedup import elect as elect_module
from cleanpipe.dedup.batch import Spelled, tokenise
from cleanpipe.dedup.elect import Elect, Families
from cleanpipe.dedup.tokens import normalise, text_hash, words
from cleanpipe.dedup.verify import Verify

VOCABULARY = ["the", "board", "of", "a", "port", "said", "that", "ferry", "nine", "night", "gale", "crew", "dock"]


#: Those that make a group.
ALIKE = ("near", "contains", "contained", "quotation")


@cache
def relation(a: str, b: str) -> tuple[str, int, int, int]:
    """What a is to b at .5 and .8 (``test_dedup_pairs`` has it by hand), and the counts; "" where it is nothing."""
    for edge in edges_between(Verify(3, 0.5, 0.8), [(a, b)]).to_pylist():
        if edge["relation"] in (*ALIKE, "differs"):
            return edge["relation"], edge["shared"], edge["u_size"], edge["v_size"]
    return "", 0, 0, 0


def differ(a: str, b: str) -> bool:
    return relation(a, b)[0] == "differs"


def order(doc: Doc, block: int) -> tuple[object, ...]:
    return doc.prefer, doc.published == "", doc.published, -len(doc.texts[block]), doc.id, block


def oracle(docs: list[Doc], min_tokens: int = 8) -> tuple[dict[bytes, bytes], dict[bytes, tuple[bytes, str]]]:
    """text -> family, text -> (canonical text, relation), comparing everything with everything."""
    best: dict[bytes, tuple[tuple[object, ...], str]] = {}
    places: dict[bytes, set[str]] = {}
    for doc in docs:
        for block, text in enumerate(doc.texts):
            if block not in doc.stripped and len(words(normalise(text))) >= min_tokens:
                found = order(doc, block), text
                best[text_hash(text)] = min(best.get(text_hash(text), found), found)
                places.setdefault(text_hash(text), set()).add(doc.id)
    pairs = {(u, v): relation(best[u][1], best[v][1])[0] for u, v in combinations(sorted(best), 2)}
    edges = {pair for pair, kind in pairs.items() if kind in ALIKE}

    def common(a: str, b: str) -> int:
        equal = sum(1 for held in places.values() if a in held and b in held)
        crossing = ((u, v) for pair in edges for u, v in (pair, pair[::-1]))
        return equal + sum(1 for u, v in crossing if a in places[u] and b in places[v])

    graph = nx.Graph()
    graph.add_nodes_from(best)
    for u, v in edges:
        sound = pairs[u, v] == "near" or min(len(words(normalise(best[x][1]))) for x in (u, v)) >= 20
        if sound or any(a != b and common(a, b) >= 3 for a in places[u] for b in places[v]):
            graph.add_edge(u, v)
    family, group = {}, {}
    for part in nx.connected_components(graph):
        left = sorted(part, key=lambda text: best[text][0])
        family.update(dict.fromkeys(part, min(part)))
        while left:
            elected = left[0]
            group[elected] = elected, "exact"
            for text in left[1:]:
                kind = relation(best[text][1], best[elected][1])[0]
                others = (other for other in group if group[other][0] == elected and other != elected)
                if kind in ALIKE and not any(differ(best[text][1], best[other][1]) for other in others):
                    group[text] = elected, kind
            left = [text for text in left if text not in group]
    return family, group


def found(driver: Driver) -> tuple[dict[bytes, bytes], dict[bytes, tuple[bytes, str]]]:
    group = driver.rows("SELECT text_hash, canonical_hash, relation FROM groups")
    assert len(group) == len({row[0] for row in group})
    return dict(driver.rows("SELECT * FROM families")), {text: (to, kind) for text, to, kind in group}


def variants(seed: int, size: int = 14) -> list[Doc]:
    """Documents of sentences that were cut, merged, extended and edited."""
    rng = random.Random(seed)
    stems = [[f"{rng.choice(VOCABULARY)}{rng.randrange(30)}" for _ in range(rng.randrange(8, 45))] for _ in range(5)]
    docs = []
    for n in range(size):
        texts = []
        for _ in range(rng.randrange(1, 5)):
            text = list(rng.choice(stems))
            for _ in range(rng.randrange(4)):
                text[rng.randrange(len(text))] = rng.choice(VOCABULARY)
            cut = rng.random()
            text = text[: len(text) // 2] if cut < 0.2 else text + rng.choice(stems) if cut > 0.8 else text
            texts.append(" ".join(text))
        published = rng.choice(["", "2025-01-02", "2025-01-03"])
        docs.append(Doc(f"doc{n}", texts, f"outlet{n % 4}", published, rng.randrange(2)))
    return docs


@pytest.mark.parametrize("seed", range(8))
def test_families_and_groups_are_those_of_comparing_everything_with_everything(seed: int) -> None:
    docs = variants(seed)
    assert found(with_all_edges(docs)) == oracle(docs)


def test_texts_that_contradict_each_other_share_no_group_though_both_are_like_a_vaguer_one() -> None:
    stem = "dead after the ferry ran aground off the northern harbour late last night in heavy fog and high seas"
    told = [f"{count} {stem}" for count in ("Many are", "12 are", "14 are", "12 were", "Several are")]
    docs = [Doc(f"d{n}", [text, f"{sentence('s', 30)}"], f"o{n}", f"2025-01-0{n + 1}") for n, text in enumerate(told)]
    driver = Driver().run(docs)
    assert found(driver) == oracle(docs)
    rows = driver.rows("SELECT m.group_id, p.document FROM memberships m JOIN paragraphs p USING (doc_key, block)")
    groups = {(group, name) for group, name in rows if group.endswith("#0")}
    assert groups == {("d0#0", "d0"), ("d0#0", "d1"), ("d2#0", "d2"), ("d0#0", "d3"), ("d0#0", "d4")}
    contradicted = "SELECT DISTINCT paragraph FROM matches WHERE relation = 'conflict' ORDER BY 1"
    assert driver.rows(contradicted) == [("d1#0",), ("d2#0",), ("d3#0",)]


def numbered(rng: random.Random) -> str:
    stem = [f"w{i}" for i in range(rng.choice((12, 25)))]
    for _ in range(rng.randrange(3)):
        stem[rng.randrange(2, 6)] = rng.choice(("12", "14", "16", "some", "Berg", "Holm"))
    return " ".join(stem)


@pytest.mark.parametrize("seed", range(6))
def test_groups_are_those_of_comparing_everything_where_facts_differ(seed: int) -> None:
    rng = random.Random(seed)
    docs = [Doc(f"d{n}", [numbered(rng) for _ in range(3)], f"o{n}") for n in range(8)]
    driver = with_all_edges(docs)
    assert found(driver) == oracle(docs)
    assert driver.rows("SELECT count(*) > 0 FROM disputes") == [(True,)]


SHORT = st.lists(st.sampled_from(VOCABULARY[:6]), min_size=6, max_size=26).map(" ".join)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(SHORT, min_size=1, max_size=4), min_size=1, max_size=4))
def test_also_where_texts_are_short_and_alike(texts: list[list[str]]) -> None:
    docs = [Doc(f"doc{n}", found, f"outlet{n}") for n, found in enumerate(texts)]
    assert found(with_all_edges(docs)) == oracle(docs)


@pytest.mark.parametrize("seed", range(3))
def test_every_member_has_a_verified_edge_to_its_canonical_and_none_straddles_families(seed: int) -> None:
    driver = Driver().run(variants(seed, 40))
    texts = dict(driver.rows("SELECT text_hash, text FROM sketches"))
    families = dict(driver.rows("SELECT * FROM families"))
    edges = {(u, v): kind for u, v, *kind in driver.rows("SELECT u, v, relation, shared, u_size, v_size FROM edges")}
    more = driver.rows("SELECT u, v, relation, shared, u_size, v_size FROM more_edges")
    for u, v, *kind in more:
        assert u < v and (u, v) not in edges
        assert tuple(kind) == relation(texts[u], texts[v])
        edges[u, v] = kind
    grouped = driver.rows("SELECT text_hash, canonical_hash, relation, shared, size, canonical_size FROM groups")
    for text, canonical, *kind in grouped:
        assert families[text] == families[canonical]
        if text == canonical:
            assert kind == ["exact", 1, 1, 1]
        else:
            assert tuple(kind) == relation(texts[text], texts[canonical])
            assert (min(text, canonical), max(text, canonical)) in edges
    assert {text for text, *_ in grouped} == set(families)


def tables(driver: Driver) -> dict[str, list[tuple[object, ...]]]:
    names = ("edges", "stories", "live", "families", "groups", "more_edges", "holders", "document_results")
    return {name: sorted(driver.rows(f"SELECT * FROM {name}")) for name in (*names, "memberships", "matches")}


def test_the_order_of_the_input_changes_no_row() -> None:
    docs = variants(7, 30)
    shuffled = random.Random(2).sample(docs, len(docs))
    assert tables(Driver().run(docs)) == tables(Driver().run(shuffled))


def test_many_families_covered_side_by_side_are_covered_as_each_alone() -> None:
    elect = Elect(3, 0.5, 0.8)
    texts = [[text for doc in variants(seed, 8) for text in doc.texts] for seed in range(6)]
    family = np.repeat(np.arange(6), [len(of) for of in texts])
    column = pa.array([text for of in texts for text in of], pa.string())
    disputes = np.array([(0, 2), (1, 3), (len(texts[0]) + 1, len(texts[0]) + 4)])
    members = Families(family, np.arange(len(family)), Spelled(*tokenise(column)[1:3]), column, disputes)
    cuts = np.searchsorted(family, np.arange(7)).tolist()
    alone = [elect.cover(members.slice(first, last)) for first, last in pairwise(cuts)]
    assert elect.cover(members) == elect.cover(members, large=True) == pa.concat_tables(alone)


def test_a_large_family_is_covered_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    docs = variants(11, 60)
    want = found(Driver().run(docs))
    monkeypatch.setattr(elect_module, "_LARGE", 1)
    monkeypatch.setattr(elect_module, "_BATCH", 2)
    assert found(Driver().run(docs)) == want


def sentence(name: str, size: int) -> str:
    return " ".join(f"{name}{i}" for i in range(size))


def test_a_chain_of_near_texts_is_one_family_and_several_groups() -> None:
    line = [f"w{i}" for i in range(100)]
    docs = [Doc(f"d{n:02}", [" ".join(line[n * 6 : n * 6 + 40])], f"o{n}", f"2025-01-{n + 1:02}") for n in range(10)]
    driver = Driver().run(docs)
    assert driver.rows("SELECT count(DISTINCT family_hash) FROM families") == [(1,)]
    assert found(driver) == oracle(docs)
    assert driver.rows("SELECT count(DISTINCT canonical_hash) FROM groups")[0][0] > 2


def test_two_clusters_joined_by_a_weak_edge_stay_two_groups() -> None:
    left, right = sentence("left", 30).split(), sentence("right", 30).split()
    docs = [Doc(f"l{n}", [" ".join([*left[:-1], f"end{n}"])], f"o{n}", "2025-01-01") for n in range(4)]
    docs += [Doc(f"r{n}", [" ".join([*right[:-1], f"end{n}"])], f"o{n}", "2025-01-01") for n in range(4)]
    docs.append(Doc("both", [" ".join(left + right)], "o9", "2025-01-02"))
    driver = Driver().run(docs)
    named = dict(
        driver.rows("SELECT p.document, m.group_id FROM memberships m JOIN paragraphs p USING (doc_key, block)")
    )
    assert {named[f"l{n}"] for n in range(4)} == {"l0#0"}
    assert {named[f"r{n}"] for n in range(4)} == {"r0#0"}
    assert named["both"] == "r0#0"  # the longer words make the fuller text
    matched = f"SELECT paragraph, relation FROM matches WHERE doc_key = unhex('{key('both').hex()}') ORDER BY place"
    assert driver.rows(matched) == [(f"l{n}#0", "contains") for n in range(4)]


def test_a_stock_phrase_joins_no_family_unless_the_articles_share_more() -> None:
    phrase = sentence("stock", 10)
    apart = [Doc(f"a{n}", [f"{sentence(f'a{n}x', 30)} {phrase}"], f"o{n}") for n in range(5)] + [
        Doc("p", [phrase], "q")
    ]
    assert Driver().run(apart).rows("SELECT count(DISTINCT family_hash) FROM families") == [(6,)]
    shared = [sentence("one", 12), sentence("two", 12)]
    together = [Doc("a", [f"{sentence('ax', 30)} {phrase}", *shared], "o"), Doc("p", [phrase, *shared], "q")]
    edges = with_all_edges(together)
    families = dict(edges.rows("SELECT * FROM families"))
    assert families[text_hash(phrase)] == families[text_hash(together[0].texts[0])]


def test_edges_fall_with_a_stripped_end() -> None:
    text = sentence("w", 30)
    docs = [Doc("a", [text], "o"), Doc("b", [text + " more", text], "p", stripped=frozenset({0}))]
    driver = Driver().run(docs)
    assert driver.rows("SELECT count(*) FROM edges") == [(1,)]
    assert driver.rows("SELECT count(*) FROM live_edges") == [(0,)]
    assert driver.rows("SELECT relation, outlet_count, occurrence_count FROM memberships ORDER BY relation") == [
        ("canonical", 2, 2),
        ("exact", 2, 2),
    ]


def member(driver: Driver, document: str, block: int = 0) -> dict[str, object]:
    query = f"SELECT * FROM memberships WHERE doc_key = unhex('{key(document).hex()}') AND block = {block}"
    (row,) = driver.db.sql(query).to_arrow_table().to_pylist()
    return dict(row)


@pytest.mark.parametrize(
    "first, second, why",
    [
        (Doc("z", [sentence("w", 30)], prefer=0), Doc("a", [sentence("w", 30)], prefer=1), "preferred: no. 0"),
        (Doc("z", [sentence("w", 30)], "", "2025-01-01"), Doc("a", [sentence("w", 30)], "", "2025-01-02"),
         "published first"),
        (Doc("z", [sentence("w", 30)], "", "2025-01-01"), Doc("a", [sentence("w", 30)]), "published first"),
        (Doc("z", [sentence("w", 30) + " more"]), Doc("a", [sentence("w", 30)]), "the fullest text"),
        (Doc("a", [sentence("w", 30)]), Doc("z", [sentence("w", 30)]), "its id sorts first"),
    ],
)  # fmt: skip
def test_the_canonical_says_why_it_is(first: Doc, second: Doc, why: str) -> None:
    driver = Driver().run([second, first])
    assert member(driver, first.id)["relation"] == "canonical"
    assert member(driver, second.id)["group_id"] == f"{first.id}#0"
    assert member(driver, second.id)["chosen_because"] == why


def test_a_paragraph_alone_or_too_short_is_its_own_group_and_family() -> None:
    driver = Driver().run([Doc("a", [sentence("w", 30), "By a reporter"]), Doc("b", ["By a reporter"])])
    alone, short = member(driver, "a"), member(driver, "a", 1)
    assert (alone["group_id"], alone["chosen_because"]) == ("a#0", "the only place where it stands")
    assert (short["group_id"], short["family"], short["chosen_because"]) == ("a#1", "a#1", "too short to be compared")
    assert member(driver, "b")["group_id"] == "b#0"
    assert driver.rows("SELECT count(*) FROM memberships") == driver.rows("SELECT count(*) FROM paragraphs")


def test_a_family_has_the_name_of_its_smallest_paragraph_with_blocks_as_numbers() -> None:
    text = sentence("w", 30)
    filler = [sentence(f"f{n}x", 12) for n in range(10)]
    driver = Driver().run([Doc("a", [*filler[:2], text, *filler[2:], text + " more"])])
    assert member(driver, "a", 11)["family"] == "a#2"


def test_matches_are_at_most_eight_with_the_count_of_all() -> None:
    phrase = sentence("stock", 10)
    docs = [Doc(f"a{n:02}", [f"{sentence(f'a{n}x', 4)} {phrase}"], f"o{n}") for n in range(12)]
    docs = [Doc(d.id, [f"{d.texts[0]} {sentence(f'b{d.id}', 6)}"], d.outlet) for d in docs]
    driver = with_all_edges([*docs, Doc("p", [phrase], "q")])
    driver.results()
    rows = driver.rows(
        "SELECT place, match_count, paragraph, relation FROM matches "
        f"WHERE doc_key = unhex('{key('p').hex()}') ORDER BY 1"
    )
    assert rows == [(n + 1, 12, f"a{n:02}#0", "contained") for n in range(8)]
