"""Processors that read blocks and mark what is boilerplate, and what a block is. Nothing is decided or removed here."""

from cleanpipe.clean.registry import DEFAULT, build, names, settings_of

__all__ = ["DEFAULT", "build", "names", "settings_of"]
