"""Where the input files of a run lie now, of which format they are, and which of their records stand in which part."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleanpipe.audit.store import Store
from cleanpipe.read import remote
from cleanpipe.read.formats import FORMATS, format_of
from cleanpipe.read.plan import sniff
from cleanpipe.read.spec import Split

Place = tuple[str, str]  # root, path


class Inputs:
    """``moved``: root -> where it lies now. Makes the table ``input_parts``: the first record of each part."""

    def __init__(self, store: Store, manifest: Mapping[str, Any], moved: Mapping[str, Path]) -> None:
        self._moved = moved
        self.entries = {(entry["root"], entry["path"]): entry for entry in manifest["inputs"]}
        self.formats = {place: self._format(*place) for place in self.entries}
        self.splits = {place: self._splits(*place) for place in self.entries}
        store.execute("CREATE TABLE input_parts (root VARCHAR, path VARCHAR, first BIGINT, part VARCHAR)")
        store.insert(
            "input_parts",
            (
                (*place, split.first, self.part(*place, split))
                for place, splits in self.splits.items()
                for split in splits
            ),
        )

    def location(self, root: str, path: str) -> str:
        """What to open for the file ``path`` below ``root``."""
        given = str(self._moved.get(root, root))
        return f"{given}/{path}" if remote.is_remote(given) else str(Path(given) / path)

    def part(self, root: str, path: str, split: Split) -> str:
        """The part file of a split, without suffixes."""
        place = f"{root}/{path}" + (f"\0{split.number}" if split.number else "")
        name = hashlib.blake2b(place.encode(), digest_size=8).hexdigest()
        return f"part-{name if FORMATS[self.formats[root, path]].many else name[:2]}"

    def part_of(self, root: str, path: str, record: int) -> str:
        splits = self.splits[root, path]
        found = bisect_right([split.first for split in splits], max(record, 0)) - 1
        return self.part(root, path, splits[found])

    def _format(self, root: str, path: str) -> str:
        try:
            return format_of(path) or sniff(self.location(root, path)) or "text"
        except OSError:  # told where the file is asked for
            return "text"

    def _splits(self, root: str, path: str) -> tuple[Split, ...]:
        try:
            return FORMATS[self.formats[root, path]].splits(self.location(root, path))
        except OSError:
            return (Split(),)
