"""XPath expressions that pick elements by their attributes, evaluated without an XPath engine.

``re:test`` costs lxml a call into Python and new strings for each element and test. Classes and ids repeat from element
to element and from page to page, so that remembering what was said of them takes a third of the time. Only what the
expressions of article extractors are made of is understood::

    (.//*[self::div or self::p][@class='post' or re:test(@id, 'story|news', 'i') or not(.//h1)])[1] | .//aside
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r"\s*(?:('[^']*'|\"[^\"]*\")|(self::|@?[\w:-]+|\.//|[][()*|,=]))")
_REMEMBERED, _SHORT = 1 << 12, 200  # values of attributes for each test; characters of a value

_Values = tuple[str | None, ...]  # of the attributes that an expression names, None where an element has none
_Test = Callable[[Any, _Values], bool]


class Spots:
    """What ``lxml.etree.XPath(expression)`` finds below an element, in document order; but of a path that ends in
    ``[1]`` the first one alone. Raises ValueError for an expression that it does not understand."""

    def __init__(self, expression: str) -> None:
        self.path = expression
        self._tokens = [found[1] or found[2] for found in _TOKEN.finditer(expression)]
        if "".join(self._tokens) != re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", expression):
            raise ValueError(f"not understood: {expression}")
        self._tokens.append("")
        self._paths = [self._path()]
        while self._take("|"):
            self._paths.append(self._path())
        if self._tokens[0]:
            raise ValueError(f"not understood: {self._tokens[0]} in {expression}")
        named = frozenset[str]().union(*(path.tags for path in self._paths))
        self._any_tag = [path for path in self._paths if not path.tags]
        self._of_tag = {tag: [p for p in self._paths if not p.tags or tag in p.tags] for tag in named}
        self._tags = ["*"] if self._any_tag else sorted(named)

    def __call__(self, tree: Any) -> list[Any]:
        found = []
        left = [path for path in self._paths if path.first]
        enough = len(left) == len(self._paths)
        for element in tree.iterdescendants(*self._tags):
            for path in self._of_tag.get(element.tag, self._any_tag):
                if path.holds(element) and (not path.first or path in left):
                    found.append(element)
                    if path.first:
                        left.remove(path)
                    break
            if enough and not left:
                break
        return found

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

    def _path(self) -> _Path:
        path = _Path()
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
                test = self._any(path)
                read = before[: len(before) - len(self._tokens)]
                (path.of_elements if "self::" in read or ".//" in read else path.of_values).append(test)
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

    def _any(self, path: _Path) -> _Test:
        tests = [self._test(path)]
        while self._take("or"):
            tests.append(self._test(path))

        def any_of(element: Any, values: _Values) -> bool:  # `any` costs as much as the tests themselves
            for test in tests:  # noqa: SIM110
                if test(element, values):
                    return True
            return False

        return any_of

    def _test(self, path: _Path) -> _Test:
        token = self._next()
        if token == "not":
            self._need("(")
            inner = self._inside() if self._tokens[0] == ".//" else self._any(path)
            self._need(")")
            return lambda element, values: not inner(element, values)
        if token == "self::":
            tag = self._next()
            return lambda element, values: element.tag == tag
        if token in ("contains", "starts-with", "re:test"):
            return self._function(token, path)
        place = path.place(self._name(token))
        if not self._take("="):
            return lambda element, values: values[place] is not None
        wanted = self._string()
        return lambda element, values: values[place] == wanted

    def _inside(self) -> _Test:
        self._need(".//")
        tag = self._next()
        return lambda element, values: element.find(f".//{tag}") is not None

    def _function(self, name: str, path: _Path) -> _Test:
        self._need("(")
        value = self._value(path)
        self._need(",")
        text = self._string()
        if name == "contains":
            said: Callable[[str], object] = lambda given: text in given  # noqa: E731
        elif name == "starts-with":
            said = lambda given: given.startswith(text)  # noqa: E731
        else:
            search = re.compile(text, re.IGNORECASE if self._take(",") and self._string() == "i" else 0).search
            known = lru_cache(maxsize=_REMEMBERED)(search)
            said = lambda given: (known if len(given) <= _SHORT else search)(given)  # noqa: E731
        self._need(")")
        nothing = bool(said(""))
        return lambda element, values: bool(said(given)) if (given := value(values)) else nothing

    def _value(self, path: _Path) -> Callable[[_Values], str]:
        """The string of an attribute, "" where there is none."""
        token = self._next()
        if token == "translate":
            self._need("(")
            inner = self._value(path)
            self._need(",")
            old = self._string()
            self._need(",")
            table = str.maketrans(old, self._string())
            self._need(")")
            return lambda values: inner(values).translate(table)
        place = path.place(self._name(token))
        if self._take("|"):
            path.pairs.append((token[1:], self._name(self._next())))
            pair = len(path.pairs)
            return lambda values: values[pair - 1 - len(path.pairs)] or ""
        return lambda values: values[place] or ""

    def _name(self, token: str) -> str:
        if token[:1] != "@":
            raise ValueError(f"an attribute expected, not {token}")
        return token[1:]


def _first(element: Any, one: str, other: str) -> str | None:
    """The value of the one of two attributes that stands first in the element's tag."""
    value: str | None = element.get(one)
    another: str | None = element.get(other)
    if value is None or another is None:
        return another if value is None else value
    return value if next(name for name in element.keys() if name in (one, other)) == one else another  # noqa: SIM118


class _Path:
    """One of an expression's paths: what it asks of an element."""

    def __init__(self) -> None:
        self.tags: frozenset[str] = frozenset()  # none: any
        self.first = False  # whether one element is enough
        self.names: list[str] = []  # of attributes
        self.pairs: list[tuple[str, str]] = []  # of them the value that an element has first
        self.of_values: list[_Test] = []
        self.of_elements: list[_Test] = []
        self._known: dict[_Values, bool] = {}

    def place(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def holds(self, element: Any) -> bool:
        values = tuple(map(element.get, self.names))
        if self.pairs:
            values += tuple(_first(element, one, other) for one, other in self.pairs)
        known = self._known.get(values)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = all(test(element, values) for test in self.of_values)
            if sum(len(value) for value in values if value) <= _SHORT:
                self._known[values] = known
        return known and (not self.of_elements or all(test(element, values) for test in self.of_elements))
