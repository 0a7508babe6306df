"""A page's paragraphs as jusText sees them (Pomikálek 2011, https://is.muni.cz/th/45523/fi_d/phdthesis.pdf), for its
own classifier: those of ``justext.core.ParagraphMaker`` without the paths and counts that the classifier does not ask
for. Without recursion: the depth of a page sets no limit."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from justext.core import PARAGRAPH_TAGS
from lxml.etree import iterwalk

_SPACES = re.compile(r"[^\S ]\s*| \s+")  # all but single spaces


def _single(text: str) -> str:
    """Each run of white space as a line break if it holds one, else as a space."""
    return _SPACES.sub(lambda found: "\n" if "\n" in found[0] or "\r" in found[0] else " ", text)


class Paragraph:
    """What the classifier asks of a paragraph, and the classes that it gives it."""

    __slots__ = ("cf_class", "chars_count_in_links", "class_type", "dom_path", "heading", "text")

    def __init__(self, text: str, linked: int, path: str) -> None:
        self.text = text
        self.chars_count_in_links = linked
        self.dom_path = path  # as far as the classifier looks at it: whether it is within a ``select``
        self.heading = False
        self.cf_class = self.class_type = ""

    def __len__(self) -> int:
        return len(self.text)

    @property
    def is_boilerplate(self) -> bool:
        return self.class_type != "good"

    def stopwords_density(self, stopwords: Container[str]) -> float:
        words = self.text.split()
        return sum(word.lower() in stopwords for word in words) / len(words) if words else 0

    def links_density(self) -> float:
        return self.chars_count_in_links / len(self.text) if self.text else 0


class Paragraphs:
    """In the place of ``justext.core.ParagraphMaker``."""

    @classmethod
    def make_paragraphs(cls, root: Any) -> list[Paragraph]:
        found: list[Paragraph] = []
        texts: list[str] = []
        linked = choices = 0  # characters in links; open elements within which one chooses
        path = ""
        in_link = after_break = False

        def end() -> None:
            nonlocal texts, linked, path
            if text := _single("".join(texts).strip()):
                found.append(Paragraph(text, linked, path))
            texts = []
            linked, path = 0, "select" if choices else ""

        for event, element in iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                tag = element.tag
                choices += "select" in tag
                if tag in PARAGRAPH_TAGS or (tag == "br" and after_break):
                    end()
                else:
                    after_break = tag == "br"
                    if after_break:
                        texts.append(" ")
                    elif tag == "a":
                        in_link = True
                text = element.text
            else:
                if event == "end":
                    tag = element.tag
                    choices -= "select" in tag
                    if tag in PARAGRAPH_TAGS:
                        end()
                    if tag == "a":
                        in_link = False
                text = element.tail
            if text and not text.isspace():
                text = _single(text)
                texts.append(text)
                linked += len(text) if in_link else 0
                after_break = False
        end()
        return found
