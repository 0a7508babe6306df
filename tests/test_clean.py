"""What the processors mark, and what the guards keep."""

from __future__ import annotations

from clean_driver import PROSE, document, gone, kept, lines, marks_of, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanpipe.clean.features import page_of
from cleanpipe.clean.origins import collect
from cleanpipe.clean.repeats import says_itself_twice

HEADLINE = "Qualmouth puts off the vote on its new bridge"
TITLES = [
    "Gulls take the town hall roof",
    "Rovers sign a keeper from Tolven",
    "Fish market to stay open",
    "School gets a second roof",
]
BLURB = "The traders keep their stalls for another ten years under a contract signed last night."


# --- structure


def test_headline_standfirst_and_subheads_are_typed_and_kept() -> None:
    standfirst = "Engineers and sailors cannot agree how high a ship may be, and so the town waits for the county."
    text = lines(HEADLINE, standfirst, HEADLINE, PROSE[:3], "A question of two metres", PROSE[3:])
    types = [(line, decision.type) for line, decision in verdicts(text)]
    assert types[0] == (HEADLINE, "headline")
    assert types[1] == (standfirst, "standfirst")
    assert types[2] == (HEADLINE, "junk:duplicate-headline")
    assert ("A question of two metres", "subhead") in types
    assert gone(text) == [HEADLINE]


def test_the_body_profile_leaves_out_the_headline() -> None:
    text = lines(HEADLINE, PROSE)
    assert kept(text, profile="body") == PROSE
    assert kept(text) == [HEADLINE, *PROSE]


def test_the_records_title_tells_the_headline_among_other_lines() -> None:
    made = document(lines("A line that could be one as well, being long", HEADLINE, PROSE), title=HEADLINE)
    _, marks = marks_of([made])
    assert [m.block for m in marks if m.type == "headline"] == [1]


def test_a_text_without_a_headline_keeps_its_first_paragraph_as_body() -> None:
    assert verdicts(lines(PROSE))[0][1].type == "body"


# --- the prose region

SITE = [
    "Menu",
    "Search",
    "Sign in",
    "News",
    "Sport",
    "Weather",
    "Culture",
    "Jobs",
    "Homes",
    "Tides",
    "Ferry",
    "Boats",
] * 2


def test_the_article_after_the_page_title_wins_over_longer_prose_elsewhere() -> None:
    comment = "I have crossed that bridge on foot every morning of my life and I shall not stop for any engineer."
    others = [f"{comment[:-1]}, wrote reader number {n} under the article of last week." for n in range(9)]
    stripped = gone(lines(f"{HEADLINE} - Harbour Gazette", SITE, HEADLINE, PROSE[:2], SITE, others))
    assert not set(stripped) & {HEADLINE, *PROSE[:2]}


def test_a_line_that_interrupts_every_paragraph_ends_no_article() -> None:
    short = [f"The {n}th ship of the day left the lock at {n} past noon." for n in range(3, 12)]
    between = ("Article content", "Advertisement", "Story continues below", "Article content")
    text = lines(SITE, HEADLINE, PROSE, [x for line in short for x in (*between, line)], SITE)
    stripped = gone(text)
    assert not set(stripped) & {*PROSE, *short}
    assert {"Article content", "Advertisement"} <= set(stripped)


def test_a_last_paragraph_that_a_credit_closes_belongs_to_the_article() -> None:
    last = (
        "The old bridge stays open until then. Nobody may stop on it. Lorries go round by Tolven, which takes them half"
    )
    last += " an hour longer, as they have done since the storm. (mw/hg)"
    assert last not in gone(lines(SITE, HEADLINE, PROSE, last, SITE))


def test_a_long_paragraph_behind_a_widget_is_no_teaser() -> None:
    widget = [f"Another article of number {n} about boats and the men on them" for n in range(12)]
    long = " ".join(PROSE[:4])
    stripped = gone(lines(SITE, HEADLINE, PROSE, widget, long, widget, SITE))
    assert long not in stripped
    assert set(widget) <= set(stripped)


def test_a_sentence_that_opens_a_list_is_prose() -> None:
    opening = "The council has published the list of the streets that will be closed to lorries from Monday on:"
    streets = ["Tolven Lane", "Lower Quay", "Upper Quay", "Marsh Lane", "Skarn Road"]
    assert not set(gone(lines(SITE, HEADLINE, opening, streets, PROSE, SITE))) & {HEADLINE, opening, *streets}


