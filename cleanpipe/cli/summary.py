"""The table at the end of a run: what went in, what became of it, where it is, what to type next."""

from __future__ import annotations

import shlex
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cleanpipe.cli.console import bar, percent, plural, size, visible

#: Verified relations to the canonical paragraph, in order of precedence.
RELATIONS = ("exact", "near", "contains", "contained", "quotation")


def summary(manifest: dict[str, Any], output: str) -> RenderableType:
    """``manifest`` of the run as a table for people; ``output`` as the user names it."""
    counts = manifest["counts"]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(min_width=22)
    rows.add_column(justify="right", min_width=9)
    rows.add_column(overflow="fold")
    _documents(rows, counts)
    _blocks(rows, counts)
    _stripped(rows, counts["stripped_by_category"])
    _duplicates(rows, counts)

    seconds, memory = manifest["seconds"], manifest["peak_memory_bytes"]
    title = Text(f"cleanpipe {manifest['cleanpipe']}", style="bold")
    title.append(f"   {seconds:.1f} s   peak memory {size(memory)}", style="dim")
    return Group(Text(), title, Text(), rows, *_remarks(manifest), Text(), _next(output))


def _documents(rows: Table, counts: dict[str, Any]) -> None:
    read = f"{plural(counts['records'], 'record')} in {plural(counts['inputs'], 'file')}"
    _row(rows, "documents", counts["documents"], f"from {read}", style="bold")
    _row(rows, "  superseded", counts["superseded"], "earlier versions of an article", only=True)
    _row(rows, "  seen again", counts["seen"], "the same content, read more than once", only=True)
    style = "red" if counts["quarantined"] else ""
    _row(rows, "quarantined", counts["quarantined"], "unreadable; quarantine/ says why" if style else "", style=style)


def _blocks(rows: Table, counts: dict[str, Any]) -> None:
    blocks = counts["blocks"]
    rows.add_row()
    _row(rows, "blocks", blocks, f"{counts['chars']['source']:,} characters", style="bold")
    told = counts["kept"] + counts["stripped"] + counts["profile"] + counts["duplicates"]
    for label, count, style, always in (
        ("kept", counts["kept"], "green", True),
        ("stripped", counts["stripped"], "red", True),
        ("not exported", counts["profile"], "yellow", False),
        ("dropped duplicates", counts["duplicates"], "magenta", False),
        ("of earlier versions", blocks - told, "blue", False),
    ):
        if count or always:
            note = Text(f"{percent(count, blocks):>7}  ")
            note.append(bar(count / blocks if blocks else 0), style=style)
            _row(rows, f"  {label}", count, note)
    _row(rows, "  edited", counts["edits"], "spans taken out of kept blocks", only=True)


def _stripped(rows: Table, categories: dict[str, int]) -> None:
    if not categories:
        return
    rows.add_row()
    _row(rows, "stripped, by category", sum(categories.values()), "", style="bold")
    most = max(categories.values())
    for category, count in sorted(categories.items(), key=lambda item: (-item[1], item[0])):
        _row(rows, f"  {visible(category)}", count, Text(bar(count / most), style="red"))


def _duplicates(rows: Table, counts: dict[str, Any]) -> None:
    relations = {name: counts["relations"].get(name, 0) for name in RELATIONS}
    rows.add_row()
    groups = f"beside {counts['groups']:,} distinct ones, {counts['shared_groups']:,} of which several outlets carry"
    _row(rows, "duplicate paragraphs", sum(relations.values()), groups if counts["groups"] else "", style="bold")
    for name, count in relations.items():
        _row(rows, f"  {name}", count, "", only=True)


def _row(rows: Table, label: str, count: int, note: str | Text, *, style: str = "", only: bool = False) -> None:
    """``only``: leave the row out where there is nothing to count."""
    if count or not only:
        rows.add_row(
            Text(label, style=style),
            Text(f"{count:,}", style=style),
            note if isinstance(note, Text) else Text(note, style="dim"),
        )


def _remarks(manifest: dict[str, Any]) -> list[Text]:
    failed = [check for check in manifest["checks"] if not check["ok"]]
    said = [Text(f"failed: {visible(check['name'])}: {visible(check['text'])}", style="bold red") for check in failed]
    said += [Text(f"warning: {visible(str(warning))}", style="yellow") for warning in manifest["warnings"]]
    return [Text(), *said] if said else []


def _next(output: str) -> Table:
    place = shlex.quote(output)
    rows = Table.grid(padding=(0, 2))
    rows.add_column()
    rows.add_column(overflow="fold")
    rows.add_row(Text("output", style="bold"), Text(output))
    for label, command in (
        ("next", f"cleanpipe verify {place}"),
        ("", f"cleanpipe explain {place} DOCUMENT"),
        ("", f"cleanpipe audit {place}"),
    ):
        rows.add_row(Text(label, style="bold"), Text(command, style="cyan"))
    return rows
