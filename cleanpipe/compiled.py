"""How a Numba kernel is compiled: once a machine, kept on disk beside the code or in the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """``function`` as machine code that releases the GIL, made when first called."""
    try:
        return cast(F, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither folder may be written: each process compiles for itself
        return cast(F, njit(nogil=True)(function))


def inlined(function: F) -> F:
    """A helper of kernels, put in place wherever one calls it."""
    return cast(F, njit(inline="always")(function))
