"""``cleanpipe rules list``, ``rules test`` and ``rules try``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleanpipe.cli.console import plural, show, visible
from cleanpipe.errors import UserError

if TYPE_CHECKING:
    from cleanpipe.clean.pack import Pack
    from cleanpipe.model import Decision, Document

#: Action -> (letter, colour). In a pipe the letter is what colour is on a terminal.
_VERDICTS = {"keep": ("K", "green"), "strip": ("S", "red"), "profile": ("P", "yellow")}


@click.group("rules")
def command() -> None:
    """List, test and try the cleaning rules.

    PACK is the name of a built-in rule pack, or the path of your own (as ./my-rules.yaml).
    """


def _packs(names: tuple[str, ...]) -> list[Pack]:
    from cleanpipe.clean.pack import builtin_packs, load_pack

    return [load_pack(name) for name in names or builtin_packs()]


@command.command("list")
@click.argument("packs", metavar="[PACK]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a rule.")
def list_(packs: tuple[str, ...], as_json: bool) -> None:
    """List the rules of all built-in packs, or of each PACK."""
    rows = [(pack.name, rule) for pack in _packs(packs) for rule in pack.rules]
    if as_json:
        import orjson

        for name, rule in rows:
            said = {"id": rule.id, "version": rule.version, "pack": name, "category": rule.category, "type": rule.type}
            said |= {"at": rule.at, "where": rule.where, "strength": rule.strength, "family": rule.family}
            click.echo(orjson.dumps({**said, "reason": rule.reason}).decode())
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("rule", "pack", "category", "strength", "reason"):
        table.add_column(column, no_wrap=column != "reason")
    for name, rule in rows:
        table.add_row(f"{rule.id}@{rule.version}", name, rule.category, rule.strength, rule.reason)
    show(table)


@command.command("test")
@click.argument("packs", metavar="[PACK]...", nargs=-1)
def test(packs: tuple[str, ...]) -> None:
    """Run the examples of all built-in packs, or of each PACK. Ends with 1 if a rule gets one wrong."""
    from cleanpipe.clean.examples import count, failures

    loaded = _packs(packs)
    wrong = [failure for pack in loaded for failure in failures(pack)]
    for failure in wrong:
        click.echo(visible(str(failure)))
    rules, examples = sum(len(pack.rules) for pack in loaded), sum(map(count, loaded))
    click.echo(f"{plural(rules, 'rule')}, {plural(examples, 'example')}, {len(wrong)} wrong")
    if wrong:
        sys.exit(1)


@command.command("try")
@click.argument("text", metavar="TEXT|FILE|-")
@click.option("--pack", "packs", metavar="PACK", multiple=True, help="Only these packs, instead of the default ones.")
@click.option(
    "--profile", default="article", show_default=True, type=click.Choice(["article", "body"]), help="What is exported."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a block.")
def try_(text: str, packs: tuple[str, ...], profile: str, as_json: bool) -> None:
    """Show what all processors make of a text: each block with its verdict, type, rule and reason.

    What needs a whole collection (recurrence) says nothing here. A line of its own is a page without an article:
    rules that look at the place of a line want a file with the text around it.
    """
    document, decisions = _decide(_read(text), packs, profile)
    for block, decision in zip(document.blocks, decisions, strict=True):
        if as_json:
            import orjson

            said = {"block": block.number, "start": block.start, "end": block.end, "text": document.slice(block)}
            said |= {"action": decision.action, "type": decision.type, "rule": decision.rule, "reason": decision.reason}
            cut = [document.text[edit.start : edit.end] for edit in decision.edits]
            click.echo(orjson.dumps({**said, "edits": cut}).decode())
            continue
        letter, colour = _VERDICTS[decision.action]
        click.echo(
            click.style(f"{letter} {decision.type:<20}", fg=colour)
            + " "
            + visible(" ".join(document.slice(block).split()))
        )
        if decision.rule:
            click.echo(f"  {'':<20} {decision.rule}: {visible(decision.reason)}")
        for edit in decision.edits:
            cut_text = visible(document.text[edit.start : edit.end])
            click.echo(f"  {'':<20} without “{cut_text}”: {edit.rule}: {visible(edit.reason)}")


def _read(text: str) -> str:
    if text == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    try:
        found = Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL: a text
        found = False
    if not found:
        return text
    try:
        return Path(text).read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise UserError(
            f"{text}: cannot be read ({error.strerror}); give a readable file, a text, or - for stdin"
        ) from None


def _decide(text: str, packs: tuple[str, ...], profile: str) -> tuple[Document, list[Decision]]:
    from cleanpipe import clean
    from cleanpipe.decide import decide_document
    from cleanpipe.model import Batch, Document, Marks, Record, Source
    from cleanpipe.segment.text import segment

    document = Document(bytes(16), Record(Source("", "try", 0, "text/plain", "utf-8", ""), text), tuple(segment(text)))
    batch, marks = Batch((document,)), Marks()
    for processor in clean.build(
        [(name, {"packs": packs} if packs and name == "rules" else {}) for name in clean.DEFAULT]
    ):
        if not hasattr(processor, "mark_rows"):
            marks = marks + processor.mark(batch, marks)
    return document, decide_document(document, 0, marks, profile)
