"""What a reader says of a file that it cannot read as a whole."""

from __future__ import annotations

from cleanpipe.model import Rejected
from cleanpipe.read.spec import InputFile

SAMPLE = 4096  # bytes; offending bytes up to this length are kept


def reject_file(file: InputFile, error: str, stage: str = "read") -> Rejected:
    """The whole file, or what is left of it: size and hash are those of the file as it is stored."""
    return Rejected(file.root, file.path, -1, stage, error, file.sha256, file.size)


def os_error(error: OSError) -> str:
    """What went wrong, without the path, which differs between machines."""
    return f"cannot be read: {error.strerror or type(error).__name__}"
