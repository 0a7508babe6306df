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
        self._names: list[str] = []  # of the attributes that are asked for
        self._pairs: list[tuple[int, int]] = []  # places of two of which the value counts that an element has first
        self._paths = [self._path()]
        while self._take("|"):
            self._paths.append(self._path())
        if self._tokens[0]:
            raise ValueError(f"not understood: {self._tokens[0]} in {expression}")
        named = frozenset[str]().union(*(path.tags for path in self._paths))
        self._all = _Known(self._paths)
        self._any_tag = _Known([path for path in self._paths if not path.tags])
        self._of_tag = {tag: _Known([p for p in self._paths if not p.tags or tag in p.tags]) for tag in named}
        self._alike = all(path.tags == self._paths[0].tags for path in self._paths)
        self._tags = ["*"] if self._any_tag.paths else sorted(named)

    def __call__(self, tree: Any) -> list[Any]:
        found = []
        left = [path for path in self._paths if path.first]
        enough = len(left) == len(self._paths)
        names, pairs, known = self._names, self._pairs, self._all
        for element in tree.iterdescendants(*self._tags):
            values = tuple(map(element.get, names))
            for one, other in pairs:
                first, second = values[one], values[other]
                if first is None or (second is not None and _earlier(element, names[other], names[one])):
                    first = second
                values += (first,)
            if not self._alike:
                known = self._of_tag.get(element.tag, self._any_tag)
            paths = known.get(values)
            if paths is None:
                paths = known.learn(values)
            for path in paths:
                if path.first and path not in left:
                    continue
                if path.of_elements and not all(test(element, values) for test in path.of_elements):
                    continue
                found.append(element)
                if path.first:
                    left.remove(path)
                    if enough and not left:
                        return found
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
                test = self._any()
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
            return lambda element, values: element.tag == tag
        if token in ("contains", "starts-with", "re:test"):
            return self._function(token)
        place = self._place(self._name(token))
        if not self._take("="):
            return lambda element, values: values[place] is not None
        wanted = self._string()
        return lambda element, values: values[place] == wanted

    def _inside(self) -> _Test:
        self._need(".//")
        tag = self._next()
        return lambda element, values: element.find(f".//{tag}") is not None

    def _function(self, name: str) -> _Test:
        self._need("(")
        value = self._value()
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

    def _value(self) -> Callable[[_Values], str]:
        """The string of an attribute, "" where there is none."""
        token = self._next()
        if token == "translate":
            self._need("(")
            inner = self._value()
            self._need(",")
            old = self._string()
            self._need(",")
            table = str.maketrans(old, self._string())
            self._need(")")
            return lambda values: inner(values).translate(table)
        place = self._place(self._name(token))
        if self._take("|"):
            self._pairs.append((place, self._place(self._name(self._next()))))
            pair = len(self._pairs)
            return lambda values: values[pair - 1 - len(self._pairs)] or ""
        return lambda values: values[place] or ""

    def _place(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def _name(self, token: str) -> str:
        if token[:1] != "@":
            raise ValueError(f"an attribute expected, not {token}")
        return token[1:]


def _earlier(element: Any, one: str, other: str) -> bool:
    """Whether of two attributes that an element has the one stands first in its tag."""
    return bool(next(name for name in element.keys() if name in (one, other)) == one)  # noqa: SIM118


class _Path:
    """One of an expression's paths: what it asks of an element."""

    def __init__(self) -> None:
        self.tags: frozenset[str] = frozenset()  # none: any
        self.first = False  # whether one element is enough
        self.of_values: list[_Test] = []
        self.of_elements: list[_Test] = []


class _Known(dict[_Values, tuple[_Path, ...]]):
    """Those of ``paths`` that elements with such attributes fulfil, as far as these tell, by the attributes' values."""

    def __init__(self, paths: list[_Path]) -> None:
        super().__init__()
        self.paths = paths

    def learn(self, values: _Values) -> tuple[_Path, ...]:
        held = tuple(path for path in self.paths if all(test(None, values) for test in path.of_values))
        if len(self) >= _REMEMBERED:
            self.clear()
        if sum(len(value) for value in values if value) <= _SHORT:
            self[values] = held
        return held
