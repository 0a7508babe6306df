"""Putting a finished run where its user finds it, and nothing of anybody else's in danger."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cleanpipe.errors import UserError

MANIFEST = "manifest.json"
CARD = "README.md"
WORK = ".work"
STAGING = "staging"  # in .work: the files that are published
_LOCK = "lock"
_ROOTS = "roots.json"  # in .work: whose output this is, from before the manifest stands
_OURS = re.compile(
    r"(corpus|paragraphs|stripped|quarantine|attributes)/part-[^/]+|tables/[a-z_]+\.parquet(\.tmp)?|manifest\.json|README\.md"
)


@contextmanager
def claimed(out: Path, roots: Sequence[str], fresh: bool) -> Iterator[None]:
    """Make ``out`` ready for a run over the inputs ``roots``, and keep other runs off it; or refuse with a `UserError`.

    An output of the same roots is updated; one of other roots only with ``fresh``, which empties it first. A folder
    with files that no run of ours made is never touched.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"the output {out} is a file; name a folder")
    before = _roots(out)
    for path in _files(out):
        if before is None or not _OURS.fullmatch(path):
            raise UserError(f"{out} holds {path}, which is not of a cleanpipe run: name another output folder")
    if before is not None and before != sorted(roots) and not fresh:
        was, now = ", ".join(before), ", ".join(sorted(roots))
        raise UserError(
            f"{out} is the output of other inputs ({was}, now {now}): use another folder, or --fresh to replace it"
        )
    try:
        (out / WORK).mkdir(parents=True, exist_ok=True)
        lock = (out / WORK / _LOCK).open("w")
    except OSError as error:
        raise UserError(f"cannot write to the output folder {out}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process ends
        except BlockingIOError:
            raise UserError(f"another run is writing to {out}: wait for it, or use another folder") from None
        if fresh:
            _empty(out)
        _replace(out / WORK / _ROOTS, json.dumps(sorted(roots)))
        yield


def _empty(out: Path) -> None:
    """Remove all that runs have left, but for the lock that is held."""
    for path in _files(out):
        (out / path).unlink()
    for left in (out / WORK).iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != _LOCK:
            left.unlink()


def publish(staging: Path, out: Path, files: Iterable[str]) -> None:
    """Put ``files`` (paths below ``staging``, '/' as separator) into ``out`` and remove those of an earlier run.

    The manifest goes first: while it is not there, the output is not whole. ``staging`` keeps its files, which a later
    run that has nothing to do for them publishes again; links cost no space.
    """
    (out / MANIFEST).unlink(missing_ok=True)
    wanted = set(files)
    for path in sorted(wanted):
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = out / WORK / "publishing.tmp"
        temporary.unlink(missing_ok=True)
        try:
            os.link(staging / path, temporary)
        except OSError:  # a file system without links
            shutil.copyfile(staging / path, temporary)
        # A rename onto another link of the same file does nothing and leaves the old name.
        os.replace(temporary, target)
        temporary.unlink(missing_ok=True)
    for path in _files(out):
        if path not in wanted and path != MANIFEST:
            (out / path).unlink()
            parent = (out / path).parent
            if not any(parent.iterdir()):
                parent.rmdir()


def finish(out: Path, manifest: str) -> None:
    """Write the manifest: from now on the output is whole."""
    _replace(out / MANIFEST, manifest)


def _roots(out: Path) -> list[str] | None:
    """The input roots of the run that ``out`` belongs to; None if it belongs to none."""
    try:
        return sorted(str(root) for root in json.loads((out / WORK / _ROOTS).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    try:
        found = json.loads((out / MANIFEST).read_text("utf-8"))
        return sorted(str(root) for root in found["roots"]) if "cleanpipe" in found else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _files(out: Path) -> list[str]:
    """The files below ``out`` but for those in ``.work``, as paths with '/', sorted."""
    found = []
    for folder, folders, names in os.walk(out):
        relative = Path(folder).relative_to(out)
        if relative == Path("."):
            folders[:] = [name for name in folders if name != WORK]
        found += [(relative / name).as_posix() for name in names]
        found += [(relative / name).as_posix() for name in folders if (Path(folder) / name).is_symlink()]
    return sorted(found)


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
