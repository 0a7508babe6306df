"""Config values that people write as text: sizes ("64MiB"), shares ("1%") and exact thresholds (0.55)."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?|)B?", re.ASCII)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%", re.ASCII)


def _number(value: Any) -> Fraction | None:
    """The number as it was written: the shortest text of a float is what stands in the file (up to 15 digits)."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    return Fraction(str(value)) if isinstance(value, int | Fraction) or abs(value) < float("inf") else None


def _size(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(Fraction(match[1]) * _UNITS[match[2]])
    raise ValueError("expected a size such as 64MiB, or a number of bytes")


def _share(value: Any) -> Fraction:
    number = _number(value)
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value)):
        number = Fraction(match[1]) / 100
    if number is None or not 0 <= number <= 1:
        raise ValueError("expected a share from 0% to 100%, or a number from 0 to 1")
    return number


def _threshold(value: Any) -> Fraction:
    number = _number(value)
    if number is None or not 0 < number <= 1:
        raise ValueError("expected a number above 0 and at most 1")
    return number


def _codec(name: str) -> str:
    from cleanpipe.read.decode import known_encoding

    if name and not known_encoding(name):
        raise ValueError(f"unknown encoding {name!r}; expected a Python codec such as utf-8, cp1252 or gb18030")
    return name


def _at_least(minimum: int, words: str) -> Callable[[int], int]:
    def check(value: int) -> int:
        if value < minimum:
            raise ValueError(f"expected {words}")
        return value

    return check


_SIZE_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^({_SIZE.pattern})$"}]}

#: Bytes. Written as a number or with a unit: 500KB, 64MiB, 2GiB.
Size = Annotated[
    int, BeforeValidator(_size), AfterValidator(_at_least(1, "a size above 0")), WithJsonSchema(_SIZE_SCHEMA)
]

#: Bytes of main memory for a run; below 64 MiB the relational engine cannot work.
Memory = Annotated[
    int, BeforeValidator(_size), AfterValidator(_at_least(2**26, "at least 64MiB")), WithJsonSchema(_SIZE_SCHEMA)
]

#: An exact share from 0 to 1. Written as 1% or 0.01.
Share = Annotated[
    Fraction,
    BeforeValidator(_share),
    PlainSerializer(float, return_type=float),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^{_PERCENT.pattern}$"},
            ]
        }
    ),
]

#: An exact decimal, 0 < x <= 1, so that similarities are compared as integers.
Threshold = Annotated[
    Fraction,
    BeforeValidator(_threshold),
    PlainSerializer(float, return_type=float),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]

#: The name of a Python text codec; "" where it is to be found out.
Encoding = Annotated[str, AfterValidator(_codec)]
