"""How a Numba kernel is compiled: once a machine, kept on disk beside the code or in the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit, types
from numba.extending import intrinsic

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


# What NumPy has no words for, each one instruction. Arrays are of bytes and without gaps; nothing is checked.


def _loaded(typing: Any, array: Any, at: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_place(context, builder, given), align=1)

    return types.uint64(array, at), made


def _stored(typing: Any, array: Any, at: Any, value: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _place(context, builder, given), align=1)
        return context.get_dummy_value()

    return types.void(array, at, types.uint64), made


def _trailing_zeros(typing: Any, value: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], context.get_constant(types.boolean, 0))

    return types.uint64(types.uint64), made


def _place(context: Any, builder: Any, given: Any) -> Any:
    """The address of eight bytes, from ``at`` on, of the array that is given first."""
    data = builder.extract_value(given[0], 4)  # after meminfo, parent, items, size of one
    return builder.bitcast(builder.gep(data, [given[1]]), context.get_value_type(types.uint64).as_pointer())


#: (array, at): eight bytes of ``array`` from ``at`` on, the first of them lowest, as a ``uint64``.
loaded: Any = intrinsic(_loaded)
#: (array, at, value): put the eight bytes of ``value``, the lowest first, into ``array`` from ``at`` on.
stored: Any = intrinsic(_stored)
#: (value): how many of its low bits are 0; 64 of 0.
trailing_zeros: Any = intrinsic(_trailing_zeros)
