"""Remote files by fsspec: ``s3://bucket/folder``, ``https://host/file`` and whatever else it is installed for.

Credentials, endpoints and regions are the protocol's own affair: the usual environment variables and files.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable
from typing import IO, Any, TypeVar, cast

from cleanpipe.errors import UserError

_URL = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
#: Protocols for which we have an extra of our own.
_EXTRAS = {"s3": "s3", "s3a": "s3", "http": "http", "https": "http"}
Found = TypeVar("Found")


def is_remote(path: str) -> bool:
    """Whether ``path`` is an address and not a path of this machine."""
    found = _URL.match(path)
    return bool(found) and found is not None and found[1].lower() != "file"


def local(path: str) -> str:
    """``file:///a/b`` as a path; others as they are."""
    return path[7:] if path.lower().startswith("file://") else path


def label(path: str) -> str:
    """A remote root as the config writes it, without what does not matter."""
    scheme, _, rest = path.partition("://")
    return f"{scheme.lower()}://{re.sub(r'/+', '/', rest).rstrip('/')}"


def find(given: str) -> tuple[str, list[str]]:
    """The root of an address and the files below it: one file, a folder or a glob. Raises UserError in one line for
    what cannot be listed."""
    scheme, rest = label(given).split("://")
    files = _asked(given, lambda: _listed(_filesystem(scheme), rest, scheme))
    if not files:
        raise UserError(f"inputs: no such file or folder: {given}: check the bucket and the path")
    parts = rest.split("/")
    fixed = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    if files == [rest]:
        fixed = len(parts) - 1
    top = "/".join(parts[:fixed])
    return f"{scheme}://{top}", sorted(file[len(top) + 1 :] for file in files)


def _listed(system: Any, path: str, scheme: str) -> list[str]:
    """Paths without their protocol."""
    if scheme in ("http", "https"):  # which has no folders, and addresses with question marks
        system.info(f"{scheme}://{path}")
        return [path]
    if glob.has_magic(path) and not system.exists(path):
        found: list[str] = []
        for match in system.glob(path):
            found += system.find(match) if system.isdir(match) and "**" not in path else [match]
        return [system._strip_protocol(each) for each in found if not system.isdir(each)]
    if system.isfile(path):
        return [path]
    return [system._strip_protocol(each) for each in system.find(path)]


def opened(location: str) -> IO[bytes]:
    """A remote file, open for reading and seeking. Raises OSError."""
    scheme, _, path = location.partition("://")
    try:
        return cast(IO[bytes], _filesystem(scheme).open(location if "http" in scheme else path, "rb"))
    except OSError:
        raise
    except Exception as error:  # each protocol has errors of its own
        raise OSError(0, _reason(error)) from None


def _filesystem(scheme: str) -> Any:
    if scheme == "memory":
        raise UserError(f"inputs: {scheme}:// is of one process only, and the workers are others: use a folder")
    try:
        import fsspec

        return fsspec.filesystem(scheme)
    except ImportError:
        extra = _EXTRAS.get(scheme)
        mend = f"pip install 'cleanpipe[{extra}]'" if extra else f"install the fsspec package for {scheme}"
        raise UserError(f"inputs: {scheme}:// needs a library that is not installed: {mend}") from None
    except ValueError:
        raise UserError(f"inputs: {scheme}:// is no protocol that fsspec knows: use s3:// or https://") from None


def _asked(given: str, question: Callable[[], Found]) -> Found:
    try:
        return question()
    except UserError:
        raise
    except FileNotFoundError as error:
        if given.startswith("http"):  # also where the server cannot be reached; why is told below
            why = f" ({_reason(error.__cause__)})" if isinstance(error.__cause__, Exception) else ""
            raise UserError(f"inputs: nothing can be had from {given}{why}: check the address") from None
        raise UserError(f"inputs: no such file or folder: {given}: check the bucket and the path") from None
    except Exception as error:
        raise UserError(f"inputs: cannot list {given}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """An error of any library in one line."""
    name = type(error).__name__
    if "Credential" in name:
        return "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a profile"
    if isinstance(error, PermissionError):
        return "access denied: check the credentials and the bucket's policy"
    if hasattr(error, "status"):  # of a web server
        return f"it answers {error.status} {getattr(error, 'message', '')}".strip()
    text = " ".join(str(error).split())[:300]
    return f"{name}: {text}" if text else name
