"""Which files there are to read, and in which shards."""

from __future__ import annotations

import glob
import os
import posixpath
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b, sha256
from mimetypes import MimeTypes
from typing import IO, NamedTuple

from cleanpipe.errors import UserError
from cleanpipe.model import Rejected
from cleanpipe.read import remote
from cleanpipe.read.compress import Broken, opened, pieces
from cleanpipe.read.decode import known_encoding
from cleanpipe.read.formats import EXPECTED, FORMATS, format_of, sniffed
from cleanpipe.read.reject import os_error
from cleanpipe.read.spec import InputFile, InputSpec

_HEAD = 4096  # bytes that tell a format
_TYPES = MimeTypes(filenames=())  # as Python knows them, not the machine
_LINES = re.compile(rb"[^\n]*\}[ \t]*\r?\n[ \t]*\{")


class Plan(NamedTuple):
    """``shards``: name and files, by name. ``rejected``: what cannot be opened. ``passed_over``: how many files are no
    input, by what they are: a suffix, "no suffix", "hidden", "linked folder", "read already", "in the output folder".
    """

    shards: list[tuple[str, tuple[InputFile, ...]]]
    rejected: list[Rejected]
    passed_over: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    root: str
    path: str
    location: str
    named: bool = False  # by the config, not found in a folder: its suffix is not asked for
    error: str = ""  # why it cannot be looked at


def plan(specs: Sequence[InputSpec], output: str = "") -> Plan:
    """Find the files of all inputs, hash them, and put them into shards.

    A file of records is a shard of its own, a large one several where its format can be split, named by 16 hex digits
    of a hash of where it lies; files of one document share 256 shards, by the first two digits. In a folder, files
    whose names tell nothing are read if their first bytes do. So no name depends on how many files there are or how
    they are listed.
    A file that several inputs name is read for the first of them; one below the folder ``output`` never. Raises
    UserError for an input that is missing or has no files.
    """
    shards: dict[str, list[InputFile]] = {}
    rejected: list[Rejected] = []
    passed_over: Counter[str] = Counter()
    seen: set[str] = set()
    below = os.path.join(os.path.realpath(output), "") if output else ""
    for spec in specs:
        before = Counter(passed_over)
        if spec.encoding and not known_encoding(spec.encoding):
            raise UserError(f"inputs: {spec.path}: unknown encoding {spec.encoding!r}: name one that Python knows")
        usable = 0
        for found in sorted(_find(spec.path, passed_over), key=lambda found: (found.root, found.path)):
            if not found.error and not found.named and not format_of(found.path) and not _telling(found.location):
                suffix = os.path.splitext(found.path)[1].lower()
                passed_over[suffix if suffix.isascii() and 0 < len(suffix) < 16 else "no suffix"] += 1
                continue
            usable += 1
            real = found.location if remote.is_remote(found.location) else os.path.realpath(found.location)
            if below and real.startswith(below):
                passed_over["in the output folder"] += 1
                usable -= 1
                continue
            if real in seen:
                passed_over["read already"] += 1
                continue
            seen.add(real)
            file = _open(found, spec)
            if isinstance(file, Rejected):
                rejected.append(file)
            else:
                for split in splits(file):
                    shards.setdefault(_shard(split), []).append(split)
        if not usable:
            there = ", ".join(f"{count} {what}" for what, count in (passed_over - before).most_common(5))
            raise UserError(
                f"inputs: no input files in {spec.path}{f', which holds {there}' if there else ''}: "
                f"expected {EXPECTED}; "
                "rename the files, or name a single file of another suffix by its full path"
            )
    for files in shards.values():
        files.sort(key=lambda file: (file.root, file.path))
    rejected.sort(key=lambda row: (row.root, row.path))
    return Plan([(name, tuple(shards[name])) for name in sorted(shards)], rejected, dict(sorted(passed_over.items())))


def _find(path: str, passed_over: Counter[str]) -> Iterator[_Found]:
    if remote.is_remote(path):
        root, below = remote.find(path)
        for each in below:
            if any(part.startswith(".") for part in each.split("/")):
                passed_over["hidden"] += 1
            else:
                yield _Found(root, each, f"{root}/{each}", named=f"{root}/{each}" == remote.label(path))
        return
    path = remote.local(path)
    if os.path.isdir(path):
        yield from _walk(path, _label(path), "", passed_over)
    elif os.path.exists(path):
        yield _Found(_label(os.path.dirname(path)), os.path.basename(path), path, named=True)
    elif glob.has_magic(path) and not os.path.lexists(path):
        yield from _glob(path, passed_over)
    else:
        what = "a link to nothing" if os.path.islink(path) else "no such file or folder"
        raise UserError(f"inputs: {what}: {path or '(empty path)'}: paths are relative to the working directory")


