"""The SQL of the relational steps: one ``.sql`` file a step, plain ANSI for DuckDB and Spark SQL alike."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

#: The order in which a canonical is chosen, and "the first" of anything is meant: preferred name, earliest
#: publication (unknown last), fullest text, then id. Columns of ``paragraphs`` and ``live``.
CANONICAL_ORDER = "prefer, CASE WHEN published = '' THEN 1 ELSE 0 END, published, chars DESC, document, block"


def statement(name: str, **values: object) -> str:
    """The text of ``NAME.sql`` without comments, its ``$parameters`` filled in; a missing one is a KeyError."""
    text = re.sub(r"^ *--.*\n", "", Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8"), flags=re.M)
    return Template(text).substitute(values, canonical_order=CANONICAL_ORDER).strip()
