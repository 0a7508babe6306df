"""``cleanpipe audit``"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cleanpipe.cli.console import percent, plural, visible

_SHOWN = 160  # characters of a text in a table


@click.command("audit")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--rule", default="", metavar="GLOB",
    help="Only rules like this: --rule 'rules/news-en.*'; without a slash it may match anywhere: --rule ad-marker.",
)  # fmt: skip
@click.option("--category", default="", metavar="NAME", help="Only this category of junk, or type of block.")
@click.option("--outlet", default="", metavar="NAME", help="Only this outlet.")
@click.option(
    "--action", type=click.Choice(["strip", "profile", "edit", "duplicate", "superseded", "keep"]),
    help="Only what was removed in this way; keep: what was not, with --uncertain.",
)  # fmt: skip
@click.option("--text", default="", metavar="PART", help="Only texts that hold this, in any case.")
@click.option(
    "--by", default="rule", show_default=True,
    type=click.Choice(["rule", "category", "outlet", "action", "document", "text"]), help="What to count by.",
)  # fmt: skip
@click.option("--list", "as_list", is_flag=True, help="List the rows instead of counting them.")
@click.option(
    "--uncertain",
    is_flag=True,
    help="List the decisions that were the least sure, of kept blocks too: look here first.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), metavar="N", help="Show at most N.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    out: Path, rule: str, category: str, outlet: str, action: str | None, text: str, by: str, as_list: bool,
    uncertain: bool, limit: int, as_json: bool,
) -> None:  # fmt: skip
    """Count and list what was stripped: by rule, category, outlet, action, document or text."""
    from cleanpipe.audit.query import Decided, Filter, Stripped

    wanted = Filter(rule, category, outlet, action or "", text)
    if uncertain:
        decided = Decided(out)
        _show_uncertain(decided.uncertain(wanted, limit), decided.count(wanted), as_json)
        return
    if action == "keep":
        raise click.UsageError("--action keep is for --uncertain: nothing else lists what was kept")
    stripped = Stripped(out)
    total = stripped.total(wanted)
    for what, asked, near in stripped.unknown(wanted) if not total["rows"] else ():
        names = f"; near: {', '.join(map(visible, near))}" if near else ""
        click.echo(f"cleanpipe: nothing that was stripped has the {what} {visible(asked)!r}{names}", err=True)
    rows = stripped.rows(wanted, limit) if as_list else stripped.counts(wanted, by, limit)
    if as_json:
        import orjson

        click.echo(orjson.dumps({"total": total, "rows": rows}).decode())
        return
    for line in _listing(rows) if as_list else _table(rows):
        click.echo(line)
    characters = f"{plural(total['characters'], 'character')} ({percent(total['share'], 1)} of the sources)"
    shown = f", {len(rows):,} shown" if as_list and len(rows) < total["rows"] else ""
    click.echo(f"{plural(total['rows'], 'row')}{shown}, {characters}")


def _show_uncertain(rows: list[dict[str, Any]], total: int, as_json: bool) -> None:
    if as_json:
        import orjson

        click.echo(orjson.dumps({"total": total, "rows": rows}).decode())
        return
    for row in rows:
        name = click.style(f"{visible(row['document'])}#{row['block']}", bold=True)
        rule = f"  {visible(row['rule'])}" if row["rule"] else ""
        click.echo(f"{row['confidence']:.2f}  {name}  {row['action']}  {visible(row['type'])}{rule}")
        click.echo(f"    {_short(row['text'])}")
        if row["reason"]:
            click.echo(f"    {visible(row['reason'])}")
        for mark in row["marks"]:
            if mark["rule"] != row["rule"]:
                said = f"{mark['strength']} {mark['action']}  {visible(mark['rule'])}: {visible(mark['reason'])}"
                click.echo(f"      mark {said}")
    shown = f", {len(rows):,} shown" if len(rows) < total else ""
    click.echo(f"{plural(total, 'decision')}{shown}")


def _listing(rows: list[dict[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        lines += [
            click.style(f"{visible(row['document'])}#{row['block']}", bold=True)
            + f"  {row['action']}  {visible(row['type'])}  {visible(row['rule'])} ({row['confidence']:.2f})",
            f"    {_short(row['text'])}",
            f"    {visible(row['reason'])}" + (f" Held by {visible(row['held_by'])}." if row["held_by"] else ""),
        ]
    return lines


def _table(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    names = [name for name in rows[0] if name not in ("rows", "characters", "share")]
    cells = [[_short(str(row[name])) for name in names] for row in rows]
    widths = [max(len(cell[i]) for cell in [names, *cells]) for i in range(len(names) - 1)]
    lines = [f"{'rows':>9}  {'characters':>12}  {'share':>7}  " + _columns(names, widths)]
    for row, cell in zip(rows, cells, strict=True):
        share = percent(row["share"], 1)
        lines.append(f"{row['rows']:>9,}  {row['characters']:>12,}  {share:>7}  " + _columns(cell, widths))
    return lines


def _columns(cells: list[str], widths: list[int]) -> str:
    """All but the last padded, so that what stands last may be of any width."""
    return "  ".join([*(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False)), cells[-1]])


def _short(text: str) -> str:
    shown = visible(" ".join(text.split()))
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