def test_pairs_of_title_and_blurb_without_a_heading_are_no_part_of_the_article_above_them() -> None:
    titles = [f"{title}, and the council is not amused" for title in TITLES]
    pairs = [line for title in titles for line in (title, f"{title.split(',')[0]} while nobody in the town looked up.")]
    stripped = gone(lines(SITE, HEADLINE, PROSE * 2, pairs, SITE))
    assert set(pairs[2:]) <= set(stripped)
    assert len(set(pairs[:2]) - set(stripped)) <= 1  # right below the article's prose
    assert not set(stripped) & set(PROSE)


def test_subheads_between_paragraphs_are_no_pairs() -> None:
    sections = [x for title, text in zip(TITLES, PROSE, strict=False) for x in (f"{title} at last", text, PROSE[4])]
    assert not set(gone(lines(SITE, HEADLINE, PROSE, sections, SITE))) & {*sections, *PROSE}


def test_a_lead_above_a_subhead_is_body_and_one_above_a_byline_is_a_standfirst() -> None:
    lead = "Engineers and sailors cannot agree how high a ship may be, and so the town waits for the county."
    for after, kind in (("A question of two metres", "body"), ("By Ada Lindqvist", "standfirst")):
        decided = dict(verdicts(lines(HEADLINE, lead, after, PROSE)))
        assert decided[lead].type == kind


# --- repeats and inserts


def test_the_page_title_with_the_sites_name_goes_and_the_headline_stays() -> None:
    text = lines(f"{HEADLINE} - Harbour Gazette", "menu", HEADLINE, PROSE)
    assert gone(text) == [f"{HEADLINE} - Harbour Gazette", "menu"]


def test_a_paragraph_that_opens_with_the_headlines_words_stays() -> None:
    restated = f"{HEADLINE}, and nobody in the hall was surprised to hear it on a Monday."
    assert gone(lines(HEADLINE, HEADLINE, restated, PROSE)) == [HEADLINE]


def test_a_promoted_video_goes_with_the_title_that_repeats_it() -> None:
    text = lines(PROSE, "WATCH: The ferry’s last night on the river", "The ferry’s last night on the river")
    assert gone(text) == ["WATCH: The ferry’s last night on the river", "The ferry’s last night on the river"]


def test_a_caption_that_says_itself_twice_and_is_glued_goes_where_either_alone_would_stay() -> None:
    caption = "Boats wait at the old quay in Qualmouth.Boats wait at the old quay in Qualmouth. (Harbour Trust)"
    apart = "We will build it. We will build it. We will build it, she said, and the whole hall said it after her."
    glued = "The mayor left the hall at nine.The clerk stayed behind to count the votes once more by hand."
    assert gone(lines(HEADLINE, PROSE[:2], caption, apart, glued, PROSE[2:])) == [caption]


def test_a_text_says_itself_twice_only_if_most_of_it_recurs() -> None:
    assert says_itself_twice("boats wait at the old quay boats wait at the old quay")
    assert not says_itself_twice("boats wait at the old quay while the council talks and boats wait at the new one")


def test_a_configured_insert_is_cut_where_a_sentence_follows_and_nowhere_else() -> None:
    chosen = {"inserts": {"phrases": ["promo box  here"]}}
    glued = "promo box here “We will build it,” said the mayor of Qualmouth on Monday after the meeting."
    about = "promo box here and there: an essay on what publishers glue into their sentences every day."
    text = lines(PROSE[:2], glued, about, PROSE[2:])
    decided = dict(verdicts(text, settings=chosen))
    assert [text[edit.start : edit.end] for edit in decided[glued].edits] == ["promo box here "]
    assert decided[glued].edits[0].rule == "inserts/glued@1"
    assert not decided[about].edits
    assert not dict(verdicts(text))[glued].edits


# --- regions


def test_a_weather_widget_goes_but_a_forecast_in_a_weather_story_stays() -> None:
    widget = ["21.5 C", "Qualmouth", "19 C", "Tolven", "17.2 C", "Skarn Point"]
    assert gone(lines(widget, HEADLINE, PROSE)) == widget
    story = "Temperatures will fall from 21 °C to 9 °C by Wednesday, the office in Qualmouth said on Sunday night."
    assert gone(lines(HEADLINE, story, PROSE, widget)) == []


