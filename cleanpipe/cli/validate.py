"""``cleanpipe validate``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cleanpipe.cli.console import plural, size, visible
from cleanpipe.cli.options import config_options, load

if TYPE_CHECKING:
    from cleanpipe.read.spec import InputFile

#: As many files of a kind are listed by name.
LISTED = 10


@click.command("validate")
@config_options
def command(config: str, inputs: tuple[str, ...], output: str | None, sets: tuple[str, ...]) -> None:
    """Check a config and say what it would read.

    Loads CONFIG, its processors, rule packs and models, and looks for the inputs; reads no article and writes nothing.
    Ends with 2 and one line if something is wrong.
    """
    loaded = load(config, inputs, output, sets)

    from cleanpipe import read
    from cleanpipe.read.spec import InputSpec
    from cleanpipe.run import check_models

    check_models(loaded)
    plan = read.plan([InputSpec(**entry.model_dump()) for entry in loaded.inputs])

    click.echo(f"{config} is valid.\n")
    _list_files(sorted((file for _, files in plan.shards for file in files), key=lambda file: (file.root, file.path)))
    _list("cannot be read", [f"{visible(one.path)}: {visible(one.error)}" for one in plan.rejected])
    _list(
        "passed over", [f"{plural(count, 'file')}: {visible(kind)}" for kind, count in sorted(plan.passed_over.items())]
    )
    click.echo(f"\nclean   {', '.join(step.name for step in loaded.clean)}")
    click.echo(f"output  {loaded.output}")


def _list_files(files: list[InputFile]) -> None:
    total = sum(file.size for file in files)
    formats = sorted({file.format for file in files})
    found = [f"{visible(file.root)}: {visible(file.path)}  {file.format}, {size(file.size)}" for file in files]
    _list(f"would read {plural(len(files), 'file')}, {size(total)} ({', '.join(formats)})", found)


def _list(title: str, lines: list[str]) -> None:
    """The first of ``lines`` below a title; nothing if there are none."""
    if not lines:
        return
    click.echo(f"{title}:")
    for line in lines[:LISTED]:
        click.echo(f"  {line}")
    if len(lines) > LISTED:
        click.echo(f"  … and {len(lines) - LISTED:,} more")
