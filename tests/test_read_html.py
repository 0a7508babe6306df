"""Pages: encodings, what is no page, and what a page says of itself."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from cleanpipe.markup import parse
from cleanpipe.model import Record, Rejected
from cleanpipe.read import InputFile, InputSpec, Limits, article_url, plan, read
from cleanpipe.read.html import decode_page, described, page_record
from cleanpipe.read.metadata import Metadata, page_metadata

FILE = InputFile("in", "bell/a.html", "in/bell/a.html", 0, "", "html", InputSpec("in"))


def page(head: str = "", body: str = "<p>The ferry lay at the pier.</p>", attributes: str = "") -> str:
    return f"<!doctype html><html{attributes}><head>{head}</head><body>{body}</body></html>"


def record(data: bytes | str, charset: str = "", file: InputFile = FILE, **fields: Any) -> Record:
    found = page_record(data, file, 0, charset, **fields)
    assert isinstance(found, Record), found
    return described(found, file)


# --- encodings

PROSE = "Die Bürgermeisterin öffnete die Mühle – “endlich”."


@pytest.mark.parametrize(
    ("stored", "charset", "meta", "encoding"),
    [
        ("utf-8", "", "", "utf-8"),
        ("utf-8-sig", "iso-8859-1", "cp1252", "utf-8"),
        ("utf-16", "utf-8", "utf-8", "utf-16-le"),
        ("cp1252", "windows-1252", "utf-8", "cp1252"),
        ("cp1252", "", "iso-8859-1", "cp1252"),  # which means Windows' code page on the web
        ("cp1252", "", "utf-16", "cp1252"),
        ("cp1252", "no-such-charset", "Latin1", "cp1252"),
        ("cp1252", "", "", "cp1252"),
        ("utf-8", "iso-8859-1", "", "utf-8"),  # declared wrongly: nothing else looks like UTF-8
        ("utf-16-le", "utf-16", "", "utf-16-le"),
    ],
)
def test_the_encoding_is_the_marks_the_servers_the_pages_or_found_out(
    stored: str, charset: str, meta: str, encoding: str
) -> None:
    markup = page(f'<meta http-equiv=Content-Type content="text/html; charset={meta}">' if meta else "", PROSE)
    found = record(markup.encode(stored), charset)
    assert (found.markup, found.source.encoding) == (markup, encoding)


def test_a_declared_eastern_encoding_is_believed() -> None:
    text = "町長は新しい橋が開通すると発表した。"
    for stored, declared, encoding in [("cp932", "Shift_JIS", "cp932"), ("euc_jp", "EUC-JP", "euc_jp"),
                                       ("iso-2022-jp", "iso-2022-jp", "iso2022_jp")]:  # fmt: skip
        found = record(page(f"<meta charset='{declared}'>", text).encode(stored))
        assert text in found.markup and found.source.encoding == encoding


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("windows-874", "นายกเทศมนตรีเปิดสะพานใหม่", "cp874"),
        ("TIS-620", "นายกเทศมนตรีเปิดสะพานใหม่", "cp874"),
        ("iso-8859-8-i", "ראש העיר פתח את הגשר", "iso8859-8"),
        ("x-mac-cyrillic", "Мэр открыл новый мост", "mac-cyrillic"),
        ("koi", "Мэр открыл новый мост", "koi8-r"),
        ("windows-949", "시장은 똠방각하 다리를 열었다", "cp949"),  # not all in Python's euc-kr
        ("csksc56011987", "시장은 똠방각하 다리를 열었다", "cp949"),
        ("windows-31j", "市長は①番の橋を開いた", "cp932"),
        ("csgb2312", "市長開橋鎔", "gb18030"),
        ("x-cp1253", "Ο δήμαρχος άνοιξε τη γέφυρα", "cp1253"),
        ("csISOLatin1", "“endlich”", "cp1252"),
        ("latin-1", "“endlich”", "cp1252"),  # of Python's names, not of the web's
        ("iso_8859-9", "“Köprü açıldı”", "cp1254"),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label: str, text: str, codec: str) -> None:
    found = record(page(f"<meta charset={label}>", text).encode(codec))
    assert (text in found.markup, found.source.encoding) == (True, codec)


def test_every_label_of_the_standard_is_known() -> None:
    data = bytes(range(128, 256))  # no text in any
    undeclared = decode_page(data)[1]
    others = [label for label, name in LABELS.items() if name != "utf-8"]
    unknown = {label for label in others if decode_page(data, label)[1] == undeclared}
    assert unknown == {"iso-2022-cn", "iso-2022-cn-ext", "replacement"}  # which browsers refuse, and Python has not


def test_a_broken_byte_here_and_there_does_not_cost_a_page_its_letters() -> None:
    data = page("<meta charset=utf-8>", PROSE * 20).encode()
    broken = data.replace("–".encode(), b"\xe2\x80", 1)
    found = record(broken)
    assert found.source.encoding == "utf-8"
    assert found.markup.count("\ufffd") == 1 and found.markup.count("Mühle") == 20


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "shift_jis", "utf-7", "hex", "utf-16", "\0"]))
def test_any_bytes_are_decoded_or_refused(data: bytes, charset: str) -> None:
    markup, encoding = decode_page(data, charset)
    "".encode(encoding)
    markup.encode("utf-8", "replace")
    found = page_record(data, FILE, 0, charset)
    assert isinstance(found, Rejected) or described(found, FILE).markup == found.markup


# --- what is no page


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"error": "not found"}', "no page: it is JSON"),
        (b'[{"a": 1}]', "no page: it is JSON"),
        (b"", "no page: it is empty"),
        (b"\xef\xbb\xbf \n", "no page: it is empty"),
        (b"Only words, x < y.", "no page: it has not one tag"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nstream\x00\x01", "binary file, looks like PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "binary file, looks like PNG"),
        (b'<?xml version="1.0"?><!-- x --><rss version="2.0"><channel></channel></rss>', "no page: it is an RSS feed"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "no page: it is an SVG image"),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.html").write_bytes(data)
    ((_, (file,)),) = plan([InputSpec("in")]).shards
    (row,) = read(file, Limits())
    assert isinstance(row, Rejected)
    assert (row.stage, row.error, row.record) == ("decode", error, -1)
    assert (row.size, row.sha256) == (len(data), sha256(data).hexdigest())


@pytest.mark.parametrize("start", ["", "<?xml version='1.0'?>\n", "<!-- {} -->", "{{ template }}", "[Menu] "])
def test_what_begins_oddly_is_a_page_all_the_same(start: str) -> None:
    assert record(start + page()).markup == start + page()


# --- what a page says of itself

LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "NewsArticle", "headline": "Another one", "url": "https://bell.example/other"},
        {
            "@type": ["NewsArticle"],
            "headline": "Ferry &amp; pier",
            "mainEntityOfPage": {"@type": "WebPage", "@id": "https://bell.example/ferry"},
            "datePublished": "2025-06-18T09:30:00+02:00",
            "author": [{"@id": "#ida"}, {"@type": "Person", "name": "Bo Holm"}, "https://bell.example/people/7"],
            "publisher": {"@type": "Organization", "name": "The Bell"},
            "inLanguage": "en-GB",
            "isAccessibleForFree": False,
            "license": "https://licence.example/by",
            "copyrightHolder": {"name": "Bell House"},
            "copyrightYear": 2025,
        },
        {"@id": "#ida", "@type": "Person", "name": "Ida  Lund"},
    ],
}
CANONICAL = '<link rel="canonical" href="https://bell.example/ferry">'


def test_json_ld_of_the_pages_own_article_is_believed_first() -> None:
    head = (
        "<title>Ferry | The Bell</title><meta property=og:title content='Ferry &amp; co'>"
        f"<script type='application/ld+json'>{json.dumps(LD)}</script>{CANONICAL}"
        "<meta name=robots content='noarchive'><meta name=author content='Somebody'>"
    )
    found = page_metadata(page(head, attributes=' lang="en_gb"'))
    assert found == Metadata(
        canonical_url="https://bell.example/ferry",
        own_url="https://bell.example/ferry",
        title="Ferry & pier",
        published="2025-06-18T07:30:00Z",
        authors=("Ida Lund", "Bo Holm"),
        site="The Bell",
        language="en-GB",
        rights=(
            "meta:robots: noarchive",
            "json-ld:isAccessibleForFree: false",
            "json-ld:license: https://licence.example/by",
            "json-ld:copyrightHolder: Bell House",
            "json-ld:copyrightYear: 2025",
        ),
        sources={
            "canonical_url": "link:canonical", "own_url": "link:canonical", "site": "json-ld", "title": "json-ld",
            "published": "json-ld", "authors": "json-ld", "language": "html:lang",
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "field", "value", "source"),
    [
        ("<meta property='og:title' content=' A  title '>", "title", "A title", "meta:og:title"),
        ("<title>A title – The Bell</title><meta property=og:site_name content='The Bell'>", "title", "A title",
         "title"),
        ("<meta name=citation_title content=A>", "title", "A", "meta:citation_title"),
        ("<meta name=DC.Title content=A>", "title", "A", "meta:dc.title"),
        ("<meta property=article:published_time content=2025-06-18>", "published", "2025-06-18T00:00:00Z",
         "meta:article:published_time"),
        ("<meta name=citation_publication_date content=2025-06-18>", "published", "2025-06-18T00:00:00Z",
         "meta:citation_publication_date"),
        ("<meta name=date content=yesterday><meta itemprop=datePublished content='Wed, 18 Jun 2025 00:00:00 GMT'>",
         "published", "2025-06-18T00:00:00Z", "meta:datepublished"),
        ("<link rel=canonical href='https://b.example/2025/06/18/ferry'>", "published", "2025-06-18T00:00:00Z", "url"),
        ("<time datetime='2025-06-18T10:00Z'></time><time datetime=2025-06-18>", "published", "2025-06-18T00:00:00Z",
         "time"),
        ("<time datetime=2024-01-01></time><time pubdate datetime=2025-06-18>", "published", "2025-06-18T00:00:00Z",
         "time:published"),
        ("<meta name=citation_author content=A><meta name=citation_author content=B>", "authors", ("A", "B"),
         "meta:citation_author"),
        ("<meta property=article:author content='https://social.example/a'><meta name=byl content='By A. B.'>",
         "authors", ("A. B.",), "meta:byl"),
        ("<meta http-equiv=Content-Language content='de, en'>", "language", "de", "meta:content-language"),
        ("<meta property=og:locale content=pt_BR>", "language", "pt-BR", "meta:og:locale"),
        ("<base href='https://b.example/x/'><link rel='canonical' href='y'>", "canonical_url", "https://b.example/x/y",
         "link:canonical"),
        ("<meta property=og:url content='https://b.example/z'>", "canonical_url", "https://b.example/z", "meta:og:url"),
        ("<meta name=application-name content='The Bell'>", "site", "The Bell", "meta:application-name"),
    ],
)  # fmt: skip
def test_where_a_value_is_found_and_that_it_says_so(head: str, field: str, value: object, source: str) -> None:
    found = page_metadata(page(head))
    assert (getattr(found, field), found.sources[field]) == (value, source)
    assert page_metadata(page(head)) == page_metadata(page(head), tree=parse(page(head)))


@pytest.mark.parametrize(
    "head",
    [
        "<!-- <meta property=og:title content=no> -->",
        "<script>document.write('<meta property=og:title content=no>')</script>",
        "<style>/* <title>no</title> */</style>",
        "<script type=application/ld+json>{broken</script>",
        "<script type=application/ld+json>[[[[null, 7, {}]]]]</script>",
        f"<script type=application/ld+json>{'[' * 100_000}</script>",
        "<link rel=canonical href='javascript:alert(1)'><link rel=canonical href='http://[x'>",
        "<meta property=og:title content=''><meta property=og:title>",
        "<time datetime=2025-06-18></time><time datetime=2025-06-19></time>",
        "<meta name=author content='{{author}}'><html lang='javascript'>",
        f"<meta property=og:title content='{'x' * 5000}'>",
        "<!-- never ends <meta property=og:title content=no>",
    ],
)
def test_what_says_nothing_of_the_page_is_passed_over(head: str) -> None:
    found = page_metadata(page(head))
    assert found == Metadata(unread_date=found.unread_date)


def test_json_ld_with_line_breaks_and_wrappers_is_read() -> None:
    script = '//<![CDATA[\n{"@type": "Article", "headline": "Two\nlines"}\n//]]>'
    assert page_metadata(page(f"<script type='application/ld+json'>{script}</script>")).title == "Two lines"


def test_licence_links_and_copyright_are_rights_with_their_source() -> None:
    body = "<p>Text</p><a href='https://licence.example/by-sa' rel='license noopener'>Licence</a>"
    found = page_metadata(
        page("<meta name=copyright content='© 2025 Bell House'><meta name=tdm-reservation content=1>", body)
    )
    assert found.rights == (
        "meta:tdm-reservation: 1",
        "meta:copyright: © 2025 Bell House",
        "link:license: https://licence.example/by-sa",
    )


@pytest.mark.parametrize("before", ["", "Notice: undefined index", "<style>p {}</style>", "<!-- <html lang=fr> -->A"])
def test_the_root_tells_its_language_whatever_stands_before_it(before: str) -> None:
    assert page_metadata(f"{before}<html class=a lang='da'><title>Weir closed</title><p>Text").language == "da"


def test_what_a_template_holds_says_nothing_of_the_page() -> None:
    found = page_metadata(
        page("", "<template><meta property=og:title content=no><time datetime=2025-06-18></template>")
    )
    assert found == Metadata()


def test_letters_that_only_look_like_those_of_a_tag_begin_none() -> None:
    assert page_metadata("<\u017fcript>x</script><TITLE>Weir closed</title>").title == "Weir closed"


@given(st.lists(st.sampled_from([
    "<", ">", "<!--", "-->", "<title", "</title", "<meta", " property=og:title", " content='x", "'", '"', "<script",
    "</script>", " type=application/ld+json", '{"@type":"Article","headline":"h"}', "<time", "<html", "<base href=x",
    "x", "\0", "é",
]), max_size=40))  # fmt: skip
def test_any_markup_is_read_without_complaint(parts: list[str]) -> None:
    markup = "".join(parts)
    page_metadata(markup)


def test_hostile_pages_take_no_longer_than_their_length() -> None:
    """Each of these takes minutes if any search looks ahead to the end again and again."""
    for opener in ("<!--", "<meta ", '<meta "', "<script ", "<title>", "<a rel=license ", "<time "):
        page_metadata(opener * (2_000_000 // len(opener)))
    page_metadata("<meta " + "a" * 2_000_000)
    page_metadata("<meta " + "a=1 " * 500_000 + ">")


# --- the record


def test_what_the_record_says_wins_over_its_page() -> None:
    head = f"{CANONICAL}<title>The page's</title><meta name=date content=2025-06-18><meta name=author content=Ida>"
    found = record(page(head), url="https://www.bell.example/ferry?x=1", title="The record's", authors=())
    assert (found.title, found.url, found.authors) == ("The record's", "https://www.bell.example/ferry?x=1", ("Ida",))
    assert (found.outlet, found.outlet_from) == ("bell.example", "url")
    assert found.metadata_from == {
        "url": "record", "title": "record", "canonical_url": "link:canonical", "published": "meta:date",
        "authors": "meta:author",
    }  # fmt: skip


def test_a_saved_page_knows_its_address_and_so_its_outlet() -> None:
    saved = "<!doctype html>\n<!-- saved from url=(0026)https://bell.example/ferry -->\n<html><body><p>Text</p>"
    found = record(saved)
    assert (found.url, found.outlet) == ("https://bell.example/ferry", "bell.example")
    assert found.metadata_from == {"url": "comment:saved-from"}
    found = record(page(CANONICAL))
    assert (found.url, found.metadata_from["url"]) == ("https://bell.example/ferry", "link:canonical")
    assert (record(page()).outlet, record(page()).outlet_from) == ("bell", "folder")


def test_a_copy_that_names_the_original_is_of_its_own_site() -> None:
    own = "<meta property=og:url content='https://bell.example/7'>"
    found = record(page(f"<link rel=canonical href='https://wire.example/ferry'>{own}"))
    assert (found.url, found.outlet, found.canonical_url) == (
        "https://bell.example/7", "bell.example", "https://wire.example/ferry",
    )  # fmt: skip
    assert (found.metadata_from["url"], found.metadata_from["canonical_url"]) == ("meta:og:url", "link:canonical")


def test_the_encoding_of_the_config_is_for_pages_that_do_not_declare_theirs() -> None:
    file = InputFile("in", "a.html", "in/a.html", 0, "", "html", InputSpec("in", encoding="cp1250"))
    assert record(page(body="Zażółć").encode("cp1250"), file=file).source.encoding == "cp1250"
    declared = page("<meta charset=iso-8859-2>", "Zażółć").encode("iso-8859-2")
    assert "Zażółć" in record(declared, file=file).markup


def test_the_language_of_the_config_is_for_pages_that_do_not_say_theirs() -> None:
    file = InputFile("in", "a.html", "in/a.html", 0, "", "html", InputSpec("in", language="da"))
    assert record(page(), file=file).metadata_from["language"] == "config"
    assert record(page(attributes=" lang=sv"), file=file).language == "sv"


OTHER = {"@type": "NewsArticle", "url": "https://bell.example/other", "headline": "Another story", "author": "B. Reed"}


@pytest.mark.parametrize(
    "own",
    [
        {"url": "https://bell.example/ferry/"},
        {"url": "http://www.bell.example/ferry"},
        {"@id": "https://bell.example/ferry#article"},
        {"mainEntityOfPage": {"@id": "/ferry"}},
        {"mainEntityOfPage": "https://bell.example/ferry?utm_source=mail"},
        {"url": "https://elsewhere.example/7"},  # then its headline tells it, which the title holds
    ],
)
def test_of_several_articles_the_pages_own_tells_of_it(own: dict[str, Any]) -> None:
    told = [OTHER, {"@type": "NewsArticle", "headline": "The ferry lay still", "author": "A. Quill"} | own]
    head = f"<title>The Ferry lay still | Bell</title><script type='application/ld+json'>{json.dumps(told)}</script>"
    found = page_metadata(page(head), "https://bell.example/ferry")
    assert (found.title, found.authors) == ("The ferry lay still", ("A. Quill",))


@pytest.mark.parametrize(
    ("times", "published"),
    [
        (["2031-05-06T10:00Z"], "2031-05-06T10:00:00Z"),
        (["2031-05-06T12:00Z", "2031-05-06T10:00Z", "PT5M", ""], "2031-05-06T10:00:00Z"),
        (["2031-05-06T12:00Z", "2031-05-07T10:00Z"], ""),
        (["2031-05-06T12:00Z", "2031-05-06T10:00Z", "2031-05-06T11:00Z"], ""),  # of teasers, all of today
    ],
)
def test_a_time_is_the_articles_where_there_are_no_others(times: list[str], published: str) -> None:
    assert page_metadata(page("", "".join(f"<time datetime='{when}'></time>" for when in times))).published == published


@pytest.mark.parametrize(
    ("url", "declared", "shared"),
    [
        ("https://bell.example/ferry?page=2", "https://www.bell.example/ferry/", "https://bell.example/ferry?page=2"),
        ("https://bell.example/a?id=7", "https://bell.example/ferry", "https://bell.example/ferry"),
        ("https://bell.example/news/ferry", "https://bell.example/news", "https://bell.example/news/ferry"),
        ("https://bell.example/news/ferry", "https://bell.example/", "https://bell.example/news/ferry"),
        ("", "https://bell.example/ferry", "https://bell.example/ferry"),
        ("https://bell.example/ferry", "https://wire.example/7", "https://wire.example/7"),
    ],
)
def test_versions_share_the_declared_address_but_not_that_of_a_section(url: str, declared: str, shared: str) -> None:
    assert article_url(url, declared) == shared


def test_a_page_by_the_name_of_a_text_is_read_as_one_unless_the_config_says_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    markup = page("<title>The ferry</title>", "<p>It sails.</p>")
    rows = [
        {"content": markup},
        {"body": f"\ufeff<!-- saved -->\n{markup}"},
        {"content": "<p> is a tag of HTML, and this is a text."},
    ]
    Path("in/a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ((_, (file,)),) = plan([InputSpec("in")]).shards
    a, b, c = (row for row in read(file, Limits()) if isinstance(row, Record))
    assert (a.markup, a.text, b.text, c.markup) == (markup, "", "", "")
    ((_, (file,)),) = plan([InputSpec("in", fields={"text": "content"})]).shards
    assert [row.text for row in read(file, Limits()) if isinstance(row, Record)] == [markup, rows[2]["content"]]


def test_a_blank_text_is_none_where_there_is_a_page_or_another_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    markup = page("<title>The ferry</title>", "<p>It sails.</p>")
    rows = [
        {"text": "", "html": markup},
        {"text": " \n", "body": "It sails."},
        {"text": ""},
        {"title": "", "text": "a"},
    ]
    Path("in/a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ((_, (file,)),) = plan([InputSpec("in")]).shards
    found = [row for row in read(file, Limits()) if isinstance(row, Record)]
    assert [(row.title, row.markup, row.text) for row in found] == [
        ("The ferry", markup, ""), ("", "", "It sails."), ("", "", ""), ("", "", "a")
    ]  # fmt: skip


def test_html_in_json_lines_is_the_same_page_with_the_records_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    markup = page(f"{CANONICAL}<title>T</title>", "<p>Ünï</p>")
    rows = [{"html": markup, "id": "a"}, {"text": "plain", "html": markup}, {"text": None, "page": markup}, {"html": 7}]
    Path("in/a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ((_, (file,)),) = plan([InputSpec("in")]).shards
    a, b, c, d = read(file, Limits())
    assert isinstance(a, Record) and isinstance(b, Record) and isinstance(c, Record) and isinstance(d, Rejected)
    assert (a.markup, a.text, a.id, a.title, a.source.media_type) == (markup, "", "a", "T", "text/html")
    assert (b.markup, b.text) == ("", "plain")
    assert (c.markup, c.source.record, c.source.format) == (markup, 2, "jsonl")
    assert d.error == "line 4: the html is a JSON number, not a string"
    ((_, (file,)),) = plan([InputSpec("in", fields={"html": "html"})]).shards
    found = [row.markup for row in read(file, Limits()) if isinstance(row, Record)]
    assert found == [markup, markup]
