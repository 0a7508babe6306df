"""Outlets, addresses, dates and the time limit."""

from __future__ import annotations

import signal
import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.dates import rfc3339
from cleanpipe.limit import time_limit
from cleanpipe.read import InputFile, InputSpec, canonical_url
from cleanpipe.read.outlet import outlet_of, registrable_domain


def file(path: str, **outlets: str) -> InputFile:
    return InputFile("in", path, f"in/{path}", 0, "", "text", InputSpec("in", outlets=outlets))


def test_an_outlet_is_the_records_then_the_configs_then_the_urls_then_the_folder() -> None:
    url = "https://news.harbour-gazette.example/a"
    known = file("bell/a.txt", **{"*/b": "no", "bell/*": "bell.example"})
    assert outlet_of(known, "The Bell", url) == ("The Bell", "record")
    assert outlet_of(known, "", url) == ("bell.example", "config")
    assert outlet_of(file("bell/a.txt"), "", url) == ("harbour-gazette.example", "url")
    assert outlet_of(file("bell/deep/a.txt")) == ("bell", "folder")
    assert outlet_of(file("a.txt")) == ("", "")


@pytest.mark.parametrize("pattern", ["harbour*", "harbour-1", "harbour-1.txt.gz", "*.gz", "[gh]arbour-?"])
def test_an_outlet_glob_matches_with_and_without_suffixes(pattern: str) -> None:
    assert outlet_of(file("harbour-1.txt.gz", **{pattern: "x"})) == ("x", "config")


def test_the_first_outlet_glob_wins() -> None:
    assert outlet_of(file("a.txt", **{"a*": "first", "*": "second"}))[0] == "first"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.co.uk/a", "example.co.uk"),
        ("http://Example.COM:8080/a", "example.com"),
        ("https://news.harbour-gazette.example/a", "harbour-gazette.example"),
        ("https://ellery.blogspot.com/2025", "ellery.blogspot.com"),
        ("https://web.archive.org/web/20250618000000/https://www.bell.example/a", "bell.example"),
        ("https://web.archive.org/web/20250618id_/http:/bell.example/a", "bell.example"),
        ("https://archive.ph/2025.06/https://bell.example/a", "archive.ph"),
        ("https://archive.ph/20250618/https://bell.example/a", "bell.example"),
        ("https://www.google.com/amp/s/www.bell.example/a.amp", "bell.example"),
        ("https://www-bell-example.cdn.ampproject.org/c/s/www.bell.example/a", "bell.example"),
        (
            "https://webcache.googleusercontent.com/search?q=cache:AbCdEfGhIjKl:https://bell.example/a+&hl=en",
            "bell.example",
        ),
        ("https://bücher.example/a", "bücher.example"),
        ("https://co.uk/", ""),
        ("http://192.0.2.7/a", ""),
        ("http://[2001:db8::1]/a", ""),
        ("http://[broken/a", ""),
        ("http://localhost/a", ""),
        ("ftp://bell.example/a", ""),
        ("bell.example/a", ""),
        ("", ""),
    ],
)
def test_the_registrable_domain_of_an_address(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


def test_no_connection_is_made_to_find_a_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert registrable_domain("https://never-asked-before.gov.uk/a") == "never-asked-before.gov.uk"


@pytest.mark.parametrize(
    "url",
    [
        "https://bell.example/news/ferry?id=7&page=2",
        "http://www.bell.example/news/ferry?id=7&page=2",
        "https://BELL.example:443/news/ferry/?page=2&id=7#comments",
        "http://bell.example:80//news/ferry?id=7&utm_source=feed&page=2&fbclid=x&ref=rss",
        "https://amp.bell.example/news/ferry?page=2&id=7",
        "https://m.bell.example/news/ferry/amp/?page=2&id=7&amp=1",
        "https://web.archive.org/web/2025/https://bell.example/news/ferry?id=7&page=2",
        " https://www.google.com/amp/s/bell.example/news/ferry?id=7&page=2 ",
        "https://bell-example.cdn.ampproject.org/v/s/bell.example/news/ferry?page=2&id=7&amp_js_v=0.1&usqp=mq331",
    ],
)
def test_the_addresses_of_one_article_have_one_form(url: str) -> None:
    assert canonical_url(url) == "https://bell.example/news/ferry?id=7&page=2"


def test_different_articles_keep_different_addresses() -> None:
    urls = [
        "https://bell.example/a",
        "https://bell.example/A",
        "https://bell.example/?p=1",
        "https://bell.example/?p=2",
        "https://bell.example:8080/a",
        "https://shop.bell.example/a",
        "https://bell.example/amp-fitters",
        "https://m.example/a",
    ]
    assert len({canonical_url(url) for url in urls}) == len(urls)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "none",
        "https://bell.example",
        "https://www.bell.example/?utm_source=x",
        "https://[x",
        "mailto:a@b.example",
        "https://bell.example:port/a",
    ],
)
def test_what_names_no_article_has_no_canonical_address(url: str) -> None:
    assert canonical_url(url) == ""


