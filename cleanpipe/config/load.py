"""Loads a config file: YAML, then what the command line overrides, then the schema; every mistake in one line."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from cleanpipe.config.mistakes import at_key, describe, nearest, show
from cleanpipe.config.schema import Config
from cleanpipe.config.source import Path, Places, parse
from cleanpipe.errors import UserError

_PLACED = re.compile(r".+:\d+:\d+: ")


def load(path: str, *, inputs: Sequence[str] = (), output: str | None = None, sets: Sequence[str] = ()) -> Config:
    """The config in the file ``path`` with the overrides of the command line.

    ``inputs`` replaces the paths (their outlet globs go; fields, encoding and language of the first entry stay),
    ``output`` the output folder, and each of ``sets`` one key: ``a.b=YAML``, list items by number.
    Raises UserError ``FILE:LINE:COLUMN: what is wrong; what is valid``, or ``--set a.b=...: ...``.
    """
    data, places = parse(_read(path), path)
    if data is None:
        raise UserError(f"{path}:1:1: the file is empty; `cleanpipe init` writes a config to start from")
    if not isinstance(data, dict):
        raise UserError(f"{path}:1:1: expected keys such as inputs: and output:, got {show(data)}")
    if inputs:
        _replace_inputs(data, places, inputs)
    if output is not None:
        data["output"] = output
        places.replace(("output",), "--output")
    for text in sets:
        _set(data, places, text)
    try:
        # As JSON, so that strict models take lists for tuples.
        config = Config.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise UserError(_first(error, places)) from None
    if "clean" in data:
        _check_processors(config, places)
    _check_paths(config, places)
    return config


def _read(path: str) -> str:
    try:
        return FilePath(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file{_sibling(path)}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}:1: not UTF-8 (byte {error.start}); save the config as UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; give the path of a YAML file") from None


def _replace_inputs(data: dict[str, Any], places: Places, paths: Sequence[str]) -> None:
    given = data.get("inputs")
    first = given[0] if isinstance(given, list) and given and isinstance(given[0], dict) else {}
    kept = {key: value for key, value in first.items() if key not in ("path", "outlets")}
    # Mistakes in what stays of the first entry are still shown where they stand in the file.
    old = [(places.key, dict(places.key)), (places.value, dict(places.value))]
    places.replace(("inputs",), "--inputs")
    data["inputs"] = [{"path": path, **kept} for path in paths]
    for number, path in enumerate(paths):
        places.value["inputs", number] = f"--inputs {path}"
        for new, before in old:
            for key, place in before.items():
                if key[:2] == ("inputs", 0) and len(key) > 2 and key[2] in kept:
                    new[("inputs", number, *key[2:])] = place


def _set(data: dict[str, Any], places: Places, text: str) -> None:
    place = f"--set {text}"
    dotted, equals, yaml = text.partition("=")
    if not equals or not dotted:
        raise UserError(f"{place}: expected key=value, such as --set dedup.threshold=0.6")
    try:
        value, _ = parse(yaml, "")
    except UserError as error:
        raise UserError(f"{place}: {str(error).split(': ', 1)[1]}") from None
    *way, last = dotted.split(".")
    here: Any = data
    path: Path = ()
    for step in way:
        here, path = _enter(here, path, step, place)
        places.value.setdefault(path, place)
    if isinstance(here, list):
        here[_index(here, path, last, place)] = value
        path = (*path, int(last))
    else:
        here[last] = value
        path = (*path, last)
    places.replace(path, place)


def _enter(here: Any, path: Path, step: str, place: str) -> tuple[Any, Path]:
    """The mapping or list below ``here``; a missing one is made, a bare path or processor name becomes a mapping."""
    key: str | int = _index(here, path, step, place) if isinstance(here, list) else step
    below = here.get(key) if isinstance(here, dict) else here[key]
    if isinstance(below, str) and len(path) == 1 and path[0] in ("inputs", "clean"):
        below = {"path": below} if path[0] == "inputs" else {below: {}}
    elif below is None:
        below = {}
    if not isinstance(below, dict | list):
        raise UserError(f"{place}: {'.'.join(map(str, (*path, key)))} is {show(below)}, nothing can be set inside it")
    here[key] = below
    return below, (*path, key)


def _index(here: list[Any], path: Path, step: str, place: str) -> int:
    if step.isascii() and step.isdecimal() and int(step) < len(here):
        return int(step)
    name = ".".join(map(str, path))
    valid = f"give the number of one, 0 to {len(here) - 1}" if here else "set the whole list"
    raise UserError(f"{place}: {name} has {len(here)} item(s); {valid}")


def _first(error: ValidationError, places: Places) -> str:
    """The mistake that stands first in the file, as one line."""
    found = []
    for one in error.errors():
        path = one["loc"][:-1] if one["loc"][-1:] == ("[key]",) else one["loc"]
        # What two keys say together is wrong where the last one was set.
        place = _set_below(places, path) if isinstance(one["input"], dict) else ""
        place = place or places.of(path, key=at_key(one))
        named = path[:-1] if at_key(one) or one["type"] == "missing" else path
        what = f"{'.'.join(map(str, named))}: {describe(one, Config)}" if named else describe(one, Config)
        found.append((_order(place), f"{place}: {what}"))
    return min(found)[1]


def _set_below(places: Places, path: Path) -> str:
    """The last ``--set`` of a key below ``path``."""
    below = (place for key, place in places.value.items() if key[: len(path)] == path and len(key) > len(path))
    return next((place for place in reversed([*below]) if place.startswith("--set")), "")


def _order(place: str) -> tuple[int, int]:
    *_, line, column = ["", "", *place.split(":")]
    return (int(line), int(column)) if line.isdecimal() and column.isdecimal() else (0, 0)


def _check_processors(config: Config, places: Places) -> None:
    """Build each processor once: what only it knows of its settings (a pack's name, say) is a mistake here, too."""
    from cleanpipe import clean

    for number, step in enumerate(config.clean):
        try:
            clean.build([(step.name, step.settings.model_dump())])
        except UserError as error:
            if _PLACED.match(str(error)):
                raise  # it stands in a rule pack
            raise UserError(f"{places.of(('clean', number, step.name))}: {error}") from None


def _check_paths(config: Config, places: Places) -> None:
    for number, entry in enumerate(config.inputs):
        if "://" in entry.path or os.path.exists(entry.path):
            continue
        place = places.of(("inputs", number, "path"))
        if not glob.has_magic(entry.path):
            raise UserError(f"{place}: no such file or folder: {entry.path!r}{_sibling(entry.path)}")
        if next(glob.iglob(entry.path, recursive=True), None) is None:
            raise UserError(f"{place}: no file matches {entry.path!r}; paths are relative to the working directory")


def _sibling(path: str) -> str:
    """The nearest name beside a path that does not exist."""
    parent, name = os.path.split(path.rstrip("/"))
    if not os.path.isdir(parent or "."):
        return f"; the folder {parent!r} does not exist either"
    hint = nearest(name, sorted(os.listdir(parent or "."))[:10_000])
    return hint if hint.startswith(",") else "; paths are relative to the working directory"
