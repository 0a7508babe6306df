"""YAML as plain data, with the place of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cleanpipe.errors import UserError

#: Where a value stands: the keys and list indexes that lead to it.
Path = tuple[str | int, ...]

_SCALARS = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}


@dataclass
class Places:
    """For each path the place of its key and of its value, as ``FILE:LINE:COLUMN``, or the ``--set`` it came from."""

    key: dict[Path, str] = field(default_factory=dict)
    value: dict[Path, str] = field(default_factory=dict)

    def of(self, path: Path, *, key: bool = False) -> str:
        """The place of the key or value at ``path``, or of the nearest value around it."""
        if key and path in self.key:
            return self.key[path]
        while path not in self.value:
            path = path[:-1]
        return self.value[path]

    def replace(self, path: Path, place: str) -> None:
        """Everything at and below ``path`` now comes from ``place``."""
        for places in (self.key, self.value):
            for old in [old for old in places if old[: len(path)] == path]:
                del places[old]
            places[path] = place


def parse(text: str, name: str) -> tuple[Any, Places]:
    """The data of one YAML document and its places. Nothing but plain data is ever made of it.

    Raises UserError, with line and column, for bad syntax, a key that stands twice, and an alias that holds itself.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    yaml = YAML(typ="safe", pure=True)
    places = Places(value={(): f"{name}:1:1"})
    try:
        node = yaml.compose(text)
        if node is None:
            return None, places
        return _Builder(name, yaml.constructor, places).build(node, (), ()), places
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise UserError(f"{name}:{line}:{column}: control characters are not allowed in YAML") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise UserError(f"{place}: not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, ValueError) as error:
        raise UserError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from None


@dataclass
class _Builder:
    name: str
    scalars: Any  # ruamel's constructor, for numbers
    places: Places

    def build(self, node: Any, path: Path, around: tuple[int, ...]) -> Any:
        """``around`` are the ids of the nodes that hold this one."""
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        place = self.place(node)
        self.places.value[path] = place
        if id(node) in around:
            raise UserError(f"{place}: an alias (*name) must not stand inside its own anchor")
        around = (*around, id(node))
        if isinstance(node, MappingNode):
            data: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key, place = str(key_node.value), self.place(key_node)
                if key in data:
                    first = self.places.key[(*path, key)].removeprefix(f"{self.name}:").split(":")[0]
                    raise UserError(f"{place}: key {key!r} stands twice here, first on line {first}; keep one")
                self.places.key[(*path, key)] = place
                data[key] = self.build(value_node, (*path, key), around)
                if data[key] is None and not value_node.value:
                    # Nothing stands after the key: the parser's place is wherever it found the next thing.
                    self.places.value[(*path, key)] = place
            return data
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, number), around) for number, item in enumerate(node.value)]
        if node.tag in _SCALARS:
            return self.scalars.construct_object(node)
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise UserError(f"{place}: an escaped surrogate (\\ud800 to \\udfff) is not a character")
        return str(node.value)

    def place(self, node: Any) -> str:
        return f"{self.name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
