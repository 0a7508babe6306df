"""A time limit on work that may never end."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Seconds between strikes: a library may swallow the first one.
_AGAIN = 1.0
#: A worker that has used up so many times the limit, and half a second, is in C code that will not return in time.
_PATIENCE = 1.5


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block after ``seconds`` of wall time; 0 means no limit. Limits may stand in each other.

    Works where signals do: in the main thread of a process (workers are processes), on POSIX. Elsewhere the block runs
    unlimited. C code that does not return to the interpreter is interrupted only when it does; where it never does, the
    system ends the process when it has used up its CPU time, if it is a worker, whose engine knows what to do then.
    """
    if seconds <= 0 or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"took longer than {seconds:g} s: raise limits.parse_seconds")

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    if not left and multiprocessing.parent_process() is not None:
        signal.setitimer(signal.ITIMER_PROF, _PATIENCE * seconds + 0.5)  # SIGPROF ends a process
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 0.001), _AGAIN)
        else:
            signal.setitimer(signal.ITIMER_PROF, 0)


@contextmanager
def half_the_time() -> Iterator[None]:
    """Raise TimeoutError in the block after half of what is left to the limit that it stands in, if it does."""
    left = signal.getitimer(signal.ITIMER_REAL)[0] if hasattr(signal, "getitimer") else 0
    with time_limit(left / 2):
        yield
