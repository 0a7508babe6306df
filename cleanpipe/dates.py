"""Dates as they come -> RFC 3339 in UTC, so that order of strings is order of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from dateutil import parser, tz

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
#: What says nothing more: the zone's name behind its offset (JavaScript, Java), its sign's "GMT", the German "o'clock".
_NEEDLESS = re.compile(r"(?<=\d)\s*(?:\([^()]*\)?|\[[^\]]*\])\Z|\b(?:GMT|UTC)(?=[+-]\d)|\sUhr\b")
#: Zones by the names that RFC 2822 and European sites use, in hours; others have several meanings.
_ZONES = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


def rfc3339(value: object) -> str:
    """``2025-06-18T00:00:00Z`` for an ISO 8601 date or time, one as RFC 2822, JavaScript, English, or German (digits
    with dots) write it, YYYYMMDD, YYYYMMDDhhmmss, or seconds or milliseconds since 1970; a time without zone is UTC,
    fractions of seconds are cut. "" for anything else, and for what has several readings: a zone of another name,
    06/07/2025."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        when = _parse(str(int(value)) if isinstance(value, float) else str(value).strip()[:96])
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _parse(text: str) -> datetime:
    if text.isdecimal():
        if len(text) == 14:
            return datetime.strptime(text, "%Y%m%d%H%M%S")
        if len(text) in (9, 10):
            return _EPOCH + timedelta(seconds=int(text))
        if len(text) in (12, 13):
            return _EPOCH + timedelta(milliseconds=int(text))
        return datetime.fromisoformat(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _written(text)


def _written(text: str) -> datetime:
    """A date as people and their programs write it. What the parser would take from its defaults differs between two
    calls: such a text is no whole date."""
    if not _YEAR.search(text):
        raise ValueError("a date without its year")
    text = _NEEDLESS.sub("", text)
    days_first = (True,) if re.match(r"\d{1,2}\.\s?\d", text) else (False,) if _YEAR.match(text) else (False, True)
    found = {
        parser.parse(text, default=default, dayfirst=first, tzinfos=_zone)
        for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
        for first in days_first
    }
    if len(found) > 1:
        raise ValueError("a date with several readings")
    return found.pop()


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return tz.tzoffset(None, offset)
    if name is None:
        return None
    if name not in _ZONES:
        raise ValueError(f"a zone with several meanings, or none: {name}")
    return tz.tzoffset(None, _ZONES[name] * 3600)
