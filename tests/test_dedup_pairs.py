"""Candidates as a declared set, exact verification, connected components."""

from __future__ import annotations

import pickle
import random
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from dedup_driver import Doc, Driver, edges_between, edges_of, key
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.dedup import parts as dedup_parts
from cleanpipe.dedup.batch import bands, packed, packed_shapes, tokenise
from cleanpipe.dedup.buckets import buckets, in_order
from cleanpipe.dedup.candidates import Banded, Propose, phrased
from cleanpipe.dedup.kernels.buckets import spread_sorted
from cleanpipe.dedup.relations import NAMES, Relations
from cleanpipe.dedup.shingles import shingles
from cleanpipe.dedup.statements import statement
from cleanpipe.dedup.tokens import normalise, text_hash, words
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
    got = driver.rows(statement("candidates", bucket=6, anchors=2))
    assert len(got) == len(set(got))
    assert set(got) == declared(buckets, 6, 2)
    capped = [(len(members),) for members in buckets.values() if len(members) > 6]
    assert sorted(driver.rows(statement("capped", bucket=6))) == sorted(capped)


def test_a_giant_bucket_makes_pairs_in_proportion_to_its_size() -> None:
    driver = Driver()
    driver.put("bands", [{"band": 1, "text_hash": key(str(i))} for i in range(20_000)])
    assert len(driver.rows(statement("candidates", bucket=64, anchors=8))) == 8 * 20_000 - 8 * 9 // 2


def rows_of(texts: dict[bytes, str], copies: int = 1) -> list[dict[str, Any]]:
    """Rows of ``sketches``: each text in so many places."""
    tokens = tokenise(list(texts.values()))
    found, shapes = tokens.words, packed_shapes(tokens).to_pylist()
    words = packed(found).to_pylist()
    return [
        {"doc_key": key(f"{n} {copy}"), "block": copy, "tokens": int(found.lengths[n]), "chars": len(text),
         "text_hash": name, "words": words[n], "shapes": shapes[n], "text": text}
        for copy in range(copies)
        for n, (name, text) in enumerate(texts.items())
    ]  # fmt: skip


def test_bands_are_one_row_each() -> None:
    texts = ["The ferry left the port at nine", "The last ferry left the port", "Nothing of the kind"]
    rows = pa.Table.from_pylist(rows_of({key(text): text for text in texts}), schema=DATASETS["sketches"])
    got = pickle.loads(pickle.dumps(Banded(3, 0.5)))(rows.slice(1))
    want = bands(tokenise(texts[1:]).words, 3, 0.5)
    assert got.column("band").to_pylist() == want.ravel().tolist()
    assert got.column("text_hash").to_pylist() == [key(texts[1])] * 42 + [key(texts[2])] * 42


