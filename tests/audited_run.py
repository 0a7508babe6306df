"""A small collection with everything in it, and the outputs of real runs over it."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

CONFIG = """
inputs: [{folder}]
output: {out}
workers: 1
limits: {{quarantine: 50%}}
clean:
  [structure, rules, regions, repeats, {{inserts: {{phrases: [short article insert]}}}}, origins, recurrence, guards]
"""

GALE = (
    "The harbour board closed all three ferry lanes on Tuesday evening after the gale warning was "
    "raised to its highest "
    "level, and told skippers to double their lines until Thursday at noon."
)
GALE_EDITED = (
    "The harbour board closed all three ferry lanes on Tuesday evening after the gale warning was "
    "raised to its highest "
    "level, and told skippers to double their lines until Thursday, when a pilot boat will look at the bar."
)
GALE_PART = (
    "The harbour board closed all three ferry lanes on Tuesday evening after the gale warning was "
    "raised to its highest "
    "level, and told skippers to double their lines until Thursday at noon. Nobody was hurt when a barge broke loose "
    "beside the fish market, but the crane on the eastern pier lost its lamp and two windows of the customs house fell "
    "into the street, a warden with a ladder told the few people who had come to look at the waves."
)
KELP = (
    "Kelp growers on the north shore have asked the county for a loan of four hundred crowns a raft "
    "to mend their ropes."
)
BELLS = (
    "The bell ringers of Saint Orm will practise without the great bell until a founder from the "
    "city has seen the crack."
)
MILL = (
    "A mill that has stood empty since the flood will grind barley again next spring if the council agrees to the dam."
)
MILL_EDITED = MILL.replace("next spring", "before the autumn")
LAMPS = (
    "Lamps along the quay will burn until midnight again, the night watch said, because too many carts met in the dark."
)


def collection(folder: Path) -> Path:
    """Encodings, line ends, a record fetched twice, two versions, a broken record, junk, edits, near-duplicates."""
    texts = {
        "tidings/gale.txt": f"Gale shuts the ferry lanes\n\nAdvertisement\n\n{GALE}\n\n{KELP}\n\n{MILL}\n".encode(),
        "courier/storm.txt": codecs.BOM_UTF8
        + f"Storm closes harbour\r\n\r\nshort article insert {GALE_EDITED}\r\n\r\n{BELLS}\r\n".encode(),
        "herald/café.txt": f"Sturm über dem Hafen – “Böen”\n\n{GALE_PART}\n\n{LAMPS}\n".encode("cp1252"),
        "herald/again.txt": f"Gale shuts the ferry lanes\n\n{GALE}\n\n{KELP}\n\n{MILL}\n".encode(),
    }
    for path, data in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    first = {"id": "kelp", "text": f"Kelp\n\n{KELP}", "url": "https://weekly.example/kelp", "published": "2031-02-03"}
    second = first | {"id": "kelp-2", "text": f"Kelp\n\n{KELP}\n\n{LAMPS}", "published": "2031-02-04"}
    lines = [
        json.dumps(row) for row in (first, second, second, {"id": "mill", "text": f"Mill\n\n{MILL_EDITED}\n\n{BELLS}"})
    ]
    (folder / "weekly.jsonl").write_text("\n".join([*lines[:2], "{broken", "", *lines[2:]]) + "\n")
    return folder


def run_over(folder: Path, out: Path, **settings: str) -> dict[str, Any]:
    """The manifest of a run over ``folder``; ``settings`` are set as by ``--set``."""
    from cleanpipe.config.load import load
    from cleanpipe.run import run

    config = out.with_suffix(".yaml")
    config.write_text(CONFIG.format(folder=folder, out=out))
    return run(load(str(config), sets=[f"{key}={value}" for key, value in settings.items()]))
