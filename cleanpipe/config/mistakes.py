"""Mistakes in a config in the words of this project, instead of the validator's."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a mapping (key: value)",
    "model": "a mapping (key: value)",
    "tuple": "a list",
    "list": "a list",
    "set": "a list",
    "frozen_set": "a list",
}

_RANGES = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "string_too_short": "text of at least {min_length} character(s)",
    "too_short": "a list of at least {min_length}",
}


def nearest(word: str, valid: Iterable[str]) -> str:
    """The end of a sentence on an unknown ``word``: the nearest valid one, or all of them."""
    names = {name.casefold(): name for name in valid}
    close = difflib.get_close_matches(word.casefold(), names, n=1)
    if close:
        return f", did you mean {names[close[0]]!r}?"
    return f"; valid here: {', '.join(names.values()) or 'nothing'}"


def at_key(error: ErrorDetails) -> bool:
    """Whether the key is wrong, not its value."""
    if error["type"] == "said":
        return bool(error["ctx"]["at_key"])
    return error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)


def describe(error: ErrorDetails, model: type[BaseModel]) -> str:
    """One sentence on ``error``, which validating ``model`` gave: what is wrong and what is valid."""
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "said":
        return error["msg"]
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        return f"unknown key {key!r}{nearest(key, _keys_at(model, error['loc'][:-1]))}"
    if kind == "missing":
        return f"missing key {str(error['loc'][-1])!r}"
    if kind == "literal_error":
        # The message lists the choices as 'a', 'b' or 'c'.
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        if isinstance(value, str):
            return f"unknown {'key' if at_key(error) else 'value'} {value!r}{nearest(value, choices)}"
        return f"expected {' or '.join(choices)}, got {show(value)}"
    if kind == "value_error":
        expected = str(context["error"])
        return expected if "; " in expected else f"{expected}, got {show(value)}"
    if kind in _RANGES:
        return f"expected {_RANGES[kind].format(**context)}, got {show(value)}"
    name = re.sub(r"(_attributes)?_(type|parsing)$", "", kind)
    if name in _EXPECTED:
        return f"expected {_EXPECTED[name]}, got {show(value)}"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, got {show(value)}"


def show(value: Any) -> str:
    """What kind of value stands in the file, and the value itself where it is short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    return str(value)


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys of the model that ``path`` leads to."""
    from typing import get_args

    from pydantic import BaseModel

    for step in path:
        if isinstance(step, int):
            continue
        annotation = model.model_fields[step].annotation
        kinds = [annotation, *get_args(annotation)]
        model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)
