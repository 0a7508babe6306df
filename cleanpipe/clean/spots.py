"""XPath expressions that pick elements by their attributes, evaluated without an XPath engine.

``re:test`` costs lxml a call into Python and new strings for each element and test. Attributes repeat from element to
element and from page to page, each alone more often than all of an element's together: what is said is remembered of
both. Several expressions are evaluated in one walk. Only what the expressions of article extractors are made of is
understood::

    (.//*[self::div or self::p][@class='post' or re:test(@id, 'story|news', 'i') or not(.//h1)])[1] | .//aside
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r"\s*(?:('[^']*'|\"[^\"]*\")|(self::|@?[\w:-]+|\.//|[][()*|,=]))")
_REMEMBERED, _SHORT = 1 << 13, 200  # values of an attribute; characters of one
_KNOWN = 1 << 17  # values of all attributes of an element

_Values = tuple[str | None, ...]  # the tag and the attributes that expressions name, None where an element has none
_Test = Callable[[Any, _Values], bool]


class Spots:
    """What ``lxml.etree.XPath(expression)`` finds below an element, in document order; but of a path that ends in
    ``[1]`` the first one alone. Raises ValueError for an expression that it does not understand."""

    def __init__(self, *expressions: str) -> None:
        self.paths = expressions
        self._columns: dict[str | tuple[str, str], _Column] = {}
        self._paths = [path for number, expression in enumerate(expressions) for path in self._read(expression, number)]
        # Of two attributes the value counts that an element has first.
        self._names = [name for name in self._columns if isinstance(name, str)]
        pairs = [name for name in self._columns if not isinstance(name, str)]
        self._pairs = [(1 + self._names.index(one), 1 + self._names.index(other)) for one, other in pairs]
        columns = [*map(self._columns.__getitem__, self._names), *map(self._columns.__getitem__, pairs)]
        for place, column in enumerate(columns, 1):
            column.place = place
        self._known: dict[_Values, tuple[_Path, ...]] = {}
        named = frozenset[str]().union(*(path.tags for path in self._paths))
        self._tags = sorted(named) if all(path.tags for path in self._paths) else ["*"]
        self._first = [path for path in self._paths if path.first]
        self.single = len(self._first) == len(self._paths)  # whether no expression finds more than one element a path
        self._enough = {path for path in self._paths if not path.number}

    def __call__(self, tree: Any) -> list[Any]:
        """What the only expression finds."""
        return self.each(tree)[0]

    def each(self, tree: Any) -> list[list[Any]]:
        """What each expression finds. Where each finds one element at most, the walk ends once the first one has found
        its own, and what the others have found by then is not all."""
        found: list[list[Any]] = [[] for _ in self.paths]
        left = set(self._first)
        known, names, pairs = self._known, self._names, self._pairs
        for element in tree.iterdescendants(*self._tags):
            values = (element.tag, *map(element.get, names))
            for one, other in pairs:
                first, second = values[one], values[other]
                if first is None or (second is not None and _earlier(element, names[other - 1], names[one - 1])):
                    first = second
                values += (first,)
            paths = known.get(values)
            if paths is None:
                paths = self._learn(values)
            for path in paths:
                here = found[path.number]
                if (path.first and path not in left) or (here and here[-1] is element):
                    continue
                if path.of_elements and not path.holds(path.of_elements, element, values):
                    continue
                here.append(element)
                if path.first:
                    left.remove(path)
                    if self.single and left.isdisjoint(self._enough):
                        return found
        return found

    def _learn(self, values: _Values) -> tuple[_Path, ...]:
        """The paths that elements with such a tag and attributes fulfil, as far as these tell."""
        held = tuple(
            path
            for path in self._paths
            if (not path.tags or values[0] in path.tags) and path.holds(path.of_values, None, values)
        )
        if len(self._known) >= _KNOWN:
            self._known.clear()
        if sum(map(len, filter(None, values))) <= _SHORT:
            self._known[values] = held
        return held

    def _read(self, expression: str, number: int) -> list[_Path]:
        self._tokens = [found[1] or found[2] for found in _TOKEN.finditer(expression)]
        if "".join(self._tokens) != re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", expression):
            raise ValueError(f"not understood: {expression}")
        self._tokens.append("")
        paths = [self._path(number)]
        while self._take("|"):
            paths.append(self._path(number))
        if self._tokens[0]:
            raise ValueError(f"not understood: {self._tokens[0]} in {expression}")
        return paths

    def _take(self, *tokens: str) -> str:
        """The next token if it is one of these, else ""."""
        return self._tokens.pop(0) if self._tokens[0] in tokens else ""

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token} expected before {self._tokens[0]}")

    def _next(self) -> str:
        return self._tokens.pop(0)

    def _string(self) -> str:
        token = self._next()
        if token[:1] not in ("'", '"'):
            raise ValueError(f"a string expected, not {token}")
        return token[1:-1]

    def _path(self, number: int) -> _Path:
        path = _Path(number)
        grouped = self._take("(")
        self._need(".//")
        tag = self._next()
        if tag != "*":
            path.tags = frozenset({tag})
        while self._take("["):
            if path.first:
                raise ValueError("a test after a place")
            if self._take("1"):
                path.first = True
            elif self._tokens[0] == "self::" and not path.tags and not path.of_values and not path.of_elements:
                path.tags = self._selves()
            else:
                before = list(self._tokens)
                test = self._any()
                read = before[: len(before) - len(self._tokens)]
                (path.of_elements if ".//" in read else path.of_values).append(test)
            self._need("]")
        if grouped:
            self._need(")")
        if grouped and self._take("["):
            self._need("1")
            self._need("]")
            path.first = True
        return path

    def _selves(self) -> frozenset[str]:
        tags = set()
        while self._take("self::"):
            tags.add(self._next())
            if not self._take("or"):
                break
        return frozenset(tags)

    def _any(self) -> _Test:
        tests = [self._test()]
        while self._take("or"):
            tests.append(self._test())

        def any_of(element: Any, values: _Values) -> bool:  # `any` costs as much as the tests themselves
            for test in tests:  # noqa: SIM110
                if test(element, values):
                    return True
            return False

        return any_of

    def _test(self) -> _Test:
        token = self._next()
        if token == "not":
            self._need("(")
            inner = self._inside() if self._tokens[0] == ".//" else self._any()
            self._need(")")
            return lambda element, values: not inner(element, values)
        if token == "self::":
            tag = self._next()
            return lambda element, values: values[0] == tag
        if token in ("contains", "starts-with", "re:test"):
            return self._function(token)
        column = self._column(self._name(token))
        if not self._take("="):
            return column.test(lambda value: value is not None)
        wanted = self._string()
        return column.test(lambda value: value == wanted)

    def _inside(self) -> _Test:
        self._need(".//")
        tag = self._next()
        return lambda element, values: element.find(f".//{tag}") is not None

    def _function(self, name: str) -> _Test:
        self._need("(")
        column, table = self._value()
        self._need(",")
        text = self._string()
        if name == "contains":
            said: Callable[[str], bool] = lambda value: text in value  # noqa: E731
        elif name == "starts-with":
            said = lambda value: value.startswith(text)  # noqa: E731
        else:
            search = re.compile(text, re.IGNORECASE if self._take(",") and self._string() == "i" else 0).search
            known = lru_cache(maxsize=_REMEMBERED)(lambda value: bool(search(value)))
            said = lambda value: (known if len(value) <= _SHORT else known.__wrapped__)(value)  # noqa: E731
        self._need(")")
        nothing = said("")
        if table:
            return column.test(lambda value: said(value.translate(table)) if value else nothing)
        return column.test(lambda value: said(value) if value else nothing)

    def _value(self) -> tuple[_Column, dict[int, int]]:
        """The column of an attribute, of which a missing one counts as "", and what is replaced in its value."""
        token = self._next()
        if token == "translate":
            self._need("(")
            column, _ = self._value()
            self._need(",")
            old = self._string()
            self._need(",")
            table = str.maketrans(old, self._string())
            self._need(")")
            return column, table
        name = self._name(token)
        column = self._column(name)
        if self._take("|"):
            other = self._name(self._next())
            self._column(other)
            column = self._column((name, other))
        return column, {}

    def _column(self, name: str | tuple[str, str]) -> _Column:
        return self._columns.setdefault(name, _Column())

    def _name(self, token: str) -> str:
        if token[:1] != "@":
            raise ValueError(f"an attribute expected, not {token}")
        return token[1:]


def _earlier(element: Any, one: str, other: str) -> bool:
    """Whether of two attributes that an element has the one stands first in its tag."""
    return bool(next(name for name in element.keys() if name in (one, other)) == one)  # noqa: SIM118


class _Path:
    """One of an expression's paths: what it asks of an element."""

    def __init__(self, number: int) -> None:
        self.number = number  # of the expression
        self.tags: frozenset[str] = frozenset()  # none: any
        self.first = False  # whether one element is enough
        self.of_values: list[_Test] = []
        self.of_elements: list[_Test] = []

    @staticmethod
    def holds(tests: list[_Test], element: Any, values: _Values) -> bool:
        return all(test(element, values) for test in tests)


class _Column:
    """An attribute, or two of which the value counts that stands first."""

    place = 0  # among an element's values

    def test(self, test: Callable[[str | None], bool]) -> _Test:
        return lambda element, values: test(values[self.place])
