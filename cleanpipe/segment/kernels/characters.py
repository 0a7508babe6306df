"""Characters of UTF-8."""

from __future__ import annotations

from typing import Any

from cleanpipe.compiled import compiled

TAB, LINE, BLANK, QUOTE, AMPERSAND, SLASH, LESS, EQUALS, MORE = b'\t\n "&/<=>'


@compiled
def width(lead: Any) -> Any:
    """Bytes of the character that begins with this one."""
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


@compiled
def is_space(data: Any, i: Any) -> Any:
    """Whether the character at ``i`` is white space to ``str.isspace``."""
    c = data[i]
    if c < 0x80:
        return c == 32 or 9 <= c <= 13 or 28 <= c <= 31
    if c == 0xC2:
        return data[i + 1] == 0x85 or data[i + 1] == 0xA0
    if c == 0xE2:
        third = data[i + 2]
        if data[i + 1] == 0x80:
            return 0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF
        return data[i + 1] == 0x81 and third == 0x9F
    if c == 0xE1:
        return data[i + 1] == 0x9A and data[i + 2] == 0x80
    return c == 0xE3 and data[i + 1] == 0x80 and data[i + 2] == 0x80


@compiled
def is_mark(data: Any, i: Any) -> Any:
    """Whether a byte order mark stands at ``i``."""
    return data[i] == 0xEF and data[i + 1] == 0xBB and data[i + 2] == 0xBF


@compiled
def entity(data: Any, i: int) -> Any:
    """The character that the entity at ``i`` stands for (all are ASCII), and where it ends."""
    end = i + 1
    while data[end] != 59:  # ;
        end += 1
    if data[i + 1] == 35:  # #
        code = 0
        for j in range(i + 2, end):
            code = 10 * code + data[j] - 48
        return code, end + 1
    if data[i + 1] == 108:  # lt
        return 60, end + 1
    if data[i + 1] == 103:  # gt
        return 62, end + 1
    return (38 if data[i + 2] == 109 else 34), end + 1  # amp, quot
