"""Whom a text says it comes from: datelines, credits, bylines."""

from __future__ import annotations

import pytest
from clean_driver import PROSE, document, lines, marks_of, verdicts

from cleanpipe.clean.origins import collect
from cleanpipe.model import Document, Record, Source
from cleanpipe.segment import segment_page

HEADLINE = "Qualmouth puts off the vote on its new bridge"


@pytest.mark.parametrize(
    ("opening", "name", "span"),
    [
        ("(Merrow Wire) — ", "Merrow Wire", "(Merrow Wire) — "),
        ("QUALMOUTH, March 3 (Reuters) - ", "Reuters", "QUALMOUTH, March 3 (Reuters) - "),
        ("Tolven (dpa/abc) – ", "dpa", "Tolven (dpa/abc) – "),
    ],
)
def test_a_dateline_is_an_origin_and_its_paragraph_stays_body(opening: str, name: str, span: str) -> None:
    made = document(lines(HEADLINE, opening + PROSE[0], PROSE[1:]))
    _, marks = marks_of([made])
    origins, rights = collect(made, marks)
    assert [(o.name, o.kind, made.text[o.start : o.end]) for o in origins] == [(name, "dateline", span)]
    assert rights == ()
    assert verdicts(made.text)[1][1].action == "keep"
    assert verdicts(made.text)[1][1].type == "body"


def test_credits_and_bylines_leave_by_the_profile_and_stay_as_origin_and_rights() -> None:
    credit, byline, copyright = (
        "The Associated Press contributed to this report.",
        "By Ada Lindqvist",
        "© 2031 Harbour Gazette",
    )
    made = document(lines(HEADLINE, byline, PROSE, credit, copyright))
    _, marks = marks_of([made])
    origins, rights = collect(made, marks)
    assert [(o.name, o.kind) for o in origins] == [("Associated Press", "credit")]
    assert rights == (byline, credit, copyright)
    decided = dict(verdicts(made.text))
    assert [decided[line].action for line in (byline, credit, copyright)] == ["profile"] * 3


@pytest.mark.parametrize("line", ["Merrow News Service contributed to this report.", "Reporting by Trans-Merrow Press"])
def test_an_agency_of_any_name_is_an_origin(line: str) -> None:
    made = document(lines(HEADLINE, PROSE, line))
    _, marks = marks_of([made])
    assert [origin.kind for origin in collect(made, marks)[0]] == ["credit"]


def test_a_persons_credit_is_a_right_and_no_origin() -> None:
    made = document(lines(HEADLINE, PROSE, "Ada Lindqvist contributed to this report."))
    _, marks = marks_of([made])
    assert collect(made, marks) == ((), ("Ada Lindqvist contributed to this report.",))


def test_a_copyright_line_is_a_right_wherever_it_stands() -> None:
    page = segment_page(
        f"<html><body><article><h1>{HEADLINE}</h1><p>{PROSE[0]}</p><p>The band plays © songs.</p></article><footer>"
        "<p>Copyright law changed in 2031.</p><ul><li><a href=/>Home</a><li><a href=/c>© 2031 Harbour Gazette</a></ul>"
        f"<p>Harbour\u2009Gazette  © 2031</p><p>© 2031 Harbour Gazette</p><p>© {PROSE[0] * 5} 2031</p></footer></body>"
    )
    record = Record(Source("in", "a.html", 0, "text/html", "utf-8", ""), page.text)
    made = Document(bytes(16), record, page.blocks, page.elements, page.tree, page.title)
    assert collect(made, ()) == ((), ("© 2031 Harbour Gazette", "Harbour Gazette © 2031"))
    many = document("\n".join(f"Copyright {year} Harbour Gazette" for year in range(2000, 2050)))
    assert len(collect(many, ())[1]) == 3
    assert collect(document("COPYRIGHT (C) Harbour Gazette"), ())[1] == ("COPYRIGHT (C) Harbour Gazette",)


def test_looking_for_copyright_lines_is_linear() -> None:
    for line in ("© " * 2_000_000, "©\n" * 1_000_000, "copyright " * 30 + "\n"):
        collect(document("x\n" + line * (1 if len(line) > 1000 else 2000)), ())
