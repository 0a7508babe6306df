"""docs/outputs.md names everything that a run writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from cleanpipe.audit.store import LINES
from cleanpipe.audit.store import TABLES as COLUMNS
from cleanpipe.write.schema import OUTPUTS
from cleanpipe.write.tables import TABLES

DOCUMENT = (Path(__file__).parents[1] / "docs" / "outputs.md").read_text(encoding="utf-8")


def fields(schema: Iterable[pa.Field], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each key, nested ones by their path, with its description."""
    for field in schema:
        yield prefix + field.name, field.metadata[b"description"].decode()
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_struct(kind):
            yield from fields(kind, f"{prefix}{field.name}{'[]' if pa.types.is_list(field.type) else ''}.")


@pytest.mark.parametrize("folder", OUTPUTS)
def test_every_key_of_a_row_is_documented_with_its_description_in_order(folder: str) -> None:
    section = DOCUMENT.split(f"\n## {folder}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    listed = [(key.strip("`"), text) for key, *_, text in rows if _]
    assert listed == list(fields(OUTPUTS[folder]))


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_a_table_is_documented(table: str) -> None:
    text = DOCUMENT.split(f"\n**{table}**: ")[1].split("\n\n")[0]
    assert [name for name in COLUMNS[table] if f"`{name}`" not in text] == []


def keys(schema: Iterable[pa.Field], path: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each object of a row by its path, with its keys in order."""
    names = []
    for field in schema:
        names.append(field.name)
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_struct(kind):
            yield from keys(kind, f"{path}.{field.name}")
    yield path, tuple(names)


def test_verify_knows_the_keys_that_are_written() -> None:
    assert {folder: dict(keys(schema)) for folder, schema in OUTPUTS.items()} == LINES
