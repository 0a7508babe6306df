"""``cleanpipe verify``"""

from __future__ import annotations

from pathlib import Path

import click

from cleanpipe.cli.console import visible


@click.command("verify")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--sources", "moved", multiple=True, metavar="ROOT=PATH",
    help="Where an input root lies now, if it was moved; can be repeated.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(out: Path, moved: tuple[str, ...], as_json: bool) -> None:
    """Prove an output against its sources.

    Reads only OUT and the files that it was made from, and checks with code of its own that nothing was lost, invented
    or changed. Prints what was proved, or a line for each failure, and ends with 1 if there is one.
    """
    roots = {}
    for entry in moved:
        root, separator, path = entry.partition("=")
        if not separator or not root or not path:
            raise click.UsageError(f"--sources {entry}: write ROOT=PATH")
        roots[root] = Path(path)

    import json

    from cleanpipe.audit.verify import verify

    report = verify(out, roots)
    if as_json:
        click.echo(json.dumps({"out": str(out), **report.as_dict()}, ensure_ascii=False))
    elif report.ok:
        click.echo(f"{visible(str(out))} is whole and true:")
        for name, count in report.proved.items():
            click.echo(f"  {count:>12,}  {name}")
    else:
        for failure in report.failures:
            click.echo(visible(failure))
        if report.failed > len(report.failures):
            click.echo(f"… and {report.failed - len(report.failures):,} more")
        click.echo(f"{visible(str(out))} FAILED: {report.failed:,} things are not as they should be")
    if not report.ok:
        raise SystemExit(1)
