"""What the markup of a page says of its blocks."""

from __future__ import annotations

import pytest

from cleanpipe.clean.elements import Elements, says_other
from cleanpipe.model import Batch, Document, Element, Mark, Marks, Record, Source
from cleanpipe.segment.dom import page

PROSE = [
    "The canal board voted on Monday to replace the hand-worked lock gate at Ardle with one that a motor turns.",
    "Skippers had asked for it for eleven years, since the winter when the old beam broke and two barges froze in.",
    "The work begins after the harvest, when few boats pass, and should end before the ice comes, the board said.",
    "A fund of the county pays four fifths of the price; the rest comes from the tolls of the next three summers.",
]
P = [f"<p>{text}</p>" for text in PROSE]
TITLE = "Ardle will have a lock gate with a motor"


def document(markup: str) -> Document:
    found = page(markup)
    record = Record(Source("in", "a.html", 0, "text/html", "utf-8", ""), found.text)
    return Document(bytes(16), record, found.blocks, found.elements, found.tree, found.title)


def marked(article: str, head: str = "", left: tuple[str, ...] = ()) -> dict[str, list[Mark]]:
    """Text of a block -> what the processor says of it, on a page of which all of this article but ``left`` was
    taken."""
    made = document(
        f"<html><head><title>{TITLE} - Weekly</title>{head}</head><body><nav><ul><li><a href=/>Home</a></ul></nav>"
        f"<main><article>{article}</article></main><footer>Weekly Ltd</footer></body></html>"
    )
    batch = Batch((made,))
    votes = Marks(
        tuple(
            Mark(
                0,
                b.number,
                b.start,
                b.end,
                "extractor",
                "extractor/own@1",
                "vote",
                "strong",
                "extractor",
                "",
                score=1.0,
            )
            for b, element in zip(made.blocks, made.elements, strict=True)
            if "article" in element.tags and made.slice(b) not in left
        )
    )
    found: dict[str, list[Mark]] = {}
    for mark in Elements(Elements.Settings()).mark(batch, votes):
        found.setdefault(made.slice(made.blocks[mark.block]), []).append(mark)
    return found


def types(found: dict[str, list[Mark]]) -> dict[str, str]:
    return {text: mark.type for text, marks in found.items() for mark in marks if mark.rule != "elements/end@1"}


@pytest.mark.parametrize(
    ("piece", "text", "kind"),
    [
        ("<h2>Eleven years</h2>", "Eleven years", "subhead"),
        ("<ul><li>four new beams of oak</li><li>a motor</li></ul>", "four new beams of oak", "list"),
        (f"<blockquote><p>{PROSE[0]} Nobody objected.</p></blockquote>", f"{PROSE[0]} Nobody objected.", "quote"),
        ("<blockquote class=twitter-tweet><p>The gate stays shut.</p></blockquote>", "The gate stays shut.", "embed"),
        ("<table><tr><td>Beams</td><td>4</td></tr><tr><td>Price</td><td>9</td></tr></table>", "Beams\t4", "table"),
    ],
)
def test_a_block_has_the_type_of_its_element(piece: str, text: str, kind: str) -> None:
    assert types(marked(P[0] + P[1] + piece + P[2] + P[3]))[text] == kind


def test_the_headline_is_the_heading_that_says_the_title() -> None:
    found = types(marked(f"<p>Canals</p><h2>{TITLE}</h2>{''.join(P)}"))
    assert found[TITLE] == "headline"


def test_the_standfirst_stands_between_the_headline_and_the_article() -> None:
    lead = "A motor will turn the gate at Ardle from next year on."
    found = types(marked(f"<header><h1>{TITLE}</h1><p class=article-lead>{lead}</p></header>{''.join(P)}"))
    assert found[TITLE] == "headline" and found[lead] == "standfirst"


def test_the_first_paragraph_is_no_standfirst_because_of_its_place() -> None:
    assert PROSE[0] not in types(marked(f"<h1>{TITLE}</h1>{''.join(P)}"))


