"""Rule packs: YAML files of rules, each with its examples, read with errors that name file, line and column."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import re2
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cleanpipe.errors import UserError
from cleanpipe.model import TYPES

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Examples(BaseModel):
    """Texts that prove a rule: one line each, or a small document of several lines (one block a line)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    strip: list[str] = Field(min_length=1, description="Texts of which the rule marks at least one block.")
    keep: list[str] = Field(min_length=1, description="Texts of which the rule marks none.")


class Rule(BaseModel):
    """One thing that is boilerplate (or a caption, a byline ...), how it is recognised, and when that is safe."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Name = Field(description="Unique in its pack.")
    version: int = Field(1, ge=1, description="Raised when the rule comes to mean something else.")
    category: Name = Field(description="A type such as caption, credit, byline; anything else is junk:CATEGORY.")
    at: Literal["line", "prefix", "anywhere", "inline"] = Field(
        description="The pattern is the whole line, its beginning, stands anywhere in it, or is cut out of it (inline)."
    )
    patterns: list[str] = Field(
        min_length=1, description="RE2 expressions; white space and decoration around a line are ignored."
    )
    case_sensitive: bool = Field(False, description="Whether capitals matter.")
    where: Literal["any", "top", "head", "body", "tail", "edge", "past-head"] = Field(
        "any",
        description="Before the headline under nothing but labels (top), before the prose, in it, after it, outside it "
        "(edge), or anywhere but before it.",
    )
    min_tokens: int = Field(0, ge=0, description="The block has at least so many words.")
    max_tokens: int = Field(12, ge=1, description="The block has at most so many words.")
    last_blocks: int = Field(0, ge=0, description="Only among so many last blocks of the document; 0: anywhere.")
    unfinished: bool = Field(False, description="Only a block that does not end as a sentence does.")
    verbless: bool = Field(False, description="Only a block without full stop and without a common verb.")
    prompt: bool = Field(
        False,
        description="A phrase that asks the reader for something: no sentence that reports speech is one, and inside "
        "the prose a sentence is strong evidence only.",
    )
    company: bool = Field(
        False, description="Words that an article may use as well: only beside other labels of a site; else weak."
    )
    run: int = Field(1, ge=1, description="Only in a run of so many neighbouring blocks that rules have matched.")
    strength: Literal["certain", "strong", "weak"] = Field(
        description="certain strips alone; strong needs another family."
    )
    family: Name = Field("label", description="Marks of one family count once.")
    reason: str = Field(min_length=10, description="A sentence that a person understands.")
    examples: Examples

    @cached_property
    def type(self) -> str:
        return self.category if self.category in TYPES else f"junk:{self.category}"

    @cached_property
    def action(self) -> Literal["type", "edit", "strip"]:
        return "type" if self.category in TYPES else "edit" if self.at == "inline" else "strip"


class _PackFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    pack: Name
    about: str = ""
    language: str = Field("", pattern=r"^([a-z]{2,3})?$", description="Only for documents of this language.")
    everywhere: bool = Field(False, description="Sites of other languages have these labels as well.")
    rules: list[Rule]


@dataclass(frozen=True)
class Pack:
    """The rules of one file. ``digest`` is the SHA-256 of its bytes.

    ``language`` (ISO 639) is what documents must be written in, unless the pack is for them ``everywhere``; a pack
    without language is, too.
    """

    name: str
    digest: str
    rules: tuple[Rule, ...]
    language: str = ""
    everywhere: bool = False


def builtin_packs() -> list[str]:
    return sorted(
        entry.name[:-5]
        for entry in files("cleanpipe.clean").joinpath("rules").iterdir()
        if entry.name.endswith(".yaml")
    )


def load_pack(name: str) -> Pack:
    """A built-in pack by name, or a file by path (it holds a '/' or ends in .yaml or .yml)."""
    if "/" in name or name.endswith((".yaml", ".yml")):
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            raise UserError(f"{name}: cannot read the rule pack ({error.strerror}); check clean.rules.packs") from None
        return _parse(name, data)
    return _builtin(name)


@cache
def _builtin(name: str) -> Pack:
    known = builtin_packs()
    if name not in known:
        raise UserError(
            f"unknown rule pack {name!r}{nearest(name, known)}; a pack of your own is a path, as ./{name}.yaml"
        )
    data = files("cleanpipe.clean").joinpath("rules", name + ".yaml").read_bytes()
    return _parse(name + ".yaml", data, checked=True)


def nearest(name: str, known: Sequence[str]) -> str:
    """`` (did you mean 'x'?)`` or the names there are."""
    close = difflib.get_close_matches(name, known, 1)
    return f" (did you mean {close[0]!r}?)" if close else f" (known: {', '.join(known)})"


def _parse(where: str, data: bytes, checked: bool = False) -> Pack:
    """``checked``: the tests have compiled the patterns, which takes longer than all the rest."""
    try:
        raw = YAML(typ="safe").load(data)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UserError(f"{where}{place}: not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{where}: not valid YAML: {str(error).splitlines()[0]}") from None
    try:
        found = _PackFile.model_validate(raw)
    except ValidationError as error:
        # A misspelt key is also a missing one: say what is there and wrong.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise UserError(f"{where}{_place(data, first['loc'])}: {_explain(first)}") from None
    seen: set[str] = set()
    for i, rule in enumerate(found.rules):
        if rule.id in seen:
            raise UserError(f"{where}{_place(data, ('rules', i, 'id'))}: the rule id {rule.id!r} is used twice")
        seen.add(rule.id)
        for j, pattern in enumerate(() if checked else rule.patterns):
            try:
                re2.compile(pattern, _options(rule.case_sensitive))
            except re2.error as error:
                why = error.args[0].decode() if isinstance(error.args[0], bytes) else error
                place = _place(data, ("rules", i, "patterns", j))
                raise UserError(f"{where}{place}: not a regular expression of RE2: {why}") from None
    return Pack(found.pack, hashlib.sha256(data).hexdigest(), tuple(found.rules), found.language, found.everywhere)


def _options(case_sensitive: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    return options


def _place(data: bytes, loc: tuple[int | str, ...]) -> str:
    """``:line:column`` of a place in the YAML; the last part of ``loc`` may be a key that is missing."""
    node: Any = YAML().load(data)
    line, column = 0, 0
    for part in loc:
        try:
            position = node.lc.key(part) if isinstance(part, str) else node.lc.item(part)
            line, column = position[0], position[1]
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return f":{line + 1}:{column + 1}"


def _explain(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "the file"
    key = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        model = Examples if "examples" in error["loc"] else Rule if "rules" in error["loc"] else _PackFile
        return f"unknown key {key!r}{nearest(key, list(model.model_fields))}"
    if error["type"] == "missing":
        return f"the key {key!r} is missing"
    if error["type"] == "literal_error":
        return f"{path} must be {error['ctx']['expected']}, not {error['input']!r}"
    return f"{path}: {error['msg']}"
