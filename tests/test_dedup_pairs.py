"""Candidates as a declared set, exact verification, connected components."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction
from itertools import combinations

import networkx as nx
import pyarrow as pa
import pytest
from dedup_driver import Driver, key
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.dedup.candidates import explode
from cleanpipe.dedup.relations import NAMES, Relations
from cleanpipe.dedup.shingles import shingles
from cleanpipe.dedup.statements import statement
from cleanpipe.dedup.tokens import normalise, words
from cleanpipe.dedup.verify import Verify
from cleanpipe.steps import DATASETS, EDGES


def declared(buckets: dict[int, set[bytes]], most: int, anchors: int) -> set[tuple[bytes, bytes]]:
    pairs: set[tuple[bytes, bytes]] = set()
    for members in buckets.values():
        found = combinations(sorted(members), 2)
        if len(members) > most:
            found = ((u, v) for u, v in found if u in sorted(members)[:anchors])
        pairs.update(found)
    return pairs


@pytest.mark.parametrize("seed", range(4))
def test_candidates_are_the_declared_set(seed: int) -> None:
    rng = random.Random(seed)
    texts = [key(str(i)) for i in range(60)]
    buckets = {band: set(rng.sample(texts, rng.choice([1, 2, 5, 6, 7, 40]))) for band in range(-5, 12)}
    driver = Driver()
    rows = [{"band": band, "text_hash": text} for band, members in buckets.items() for text in members]
    rng.shuffle(rows)
    driver.put("bands", rows)
    driver.sql("candidates", bucket=6, anchors=2)
    got = driver.rows("SELECT u, v FROM candidates")
    assert len(got) == len(set(got))
    assert set(got) == declared(buckets, 6, 2)
    capped = [len(members) for members in buckets.values() if len(members) > 6]
    assert driver.rows(statement("capped", bucket=6)) == [(len(capped), max(capped, default=0))]


def test_a_giant_bucket_makes_pairs_in_proportion_to_its_size() -> None:
    driver = Driver()
    driver.put("bands", [{"band": 1, "text_hash": key(str(i))} for i in range(20_000)])
    driver.sql("candidates", bucket=64, anchors=8)
    assert driver.rows("SELECT count(*) FROM candidates")[0][0] == 8 * 20_000 - 8 * 9 // 2


def test_bands_are_one_row_each() -> None:
    schema = pa.schema([f for f in DATASETS["texts"] if f.name in ("text_hash", "bands")])
    rows = [{"text_hash": key(str(i)), "bands": bands} for i, bands in enumerate([[3, -4], [], [5]])]
    got = explode(pa.Table.from_pylist([*rows, {"text_hash": key("9"), "bands": [6]}], schema=schema).slice(0, 3))
    assert got.to_pylist() == [
        {"band": 3, "text_hash": key("0")},
        {"band": -4, "text_hash": key("0")},
        {"band": 5, "text_hash": key("2")},
    ]


# A small vocabulary makes near, contained and unrelated pairs about equally frequent.
TEXT = st.lists(
    st.sampled_from(["the", "board", "of", "a", "port", "said", "that", "ferry"]), min_size=1, max_size=30
).map(" ".join)


def by_hand(a: str, b: str, threshold: Fraction, containment: Fraction) -> tuple[str, int, int, int]:
    x, y = set(shingles(a, 3).tolist()), set(shingles(b, 3).tolist())
    shared = len(x & y)
    u, v = words(normalise(a)), words(normalise(b))
    runs = {tuple(u[i : i + 12]) for i in range(len(u) - 11)} & {tuple(v[i : i + 12]) for i in range(len(v) - 11)}
    if Fraction(shared, len(x | y)) >= threshold:
        relation = "near"
    elif shared and Fraction(shared, min(len(x), len(y))) >= containment:
        relation = "contains" if len(x) > len(y) else "contained"
    else:
        relation = "passage" if runs else ""
    return relation, shared, len(x), len(y)


def pairs_of(texts: list[tuple[str, str]]) -> pa.Table:
    rows = [{"u": key(a), "v": key(b), "u_text": a, "v_text": b} for a, b in texts]
    binary = pa.binary()  # as DuckDB hands them over
    schema = pa.schema([("u", binary), ("v", binary), ("u_text", pa.string()), ("v_text", pa.string())])
    return pa.Table.from_pylist(rows, schema=schema)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.sampled_from([0.3, 0.5, 0.7]), st.sampled_from([0.6, 0.8]))
def test_edges_are_those_of_plain_sets(texts: list[tuple[str, str]], threshold: float, containment: float) -> None:
    rows = pickle.loads(pickle.dumps(Verify(3, threshold, containment)))(pairs_of(texts))
    assert rows.schema.equals(EDGES)
    want = []
    for a, b in texts:
        relation, shared, u_size, v_size = by_hand(a, b, Fraction(str(threshold)), Fraction(str(containment)))
        if relation:
            counts = {"shared": shared, "u_size": u_size, "v_size": v_size}
            tokens = {"u_tokens": len(a.split()), "v_tokens": len(b.split())}
            want.append({"u": key(a), "v": key(b), "relation": relation, **counts, **tokens})
    assert rows.to_pylist() == want


@pytest.mark.parametrize(
    "shared, u, v, threshold, containment, relation",
    [
        (23, 29, 40, 0.5, 0.8, "near"),  # exactly 23/46
        (22, 29, 39, 0.5, 0.8, ""),
        (7, 8, 9, 0.7, 0.9, "near"),  # exactly .7, which no float is
        (8, 10, 60, 0.5, 0.8, "contained"),  # exactly .8
        (8, 60, 10, 0.5, 0.8, "contains"),
        (7, 60, 10, 0.5, 0.8, ""),
        (8, 10, 10, 0.9, 0.8, "contained"),
        (0, 0, 5, 0.5, 0.8, ""),
        (0, 0, 0, 0.5, 0.8, ""),
    ],
)
def test_thresholds_are_met_exactly(
    shared: int, u: int, v: int, threshold: float, containment: float, relation: str
) -> None:
    assert NAMES[int(Relations(threshold, containment).codes(shared, u, v))] == relation


@pytest.mark.parametrize("words_shared, relation", [(12, ["passage"]), (11, [])])
def test_twelve_words_in_a_row_are_a_passage(words_shared: int, relation: list[str]) -> None:
    common = " ".join(f"common{i}" for i in range(words_shared))
    a = " ".join(f"left{i}" for i in range(40)) + " " + common
    b = common + " " + " ".join(f"right{i}" for i in range(40))
    assert Verify(3, 0.5, 0.8)(pairs_of([(a, b)])).column("relation").to_pylist() == relation


def test_no_pairs_make_no_edges() -> None:
    assert Verify(3, 0.5, 0.8)(pairs_of([])).schema.equals(EDGES)


GRAPHS = {
    "chain": nx.path_graph(300),
    "star": nx.star_graph(200),
    "clique": nx.complete_graph(40),
    "ring": nx.cycle_graph(65),
    "two cliques joined by one edge": nx.barbell_graph(20, 0),
    "tree": nx.balanced_tree(3, 4),
    "sparse": nx.gnp_random_graph(400, 0.002, seed=3),
    "dense": nx.gnp_random_graph(120, 0.05, seed=4),
    "nothing": nx.empty_graph(5),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_stars_are_the_components_around_their_smallest_node(name: str) -> None:
    graph = nx.relabel_nodes(GRAPHS[name], {n: key(f"{name} {n}") for n in GRAPHS[name]})
    rng = random.Random(1)
    edges = [tuple(rng.sample(edge, 2)) for edge in graph.edges]
    rng.shuffle(edges)
    driver = Driver()
    driver.put("family_star_0", [{"u": u, "v": v} for u, v in edges])
    star = driver.star("family_star")
    want = {(node, min(part)) for part in nx.connected_components(graph) for node in part if node != min(part)}
    got = driver.rows(f"SELECT u, v FROM {star}")
    assert set(got) == want and len(got) == len(want)


def test_a_long_chain_takes_few_rounds() -> None:
    driver = Driver()
    driver.put("family_star_0", [{"u": key(str(i)), "v": key(str(i + 1))} for i in range(5000)])
    assert int(driver.star("family_star").rsplit("_", 1)[1]) <= 14
