"""``cleanpipe explain``"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cleanpipe.cli.console import plural, visible

#: Action -> (letter, word, colour). In a pipe the letter is what colour is on a terminal.
VERDICTS = {
    "keep": ("K", "kept", "green"),
    "strip": ("S", "stripped", "red"),
    "profile": ("P", "left out by the profile", "yellow"),
    "duplicate": ("D", "dropped as a duplicate", "magenta"),
    "superseded": ("V", "superseded by a later version", "blue"),
}


@click.command("explain")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("document", metavar="DOCUMENT[#BLOCK]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all marks.")
def command(out: Path, document: str, as_json: bool) -> None:
    """Show a document block by block: its verdict, rule and reason.

    DOCUMENT is an id of the corpus in OUT. With #BLOCK only this block, with every mark on it and everybody who carried
    the paragraph.
    """
    from cleanpipe.audit.explain import explain

    found = explain(out, document)
    if as_json:
        import orjson

        click.echo(orjson.dumps(found).decode())
        return
    _head(found["document"])
    single = found["document"]["id"] != document
    for block in found["blocks"]:
        _block(block, single)
    if not single:
        counts = [
            f"{letter} {sum(block['action'] == action for block in found['blocks'])} {word}"
            for action, (letter, word, _) in VERDICTS.items()
            if any(block["action"] == action for block in found["blocks"])
        ]
        click.echo("\n" + ", ".join(counts or ["no blocks"]))


def _head(document: dict[str, Any]) -> None:
    click.secho(visible(document["id"]), bold=True)
    facts = [document["title"], document["outlet"], document["published"], document["url"]]
    click.echo("  " + "  ".join(visible(fact) for fact in facts if fact))
    if document["authors"]:
        click.echo(f"  by {', '.join(map(visible, document['authors']))}")
    fetched = f", fetched {document['fetched']}" if document["fetched"] else ""
    click.echo(
        f"  read from {visible(document['root'])}/{visible(document['path'])}, record {document['record']}{fetched}"
    )
    if document["truncated"]:
        click.echo(f"  cut off: its archive has only the beginning ({visible(document['truncated'])})")
    sources = [f"{name} from {visible(source)}" for name, source in document["metadata_from"].items() if source]
    if sources:
        click.echo(f"  {', '.join(sources)}")
    if document["entries"]:
        click.echo(f"  {len(document['entries'])} entries, the first of {visible(document['entries'][0]['time'])}")
    for right in document["rights"]:
        click.echo(f"  rights: {visible(right)}")
    if document["status"] != "current":
        click.echo(f"  an earlier version of {visible(document['current_document'])}")
    if document["duplicate_of"]:
        click.echo(f"  republishes {visible(document['duplicate_of'])}")
    if document["shared_fraction"]:
        click.echo(f"  {document['shared_fraction']:.0%} of what is kept stands in other outlets")


def _block(block: dict[str, Any], single: bool) -> None:
    letter, word, colour = VERDICTS[block["action"]]
    click.echo()
    click.echo(click.style(f"{letter} #{block['block']}", fg=colour, bold=True) + f"  {word}, {visible(block['type'])}")
    if block["element"]:
        click.echo(f"    {visible(block['element'])}")
    for line in block["text"].splitlines():
        click.echo("    " + click.style(visible(line), fg=colour))
    if block["rule"] or block["reason"]:
        sure = f" ({block['confidence']:.2f})" if block["action"] != "keep" else ""
        click.echo(f"    {visible(block['rule'])}{sure}: {visible(block['reason'])}")
    for edit in block["edits"]:
        cut = block["text"][edit["start"] - block["start"] : edit["end"] - block["start"]]
        click.echo(f"    without “{visible(cut)}”: {visible(edit['rule'])}: {visible(edit['reason'])}")
    if block["held_by"]:
        click.echo(f"    held by {visible(block['held_by'])}")
    if block["carriers"]:
        click.echo(f"    {visible(block['relation'])} in the group {visible(block['group'])}; also carried by")
        for carrier in block["carriers"]:
            click.echo(f"      {visible(carrier['paragraph'])}  {visible(carrier['outlet'])}  {carrier['relation']}")
        if (more := block["carrier_count"] - len(block["carriers"])) > 0:
            click.echo(f"      … and {plural(more, 'more place')}")
    for other in block["alike"]:
        click.echo(
            f"    {other['relation']} to {visible(other['paragraph'])}, of another group: they share {other['shared']}"
            f" of {other['size']} and {other['other_size']} shingles"
        )
    if single:
        for mark in block["marks"]:
            click.echo(
                f"    mark {mark['strength']} {mark['action']} {visible(mark['type'])}".rstrip()
                + f"  {visible(mark['rule'])}: {visible(mark['reason'])}"
            )
