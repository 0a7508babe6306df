"""What a verification found: numbers that were proved, and failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20


@dataclass
class Report:
    """``proved``: name of a check -> how many things it held for. ``failures``: at most `SHOWN` of `failed` lines."""

    proved: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    failed: int = 0

    @property
    def ok(self) -> bool:
        return not self.failed

    def fail(self, where: str, what: str) -> None:
        self.failed += 1
        if len(self.failures) < SHOWN:
            self.failures.append(f"{where}: {what}")

    def check(self, name: str, true: bool, where: str, what: str) -> bool:
        """Count a check that held, or note that it failed."""
        if true:
            self.proved[name] += 1
        else:
            self.fail(where, what)
        return true

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, "proved": dict(self.proved), "failed": self.failed, "failures": self.failures}
