"""The processors by name: those of this package, and third parties' by entry point."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from cleanpipe.errors import UserError
from cleanpipe.model import CorpusProcessor, Processor

GROUP = "cleanpipe.processors"

#: name -> module:class. A new processor is one file in this folder and one line here.
_BUILTIN = {
    "structure": "cleanpipe.clean.structure:Structure",
    "extractor": "cleanpipe.clean.extractor:Extractor",
    "page_model": "cleanpipe.clean.learned.page_model:PageModel",
    "elements": "cleanpipe.clean.elements:Elements",
    "rules": "cleanpipe.clean.rules:Rules",
    "regions": "cleanpipe.clean.regions:Regions",
    "repeats": "cleanpipe.clean.repeats:Repeats",
    "text_model": "cleanpipe.clean.learned.text_model:TextModel",
    "inserts": "cleanpipe.clean.inserts:Inserts",
    "origins": "cleanpipe.clean.origins:Origins",
    "recurrence": "cleanpipe.clean.recurrence:Recurrence",
    "guards": "cleanpipe.clean.guards:Guards",
}

#: The order in which processors run: each sees what the ones before it marked, and guards see everything.
DEFAULT: tuple[str, ...] = tuple(_BUILTIN)


@cache
def _third_party() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def names() -> list[str]:
    """All processors there are, built-in ones first in their default order."""
    return [*_BUILTIN, *sorted(set(_third_party()) - set(_BUILTIN))]


@cache
def _class(name: str) -> Any:
    if name in _BUILTIN:
        module, _, attribute = _BUILTIN[name].partition(":")
        return getattr(import_module(module), attribute)
    entry = _third_party().get(name)
    if entry is None:
        close = difflib.get_close_matches(name, names(), 1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names())}"
        raise UserError(f"clean: unknown processor {name!r} ({hint})")
    try:
        return entry.load()
    except Exception as error:
        raise UserError(f"clean: the processor {name!r} of {entry.value} cannot be loaded: {error}") from error


def settings_of(name: str) -> type[BaseModel]:
    """The settings model of a processor; an unknown name is a UserError that gives the nearest one."""
    return cast(type[BaseModel], _class(name).Settings)


def build(steps: Iterable[tuple[str, Mapping[str, Any] | str]]) -> list[Processor | CorpusProcessor]:
    """The processors of a config's ``clean`` list: (name, settings as a mapping or as JSON) in order."""
    built = []
    for name, settings in steps:
        made = _class(name)
        try:
            if isinstance(settings, str):
                checked = made.Settings.model_validate_json(settings or "{}")
            else:
                checked = made.Settings.model_validate(dict(settings))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise UserError(
                f"clean.{name}.{key}: {first['msg']}; its settings: {', '.join(made.Settings.model_fields) or 'none'}"
            ) from None
        built.append(made(checked))
    return built
