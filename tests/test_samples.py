"""The samples are what their script makes, and hold what their configs promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import make_samples
import pyarrow.parquet as pq

from cleanpipe.model import PassedOver, Record, Rejected, Source
from cleanpipe.read import InputSpec, Limits, article_url, plan, read

SAMPLES = Path(__file__).parents[1] / "samples"
NOWHERE = Source("", "", 0, "", "", "")


def everything(folder: Path | str) -> list[Record | Rejected | PassedOver]:
    planned = plan([InputSpec(str(SAMPLES / folder))])
    return [row for _, files in planned.shards for file in files for row in read(file, Limits())]


def placeless(rows: list[Record | Rejected | PassedOver]) -> list[Record | Rejected | PassedOver]:
    return [replace(row, source=NOWHERE) if isinstance(row, Record) else row for row in rows]


def test_the_archive_and_the_table_are_made_from_the_other_samples(tmp_path: Path) -> None:
    (tmp_path / "news.warc.gz").write_bytes(make_samples.crawl())  # packed by this machine's zlib: perhaps other bytes
    assert placeless(everything(tmp_path)) == placeless(everything("crawl"))
    assert pq.read_table(SAMPLES / "table" / "articles.parquet").equals(make_samples.articles())


def test_the_archive_holds_the_pages_one_of_them_twice_and_what_crawlers_leave_beside_them() -> None:
    pages = [row for row in everything("pages") if isinstance(row, Record)]
    crawled = everything("crawl")
    stored = [row for row in crawled if isinstance(row, Record)]
    assert len(pages) == 9 and len(stored) == 10
    assert {row.markup for row in pages} < {row.markup for row in stored}
    again = [row for row in stored if row.url.endswith("/eel")]
    assert len({article_url(row.url, row.canonical_url) for row in again}) == 1
    assert len({row.markup for row in again}) == len({row.fetched for row in again}) == 2
    assert {row.what: row.count for row in crawled if isinstance(row, PassedOver)} == {
        "warcinfo": 1, "request": 9, "revisit": 1, "image/png": 1, "response 404": 1,
    }  # fmt: skip


def test_articles_say_who_wrote_them_and_when_and_one_that_it_is_not_for_free() -> None:
    rights: list[str] = []
    for row in everything("pages"):
        assert isinstance(row, Record)
        if row.source.path.startswith(("canal-weekly", "upland-news")):
            continue  # as bare as some pages are; two of them are no articles
        assert row.title and row.published and row.authors and row.site and row.language and row.url, row.source.path
        rights += row.rights
    assert "json-ld:isAccessibleForFree: false" in rights
