"""CPU time and memory of a process and all it has started, from Linux's ``/proc``. Needs nothing but Python."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

_PROC = Path("/proc")
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def _fields(process: str) -> list[str]:
    """The fields of ``stat`` from the third (state) on; none if it has ended."""
    try:
        # the name before them, in parentheses, may hold anything
        return (_PROC / process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def tree(pid: int) -> dict[int, list[str]]:
    """The process and its descendants that are still there, with their fields (see proc(5)) from the third on."""
    parents: dict[int, list[int]] = {}
    fields = {}
    for process in os.listdir(_PROC):
        if process.isdigit() and (found := _fields(process)):
            fields[int(process)] = found
            parents.setdefault(int(found[1]), []).append(int(process))
    wanted = [pid]
    for process_id in wanted:
        wanted += parents.get(process_id, [])
    return {each: fields[each] for each in wanted if each in fields}


def cpu(pid: int) -> float:
    """Seconds of user and system time of the tree, those of its ended and awaited children included (10 ms steps)."""
    # utime, stime, cutime and cstime are fields 14 to 17
    return sum(int(field) for fields in tree(pid).values() for field in fields[11:15]) * _TICK


def memory(pid: int) -> int:
    """Resident bytes of the tree; pages that processes share count once (their proportional set size)."""
    return sum(_resident(process) for process in tree(pid))


def _resident(pid: int) -> int:
    try:
        rows = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((1024 * int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)


class Peak:
    """Samples the memory of a tree from a thread, every so many seconds."""

    def __init__(self, pid: int, every: float = 0.1) -> None:
        self._pid, self._every = pid, every
        self._highest = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(self._every):
            self._highest = max(self._highest, memory(self._pid))

    def restart(self) -> None:
        self._highest = memory(self._pid)

    def stop(self) -> int:
        """Bytes: the highest sample since the start or ``restart``."""
        self._stopped.set()
        self._thread.join()
        return max(self._highest, memory(self._pid))


class Clock:
    """CPU (of this process's tree) and wall seconds since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = cpu(os.getpid()), time.perf_counter()

    def __call__(self) -> tuple[float, float]:
        return cpu(os.getpid()) - self._cpu, time.perf_counter() - self._wall
