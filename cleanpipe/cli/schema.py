"""``cleanpipe schema``"""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the config's JSON Schema, for editors.

    Save it beside the config and write `# yaml-language-server: $schema=cleanpipe.schema.json` on its first line:
    an editor with YAML support then completes and checks the keys, those of the processors included.
    """
    from cleanpipe.config.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
