"""What the commands that take a config share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cleanpipe.config.schema import Config


def config_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """CONFIG and the options that override it."""
    for decorator in reversed(
        (
            click.argument("config", metavar="CONFIG"),
            click.option("--inputs", "-i", multiple=True, metavar="PATH", help="Read this instead; can be repeated."),
            click.option("--output", "-o", metavar="OUT", help="Write to this folder instead."),
            click.option(
                "--set", "-s", "sets", multiple=True, metavar="KEY=YAML", help="Set one key: --set dedup.threshold=0.6."
            ),
        )
    ):
        function = decorator(function)
    return function


def load(config: str, inputs: tuple[str, ...], output: str | None, sets: tuple[str, ...]) -> Config:
    """The config with its overrides. Imported late: pydantic and YAML are not for ``--help``."""
    from cleanpipe.config.load import load as load_config

    return load_config(config, inputs=inputs, output=output, sets=sets)
