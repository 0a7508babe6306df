"""An article extractor's vote: which blocks of a page it takes, as marks. Its text is never taken in place of ours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import copy
from functools import cache
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from cleanpipe.clean.taken import taken
from cleanpipe.errors import UserError
from cleanpipe.limit import half_the_time
from cleanpipe.model import Batch, Block, Document, Mark, Marks

Name = Literal["trafilatura", "resiliparse", "readability"]


class Extractor:
    """Votes for the blocks of a page of which an extractor takes a part. Texts and empty pages get no vote, nor does a
    page that upsets the extractor or takes it too long: that is noted on its first block."""

    name = "extractor"
    reads_trees = True

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        name: Name = Field("trafilatura", description="Whose vote: trafilatura, resiliparse or readability.")

    def __init__(self, settings: Settings) -> None:
        self._name = settings.name
        self._rule = f"extractor/{settings.name}@1"

    def prepare(self, batch: Batch) -> None:
        if any(document.tree is not None for document in batch):
            _pieces(self._name)

    def mark(self, batch: Batch, marks: Marks) -> Iterator[Mark]:
        # Which of several takes so long is not known here: they come again one by one.
        limit = half_the_time if len(batch) == 1 else nullcontext
        for row, document in enumerate(batch):
            if document.tree is None or not document.blocks:
                continue
            try:
                extract = _pieces(self._name)
                with limit():
                    pieces = extract(document)
            except UserError:
                raise
            except Exception as error:  # of a library, over a page that nobody foresaw
                if isinstance(error, TimeoutError) and len(batch) > 1:
                    raise
                yield self._fault(row, document.blocks[0], error)
                continue
            shares = taken(map(document.slice, document.blocks), pieces) if pieces else []
            for block, share in zip(document.blocks, shares, strict=False):
                if share > 0:
                    part = "the block" if share > 0.99 else f"{share:.0%} of the block"
                    yield Mark(
                        row, block.number, block.start, block.end, self.name, self._rule, "vote", "strong", "extractor",
                        f"{self._name} takes {part} for the article.", score=round(share, 4),
                    )  # fmt: skip

    def _fault(self, row: int, block: Block, error: Exception) -> Mark:
        what = "takes too long" if isinstance(error, TimeoutError) else f"fails ({type(error).__name__})"
        reason = f"{self._name} {what} on this page, so it has no vote."
        evidence = orjson.dumps({"error": str(error)[:200]}).decode()
        return Mark(
            row, block.number, block.start, block.end, self.name, self._rule, "note", "weak", "extractor", reason,
            evidence=evidence,
        )  # fmt: skip


@cache
def _pieces(name: Name) -> Callable[[Document], list[str]]:
    try:
        return {"trafilatura": _trafilatura, "resiliparse": _resiliparse, "readability": _readability}[name]()
    except ImportError as error:
        said = " ".join(str(error).split())
        package = "cleanpipe" if name == "trafilatura" else "cleanpipe[extractors]"
        raise UserError(
            f"clean.extractor.name: {name} cannot be loaded ({said}): pip install --upgrade '{package}'"
        ) from None


def _trafilatura() -> Callable[[Document], list[str]]:
    """Without readers' comments, which are no part of an article. Barbaresi 2021, https://aclanthology.org/2021.acl-demo.15"""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it warns of each page without an article

    def pieces(document: Document) -> list[str]:
        found: Any = trafilatura.bare_extraction(document.tree, include_comments=False)  # of a copy, which it makes
        return [] if found is None else list(found.body.itertext())

    try:
        from cleanpipe.clean import cascade
    except (AttributeError, ImportError, KeyError):  # another version, put together from other parts
        return pieces
    return lambda document: cascade.pieces(document.tree)


def _resiliparse() -> Callable[[Document], list[str]]:
    from resiliparse.extract.html2text import extract_plain_text

    def pieces(document: Document) -> list[str]:
        text: str = extract_plain_text(document.record.markup, main_content=True, alt_texts=False, list_bullets=False)
        return text.splitlines()

    return pieces


def _readability() -> Callable[[Document], list[str]]:
    from lxml.html import fromstring
    from readability import Document as Readable

    def pieces(document: Document) -> list[str]:
        summary = Readable(copy(document.tree)).summary(html_partial=True)
        return list(fromstring(summary).itertext()) if summary.strip() else []

    return pieces
