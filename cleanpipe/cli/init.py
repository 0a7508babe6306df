"""``cleanpipe init``"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from cleanpipe.errors import UserError


@click.command("init")
@click.argument("path", default="cleanpipe.yaml", metavar="[FILE]")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def command(path: str, force: bool) -> None:
    """Write a config to start from.

    Every key stands in FILE (cleanpipe.yaml) with its default and a comment: change the
    paths, delete what you do not need.
    """
    text = files("cleanpipe.config").joinpath("starter.yaml").read_text(encoding="utf-8")
    try:
        with Path(path).open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} exists; give another name, or --force to overwrite it") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(f"Wrote {path}. Set its inputs, then:\n  cleanpipe validate {path}\n  cleanpipe run {path}")
