"""What a run asks of the machine it is on."""

from __future__ import annotations

import os
import resource
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Bytes: the peak of this process plus that of its largest worker so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * unit


@cache
def code_digest() -> str:
    """A digest of every file of this package: a step made by other code is made again."""
    root = Path(__file__).parent
    found = blake2b(digest_size=16)
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".sql", ".yaml"}:
            found.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()
