"""``OUT/README.md``: the dataset card that tells `datasets` the features, and people what lies where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from cleanpipe.write.schema import OUTPUTS

_TEXT = """
# What is here

Made by cleanpipe. Every character of the sources is in exactly one of `corpus` and `stripped`; what could not be read
is in `quarantine`.

| folder | one line or row is |
|---|---|
| `corpus/` | a document: its kept paragraphs, where each stands in the source, and who else carried it |
| `paragraphs/` | a distinct paragraph, with every place where it stands |
| `stripped/` | a piece of a source that is not in `corpus`: the rule that took it out, and why |
| `quarantine/` | a record that could not be read, and why |
| `tables/` | the same as Parquet, for SQL: documents, versions, blocks, marks, edges, groups, occurrences |
| `manifest.json` | the config, the checksums of all inputs and outputs, counts, warnings |

```python
from datasets import load_dataset
corpus = load_dataset("OUT")  # this folder; load_dataset("OUT", "stripped") for another part
```

To audit it: `cleanpipe verify OUT` proves that nothing was lost or invented, `cleanpipe explain OUT DOCUMENT` shows a
document block by block, `cleanpipe audit OUT` counts and lists what was stripped.
"""


def card(folders: Iterable[str]) -> str:
    """The text of the card for an output that has files in ``folders``."""
    there = set(folders)
    present = [name for name in OUTPUTS if name in there]
    lines = ["---", "pretty_name: News corpus with provenance"]
    if present:
        lines.append("configs:")
        for number, name in enumerate(present):
            lines += [f"- config_name: {name}", *(["  default: true"] if not number else [])]
            lines += ["  data_files:", "  - split: train", f"    path: {name}/part-*"]
        lines.append("dataset_info:")
        for name in present:
            lines += [f"- config_name: {name}", "  features:", *_yaml(features(OUTPUTS[name]), "  ")]
    return "\n".join([*lines, "---"]) + "\n" + _TEXT


def features(fields: Iterable[pa.Field]) -> list[dict[str, Any]]:
    """The fields as `datasets` writes features in a card."""
    return [{"name": field.name, **_feature(field.type)} for field in fields]


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"struct": features(kind)}
    if pa.types.is_list(kind):
        inner = _feature(kind.value_type)
        return {"list": inner.get("struct") or inner["dtype"]}
    return {"dtype": "float64" if pa.types.is_float64(kind) else str(kind)}


def _yaml(items: list[dict[str, Any]], indent: str) -> list[str]:
    lines = []
    for item in items:
        ((_, name), (key, value)) = item.items()
        lines.append(f"{indent}- name: {name}")
        if isinstance(value, list):
            lines += [f"{indent}  {key}:", *_yaml(value, indent + "  ")]
        else:
            lines.append(f"{indent}  {key}: {value}")
    return lines
