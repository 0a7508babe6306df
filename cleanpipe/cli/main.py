"""The root command. It imports nothing but click, so that help, completion and a typo are answered at once."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click

from cleanpipe import __version__
from cleanpipe.errors import UserError

#: Command -> (module with its ``command``, the help line that the root shows without importing it).
COMMANDS = {
    "run": ("cleanpipe.cli.run", "Read, clean and deduplicate a collection."),
    "validate": ("cleanpipe.cli.validate", "Check a config and say what it would read."),
    "verify": ("cleanpipe.cli.verify", "Prove an output against its sources."),
    "explain": ("cleanpipe.cli.explain", "Show a document block by block: its verdict, rule and reason."),
    "audit": (
        "cleanpipe.cli.audit",
        "Count and list what was stripped: by rule, category, outlet, action, document or text.",
    ),
    "rules": ("cleanpipe.cli.rules", "List, test and try the cleaning rules."),
    "init": ("cleanpipe.cli.init", "Write a config to start from."),
    "schema": ("cleanpipe.cli.schema", "Print the config's JSON Schema, for editors."),
}


class Root(click.Group):
    """Imports a command when it is called, and turns every mistake of a user into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from cleanpipe.config.mistakes import nearest

            raise click.UsageError(f"unknown command {args[0]!r}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            # Whoever read our output (head, say) has seen enough. Nothing may be written at exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(141) from None

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A page's text must not end a command where the terminal's encoding lacks a character.
                stream.reconfigure(errors="backslashreplace")
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except UserError as error:
            _fail(str(error))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.UsageError as error:
            name = error.ctx.command_path if error.ctx else "cleanpipe"
            _fail(f"{error.format_message().rstrip('.')}; `{name} --help` shows how")
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            _fail("stopped", 130)
        # Without click's own error handling, its exits come back as a return value.
        sys.exit(code if type(code) is int else 0)


def _fail(message: str, code: int = 2) -> NoReturn:
    click.echo(f"cleanpipe: {' '.join(message.split())}", err=True)
    sys.exit(code)


@click.command(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cleanpipe", message="%(prog)s %(version)s")
def cli() -> None:
    """Scraped news in; a clean, deduplicated and fully accountable corpus out.

    Start with `cleanpipe init`, then `cleanpipe run cleanpipe.yaml`.
    """


def main() -> None:
    """The console script."""
    cli(prog_name="cleanpipe")
