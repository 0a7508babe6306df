"""Source text -> blocks. Blocks and the white space between them tile the text."""

from __future__ import annotations

from cleanpipe.segment.text import segment

__all__ = ["segment"]
