"""Kinds of documents, each beside pages that look like one and are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cleanpipe.clean.kinds import kind_of
from cleanpipe.clean.live import entries
from cleanpipe.clean.registry import DEFAULT
from cleanpipe.model import Batch, Document, Marks, Record
from cleanpipe.read import InputFile, InputSpec
from cleanpipe.read.html import described, page_record
from cleanpipe.segment import segment_page
from cleanpipe.shards import mark, processors

FILE = InputFile("in", "a.html", "in/a.html", 0, "", "html", InputSpec("in"))
STEPS = tuple((name, "{}") for name in DEFAULT)

STORIES = {
    "Lock gate at Ardle gets a motor": "The canal board voted on Monday to replace the hand-worked gate at Ardle with "
    "one that a motor turns. Skippers had asked for it for eleven years, since the beam broke in a hard winter.",
    "School bell stolen a second time": "Somebody has taken the bell of the village school in Lower Fenn again. The "
    "head teacher said that a whistle would do until the summer, and that the children did not mind it at all.",
    "Eel smokers ask for a later season": "The smokers of the lower river want the season to begin in May. The eels "
    "come later each year, they say, and those that are caught in April are too thin to be worth the wood.",
    "Ferry fares stay as they are": "The county will not raise the fares of the river ferry this year. A rise of a "
    "tenth had been planned, but fewer people drive, and the boats have been full since the bridge was closed.",
    "Choir finds its lost score": "The church choir of Upland has found the score that it lost forty years ago. It lay "
    "under the floor of the organ loft, where it had kept a draught from the feet of three organists.",
}


def read(title: str, body: str, head: str = "") -> tuple[Document, Marks]:
    markup = (
        f"<html><head><title>{title} - Fenmark Courier</title>{head}</head><body><nav><ul><li><a href=/>Home</a>"
        f"<li><a href=/sport>Sport</a></ul></nav><main><article><h1>{title}</h1>{body}</article></main>"
        "<footer><p>Fenmark Courier Ltd, Ardle</p></footer></body></html>"
    )
    found = page_record(markup, FILE, 0, title=title)
    assert isinstance(found, Record)
    page = segment_page(markup)
    document = Document(
        b"", replace(described(found, FILE), text=page.text), page.blocks, page.elements, page.tree, page.title
    )
    _, marks = mark(processors(STEPS)[0], Batch((document,)))
    return document, marks


def kind(title: str, body: str, head: str = "") -> str:
    document, marks = read(title, body, head)
    return kind_of(document, marks, marks.taken(0))


def pieces(form: str, tag: str = "h2", many: int = 5) -> str:
    return "".join(
        form.format(n=n, tag=tag, title=title, text=text)
        for n, (title, text) in enumerate(list(STORIES.items())[:many])
    )


LINKED = '<{tag}><a href="/news/{n}">{title}</a></{tag}><p>{text}</p>'
FOLLOWED = '<{tag}>{title}</{tag}><p>{text}</p><p><a href="/news/{n}">Read the whole story</a></p>'
INSIDE = '<{tag}>{title}</{tag}><p>{text} <a href="/news/{n}">The board</a> meets again in May.</p>'
BARE = "<{tag}>{title}</{tag}><p>{text}</p>"
INTRO = "<p>Good morning from the river. It rains, and it will go on raining until the weekend.</p>"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("What happened on the river this week", INTRO + pieces(LINKED)),
        ("What happened on the river this week", INTRO + pieces(FOLLOWED, "h3")),
        ("Morning briefing: a gate, a bell and thin eels", INTRO + pieces(INSIDE)),
        ("Morgenbriefing: Tor, Glocke, Aal", INTRO + pieces(INSIDE, many=3)),
        ("The weekly round-up", pieces(LINKED, "h4", 3)),
    ],
)
def test_several_short_articles_with_links_to_the_whole_are_a_roundup(title: str, body: str) -> None:
    assert kind(title, body) == "roundup"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        # Subheads of one article, with links in its prose.
        ("Five questions about the gate", INTRO + pieces(INSIDE)),
        ("Five questions about the gate", INTRO + pieces(BARE)),
        # Two links of the site's own among them are no more than that.
        ("The gate and the bell", pieces(BARE, many=4) + pieces(FOLLOWED, many=1)),
        ("The gate and the bell", pieces(FOLLOWED, many=3)),
        # It is about a newsletter; its subheads are its own.
        ("The canal board starts a newsletter", INTRO + pieces(BARE)),
        # One long article with teasers of others at its end.
        ("The gate", "".join(f"<p>{text}</p>" for text in STORIES.values()) * 3 + pieces(LINKED, "h3", 4)),
        # A list of links, without prose of their own.
        ("All about the river", INTRO + "".join(f'<h3><a href="/{n}">{t}</a></h3>' for n, t in enumerate(STORIES))),
        # Instructions.
        ("How to smoke an eel", INTRO + pieces("<{tag}>{n}. {title}</{tag}><p>{text}</p>")),
    ],
)
def test_one_article_with_subheads_and_links_is_an_article(title: str, body: str) -> None:
    assert kind(title, body) == "article"


TIMED = "<div><p><time>1{n}:0{n}</time></p><p>{text}</p></div>"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (INTRO + pieces(TIMED), ""),
        (INTRO + pieces("<h3>1{n}.4{n} Uhr</h3><p>{text}</p>"), ""),
        (INTRO + pieces('<section class="live-blog"><article><p>{text}</p></article></section>'), ""),
        (pieces(BARE), '<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>'),
    ],
)
def test_entries_with_their_own_time_are_a_liveblog(body: str, head: str) -> None:
    assert kind("The flood at Ardle", body, head) == "liveblog"


@pytest.mark.parametrize(
    "body",
    [
        # A timetable within an article, and an article whose only times are its own.
        INTRO + "".join(f"<p>{t}</p>" for t in STORIES.values()) + "<ul><li>Ardle 10:15<li>Fenn 10:40<li>Upland 11:05"
        "<li>Lowport 11:30<li>Tide 12:05</ul>",
        pieces("<p>Hora: 1{n}:30</p><p>{text}</p>"),
        pieces("<p>6 May 2031 1{n}:30</p><p>{text}</p>"),
        "<p>Published 10:15</p><p>Updated 11:05</p>" + "".join(f"<p>{text}</p>" for text in STORIES.values()),
    ],
)
def test_times_in_an_article_make_no_liveblog(body: str) -> None:
    assert kind("Ferries on Sunday", body) == "article"


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("Page not found", "<p>We cannot find that page. Perhaps it has moved.</p>", "error"),
        ("404", "<p>We cannot find that page. Perhaps it has moved.</p>", "error"),
        ("404 Not Found", "<p>We cannot find that page. Perhaps it has moved.</p>", "error"),
        ("500 leave their homes at Fenn", f"<p>{STORIES['Ferry fares stay as they are']}</p>", "article"),
        ("Correction: the price of the gate", f"<p>{STORIES['Ferry fares stay as they are']}</p>", "correction"),
        ("Corrections officers strike at Fenn", f"<p>{STORIES['Ferry fares stay as they are']}</p>" * 2, "article"),
        ("Corrections and probation cost more", f"<p>{STORIES['Ferry fares stay as they are']}</p>" * 2, "article"),
        ("Corrections and clarifications", f"<p>{STORIES['Ferry fares stay as they are']}</p>" * 2, "correction"),
        ("Fenmark Courier - 404", "<p>We cannot find that page. Perhaps it has moved.</p>", "error"),
        ("Fenmark Courier | Page not found", "<p>We cannot find that page. Perhaps it has moved.</p>", "error"),
        ("Skipper lost – not found on the second day", f"<p>{STORIES['Ferry fares stay as they are']}</p>", "article"),
    ],
)
def test_other_kinds_are_told_by_their_heading(title: str, body: str, expected: str) -> None:
    assert kind(title, body) == expected


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


OPENING = f"<p>{STORIES['Ferry fares stay as they are']}</p>"
TEASER = (
    '<aside><p class="premium-content"><a href="/9">Choir finds its lost score under the organ loft</a></p></aside>'
)


@pytest.mark.parametrize(
    ("body", "head", "expected"),
    [
        (OPENING + '<div class="paywall">Read on with a subscription.</div>', "", "stub"),
        (OPENING, ld('{"@type": "NewsArticle", "isAccessibleForFree": "False"}'), "stub"),
        (OPENING + '<div class="no-paywall">This story is free for all.</div>', "", "article"),
        (OPENING + TEASER, "", "article"),
        # What the page says of its own article, and of no other, decides.
        (
            OPENING + '<div class="paywall">Read on with a subscription.</div>',
            ld('{"@type": "NewsArticle", "isAccessibleForFree": true}'),
            "article",
        ),
        (
            OPENING,
            ld('[{"@type": "NewsArticle", "headline": "The fares"}, '
               '{"@type": "NewsArticle", "headline": "Other", "isAccessibleForFree": false}]'),
            "article",
        ),
        (OPENING, ld('{"@type": "NewsArticle", "isPartOf": {"@type": "LiveBlogPosting"}}'), "article"),
        (
            OPENING,
            ld('{"@type": "ItemList", "itemListElement": [{"item": {"@type": "LiveBlogPosting"}}]}'),
            "article",
        ),
    ],
)  # fmt: skip
def test_only_what_a_page_says_of_its_own_article_counts(body: str, head: str, expected: str) -> None:
    assert kind("The fares of the ferry", body, head) == expected


DATED = '<div><p><time datetime="2031-02-03T1{n}:30:00Z">1{n}.30</time> by A. Quill</p><p>{text}</p></div>'
PREFIXED = '<x:entry><time datetime="2031-02-03T1{n}:30:00Z">1{n}.30</time><p>{text}</p></x:entry>'


@pytest.mark.parametrize("form", [DATED, PREFIXED])
def test_entries_of_a_liveblog_have_the_time_that_their_markup_tells(form: str) -> None:
    byline = '<p>By A. Quill, <time datetime="2031-02-03T08:00:00Z">Monday</time></p>'  # the article's, not an entry's
    document, marks = read("The flood at Ardle", byline + INTRO + pieces(form))
    found = entries(document, marks.taken(0))
    assert [entry.time for entry in found] == [f"2031-02-03T1{n}:30:00Z" for n in range(5)]
    assert all(document.text[entry.start :].startswith(f"1{n}.30") for n, entry in enumerate(found))


TIME = '<time datetime="2031-02-03T1{n}:30:00Z">1{n}.30</time>'
EMPTY = '<time datetime="2031-02-03T1{n}:30:00Z"></time>'
CHANGED = '<time datetime="2031-02-03T1{n}:50:00Z">1{n}.50</time>'


@pytest.mark.parametrize(
    ("form", "opens"),
    [
        (f"<article><p>{TIME} {CHANGED}</p><p>{{text}}</p></article>", "1{n}.30"),
        (f"<article><h3>{{title}}</h3><p>{{text}}</p><p>{TIME}</p></article>", "{title}"),
        (f"<article><header>{EMPTY}</header><p>{{text}}</p></article>", "{text}"),
        (f"<article>{TIME}<p>{{text}}</p>{CHANGED}</article>", "1{n}.30"),
        (f"<h3>{TIME}</h3><p>{{text}}</p><p>It will be told here how it goes on.</p>", "1{n}.30"),
        (f"<header>{EMPTY}</header><p>{{text}}</p>", "{text}"),
    ],
)
def test_an_entry_is_what_its_time_stands_in(form: str, opens: str) -> None:
    document, marks = read("The flood at Ardle", INTRO + pieces(form))
    found = entries(document, marks.taken(0))
    assert [entry.time for entry in found] == [f"2031-02-03T1{n}:30:00Z" for n in range(5)]
    for n, (entry, (title, text)) in enumerate(zip(found, STORIES.items(), strict=True)):
        assert document.text[entry.start :].startswith(opens.format(n=n, title=title, text=text))


def test_lines_that_say_when_they_were_posted_begin_entries() -> None:
    document, marks = read("The flood at Ardle", INTRO + pieces("<p>Posted at 1{n}:00</p><p>{text}</p>"))
    assert [entry.time for entry in entries(document, marks.taken(0))] == [f"Posted at 1{n}:00" for n in range(5)]


def test_entries_without_a_date_have_the_time_of_day_that_they_show() -> None:
    document, marks = read("The flood at Ardle", INTRO + pieces(TIMED))
    assert [entry.time for entry in entries(document, marks.taken(0))] == [f"1{n}:0{n}" for n in range(5)]
    assert entries(replace(document, tree=None), marks.taken(0)) == []
