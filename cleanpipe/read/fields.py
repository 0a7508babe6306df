"""The record of an object: a line of JSON, a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cleanpipe.dates import rfc3339
from cleanpipe.model import METADATA, Record, Rejected, Source
from cleanpipe.read.formats import sniffed
from cleanpipe.read.html import page_record
from cleanpipe.read.outlet import outlet_of
from cleanpipe.read.spec import ALIASES, InputFile

_HEAD = 4096  # characters that tell a page


def article(
    fields: Mapping[str, Any], file: InputFile, number: int, media_type: str, digest: str = ""
) -> Record | Rejected | str:
    """The record that an object's fields tell, by the aliases or as ``inputs.fields`` maps them; a page if it has
    html and no text (a blank one is none), if html is mapped, or if its text is one and not mapped. ``digest``: sha256
    of its bytes, that of its text or html if not given. A string says why it is no record."""
    known = _known(fields, file)
    mapped = file.spec.fields
    order = ("html", "text") if "html" in mapped else ("text", "html")
    found = [(name, value) for name in order if (value := field(fields, name, file)) is not None]
    if not found:
        named = [f"{mapped[name]} (inputs.fields.{name})" for name in ("text", "html") if name in mapped]
        if named:
            return "no text: the object has no " + " and no ".join(named)
        return f"no text: the object has none of {', '.join(ALIASES['text'])}, and no {', '.join(ALIASES['html'])}"
    name, value = min(found, key=lambda each: _is_blank(each[1]))
    if not isinstance(value, str | bytes):
        return f"the {name} is a {KINDS.get(type(value), type(value).__name__)}, not a string"
    if name == "html" or (name not in mapped and _is_page(value)):
        return page_record(value, file, number, digest=digest, **known)
    try:
        text = value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError as error:
        return f"the text is not UTF-8 at byte {error.start}"
    digest = digest or sha256(text.encode()).hexdigest()
    outlet, outlet_from = outlet_of(file, known["outlet"], known["url"])
    sources = {each: "record" for each in METADATA if known.get(each)}
    if not known["language"] and file.spec.language:
        known["language"], sources["language"] = file.spec.language, "config"
    known |= {"outlet": outlet, "outlet_from": outlet_from, "metadata_from": sources}
    return Record(Source(file.root, file.path, number, media_type, "utf-8", digest, file.format), text, **known)


def _is_page(text: str | bytes) -> bool:
    """Whether what is called a text begins as a page does."""
    head = text[:_HEAD]
    return sniffed(head.encode() if isinstance(head, str) else head) == "html"


def _known(fields: Mapping[str, Any], file: InputFile) -> dict[str, Any]:
    """What an object says of its article, by the fields of Record."""
    given = field(fields, "id", file)
    date = field(fields, "published", file)
    published = rfc3339(date)
    outlet = _string(fields, "outlet", file)
    return {
        "id": str(given).strip() if isinstance(given, str | int | float) and not isinstance(given, bool) else "",
        "outlet": outlet,
        "outlet_from": "record" if outlet else "",
        "url": _string(fields, "url", file),
        "title": _string(fields, "title", file),
        "published": published,
        "unread_date": str(date)[:64] if date and not published else "",
        "language": _string(fields, "language", file),
        "authors": _names(field(fields, "authors", file)),
        "site": _string(fields, "site", file),
        "fetched": rfc3339(field(fields, "fetched", file)),
    }


def field(fields: Mapping[str, Any], name: str, file: InputFile) -> Any:
    """The value of one of our fields, None if the object does not set it."""
    if name in file.spec.fields:
        return _at(fields, file.spec.fields[name])
    return min((fields[key] for key in ALIASES[name] if fields.get(key) is not None), key=_is_blank, default=None)


def _is_blank(value: Any) -> bool:
    """Whether a value says nothing: many write "" for what they do not have."""
    return isinstance(value, str | bytes) and not value.strip()


def _at(fields: Mapping[str, Any], key: str) -> Any:
    """The value at a key, or at a dotted path through nested objects."""
    if key in fields:
        return fields[key]
    value: Any = fields
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _string(fields: Mapping[str, Any], name: str, file: InputFile) -> str:
    value = field(fields, name, file)
    return value.strip() if isinstance(value, str) else ""


def _names(value: Any) -> tuple[str, ...]:
    """Authors as records have them: a name, or a list of names."""
    found = (each.strip() for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
    return tuple(dict.fromkeys(each for each in found if each))


#: What JSON calls its values.
KINDS = {
    str: "JSON string",
    int: "JSON number",
    float: "JSON number",
    bool: "JSON boolean",
    list: "JSON array",
    dict: "JSON object",
    type(None): "JSON null",
}
