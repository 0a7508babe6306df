"""The other extractors, each on the same pages or dumps: ``python -m benchmarks.extractors NAME INPUT OUT``.

INPUT is a folder of pages (``ID.html`` or ``ID.html.gz``) or a gzipped JSONL file of text dumps (``id``, ``text``,
perhaps ``lang``). Writes ``OUT/corpus/part.jsonl`` with ``id`` and ``text``, as the scorer reads it, and prints the CPU
seconds that extraction took. A tool that fails on a page has found nothing there.

A dump has no markup: tools that read HTML are given one paragraph a line, as a user would who has nothing else. A tool
for lines of text is given, of a page, what its naive text dump would be. Runs without cleanpipe.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

#: HTML as its server sent it and its language, "" if unknown -> the article's text.
Tool = Callable[[bytes, str], str]

_LANGUAGE = re.compile(rb"<html[^>]*\blang=[\"']?([a-zA-Z]{2})", re.IGNORECASE)
_STOPWORDS = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "no": "Norwegian_Bokmal",
    "nb": "Norwegian_Bokmal", "pl": "Polish", "pt": "Portuguese", "tr": "Turkish", "id": "Indonesian", "hi": "Hindi",
    "sv": "Swedish", "nl": "Dutch",
}  # fmt: skip
#: What C4 counts as the end of a sentence, and how many words a line has at least. Raffel et al. 2020, section 2.2.
_C4_END, _C4_WORDS = (".", "!", "?", '"', "”"), 5


def decoded(page: bytes) -> str:
    """For tools that do not find out the encoding well by themselves."""
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    markup: str = bytes_to_str(page, detect_encoding(page, from_html_meta=True) or "utf-8")
    return markup


def trafilatura() -> Tool:
    """Without readers' comments: the best of its settings by F1 here, and what we compare with everywhere."""
    import trafilatura as tool

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return lambda page, language: tool.extract(page, include_comments=False) or ""


def readability() -> Tool:
    from lxml.html import fromstring
    from readability import Document

    logging.getLogger("readability").setLevel(logging.CRITICAL)

    def text(page: bytes, language: str) -> str:
        summary = Document(decoded(page)).summary(html_partial=True)
        return "\n".join(fromstring(summary).itertext()) if summary.strip() else ""

    return text


def resiliparse(main_content: bool = True) -> Tool:
    from resiliparse.extract.html2text import extract_plain_text

    def text(page: bytes, language: str) -> str:
        found: str = extract_plain_text(decoded(page), main_content=main_content, alt_texts=False, list_bullets=False)
        return found

    return text


def justext() -> Tool:
    """With the stop words of the page's language; English and German ones where it is unknown or has none."""
    import justext as tool

    @cache
    def stopwords(language: str) -> frozenset[str]:
        name = _STOPWORDS.get(language)
        if name and name in tool.get_stoplists():
            return frozenset(tool.get_stoplist(name))
        return frozenset(tool.get_stoplist("English") | tool.get_stoplist("German"))

    def text(page: bytes, language: str) -> str:
        found = tool.justext(decoded(page), stopwords(language))
        return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)

    return text


def c4() -> Tool:
    """Lines that end as sentences do and have five words, of all that is visible."""
    visible = everything()

    def text(page: bytes, language: str) -> str:
        lines = (line.strip() for line in visible(page, language).splitlines())
        return "\n".join(line for line in lines if line.endswith(_C4_END) and len(line.split()) >= _C4_WORDS)

    return text


def everything() -> Tool:
    """All visible text, a line for each block element."""
    return resiliparse(main_content=False)


TOOLS: dict[str, Callable[[], Tool]] = {
    "trafilatura": trafilatura,
    "readability-lxml": readability,
    "resiliparse": resiliparse,
    "jusText": justext,
    "C4 rule": c4,
    "all that is visible": everything,
}
#: Distribution that a tool comes in, where it is not its own.
PACKAGES = {"C4 rule": "resiliparse", "all that is visible": "resiliparse"}


def pages(source: Path) -> Iterator[tuple[str, bytes, str]]:
    """(id, HTML, language) of each page, by name."""
    if source.is_dir():
        for path in sorted(source.iterdir()):
            raw = path.read_bytes()
            page = gzip.decompress(raw) if path.suffix == ".gz" else raw
            language = _LANGUAGE.search(page)
            yield path.name.partition(".html")[0], page, language[1].decode().lower() if language else ""
        return
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            body = "\n".join(f"<p>{html.escape(each)}</p>" for each in row["text"].splitlines() if each.strip())
            made = f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>\n{body}\n</body></html>"
            yield row["id"], made.encode(), (row.get("lang") or "")[:2]


def main() -> None:
    parser = argparse.ArgumentParser(description="Extract articles with another tool.")
    parser.add_argument("name", choices=TOOLS)
    parser.add_argument("input", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    tool = TOOLS[given.name]()
    (given.out / "corpus").mkdir(parents=True)
    seconds, failed = 0.0, 0
    with (given.out / "corpus" / "part.jsonl").open("w", encoding="utf-8") as file:
        for name, page, language in pages(given.input):
            start = time.process_time()
            try:
                text = tool(page, language)
            except Exception:  # of a library, over a page that it does not expect: it has found nothing
                text, failed = "", failed + 1
            seconds += time.process_time() - start
            # Half of a surrogate pair, of a page with a broken escape, cannot be written.
            text = text.encode("utf-8", "replace").decode("utf-8")
            file.write(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n")
    print(json.dumps({"cpu": seconds, "failed": failed}))


if __name__ == "__main__":
    main()
