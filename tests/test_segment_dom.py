"""A page becomes blocks that hold all of its visible text, nothing else, and know where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.audit.visible import bare, visible
from cleanpipe.segment import Unreadable
from cleanpipe.segment.dom import Page, page
from cleanpipe.text import is_gap


def texts(markup: str) -> list[str]:
    found = page(markup)
    return [found.text[block.start : block.end] for block in found.blocks]


def tiled(found: Page) -> bool:
    at = 0
    for number, block in enumerate(found.blocks):
        whole = found.text[block.start : block.end]
        if block.number != number or not is_gap(found.text[at : block.start]) or whole != whole.strip() or not whole:
            return False
        at = block.end
    return is_gap(found.text[at:]) and len(found.elements) == len(found.blocks)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>The gull <b>flew</b> off.</p><p>It came back.</p>", ["The gull flew off.", "It came back."]),
        ("<div>One<br>Two<hr>Three</div>", ["One", "Two", "Three"]),
        ("<div>before<p>inside</p>after</div>", ["before", "inside", "after"]),
        ("<div>before<div class=ad></div>after</div>", ["before", "after"]),
        ("<p>  white \n\t space&nbsp;stays </p>", ["white space\xa0stays"]),
        ("<ul><li>Cod<li>Hake<ol><li>Ling</ol></ul>", ["Cod", "Hake", "Ling"]),
        ("<p>Fish&amp;chips &lt;b&gt; &#233;", ["Fish&chips <b> é"]),
        ("<pre>for x:\n  y\n\nend</pre>", ["for x:\n  y", "end"]),
        ("just text", ["just text"]),
        ("<html><body><p>in</p></body></html>after<p>and more</p>end", ["in", "after", "and more", "end"]),
        ("<html></html>alone", ["alone"]),
        ("<p>hyper<b>link</b>ed</p>", ["hyperlinked"]),
        (
            "<p><ruby>橋<rp>(</rp><rt>はし</rt><rp>)</rp></ruby></p><p><ruby>橋<rt>はし</rt></ruby></p>",
            ["橋(はし)", "橋"],
        ),
        ("<p>a\x00\x1fb</p>", ["ab"]),
        ("", []),
        ("   \n", []),
        ("<!-- nothing -->", []),
    ],
)
def test_a_block_ends_where_a_block_element_or_a_line_ends(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected
    assert bare(page(markup).text) == visible(markup)


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>var a</script>", "<style>p {}</style>", "<template><p>a</p></template>", "<noscript>a</noscript>",
        "<div hidden>a</div>", "<div hidden='until-found'>a</div>", "<p style='color: red; DISPLAY : none'>a</p>",
        "<p style='Display:None'>a</p>", "<p style='display: nOnE'>a</p>",
        "<p style='display:block; display:none'>a</p>",
        "<p style='display:none !important; display:block'>a</p>", "<p style='display/* ; */:/* x */none'>a</p>",
        "<math><semantics><mi></mi><annotation encoding='application/x-tex'>a</annotation></semantics></math>",
        "<dialog>a</dialog>", "<div popover>a</div>", "<iframe>a</iframe>", "<select><option>a</select>",
        "<textarea>a</textarea>", "<input value=a>", "<img alt=a>", "<object>a</object>", "<video>a</video>",
        "<audio>a</audio>", "<canvas>a</canvas>", "<svg><title>a</title><path d='M0'/></svg>", "<!-- a -->",
        "<math><mi></mi></math>", "<datalist><option>a</datalist>", "<noframes>a</noframes>",
    ],
)  # fmt: skip
def test_what_nobody_sees_is_not_taken_and_what_follows_it_is(unseen: str) -> None:
    markup = f"<html><head><title>a</title></head><body><p>Seen.</p>{unseen}tail</body></html>"
    assert texts(markup) == ["Seen.", "tail"]
    assert visible(markup) == "Seen.tail"


@pytest.mark.parametrize(
    "seen",
    [
        "<div aria-hidden=true>a</div>", "<details><summary>a</summary></details>", "<dialog open>a</dialog>",
        "<button>a</button>", "<svg><text>a</text></svg>", "<marquee>a</marquee>", "<x-card>a</x-card>",
        "<p style='display:none; display:block'>a</p>", "<p style='/* display:none'>a</p>",
        "<p style='display:none; display:block ! important; display:none'>a</p>",
        "<p style='border: none'>a</p>", "<label>a</label>", "<svg><path d='M0'/><p>a</p>",
    ],
)  # fmt: skip
def test_what_a_reader_sees_is_taken(seen: str) -> None:
    markup = f"<p>Seen.</p><div>{seen}</div>"
    assert "".join(texts(markup)) == "Seen.a" == visible(markup)


@pytest.mark.parametrize("hides", ["div hidden id='S:0'", "noscript", "div style='display:none'"])
def test_an_article_that_a_script_will_show_is_seen(hides: str) -> None:
    inner = "<p>The whole article about the lock gate stands here, put into its place by a script.</p>"
    markup = f"<p>Menu</p><{hides}>{inner}</{hides.split()[0]}>"
    assert len(texts(markup)) == 2
    assert bare(page(markup).text) == visible(markup)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><td>Cod</td><td>3</td></tr><tr><td>Hake<td><td>4", ["Cod\t3", "Hake\t\t4"]),
        ("<tr><td><p>Cod</p></td><td><p>3</p></td></tr>", ["Cod\t3"]),
        ("<tr><td></td><th>May</th><th>June<td></tr>", ["\tMay\tJune"]),
        ("<tr><td> <p></p></td><td>\ufeff</td><td>Cod</td><td>3</td></tr>", ["\t\tCod\t3"]),
        ("<tr><td></td><td>A frame of old pages</td><td></td></tr>", ["A frame of old pages"]),
        ("<tr><td><td></tr><tr><td><td>Cod<td>3", ["\tCod\t3"]),
        ("<tr><td><p>One.</p><p>Two.</p></td><td>3</td></tr>", ["One.", "Two.", "3"]),
        ("<tr><td>alone</td></tr>", ["alone"]),
        (f"<tr><td>{'long prose ' * 40}</td><td>3</td></tr>", ["long prose " * 39 + "long prose", "3"]),
        ("<tr><td><table><tr><td>a<td>b</table></td><td>3</td></tr>", ["a\tb", "3"]),
    ],
)
def test_the_row_of_a_table_is_one_block_unless_its_cells_hold_paragraphs(rows: str, expected: list[str]) -> None:
    assert texts(f"<table>{rows}</table>") == expected


def test_a_block_knows_its_element() -> None:
    found = page(
        "<body class=site><div hidden>no</div><div id=main><p>One.</p>"
        "<p class='lead big' id=top>Two <a href=x>three</a> <b>four</b>.</p><ul><li><a class=more>Five</a></ul></div>"
    )
    one, two, three = found.elements
    assert one.path == "/html/body/div[2]/p[1]" and one.tag == "p"
    assert (two.path, two.names, two.around) == ("/html/body/div[2]/p[2]", "lead big top", "main site")
    assert (two.linked, two.bold) == (5, 4)
    assert three.path == "/html/body/div[2]/ul[1]/li[1]/a[1]" and three.tags == ("html", "body", "div", "ul", "li", "a")
    assert three.names == "more" and three.linked == 4
    tree = found.tree
    assert tree is not None
    for element, block in zip(found.elements, found.blocks, strict=True):
        (named,) = tree.xpath(element.path)
        assert found.text[block.start : block.end] in "".join(named.itertext())


def test_depth_breaks_nothing() -> None:
    deep = page("<div>" * 1500 + "deep" + "</div>" * 1500 + "after")
    assert [deep.text[block.start : block.end] for block in deep.blocks] == ["deep", "after"]
    assert deep.elements[0].path.startswith("//div[1]/") and deep.elements[0].path.count("/") == 65
    with pytest.raises(Unreadable, match="in each other"):
        page("<div>" * 100_000 + "deep" + "</div>" * 100_000)


def test_endless_attributes_break_nothing() -> None:
    found = page("<p " + " ".join(f"a{i}=b" for i in range(5_000)) + f" class='{'x ' * 50_000}'>Text</p>")
    assert found.text == "Text" and len(found.elements[0].names) <= 500
    with pytest.raises(Unreadable, match="attributes"):
        page("<p " + " ".join(f"a{i}=b" for i in range(50_000)) + ">Text</p>")


_INLINE = st.sampled_from(["b", "a", "span", "em", "custom-tag", "label"])
_ANY = st.sampled_from(
    [
        "p",
        "div",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "h1",
        "br",
        "script",
        "noscript",
        "pre",
        "svg",
        "select",
        "ruby",
        "rt",
    ]
)
_WORDS = st.text("aé \n\t\xa0<>&;x\u200b\ufeff橋", max_size=8)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    attribute = st.sampled_from(["", "", " hidden", " class='a b'", " style='display:none'"])
    return st.builds(lambda tag, a, inner: f"<{tag}{a}>{inner}</{tag}>", _INLINE | _ANY, attribute, children)


_MARKUP = st.recursive(_WORDS, lambda inner: st.lists(_element(inner) | _WORDS, max_size=5).map("".join), max_leaves=40)


@settings(max_examples=400, deadline=None)
@given(_MARKUP)
def test_blocks_and_gaps_tile_the_visible_text_of_any_markup(markup: str) -> None:
    found = page(markup)
    assert tiled(found)
    assert bare(found.text) == visible(markup)