def test_two_temperatures_are_no_widget() -> None:
    assert gone(lines("21.5 C", "Qualmouth", "19 C", "Tolven", HEADLINE, PROSE)) == []


def test_teaser_cards_go_from_their_title_to_read_more() -> None:
    cards = []
    for title in TITLES[:2]:
        cards += [
            title,
            "Harbour",
            title,
            "The town has tried nets, owls made of plastic and a man with a horn, but the gulls […]",
            "Read More",
        ]
    assert gone(lines(HEADLINE, PROSE, cards)) == cards


def test_an_ellipsis_in_a_quotation_makes_no_card() -> None:
    quotation = "“We shall build it […] and we shall build it high,” the mayor wrote to the county on Tuesday morning."
    assert gone(lines(HEADLINE, PROSE[:3], quotation, PROSE[3:])) == []


def test_pairs_of_title_and_blurb_after_a_late_heading_go_to_the_end() -> None:
    pairs = [line for title in TITLES for line in (title, BLURB)]
    text = lines(HEADLINE, PROSE * 3, "Most read", pairs)
    assert gone(text) == ["Most read", *pairs]


def test_a_roundup_keeps_its_pairs_since_most_of_its_prose_is_in_them() -> None:
    pairs = [line for title in TITLES for line in (title, f"{BLURB[:-1]}, and nobody was there to see it but a gull.")]
    assert not set(pairs) & set(gone(lines(HEADLINE, PROSE[:2], "Latest news", pairs)))


def test_a_comment_section_goes_with_what_was_written_in_it() -> None:
    comment = "I have seen this bridge from my kitchen for forty years and I will not miss a single bolt of it."
    section = ["3 comments", "Sort by", "Harbour Rat", comment, "Reply", "1 reply", "Leave a comment"]
    stripped = gone(lines(HEADLINE, PROSE, PROSE[:2], section))
    assert {"3 comments", "Sort by", "Harbour Rat", "1 reply", "Leave a comment"} <= set(stripped)
    assert not set(stripped) & {HEADLINE, *PROSE}


def test_a_short_line_between_two_labels_of_a_site_goes_and_one_beside_the_article_stays() -> None:
    stripped = gone(lines("Menu", "Harbour people", "Sign in", "A kicker", HEADLINE, PROSE))
    assert stripped == ["Menu", "Harbour people", "Sign in"]


# --- any text at all

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            [
                *PROSE,
                *TITLES,
                BLURB,
                HEADLINE,
                "Read More",
                "Most read",
                "menu",
                "21 C",
                "3 comments",
                "Share",
                "“Oh […]”",
            ]
        ),
    ),
    max_size=24,
).map("\n".join)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_marks_lie_inside_their_blocks_and_no_processor_raises_whatever_the_text(text: str) -> None:
    made = document(text)
    rows = {(0, block.number): {"outlet": "a.example", "stories": 3, "masked": False} for block in made.blocks}
    _, marks = marks_of([made], {"inserts": {"phrases": ["a"]}}, rows=rows)
    spans = {block.number: (block.start, block.end) for block in made.blocks}
    for mark in marks:
        start, end = spans[mark.block]
        assert mark.document == 0
        assert start <= mark.start < mark.end <= end
        assert mark.rule.startswith(mark.processor + "/")
        assert mark.reason
    for origin in collect(made, marks)[0]:
        assert origin.name
        assert 0 <= origin.start < origin.end <= len(text)


@given(TEXTS, TEXTS)
@settings(max_examples=50, deadline=None)
def test_what_a_document_is_marked_with_does_not_depend_on_its_neighbours_in_the_batch(one: str, two: str) -> None:
    alone = marks_of([document(one)])[1]
    together = marks_of([document(two), document(one)])[1]
    same = [m for m in together if m.document == 1]
    assert [(m.block, m.start, m.end, m.rule, m.action) for m in alone] == [
        (m.block, m.start, m.end, m.rule, m.action) for m in same
    ]


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_the_prose_region_lies_in_the_page_and_starts_and_ends_with_sentences_or_verses(text: str) -> None:
    page = page_of(0, document(text))
    if page.has_prose:
        assert 0 <= page.first <= page.last < len(page)
        assert page.lines[page.first].terminal or page.lines[page.first].unfinished
        assert page.lines[page.last].terminal or page.lines[page.last].unfinished
    else:
        assert not any(line.prose for line in page.lines)
