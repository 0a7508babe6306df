"""The block model: trees against LightGBM's own, kernels against references, features against plain counts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from clean_driver import PROSE, document, lines, marks_of
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe import clean
from cleanpipe.clean.learned import forest as forests
from cleanpipe.clean.learned import kernel, models, page, text
from cleanpipe.clean.learned.forest import Forest, load
from cleanpipe.clean.learned.shape import SHAPES, shapes
from cleanpipe.errors import UserError
from cleanpipe.model import Batch, Document, Marks, Record, Source
from cleanpipe.segment import segment_page
from training.train import averaged

ROOT = Path(__file__).parents[1]
EVAL = ROOT.parent / "shared" / "eval"
COLUMNS = tuple(f"f{i}" for i in range(7))


@pytest.fixture(scope="module")
def trained() -> tuple[list[lightgbm.Booster], Forest, np.ndarray]:
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(2000, len(COLUMNS))).astype(np.float32)
    labels = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.3).astype(int)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
    boosters = [
        lightgbm.train(settings | {"seed": seed, "bagging_fraction": 0.7, "bagging_freq": 1},
                       lightgbm.Dataset(rows, label=labels), 30)
        for seed in (1, 2)
    ]  # fmt: skip
    return boosters, averaged(COLUMNS, boosters), rows


def test_a_forest_says_what_lightgbm_says(trained: tuple[list[lightgbm.Booster], Forest, np.ndarray]) -> None:
    boosters, forest, rows = trained
    wanted = np.mean([booster.predict(rows, raw_score=True) for booster in boosters], axis=0)
    assert np.allclose(forests.reference_scores(forest, rows), wanted, rtol=0, atol=1e-12)
    assert np.allclose(forest.probabilities(rows), 1 / (1 + np.exp(-wanted)), rtol=0, atol=1e-12)


def test_kernels_and_references_agree_to_the_last_digit(
    trained: tuple[list[lightgbm.Booster], Forest, np.ndarray],
) -> None:
    _, forest, rows = trained
    packed = kernel.packed(*forest.arrays)
    columns = np.ascontiguousarray(rows.T)
    assert (kernel.sums(columns, *packed[:5]) == forests.reference_scores(forest, rows)).all()
    said = forests.reference_said(forest, rows[:50])
    assert (kernel.contributions(columns[:, :50].copy(), *packed) == said).all()
    assert (kernel.strongest(said, 3) == np.argsort(-np.abs(said), axis=1, kind="stable")[:, :3]).all()
    expected = forest.value[forest.roots].sum()
    assert np.allclose(said.sum(axis=1) + expected, forest.scores(rows[:50]))


def test_a_forest_is_written_to_the_same_bytes_and_read_again(
    tmp_path: Path, trained: tuple[list[lightgbm.Booster], Forest, np.ndarray]
) -> None:
    _, forest, rows = trained
    forest.save(tmp_path / "a.npz")
    forest.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert (load(tmp_path / "a.npz", COLUMNS).scores(rows) == forest.scores(rows)).all()


def test_nothing_to_explain_is_no_fault(trained: tuple[list[lightgbm.Booster], Forest, np.ndarray]) -> None:
    _, forest, rows = trained
    none = rows[:0]
    columns, packed = np.ascontiguousarray(none.T), kernel.packed(*forest.arrays)
    assert forests.reference_said(forest, none).shape == kernel.contributions(columns, *packed).shape == (0, 7)
    assert len(forests.reference_scores(forest, none)) == len(kernel.sums(columns, *packed[:5])) == 0


def test_a_model_whose_trees_do_not_hang_together_is_refused(
    tmp_path: Path, trained: tuple[list[lightgbm.Booster], Forest, np.ndarray]
) -> None:
    _, forest, _ = trained
    left = forest.left.copy()
    for wrong in (-1, 0, len(left)):  # before the first node, round and round, behind the last one
        left[forest.roots[0]] = wrong
        replace(forest, left=left).save(tmp_path / f"{wrong}.npz")
        with pytest.raises(UserError, match="do not hang together"):
            load(tmp_path / f"{wrong}.npz", COLUMNS)
    whole = (tmp_path / "0.npz").read_bytes()
    for name, data in (("empty", b""), ("cut", whole[: len(whole) // 2]), ("turned", whole[:900] + whole[900:][::-1])):
        (tmp_path / f"{name}.npz").write_bytes(data)
        with pytest.raises(UserError, match="no model that can be read"):
            load(tmp_path / f"{name}.npz", COLUMNS)


def test_what_is_no_model_is_a_mistake_of_the_user(
    tmp_path: Path, trained: tuple[list[lightgbm.Booster], Forest, np.ndarray]
) -> None:
    trained[1].save(tmp_path / "page.npz")
    with pytest.raises(UserError, match="was trained on other features"):
        models.model(str(tmp_path), "page")
    (tmp_path / "text.npz").write_bytes(b"PK nothing")
    with pytest.raises(UserError, match="is no model that can be read"):
        models.model(str(tmp_path), "text")
    with pytest.raises(UserError, match="cannot be read"):
        models.digests(str(tmp_path / "none"))


def test_the_shipped_models_are_small_and_the_card_tells_of_each() -> None:
    card = (models.path(models.BUILTIN, "page").parent / "README.md").read_text(encoding="utf-8")
    for name, digest in models.digests(models.BUILTIN).items():
        assert models.model(models.BUILTIN, name).columns == models.FEATURES[name]
        assert models.path(models.BUILTIN, name).stat().st_size < 200_000
        assert f"`{name}`" in card and digest[:16] in card, f"the card does not tell of {name} {digest[:16]}"


# --- features


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1, max_size=20))
def test_shapes_of_texts_are_what_one_counts(texts: list[str]) -> None:
    found = shapes(texts)
    assert np.isfinite(found).all()
    for row, said in enumerate(texts):
        column = dict(zip(SHAPES, found[row].tolist(), strict=True))
        assert column["characters"] == pytest.approx(np.log1p(len(said)), rel=1e-6)
        alone = shapes([said])[0]
        assert (alone == found[row]).all(), "a row depends on its neighbours"
        if said.isascii() and not any(ord(c) < 33 and c != " " for c in said):
            assert round(np.expm1(column["words"])) == len(said.split())
            assert column["digits"] == pytest.approx(sum(map(str.isdigit, said)) / len(said))
            assert column["letters"] == pytest.approx(sum(map(str.isalpha, said)) / len(said))


PAGE = """<html><head><title>The bridge is closed - Qualmouth News</title></head><body>
<nav class="menu"><ul>{menu}</ul></nav><main><article><h1>The bridge is closed</h1>{prose}</article></main>
<aside class="related"><h3>More stories</h3><ul>{menu}</ul></aside><footer>About us | Contact</footer></body></html>"""


def parsed() -> Document:
    entries = ["News", "Sport", "Weather", "Culture", "Opinion", "Letters", "Tides"]
    menu = "".join(f'<li><a href="/{name}">{name} and more of it</a></li>' for name in entries)
    prose = "".join(f"<p>{paragraph}</p>" for paragraph in PROSE)
    found = segment_page(PAGE.format(menu=menu, prose=prose))
    record = Record(Source("", "x.html", 0, "text/html", "utf-8", ""), found.text, title="The bridge is closed")
    return Document(b"\0" * 16, record, found.blocks, found.elements, found.tree, found.title)


def test_the_model_of_pages_takes_the_article_and_leaves_the_site() -> None:
    made = parsed()
    (processor,) = clean.build([("page_model", "{}")])
    votes = {mark.block: mark for mark in processor.mark(Batch((made,)), Marks())}  # type: ignore[union-attr]
    for block in made.blocks:
        said = made.slice(block)
        vote = votes.get(block.number)
        if said in PROSE:
            assert vote and vote.score > 0.8 and "part of the article" in vote.reason and '"features"' in vote.evidence
        elif said.startswith(("News", "About", "More stories")):
            assert vote is None or vote.score < 0.5


def test_a_page_without_an_article_gets_no_vote() -> None:
    found = segment_page("<html><body><nav><ul><li><a href='/a'>Home<li><a href='/b'>Boats</ul></nav></body></html>")
    record = replace(parsed().record, text=found.text, title="")
    made = Document(b"\0" * 16, record, found.blocks, found.elements, found.tree, found.title)
    _, marks = marks_of([made], names=[name for name in clean.DEFAULT if name != "extractor"])
    assert marks.voter(0) == ""


def test_the_evidence_names_what_tipped_the_scales_the_extractors_vote_too() -> None:
    _, marks = marks_of([parsed()], names=("extractor", "page_model"))
    said = [mark.evidence for mark in marks if mark.processor == "page_model" and mark.action == "vote"]
    assert any('"vote' in each for each in said)


def test_votes_of_an_extractor_are_columns_of_their_own() -> None:
    made = parsed()
    plain = page.features(made, "")
    shares = [1.0 if made.slice(block) in PROSE else 0.0 for block in made.blocks]
    voted = page.features(made, "", shares)
    assert (voted[:, : len(page.COLUMNS)] == plain).all()
    assert (voted[:, len(page.COLUMNS)] == shares).all()
    assert voted.shape[1] == len(models.FEATURES["vote"])


def test_without_an_extractor_nothing_of_trafilatura_is_loaded() -> None:
    code = (
        "import sys\nsys.path[:0] = ['tests']\nfrom test_learned import parsed\nfrom cleanpipe import clean\n"
        "from cleanpipe.model import Batch, Marks\n(each,) = clean.build([('page_model', '{}')])\n"
        "assert list(each.mark(Batch((parsed(),)), Marks()))\nassert 'trafilatura' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SITE = (
    "Menu|Search|Sign in|Subscribe|Share|Copy link|Most read|Newsletter|Privacy Policy|Terms of use|Advertisement|Close"
)


def test_the_model_of_texts_votes_on_dumps_and_on_nothing_else() -> None:
    article = lines(PROSE)
    names = clean.DEFAULT
    dump = document("\n".join([*SITE.split("|"), *PROSE, *SITE.split("|")]))
    for made, voted in ((document(article), False), (dump, True)):
        _, marks = marks_of([made], names=names)
        assert (marks.voter(0) == "text_model") is voted
    _, marks = marks_of([dump], names=names)
    taken = [dump.slice(dump.blocks[i]) for i in marks.taken(0)]
    assert taken == PROSE


def test_features_of_texts_have_no_holes() -> None:
    made = document("\n".join([*SITE.split("|"), *PROSE]))
    found = text.features(made, [], (12, 16))
    assert found.shape == (17, len(text.COLUMNS)) and np.isfinite(found).all()
    assert text.features(document("x"), [], (0, -1)).shape == (1, len(text.COLUMNS))


# --- training


@pytest.mark.slow
@pytest.mark.skipif(not EVAL.is_dir(), reason=f"the reference sets are not there: {EVAL}")
def test_training_gives_the_shipped_models_to_the_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "training.train", str(tmp_path)], cwd=ROOT, check=True)
    for name in models.FEATURES:
        made = (tmp_path / f"{name}.npz").read_bytes()
        assert made == models.path(models.BUILTIN, name).read_bytes(), f"{name} is another model"


@pytest.mark.parametrize(
    "respelt", [str, str.upper, str.title, lambda word: word.replace("s", "ſ").replace("k", "\u212a")]
)
def test_a_class_word_says_the_same_in_any_case(respelt: Callable[[str], str]) -> None:
    for word in (*page._SAID, "sub-head__text", "share-links", "artikeltext", "ad", "ad-ops", "css-1k2ab", ""):
        said = [re.search(pattern, respelt(word), re.IGNORECASE) is not None for pattern in page._SAID.values()]
        assert page.said(respelt(word)) == sum(1 << bit for bit, one in enumerate(said) if one), word
