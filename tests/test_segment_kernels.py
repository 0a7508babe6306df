"""The walk by kernels says what the plain walk says, of any tree."""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cleanpipe.read.html import decode_page
from cleanpipe.segment import Unreadable, dom, prepare, quick, walk

SHARED = Path(__file__).parents[2] / "shared" / "eval"

XHTML = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
ODD = [
    "<p class=a>One<p class='b c' id=d>Two <a href=x>three</a> <b>four</b></p>five",
    f"{XHTML.replace('EN', 'ÉN')}<html><head><title>t</title></head><body><p>damaged<br/>s</p></body>",
    (
        '<a<b>x</a<b><p a"b=1 '
        "<c=2 =x=3 'q=4 id='>' class=\"a&quot;&lt;\n\tb&amp;&gt;\xa0e'\" x>t&amp;&lt;&#13;x]]&gt;</p>"
    ),
    (
        "<o:p xmlns:o='urn:x' o:class=1 CLASS=Q id=ÉÈ>z</o:p><söz class=ü>ö</söz><math>"
        "<mi a:id='b'>&foo;&#x80;</mi></math>"
    ),
    "<p>\ufffe\U0001ffff x\x85y\u2028 \u3000 \ufeff z\ud800</p><p>\ufeff\u1680</p><p>\u205f\u202fa\u2003</p>",
    "<div><![CDATA[ a <b> ]]><!-- c --><?pi d?>e<xmp><b>&amp;</xmp><plaintext>a<b",
    f"{XHTML}<html><head><title>t</title></head><body><p><a name=x>q</a><a name=y id=z class=k>r</a><br/>s</p></body>",
    (
        "<ul><li><a>One</a><li><a>Two</a><li><b><a>Three</a></b></ul><ul><li><a>Four"
        "</a><li>Five <a>six</a></ul><li><a>7</a>"
    ),
    (
        "<table><tr><td>a<td><br>b<td>  <td>c<tr><td>d<tr hidden><td>e<td>f<tr><td><ul>"
        "<li>g</ul><td>h<tr><td><p>i<td>j<p>k"
    ),
    (
        "<pre> a\n\n \n b\n \t\nc<b>d</b>\n\n</pre><table><tr><td><pre>e\n\nf</pre>"
        "<td>g</table><pre><table><tr><td>h\n\ni<td>j"
    ),
    (
        "<table><tr><td><td>a<td>b<tr><td> <td>a<td><tr>c<td><td>d<tr><td><td><tr><td>&#65279;<td>é<td><p>&nbsp;<td>e"
        "<pre><tr><td><td>f\n\ng<td>h"
    ),
    (
        "<p style='display:none'>a</p><p style='DISPLAY:NONE'>b</p>"
        "<p style='display : None'>c</p><p style='display:none;display:block'>e</p><p style='x;display&#10;:none'>d"
    ),
    (
        "<p style='display:none !important;display:block'>a</p><p style='/*display:none'>b</p><math><annotation>c"
        "</annotation><annotation-xml>d</annotation-xml><annotation-x>e</annotation-x></math><p>f"
    ),
    "<dialog style='display:None' open>a</dialog><dialog open>b</dialog><dialog>c</dialog><body hidden><p popover>d",
    "<ruby>a<rp>(</rp><rt>b</rt></ruby><ruby>c<rt>d</rt><ruby>e<rtc>f</rtc><rp>g</rp></ruby></ruby><rt>h</rt>",
    "<noscript><p>most of the page's prose<div><p>more of it</div></noscript><p>little</p>",
    "<p hidden>of its own<object>a</object></p><p>b",
    f"<p class='{'ab ' * 200}' id='{'é' * 300}'>{'<i class=x>' * 20}a{'<i class=y>' * 70}b",
    "<svg><title>no</title><path/><text>yes</text></svg><select><option>no</select><label>yes<input></label>",
    "".join(f"<t{i}>{i}</t{i}>" for i in range(3000)),
]


def same(markup: str) -> bool:
    """Whether both walks say the same of a page, and leave its tree as it was."""
    root = dom.parse(markup)
    if root is None:
        return True
    before = etree.tostring(root.getroottree())
    found = []
    for each in (walk.walk, quick.walk):
        try:
            found.append(each(root))
        except Unreadable as error:
            found.append(str(error))
    assert found[0] == found[1]
    return etree.tostring(root.getroottree()) == before


@pytest.mark.parametrize("markup", ODD)
def test_odd_pages(markup: str) -> None:
    assert same(markup)


@pytest.mark.parametrize("depth", [63, 64, 65, 500, 2037, 2038, 2039, 2042])
def test_any_depth(depth: int) -> None:
    assert same("<div id=a>" * depth + "deep" + "</div>" * depth + "after")


PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        """
        < > / = " ' & ; # <p <a <b <i> </p> </a> <br> <br/> <tr> <td> <li> <ul> <pre> <table> <rt> <rp> <ruby> <dialog
        <x:y <a<b class= id= style= hidden open display:none &amp; &#13; &lt; &quot; a b é 橋 <![CDATA[ ]]> <xmp>
        <table><tr><td><td>a<td>b <tr><td>&#65279;<td> </table> </ul> </pre> </xmp> <noscript> </noscript>
        <svg> xmlns= x
        """,
    )
) | st.sampled_from([" ", "\n", "\t", "\n\n", "\r", "\x0c", "\u2028", "\xa0", "\ufeff", "<p>Text "])


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=60))
def test_any_tag_soup(markup: str) -> None:
    assert same(f"<p>{markup}")


@pytest.mark.parametrize("name", ["fundus", "trafi"])
def test_the_reference_pages(name: str) -> None:
    paths = sorted((SHARED / name / "pages").glob("*.gz"))
    if not paths:
        pytest.skip(f"the reference pages are not there: {SHARED / name}")
    for path in paths[::4]:
        assert same(decode_page(gzip.decompress(path.read_bytes()))[0]), path.name


@pytest.mark.parametrize("started", [True, False])
def test_a_process_takes_the_kernels_when_they_pay(monkeypatch: pytest.MonkeyPatch, started: bool) -> None:
    taken = []
    monkeypatch.setattr(dom, "_walked", (dom._BREAK_EVEN_STARTED if started else dom._BREAK_EVEN) - 2)
    if not started:
        monkeypatch.delitem(sys.modules, "numba")
    dom._load_kernels.cache_clear()
    monkeypatch.setattr(quick, "walk", lambda root, walk=quick.walk: taken.append(root) or walk(root))
    pages = []
    for _ in range(4):
        prepare()
        pages.append(dom.page("<p class=a>Text<p>more"))
    assert len({(page.text, page.blocks, page.elements) for page in pages}) == 1
    assert [root.findtext(".//p") for root in taken].count("Text") >= 2
    assert [page.tree in taken for page in pages] == [False, False, True, True]
