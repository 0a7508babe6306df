"""What the walks over a page's tree know of its tags, and their limits."""

from __future__ import annotations

import re
from typing import Final

#: Elements that stand on lines of their own (the rendering section of the HTML standard), and buttons.
BLOCKS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption figure
        footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup p pre
        plaintext search section summary table caption colgroup thead tbody tfoot tr td th ul xmp
        """,
    )
)
#: Elements whose content nobody sees.
UNSEEN: Final = frozenset(
    re.findall(
        r"[\w-]+",
        """
        annotation annotation-xml applet area audio canvas datalist defs desc embed head iframe input link meta metadata
        noembed noframes object optgroup option param script select source style template textarea title track video
        """,
    )
)
#: Further elements that a walk looks at.
INLINE: Final = frozenset({"a", "b", "br", "noscript", "rp", "rt", "rtc", "ruby", "strong"})
DEEPEST: Final = 2040  # the parser gives up beyond 2048 elements in each other
ENTRY: Final = 60  # characters of a menu's entry, which shares a block with its neighbours
ITEM_DEPTH: Final = 5  # elements around the text of a list's item
STEPS: Final = 64  # of a path that are kept, the last ones
WORDS: Final = 16  # of the ancestors' classes and ids that are kept, the nearest ones
LONGEST_NAMES: Final = 240  # characters of an element's class and id
ROW: Final = 1000  # characters of a table's row beyond which its cells are blocks of their own
CELL: Final = 300

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([^;]*)", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important\s*\Z", re.IGNORECASE)


def no_display(style: str) -> bool:
    """Whether an element of this style is not displayed: of several declarations the last one counts, of the important
    ones if there are any."""
    said = _DISPLAY.findall(_COMMENT.sub(" ", style))
    said = [value for value in said if _IMPORTANT.search(value)] or said
    return bool(said) and said[-1].lower().startswith("none")
