"""Dates as they come -> RFC 3339 in UTC, so that order of strings is order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(value: object) -> str:
    """``2025-06-18T00:00:00Z`` for an ISO 8601 date or time, an RFC 2822 date, YYYYMMDD, YYYYMMDDhhmmss, or seconds or
    milliseconds since 1970; a time without zone is UTC, fractions of seconds are cut; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        when = _parse(str(int(value)) if isinstance(value, float) else str(value).strip()[:64])
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
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
