"""How a run shows where it is: a live line on a terminal, plain lines in a pipe, nothing when told to be quiet."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from cleanpipe.cli.console import console

#: Called with a step's name, how many of its parts are done, and how many there are.
Report = Callable[[str, int, int], None]

#: A step that goes on for long writes a plain line this often, in seconds.
INTERVAL = 5.0

#: A step of one part that takes less, in seconds, is not worth a line.
QUICK = 1.0


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report]:
    """Gives the function that a run calls as it goes on. Writes to stderr only."""
    if quiet:
        yield lambda step, done, total: None
        return
    live = console(stderr=True)
    if not live.is_terminal:
        yield Lines()
        return

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<20}", markup=False),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=live, transient=True) as shown:
        task = shown.add_task("starting", total=None)
        yield lambda step, done, total: shown.update(task, description=step, completed=done, total=total or None)


class Lines:
    """One line a step when it is done, and one every INTERVAL while it is not. Small quick steps are passed over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step = ""
        self._began = self._said = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        now = self._clock()
        if step != self._step:
            self._step, self._began, self._said = step, now, now
        finished = 0 < total <= done and (total > 1 or now - self._began >= QUICK)
        if finished or now - self._said >= INTERVAL:
            self._said = now
            parts = f"{done:,} of {total:,}, " if total > 1 else f"{done:,} so far, " if not total else ""
            click.echo(f"{step}: {parts}{now - self._began:.1f} s", err=True)


@contextmanager
def stoppable(report: Report) -> Iterator[Report]:
    """``report`` for a run that an interrupt stops whenever it comes: within a callback of a library it would be lost
    ("Exception ignored in ..."), so that the next report raises it again."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def checked(step: str, done: int, total: int) -> None:
        if asked:
            raise KeyboardInterrupt
        report(step, done, total)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield checked
    finally:
        signal.signal(signal.SIGINT, before)
