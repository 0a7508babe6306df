"""``cleanpipe run``"""

from __future__ import annotations

import json
import sys

import click

from cleanpipe.cli.options import config_options, load


@click.command("run")
@config_options
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Worker processes; as `--set workers=N`.")
@click.option(
    "--max-strip", metavar="SHARE",
    help="Fail if a document loses more than this share, such as 95%; as `--set limits.max_strip=SHARE`.",
)  # fmt: skip
@click.option("--fresh", is_flag=True, help="Start anew: remove what an earlier run left in OUT.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no table, only errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the run's counts as one JSON object instead of the table.")
def command(
    config: str,
    inputs: tuple[str, ...],
    output: str | None,
    sets: tuple[str, ...],
    workers: int | None,
    max_strip: str | None,
    fresh: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Read, clean and deduplicate a collection.

    CONFIG says what to read, where to write and how (`cleanpipe init` writes one). A run that was stopped goes on
    where it stopped. Ends with 1 if a check failed, such as too much in quarantine.
    """
    given = {"workers": workers, "limits.max_strip": max_strip}
    more = [f"{key}={value}" for key, value in given.items() if value is not None]
    loaded = load(config, inputs, output, (*sets, *more))

    from cleanpipe.cli.console import show
    from cleanpipe.cli.progress import progress, stoppable
    from cleanpipe.run import run

    try:
        with progress(quiet=quiet) as shown, stoppable(shown) as report:
            manifest = run(loaded, fresh=fresh, progress=report)
    except KeyboardInterrupt:
        click.echo("cleanpipe: stopped; the same command, without --fresh, goes on where this one stopped", err=True)
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(manifest["counts"], ensure_ascii=False))
    elif not quiet:
        from cleanpipe.cli.summary import summary

        show(summary(manifest, loaded.output))
    failed = [check for check in manifest["checks"] if not check["ok"]]
    if failed and (quiet or as_json):
        for check in failed:
            click.echo(f"cleanpipe: {check['name']}: {check['text']}", err=True)
    if failed:
        sys.exit(1)
