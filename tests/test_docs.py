"""Every key and every command is documented, with the default it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from cleanpipe import clean
from cleanpipe.cli.main import COMMANDS, cli
from cleanpipe.config.schema import Config, Input

REPOSITORY = Path(__file__).parents[1]


def document(name: str) -> str:
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


# --- docs/config.md


def keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Each key of a model with its description, those of nested models included."""
    for name, field in model.model_fields.items():
        yield prefix + name, field.description or ""
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == Config.__module__:
                if kind is Input:
                    yield from keys(kind, f"{prefix}{name}[].")
                elif kind.__name__ != "CleanStep":
                    yield from keys(kind, f"{prefix}{name}.")


KEYS = dict(keys(Config, ""))
SETTINGS = {
    f"clean.{name}.{key}": field.description or ""
    for name in clean.names()
    for key, field in clean.settings_of(name).model_fields.items()
}


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables whose first cell is a name in back quotes."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("| "))]
            found[cells[0].strip("`")] = cells[1:]
    return found


@pytest.mark.parametrize("key", [*KEYS, *SETTINGS])
def test_a_key_is_described_where_it_is_defined_and_in_the_docs(key: str) -> None:
    assert {**KEYS, **SETTINGS}[key]
    assert key in rows(document("config.md"))


def test_the_docs_name_no_key_that_does_not_exist() -> None:
    assert set(rows(document("config.md"))) == {*KEYS, *SETTINGS, *clean.names()}


def test_the_docs_give_the_defaults() -> None:
    documented = rows(document("config.md"))
    written: dict[str, Any] = {
        "limits.document": "64MiB", "limits.quarantine": "1%", "limits.strip": "90%", "memory": "2GiB",
        "dedup.threshold": "0.5", "dedup.containment": "0.8", "clean": "all, in the order below",
        "dedup.window": "null", "limits.max_strip": "null",
    }  # fmt: skip
    for name, field in _leaves(Config, ""):
        default = written.get(name, field.get_default(call_default_factory=True))
        if field.is_required():
            default = "required"
        assert documented[name][0].strip("`") == str(default).replace("()", "[]").replace("PydanticUndefined", "")


@pytest.mark.parametrize("name", SETTINGS)
def test_the_docs_give_the_defaults_of_processors(name: str) -> None:
    _, processor, key = name.split(".")
    default = clean.settings_of(processor).model_fields[key].get_default(call_default_factory=True)
    documented = YAML(typ="safe").load(rows(document("config.md"))[name][0].strip("`"))
    assert documented == (list(default) if isinstance(default, tuple) else default)


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, field


# --- docs/commands.md


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli, info_name="cleanpipe")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                inner = command.get_command(context, below)
                assert inner is not None
                yield f"{name} {below}", inner


ALL_COMMANDS = dict(commands())


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_a_command_and_each_of_its_options_has_help_and_is_documented(name: str) -> None:
    command = ALL_COMMANDS[name]
    assert command.help
    section = re.search(rf"^##+ `cleanpipe {name}\b[^\n]*`\n(.*?)(?=^##|\Z)", document("commands.md"), re.M | re.S)
    assert section, f"docs/commands.md has no section `cleanpipe {name} ...`"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name} has no help"
            for option in parameter.opts:
                assert f"`{option}`" in section[1] or f"`{option} " in section[1], f"{name} {option} is not documented"


def test_the_docs_name_no_command_that_does_not_exist() -> None:
    named = re.findall(r"^##+ `cleanpipe ([a-z ]+?)(?: [^a-z`][^`]*| [A-Z][^`]*)?`$", document("commands.md"), re.M)
    assert sorted(named) == sorted(ALL_COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_root_shows_the_first_paragraph_of_a_commands_own_help(name: str) -> None:
    assert " ".join((ALL_COMMANDS[name].help or "").split("\n\n")[0].split()) == COMMANDS[name][1]


def test_links_between_the_documents_lead_somewhere() -> None:
    for path in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} links to {target}"
