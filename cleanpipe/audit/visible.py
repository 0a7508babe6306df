"""What a reader sees of a page, read a second time: by its text nodes and what stands above each of them."""

from __future__ import annotations

import re

from lxml import etree, html

PAGE = "text/html"

_UNSEEN = {
    "annotation", "annotation-xml", "applet", "area", "audio", "canvas", "datalist", "defs", "desc", "embed", "head",
    "iframe", "input", "link", "meta", "metadata", "noembed", "noframes", "object", "optgroup", "option", "param",
    "script", "select", "source", "style", "template", "textarea", "title", "track", "video",
}  # fmt: skip
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{60000,}")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def visible(markup: str) -> str:
    """All visible text of a page in document order, without white space and byte order marks; "" of a page with more
    attributes in one element than can be read in any reasonable time, which no run takes."""
    data = _REFERENCE.sub(_printable, _CONTROL.sub("", markup).lstrip("\ufeff"))
    if any(len(re.split(r"\s", re.sub(r"\"[^\"]*\"|'[^']*'", "", tag))) > 20_000 for tag in _LONG_TAG.findall(data)):
        return ""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(data.encode("utf-8", "surrogatepass"), parser=parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return ""
    shown = _Shown(root)
    parts = []
    for text in root.xpath("//text()"):
        holder = text.getparent().getparent() if text.is_tail else text.getparent()
        if shown(holder):
            parts.append(str(text))
    return bare("".join(parts))


def _printable(reference: re.Match[str]) -> str:
    """The reference to a character, or a blank where it is one that nobody sees."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return " " if code in (127, 0xFFFE, 0xFFFF) or (0 < code < 32 and chr(code) not in "\t\n\r") else reference[0]


def _without_comments(style: str) -> str:
    before, _, rest = style.partition("/*")
    while rest:
        _, _, rest = rest.partition("*/")
        more, _, rest = rest.partition("/*")
        before += f" {more}"
    return before


def bare(text: str) -> str:
    """``text`` without white space and byte order marks."""
    return "".join(text.replace("\ufeff", " ").split())


class _Shown:
    """Whether an element is displayed: neither it nor anything above it is hidden. Answers are kept."""

    def __init__(self, root: etree._Element) -> None:
        self._known: dict[etree._Element, bool] = {}
        self._sizes = {paragraph: self._own(paragraph) for paragraph in root.xpath("//p")}  # also beside it

    @staticmethod
    def _own(paragraph: etree._Element) -> int:
        return sum(len(text.strip()) for text in [paragraph.text or "", *(child.tail or "" for child in paragraph)])

    def __call__(self, element: etree._Element) -> bool:
        chain = []
        above: etree._Element | None = element
        while above is not None and above not in self._known:
            chain.append(above)
            above = above.getparent()
        answer = self._known[above] if above is not None else True
        for each in reversed(chain):
            answer = answer and each.tag not in _UNSEEN and not self._hidden(each)
            self._known[each] = answer
        return answer

    def _hidden(self, element: etree._Element) -> bool:
        tag = element.tag
        rules = (part.partition(":") for part in _without_comments(element.get("style", "").lower()).split(";"))
        style: dict[str, tuple[str, bool]] = {}
        for name, _, value in rules:  # the last of several counts, but for one that is important
            weight = value.replace(" ", "").endswith("!important")
            if weight >= style.get(name.strip(), ("", False))[1]:
                style[name.strip()] = value.strip(), weight
        says = (
            tag == "noscript"
            or (tag == "dialog" and "open" not in element.attrib)
            or (tag in ("rt", "rtc") and self._runs_into_word(element))
            or not {"hidden", "popover"}.isdisjoint(element.attrib)
            or style.get("display", ("", False))[0].startswith("none")
        )
        if not says or tag in ("html", "body"):
            return False
        held = sum(self._sizes[paragraph] for paragraph in element.iterdescendants("p"))
        return not 5 * held > 3 * sum(self._sizes.values())

    @staticmethod
    def _runs_into_word(reading: etree._Element) -> bool:
        return any(next(ruby.iter("rp"), None) is None for ruby in reading.iterancestors("ruby"))
