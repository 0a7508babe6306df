"""Which models there are and where they stand: the shipped ones, or a folder that somebody trained."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.learned.forest import Forest, load
from cleanpipe.clean.learned.page import COLUMNS, VOTES
from cleanpipe.clean.learned.text import COLUMNS as TEXT_COLUMNS
from cleanpipe.errors import UserError

BUILTIN = "builtin"


class ModelSettings(BaseModel):
    """Of the processors that have learned."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    models: str = Field("", description="Models for this step alone; empty: the config's `models`.")


#: Each model and its features. ``page``: blocks of a page by themselves; ``vote``: with trafilatura's vote beside;
#: ``standfirst``: whether a block of the article is its standfirst; ``text``: lines of a text dump.
FEATURES: dict[str, tuple[str, ...]] = {
    "page": COLUMNS,
    "vote": COLUMNS + VOTES,
    "standfirst": COLUMNS,
    "text": TEXT_COLUMNS,
}


def path(models: str, name: str) -> Path:
    """The file of a model; ``models`` is ``builtin`` or a folder."""
    folder = Path(__file__).parent / "models" if models == BUILTIN else Path(models)
    return folder / f"{name}.npz"


def model(models: str, name: str) -> Forest:
    """A model. Raises UserError where it cannot be read or was trained on other features."""
    return load(path(models, name), FEATURES[name])


def check(models: str) -> None:
    """Read every model. Raises UserError where one cannot be used."""
    for name in FEATURES:
        model(models, name)


def digests(models: str) -> dict[str, str]:
    """SHA-256 of each model's file by its name. Raises UserError where one is missing."""
    found = {}
    for name in FEATURES:
        try:
            with path(models, name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UserError(f"models: {path(models, name)} cannot be read ({error.strerror})") from None
    return found