def _glob(pattern: str, passed_over: Counter[str]) -> Iterator[_Found]:
    parts = pattern.split("/")
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    top = "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else "")
    for match in glob.iglob(pattern, recursive=True):
        below = os.path.relpath(match, top or ".")
        if os.path.isdir(match) and not match.endswith("/"):
            # As a shell does it: a folder that the pattern names is read; what ** finds on its way is its own match.
            if "**" not in pattern:
                yield from _walk(match, _label(top), below + "/", passed_over)
        elif not match.endswith("/"):
            yield _Found(_label(top), below, match)


def _walk(folder: str, root: str, below: str, passed_over: Counter[str]) -> Iterator[_Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _Found(root, below.rstrip("/") or ".", folder, error=os_error(error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            passed_over["hidden"] += 1
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, root, f"{below}{entry.name}/", passed_over)
        elif os.path.isdir(entry.path):
            passed_over["linked folder"] += 1  # it may lead back here
        else:
            yield _Found(root, below + entry.name, entry.path)


def _telling(location: str) -> bool:
    """Whether a file whose name tells nothing is an input by its first bytes. Much begins like a line of JSON; only
    where another follows is it one of records. Pictures and the like, of which there may be millions, stay shut."""
    if (_TYPES.guess_type(location)[0] or "").startswith(("image/", "audio/", "video/", "font/")):
        return False
    if not remote.is_remote(location) and not os.path.isfile(location):
        return False  # a pipe would be waited for
    try:
        head = next(pieces(location), b"")
    except (OSError, Broken):
        return False
    kind = sniffed(head[:_HEAD])
    return bool(_LINES.match(head)) if kind == "jsonl" else bool(kind)


def _label(path: str) -> str:
    """A root as the config writes it, without what does not matter: ``./a//b/`` is ``a/b``."""
    return posixpath.normpath(path.replace(os.sep, "/") or ".")


def _open(found: _Found, spec: InputSpec) -> InputFile | Rejected:
    def reject(error: str) -> Rejected:
        root, path = (os.fsencode(name).decode("utf-8", "backslashreplace") for name in (found.root, found.path))
        return Rejected(root, path, -1, "read", error, "", -1)

    if found.error:
        return reject(found.error)
    try:
        found.path.encode()
        found.root.encode()
    except UnicodeEncodeError:
        return reject("its name is not UTF-8: rename it")
    try:
        if not remote.is_remote(found.location) and not stat.S_ISREG(os.stat(found.location).st_mode):
            return reject("not a regular file")  # a pipe would be waited for
        with opened(found.location) as stream:
            digest, size = _digest(stream)
        kind = format_of(found.path) or sniff(found.location) or "text"
    except OSError as error:
        return reject("a link to nothing" if os.path.islink(found.location) else os_error(error))
    return InputFile(found.root, found.path, found.location, size, digest, kind, spec)


def _digest(stream: IO[bytes]) -> tuple[str, int]:
    found, size = sha256(), 0
    while data := stream.read(1 << 20):
        found.update(data)
        size += len(data)
    return found.hexdigest(), size


def sniff(location: str) -> str:
    """The format that the first bytes of a file tell, decompressed; "" if they tell none. Raises OSError."""
    try:
        return sniffed(next(pieces(location), b"")[:_HEAD])
    except Broken:
        return ""


def splits(file: InputFile) -> tuple[InputFile, ...]:
    """The file, or what of it is read alone: a split for every so many bytes, wherever it is read."""
    try:
        found = FORMATS[file.format].splits(file.location)
    except OSError:
        return (file,)
    return tuple(replace(file, split=split) for split in found)


def _shard(file: InputFile) -> str:
    place = f"{file.root}/{file.path}" + (f"\0{file.split.number}" if file.split.number else "")
    name = blake2b(place.encode(), digest_size=8).hexdigest()
    return name if FORMATS[file.format].many else name[:2]