@pytest.mark.parametrize(
    ("seed", "bucket", "anchors", "most"), [(1, 64, 8, 16), (2, 6, 2, 4), (3, 2, 1, 8), (4, 9, 9, 3)]
)
def test_what_is_proposed_is_what_the_statements_make(seed: int, bucket: int, anchors: int, most: int) -> None:
    rng = random.Random(seed)
    stems = [[f"w{rng.randrange(60)}" for _ in range(rng.randrange(8, 30))] for _ in range(12)]
    texts = {key("alone"): "a text like no other of all these texts here", key("short"): "too short to be compared"}
    for n in range(160):
        text = list(stems[min(rng.randrange(14), 11)])
        for _ in range(rng.randrange(3)):
            text[rng.randrange(len(text))] = f"w{rng.randrange(60)}"
        if n % 10 == 0:  # a piece within other words: only a phrase proposes it
            text = [*(f"x{n}y{i}" for i in range(120)), *text]
        # hashes that agree in their first eight bytes have an order too
        texts[key(str(n // 3))[:8] + key(str(n))[8:]] = " ".join(text)
    driver = Driver()
    rows = rows_of(texts, copies=2)
    rng.shuffle(rows)
    driver.put("sketches", rows)
    driver.propose(pickle.loads(pickle.dumps(Propose(3, 0.5, 8, bucket, anchors, most))))
    got = proposed(driver)
    sizes = [sorted(driver.rows(f"SELECT size FROM {name}")) for name in ("capped", "masked")]
    numbers = driver.rows("SELECT * FROM text_numbers")
    ends = driver.rows("SELECT text_number, text_hash, tokens, words, shapes, text FROM ends ORDER BY 1")

    assert numbers == driver.rows(statement("text_numbers") + " ORDER BY text_number")
    assert ends == driver.rows(statement("ends") + " ORDER BY text_number")
    distinct = "SELECT * FROM sketches WHERE tokens >= 8 QUALIFY row_number() OVER (PARTITION BY text_hash) = 1"
    wanted = driver.db.sql(distinct).to_arrow_table()
    driver.put("bands", Banded(3, 0.5)(wanted))
    driver.put("rare", phrased(wanted))
    alike = set(driver.rows(statement("candidates", bucket=bucket, anchors=anchors)))
    sharing = set(driver.rows(statement("rare_candidates", most=most)))
    assert got == [(*pair, pair in alike) for pair in sorted(alike | sharing)]
    assert len(alike) > 100 and sharing - alike
    statements = (statement("capped", bucket=bucket), statement("masked", most=most))
    assert sizes == [sorted(driver.rows(query)) for query in statements]
    assert bool(sizes[0]) == (bucket < 64) and bool(sizes[1]) == (most < 16)


def proposed(driver: Driver, dataset: str = "candidates") -> list[tuple[bytes, bytes, bool]]:
    """(u, v, passages) in order."""
    return driver.rows(
        f"SELECT a.text_hash AS u, b.text_hash AS v, c.passages FROM ({dataset}) c "
        "JOIN text_numbers a ON a.text_number = c.u_number JOIN text_numbers b ON b.text_number = c.v_number "
        "ORDER BY u, v"
    )


@pytest.mark.parametrize("most", [2, 8, 1 << 20])
def test_in_however_many_parts_pairs_are_compared_the_edges_are_the_same(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(5)
    stem = [f"w{n}" for n in range(30)]
    texts = [" ".join([*stem[rng.randrange(12) :], f"x{n}"]) for n in range(80)]
    driver = Driver()
    driver.put("sketches", rows_of({text_hash(text): text for text in texts}))
    driver.edges()
    want = driver.rows("SELECT * FROM edges ORDER BY u, v")
    assert len(want) > 100
    monkeypatch.setattr(dedup_parts, "_TEXTS", most)
    driver.propose(Propose(3, 0.5, 8))
    ends = driver.table("ends")
    assert len(ends.column("part").unique()) > 1 or most > 80
    for at_once in (1, 700, 1 << 20):
        driver.put("edges", edges_of(Verify(3, 0.5, 0.8), driver.table("candidates"), ends, at_once))
        assert driver.rows("SELECT * FROM edges ORDER BY u, v") == want


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_texts_propose_few_pairs(count: int) -> None:
    driver = Driver()
    text = "the harbour board closed the port at nine"
    driver.put("sketches", rows_of({key(str(n)): text for n in range(count)}))
    driver.propose(Propose(3, 0.5, 8))
    assert driver.rows("SELECT count(*) FROM candidates") == [(count // 2,)]


def test_each_bucket_comes_in_order() -> None:
    numbers, sizes = np.array([7, 3, 5, 2**31, 1, 0, 9], np.int64), np.array([3, 2, 2])
    assert in_order(numbers, sizes).tolist() == [3, 5, 7, 1, 2**31, 0, 9]


def test_keys_that_differ_only_where_the_number_is_packed_are_different_buckets() -> None:
    keys = np.array([8, 9, 8, 10, 9, 16, 9], np.uint64)
    for kernel in (True, False):
        numbers, sizes = buckets(keys, kernel)
        assert numbers.tolist() == [0, 2, 1, 4, 6] and sizes.tolist() == [2, 3]


@settings(deadline=None)
@given(st.data(), st.sampled_from([7, 40, 64]))
def test_values_are_sorted_however_they_are_spread(data: st.DataObject, bits: int) -> None:
    values = np.array(data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=60)), np.uint64)
    low = values & np.uint64(63)  # all in one part, in no order
    for each in (values, np.append(values, low), low, np.tile(low, 30), np.arange(500, dtype=np.uint64)[::-1] % 128):
        assert spread_sorted(each).tolist() == sorted(each.tolist())


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1).map(lambda n: n << 60 & 2**64 - 1 | n % 3), max_size=40))
def test_buckets_are_the_rows_of_one_key(keys: list[int]) -> None:
    want = {value: [n for n, other in enumerate(keys) if other == value] for value in sorted(keys)}
    for kernel in (True, False):
        numbers, sizes = buckets(np.array(keys, np.uint64), kernel)
        runs = np.split(numbers, np.cumsum(sizes)[:-1]) if len(sizes) else []
        assert [run.tolist() for run in runs] == [rows for rows in want.values() if len(rows) > 1]


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
        blocks = [n for *_, n in SequenceMatcher(None, u, v, autojunk=False).get_matching_blocks() if n >= 4]
        nearly = Fraction(shared, len(x | y)) >= threshold * Fraction(9, 10) or Fraction(
            shared, min(len(x), len(y))
        ) >= containment * Fraction(15, 16)
        if shared and nearly and min(len(u), len(v)) >= 16 and max(blocks, default=0) >= 8:
            relation = "quotation" if 5 * sum(blocks) >= 2 * max(len(u), len(v)) else relation
    return relation, shared, len(x), len(y)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.sampled_from([0.3, 0.5, 0.7]), st.sampled_from([0.6, 0.8]))
