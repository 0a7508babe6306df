"""What a run asks of the machine it is on."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path

#: Bytes: arrays up to this size are reused, and so much freed memory is kept.
_REUSED = 64 << 20
#: Bytes by which a process may grow before what it has freed is given back.
_SPARED = 32 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def own_peak_memory() -> int:
    """Bytes: the peak of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def own_memory() -> int:
    """Bytes: what this process has resident now; its peak where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return own_peak_memory()


_released = 0  # what this process held when it last gave something back


def release_memory() -> None:
    """Give the system back what this process has freed, where it has grown: left alone, allocators keep it for later.

    What is less is kept: taking and clearing it anew for each small task costs more than what the task is about.
    """
    global _released
    if own_memory() < _released + _SPARED:
        return
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:  # glibc
        trim(0)
    _released = own_memory()


def reuse_memory() -> None:
    """Have this process keep some of what it frees until ``release_memory``.

    Work that goes by batches takes arrays of a few megabytes again and again: a tenth of its time would go into pages
    that the system takes back, clears and hands out anew.
    """
    option = getattr(_libc(), "mallopt", None)
    if option is not None:  # glibc
        for threshold in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            option(threshold, _REUSED)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


@cache
def code_digest() -> str:
    """A digest of every file of this package: a step made by other code is made again."""
    root = Path(__file__).parent
    found = blake2b(digest_size=16)
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".sql", ".yaml", ".npz"}:
            found.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()
