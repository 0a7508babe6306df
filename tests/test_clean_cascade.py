"""The extractor's vote is the library's own, however it is come by."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from trafilatura import settings, xpaths

from cleanpipe.clean import cascade
from cleanpipe.clean.paragraphs import Paragraphs
from cleanpipe.clean.spots import Spots
from cleanpipe.read.html import decode_page
from cleanpipe.segment.dom import page

ROOT = Path(__file__).parents[1]
EVAL = ROOT.parent / "shared" / "eval"
SAMPLES = sorted((ROOT / "samples" / "pages").rglob("*.htm*"))

SENTENCE = "The ferry to Orne Island was late again on Monday, as it had been on most days of that month. "
LINKS = "<ul>" + "".join(f'<li><a href="/{n}">The {n}th story of the day</a></li>' for n in range(30)) + "</ul>"
PAGES = {
    "an article": f"<article><h1>Late</h1>{f'<p>{SENTENCE * 3}</p>' * 6}</article>",
    "prose in divisions": "<div class='wrap'>" + f"<div>{SENTENCE * 2}<br><br>{SENTENCE}</div>" * 8 + "</div>",
    "little text among links": f"{LINKS}<div id='main-content'><p>{SENTENCE}</p></div><footer>{LINKS}</footer>",
    "an aside within the article": f"<article><p>{SENTENCE * 4}</p><aside>{SENTENCE}</aside><p>Late.</p></article>",
    "a cookie notice": f"<div class='cookie-consent'><p>{SENTENCE * 9}</p></div><main><p>{SENTENCE * 4}</p></main>",
    "comments": f"<main><p>{SENTENCE * 4}</p></main><div id='comments'><p>{SENTENCE * 4}</p></div>",
    "a table": f"<table>{f'<tr><td>{SENTENCE}</td><td>7</td></tr>' * 9}</table>",
    "a menu to choose from": f"<form><select><option>{SENTENCE}</select><p>{SENTENCE * 3}</p></form>",
    "a next article": f"<main><p>{SENTENCE * 4}</p></main><div class='infinite-scroll'><p>{SENTENCE}</p></div>",
    "a sidebar": f"<div class='sidebar'>{f'<p>{SENTENCE * 3}</p>' * 9}</div><article><p>{SENTENCE * 4}</p></article>",
    "a sidebar in another": f"<div id='menu'>{f'<p class=rss>{SENTENCE * 3}</p>' * 9}</div><p>{SENTENCE * 4}</p>",
    "prose beside an article": f"<article><p>{SENTENCE * 3}</p></article><div>{f'<p>{SENTENCE * 3}</p>' * 9}</div>",
    "nothing": "<p></p>",
}


def tree_of(markup: str) -> HtmlElement:
    tree = page(markup).tree
    assert tree is not None
    return tree


def plain(tree: HtmlElement) -> list[str]:
    found: Any = trafilatura.bare_extraction(tree, include_comments=False)
    return [] if found is None else list(found.body.itertext())


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_the_pieces_are_those_of_the_library(body: str) -> None:
    tree = tree_of(f"<html><head><title>Late</title></head><body>{body}</body></html>")
    before = etree.tostring(tree)
    assert cascade.pieces(tree) == plain(tree)
    assert etree.tostring(tree) == before


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_pieces_of_a_sample_are_those_of_the_library(path: Path) -> None:
    tree = tree_of(decode_page(path.read_bytes())[0])
    assert cascade.pieces(tree) == plain(tree)


@pytest.mark.skipif(not EVAL.is_dir(), reason=f"the reference sets are not there: {EVAL}")
@pytest.mark.parametrize("name", ["fundus", "trafi"])
def test_the_pieces_of_real_pages_are_those_of_the_library(name: str) -> None:
    for path in sorted((EVAL / name / "pages").iterdir())[::16]:
        tree = page(decode_page(gzip.decompress(path.read_bytes()))[0]).tree
        if tree is not None:
            assert cascade.pieces(tree) == plain(tree), path.name


def test_what_readability_can_take_is_no_less_than_what_it_takes() -> None:
    for body in PAGES.values():
        tree = tree_of(f"<body>{body}</body>")
        most = cascade._Page(tree).length(cascade._unlikely(tree))
        assert len(" ".join(cascade.external.try_readability(tree).text_content().split())) <= most


def test_the_library_is_left_as_it_was() -> None:
    core, main = cascade.core, cascade.main_extractor
    before = core._extract_and_compare, core.RAW_TREE_PRUNE_XPATH, main.BODY_XPATH
    cascade.pieces(tree_of("<p>One.</p>"))
    assert (core._extract_and_compare, core.RAW_TREE_PRUNE_XPATH, main.BODY_XPATH) == before


KNOWN = [
    *xpaths.RAW_TREE_PRUNE_XPATH, *xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH, *xpaths.OVERALL_DISCARD_XPATH,
    *xpaths.BODY_XPATH, settings.BASIC_CLEAN_XPATH,
]  # fmt: skip


@pytest.mark.parametrize("expression", KNOWN, ids=range(len(KNOWN)))
def test_spots_are_what_the_expression_finds(expression: Any) -> None:
    spots = Spots(expression.path)
    words = [
        "post",
        "article-body",
        "cookie",
        "nav",
        "main",
        "story",
        "infinite-scroll",
        "comments",
        "footer",
        "Menu",
        "",
    ]
    markup = "".join(
        f"<{tag} {first}='{one}' {second}='{two}'><h1>x</h1><{tag} class='{two}'>y</{tag}></{tag}><main>z</main>"
        for tag in ("div", "section", "p", "span", "article", "aside", "ul")
        for one in words
        for two in words
        for first, second in (("id", "class"), ("class", "id"), ("style", "role"))
    )
    tree = document_fromstring(f"<body>{markup}</body>")
    found = expression(tree)
    if "[1]" in expression.path:  # of which its users take the first alone
        assert spots(tree)[:1] == found[:1]
    else:
        assert spots(tree) == found


def test_several_expressions_find_what_each_finds() -> None:
    several = [*xpaths.OVERALL_DISCARD_XPATH, *xpaths.TEASER_DISCARD_XPATH, settings.BASIC_CLEAN_XPATH]
    markup = "".join(
        f"<{tag} {first}='{one}' {second}='{one}-{at}'><p>x</p></{tag}>"
        for tag in ("div", "span", "h2", "aside")
        for at, one in enumerate(("nav", "cookie", "teaser", "reply-", "hidden", "x" * 300, "footer"))
        for first, second in (("id", "class"), ("class", "id"), ("style", "id"), ("id", "style"), ("role", "class"))
    )
    tree = document_fromstring(f"<body>{markup}</body>")
    found = Spots(*(each.path for each in several)).each(tree)
    assert all(found) and found == [each(tree) for each in several]


def test_the_walk_for_single_elements_ends_with_the_first_expression() -> None:
    spots = Spots("(.//p[@id='a'])[1]", "(.//p[@id='b'])[1]|(.//h1)[1]")
    pages = "<h1 id=c></h1><p id=b></p><p id=b></p><p id=a></p>", "<p id=a></p><p id=b></p>", "<p id=b></p>"
    found = [spots.each(document_fromstring(page)) for page in pages]
    ids = [[[element.get("id") for element in each] for each in both] for both in found]
    assert ids == [[["a"], ["c", "b"]], [["a"], []], [[], ["b"]]]


@pytest.mark.parametrize(
    "expression", ["//p", ".//p[2]", ".//p[@a and @b]", ".//p/@class", ".//p[last()]", ".//p[@a='x'"]
)
def test_an_expression_beyond_spots_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        Spots(expression)


def test_paragraphs_are_those_of_justext() -> None:
    from justext.core import ParagraphMaker

    markup = (
        "<div>one <b>two</b>\n three<br>four<br><br>five <a href=x>six  seven</a> eight</div> nine"
        "<select><option>ten</select><p> <br> </p><ul><li>x<li><a>y</a> z</ul><!-- no -->\r\n<pre>a\n\n b</pre>tail"
    )
    tree = document_fromstring(markup)
    own, theirs = Paragraphs.make_paragraphs(tree), ParagraphMaker.make_paragraphs(tree)
    assert [(p.text, p.chars_count_in_links, len(p), "select" in p.dom_path) for p in own] == [
        (p.text, p.chars_count_in_links, len(p), "select" in p.dom_path) for p in theirs
    ]
    stopwords = frozenset({"one", "six", "x"})
    assert [(p.stopwords_density(stopwords), p.links_density()) for p in own] == [
        (p.stopwords_density(stopwords), p.links_density()) for p in theirs
    ]
