"""Makes the samples that no editor can write, from those that one can: ``make samples``.

``samples/crawl/news.warc.gz``: the pages of ``samples/pages`` as a crawler stored them, one of them fetched again after
it had changed, with everything else that stands in such an archive. ``samples/table/articles.parquet``: the texts of
``samples/folder`` as a table.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import archive
import pyarrow as pa
import pyarrow.parquet as pq

from cleanpipe.read.decode import decode
from cleanpipe.read.metadata import page_metadata

SAMPLES = Path(__file__).parents[1] / "samples"
ROBOTS = ("Content-Type: text/html; charset=utf-8", "X-Robots-Tag: noimageindex")


def crawl() -> bytes:
    """The archive, each record packed alone as crawlers do; always the same bytes."""
    info = b"software: cleanpipe samples\r\nformat: WARC File Format 1.0\r\n"
    found = [archive.entry(info, kind="warcinfo")]
    for path in sorted((SAMPLES / "pages").rglob("*.html")):
        body = path.read_bytes()
        markup = body.decode("cp1252" if b"iso-8859-1" in body else "utf-8")
        uri = page_metadata(markup).canonical_url
        found.append(archive.entry(f"GET {uri} HTTP/1.1\r\nUser-Agent: samples\r\n\r\n".encode(), uri, "request"))
        if path.name == "eel.html":
            found.append(archive.entry(archive.message(body, *ROBOTS), uri))
            body = body.replace(b"nine kilograms", b"seven kilograms and a half")
            found.append(archive.entry(archive.message(body), uri, date="2031-02-04T21:05:00Z"))
            found.append(archive.entry(b"HTTP/1.1 304 Not Modified\r\n\r\n", uri, "revisit", "2031-02-05T21:05:00Z"))
        elif path.name == "sluice-gates.html":
            sent = archive.chunked(gzip.compress(body, mtime=0), 512)
            found.append(
                archive.entry(
                    archive.message(sent, *ROBOTS, "Content-Encoding: gzip", "Transfer-Encoding: chunked"), uri
                )
            )
        else:
            found.append(archive.entry(archive.message(body, "Content-Type: text/html"), uri))
    picture = archive.message(b"\x89PNG\r\n\x1a\n", "Content-Type: image/png")
    found.append(archive.entry(picture, "https://fenmarkcourier.example/img/gates.png"))
    gone = archive.message(b"<html><body><p>Gone</p></body></html>", status="404 Not Found")
    found.append(archive.entry(gone, "https://fenmarkcourier.example/news/pumps"))
    return b"".join(gzip.compress(entry, mtime=0) for entry in found)


def articles() -> pa.Table:
    rows = []
    for path in sorted((SAMPLES / "folder").rglob("*.txt")):
        below = path.relative_to(SAMPLES / "folder")
        rows.append(
            {
                "article_id": below.with_suffix("").as_posix(),
                "publisher": below.parts[0].replace("-", " ").title(),
                "plain_text": decode(path.read_bytes())[0],
                "crawled": "2031-02-03T04:00:00Z",
            }
        )
    return pa.Table.from_pylist(rows)


def main() -> None:
    for folder in ("crawl", "table"):
        (SAMPLES / folder).mkdir(exist_ok=True)
    (SAMPLES / "crawl" / "news.warc.gz").write_bytes(crawl())
    pq.write_table(articles(), SAMPLES / "table" / "articles.parquet", row_group_size=2)


if __name__ == "__main__":
    main()