def test_edges_are_those_of_plain_sets(texts: list[tuple[str, str]], threshold: float, containment: float) -> None:
    rows = edges_between(pickle.loads(pickle.dumps(Verify(3, threshold, containment))), texts)
    assert rows.schema.equals(EDGES)
    bounds = Fraction(str(threshold)), Fraction(str(containment))
    want = []
    for a, b in texts:
        relation, shared, u_size, v_size = by_hand(a, b, *bounds)
        if relation:
            counts = {"shared": shared, "u_size": u_size, "v_size": v_size}
            tokens = {"u_tokens": len(a.split()), "v_tokens": len(b.split())}
            want.append({"u": key(a), "v": key(b), "relation": relation, **counts, **tokens})
    counted = ("u", "v", "relation", "shared", "u_size", "v_size", "u_tokens", "v_tokens")
    assert rows.select(counted).to_pylist() == want
    for edge, (a, b) in zip(rows.to_pylist(), [pair for pair in texts if by_hand(*pair, *bounds)[0]], strict=True):
        for u, v, n in zip(edge["u_runs"], edge["v_runs"], edge["run_words"], strict=True):
            assert n >= 4 and a.split()[u : u + n] == b.split()[v : v + n]
        for side in "uv":
            runs = [(place, place + n) for place, n in zip(edge[f"{side}_runs"], edge["run_words"], strict=True)]
            ends = (runs[0][0], runs[-1][1]) if runs else (0, 0)
            assert (edge[f"{side}_start"], edge[f"{side}_stop"]) == ends
        assert edge["covered"] == sum(edge["run_words"])


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
    assert NAMES[int(Relations(threshold, containment, 3).codes(shared, u, v))] == relation


@pytest.mark.parametrize("words_shared, relation", [(12, ["passage"]), (11, [])])
def test_twelve_words_in_a_row_are_a_passage(words_shared: int, relation: list[str]) -> None:
    common = " ".join(f"common{i}" for i in range(words_shared))
    a = " ".join(f"left{i}" for i in range(40)) + " " + common
    b = common + " " + " ".join(f"right{i}" for i in range(40))
    assert edges_between(Verify(3, 0.5, 0.8), [(a, b)]).column("relation").to_pylist() == relation


def test_no_pairs_make_no_edges() -> None:
    assert edges_between(Verify(3, 0.5, 0.8), []).schema.equals(EDGES)


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
    rng = random.Random(1)
    numbers = rng.sample(range(1, 1 << 40), len(GRAPHS[name]))
    graph = nx.relabel_nodes(GRAPHS[name], dict(zip(GRAPHS[name], numbers, strict=True)))
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
    nodes = random.Random(2).sample(range(1, 1 << 40), 5001)
    driver.put("family_star_0", [{"u": u, "v": v} for u, v in pairwise(nodes)])
    assert int(driver.star("family_star").rsplit("_", 1)[1]) <= 14


def test_with_a_window_only_texts_of_near_dates_are_compared() -> None:
    text = "the harbour board of hale closed the old port at nine on the morning after the long gale number {}"
    dates = {"a": "2025-01-01T10:00:00Z", "b": "2025-01-11T00:00:00Z", "c": "2025-03-01T00:00:00Z", "d": ""}
    driver = Driver()
    driver.load([Doc(name, [text.format(name)], name, date) for name, date in dates.items()])
    driver.propose(Propose(3, 0.5, 8))
    names = {text_hash(text.format(name)): name for name in dates}

    def compared(days: int) -> set[str]:
        return {
            "".join(sorted(names[key] for key in row[:2]))
            for row in proposed(driver, statement("windowed", window=days))
        }

    assert compared(9) == {"ad", "bd", "cd"}
    assert compared(10) == {"ab", "ad", "bd", "cd"}
    assert compared(60) == {"ab", "ac", "bc", "ad", "bd", "cd"}