@pytest.mark.parametrize(
    ("piece", "text", "rule"),
    [
        ("<p>See also: <a href=/x>Five quiet locks in the hills of the north</a></p>",
         "See also: Five quiet locks in the hills of the north", "link"),
        ("<p><a href=/x>Five quiet locks in the hills of the north</a></p>",
         "Five quiet locks in the hills of the north", "link"),
        ("<h3><a href=/x>Five quiet locks in the hills</a></h3>", "Five quiet locks in the hills", "teaser"),
        ("<ul><li><a href=/x>Five quiet locks</a></li><li><a href=/y>The ice of last winter</a></li></ul>",
         "Five quiet locks\nThe ice of last winter", "links"),
        ("<p class=newsletter-box>All the news of the canals every Friday morning, in your letter box.</p>",
         "All the news of the canals every Friday morning, in your letter box.", "class"),
        ("<ul><li>Locks: <a href=/x>five quiet ones</a></li><li>Ice: <a href=/y>that of last winter</a></li></ul>",
         "Locks: five quiet ones", "links"),
        ("<h2 class=sr-only>The text of the article</h2>", "The text of the article", "unread"),
    ],
)  # fmt: skip
def test_what_a_site_puts_among_the_paragraphs_goes(piece: str, text: str, rule: str) -> None:
    marks = marked(P[0] + P[1] + piece + P[2] + P[3])[text]
    strength = "strong" if rule == "links" else "certain"  # a list of links may serve the article's readers
    found = [(m.rule, m.strength) for m in marks if m.action == "strip" and m.rule != "elements/end@1"]
    assert found == [(f"elements/{rule}@1", strength)]


@pytest.mark.parametrize(
    "piece",
    [
        "<p>The board's plan <a href=/x>is public</a>: whoever wants to read it finds it in the town hall.</p>",
        "<p>Here is what changes for the skippers of the county:</p>",
        "<ul><li>boats of up to four metres pay <a href=/x>half</a></li><li>barges pay as before</li></ul>",
        "<h2>Four beams of oak</h2>",
        "<p class=the-newsletter-that-nobody-read-any-more>The board wrote to all of the skippers by hand.</p>",
    ],
)
def test_links_and_classes_inside_the_article_do_not_make_it_junk(piece: str) -> None:
    found = marked(P[0] + P[1] + piece + P[2] + P[3])
    assert not [m for marks in found.values() for m in marks if m.action == "strip" and m.strength == "certain"]


def test_a_class_of_the_whole_article_says_nothing_of_its_blocks() -> None:
    found = marked(f"<div class=related-content>{''.join(P)}</div>")
    assert not [m for marks in found.values() for m in marks if m.type == "junk:related"]


def test_what_was_missed_between_paragraphs_stays_as_what_it_is() -> None:
    article = f"{P[0]}{P[1]}<blockquote>{PROSE[2]}</blockquote><h2>Who pays</h2>{P[3]}"
    found = marked(article, left=(PROSE[2], "Who pays"))
    for text, kind in ((PROSE[2], "quote"), ("Who pays", "subhead")):
        assert [(m.rule, m.type) for m in found[text]] == [("elements/missed@1", ""), (f"elements/{kind}@1", kind)]
    assert "Who pays" not in marked(f"{P[0]}{P[1]}<h2>Who pays</h2><aside>{P[3]}</aside>", left=("Who pays", PROSE[3]))


def test_texts_have_no_elements() -> None:
    record = Record(Source("in", "a.txt", 0, "text/plain", "utf-8", ""), PROSE[0])
    made = Document(bytes(16), record, ())
    assert not list(Elements(Elements.Settings()).mark(Batch((made,)), Marks()))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("share", True),
        ("Share-Bar", True),
        ("\u017fhare", True),
        ("BOO\u212aMARK coo\u212aie", True),
        ("harbour", False),
    ],
)
def test_classes_are_read_in_any_case(names: str, expected: bool) -> None:
    assert says_other(Element("/html/body/p", names)) is expected
