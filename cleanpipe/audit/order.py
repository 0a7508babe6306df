"""The places of lines: each in the part of its input file, in the order in which that was read."""

from __future__ import annotations

from cleanpipe.audit.report import Report
from cleanpipe.audit.store import Store

#: The lines of a folder with the document and block that they are of.
_LINES = (
    "SELECT part, number, key AS document, block FROM corpus_lines",
    "SELECT part, number, key AS document, block FROM stripped_lines",
    "SELECT part, number, g.document, g.block FROM paragraphs_lines JOIN groups g ON g.id = key",
)
UNREAD = "part-unread"


def stem(name: str) -> str:
    """``corpus/part-ab.jsonl.gz`` -> ``part-ab``"""
    return name.rpartition("/")[2].partition(".")[0]


def check_order(store: Store, report: Report) -> None:
    for lines in _LINES:
        placed = f"SELECT l.*, root, path, record FROM ({lines}) l JOIN documents d ON d.id = l.document"
        for name, number in store.execute(
            f"""
            SELECT part, number FROM (
                SELECT part, number, (root, path, record, block) AS place,
                       lag((root, path, record, block)) OVER (PARTITION BY part ORDER BY number) AS before
                FROM ({placed})
            ) WHERE before > place
            """
        ):
            report.fail(f"{name}:{number}", "is out of order: lines stand as their sources were read")
        for name, root, path, true in store.execute(
            f"""
            SELECT DISTINCT l.part, l.root, l.path, p.part
            FROM ({placed}) l ASOF JOIN input_parts p ON p.root = l.root AND p.path = l.path AND p.first <= l.record
            """
        ):
            report.check(
                "parts of input files that hold all lines of theirs, in order", stem(name) == true,
                name, f"holds lines of {root}/{path}, which is not its own",
            )  # fmt: skip
