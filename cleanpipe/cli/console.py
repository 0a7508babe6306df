"""How the commands print: results on stdout, everything else on stderr, the same words in a pipe and on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: Lines in a pipe are not broken at a terminal's width.
PIPE_WIDTH = 120

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: no markup, no emoji codes, no guessing at what to highlight."""
    from rich.console import Console

    made = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    return (
        made
        if made.is_terminal
        else Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=PIPE_WIDTH)
    )


def show(what: RenderableType) -> None:
    """Print on stdout; in a pipe without the padding that fills a terminal's lines."""
    made = console()
    if made.is_terminal:
        made.print(what)
        return
    with made.capture() as captured:
        made.print(what)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def visible(text: str) -> str:
    """``text`` from a page, safe on a terminal: control and direction characters are shown as escapes."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def bar(share: float, width: int = 24) -> str:
    """A bar of at most ``width`` characters; a share above 0 is never invisible."""
    return "█" * max(round(share * width), 1 if share > 0 else 0)


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def size(count: int) -> str:
    """Bytes with a unit: 1023 B, 1.5 KiB."""
    number = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def plural(count: int, one: str, many: str = "") -> str:
    """``1 file``, ``1,200 files``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