@given(
    st.text(max_size=80).map("https://".__add__)
    | st.from_regex(r"https?://[a-z.]{1,20}(:\d*)?/[ -~]{0,40}", fullmatch=True)
)
def test_any_address_has_one_form_that_is_its_own(url: str) -> None:
    once = canonical_url(url)
    registrable_domain(url)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-06-18", "2025-06-18T00:00:00Z"),
        ("20250618", "2025-06-18T00:00:00Z"),
        (20250618, "2025-06-18T00:00:00Z"),
        ("2025-06-18T09:30:15.123456", "2025-06-18T09:30:15Z"),
        ("2025-06-18 09:30:15+02:00", "2025-06-18T07:30:15Z"),
        ("2025-06-18T09:30:15Z", "2025-06-18T09:30:15Z"),
        ("Wed, 18 Jun 2025 09:30:15 -0500", "2025-06-18T14:30:15Z"),
        ("18 Jun 2025 09:30:15 GMT", "2025-06-18T09:30:15Z"),
        ("20250618093015", "2025-06-18T09:30:15Z"),
        ("2025-06-18 09:30:15 UTC", "2025-06-18T09:30:15Z"),
        ("2025-06-18T09:30:15+02:00[Europe/Berlin]", "2025-06-18T07:30:15Z"),
        ("Wed Jun 18 2025 09:30:15 GMT+0200 (CEST)", "2025-06-18T07:30:15Z"),
        ("Wed Jun 18 2025 09:30:15 GMT+0200 (Mitteleuropäische Sommerzeit)", "2025-06-18T07:30:15Z"),
        ("June 18, 2025", "2025-06-18T00:00:00Z"),
        ("June 18, 2025 9:30 PM +0200", "2025-06-18T19:30:00Z"),
        ("Wed, 18 Jun 2025 09:30:15 PDT", "2025-06-18T16:30:15Z"),
        ("18.06.2025", "2025-06-18T00:00:00Z"),
        ("06.07.2025, 09:30 Uhr", "2025-07-06T09:30:00Z"),
        ("2025/06/07", "2025-06-07T00:00:00Z"),
        ("18/06/2025", "2025-06-18T00:00:00Z"),
        *[(value, "") for value in ("06/07/2025", "2025-06-18 09:30 IST", "June 2025", "2025", "June 18", "PT5M")],
        (1750204800, "2025-06-18T00:00:00Z"),
        (1750204800.75, "2025-06-18T00:00:00Z"),
        (1750204800123, "2025-06-18T00:00:00Z"),
        ("1750204800", "2025-06-18T00:00:00Z"),
        ("0994-01-02", "0994-01-02T00:00:00Z"),
        *[(value, "") for value in ("", "yesterday", "2025-13-01", "0001-01-01T00:00:00+14:00")],
        *[(1e300, ""), (float("inf"), ""), (float("nan"), ""), ("9" * 5000, ""), ("², 2025", ""), ("0" * 14, "")],
        *[(True, ""), (None, ""), ([], ""), ({}, ""), (12, ""), (-5, "")],
    ],
)  # fmt: skip
def test_dates_become_rfc_3339_or_nothing(value: object, expected: str) -> None:
    assert rfc3339(value) == expected


@given(st.text(max_size=40) | st.integers() | st.floats())
def test_any_value_is_a_date_or_nothing(value: object) -> None:
    assert rfc3339(value) == "" or len(rfc3339(value)) == len("2025-06-18T00:00:00Z")


def test_work_beyond_the_time_limit_is_stopped() -> None:
    before = signal.getsignal(signal.SIGALRM)
    started = time.monotonic()
    with pytest.raises(TimeoutError, match=r"longer than 0\.05 s"), time_limit(0.05):
        while True:
            pass
    assert time.monotonic() - started < 2
    assert signal.getsignal(signal.SIGALRM) == before
    with time_limit(0.02):
        pass
    time.sleep(0.04)  # nothing is left that would strike later


def test_in_another_thread_the_work_runs_unlimited() -> None:
    done: list[bool] = []

    def work() -> None:
        with time_limit(0.01):
            time.sleep(0.03)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
