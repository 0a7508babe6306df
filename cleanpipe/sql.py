"""The text of a relational step: one ``.sql`` file, plain ANSI for DuckDB and Spark SQL alike, beside its subject."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template


def load(package: str, name: str, **values: object) -> str:
    """``NAME.sql`` of ``package`` without comments, its ``$parameters`` filled in; a missing one is a KeyError."""
    text = files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return Template(re.sub(r"^ *--.*\n", "", text, flags=re.M)).substitute(values).strip()
