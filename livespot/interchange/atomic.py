"""Files that are either complete or not there, and folders that can be written to."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from livespot.errors import OutputError


@contextmanager
def replacing(path: str | Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """Open a temporary file in the folder of ``path``; at the end it takes that name in one step.

    Missing folders are made. When the block raises, the temporary file goes and what stood at ``path`` stays.
    Text is UTF-8 and its line ends are written as they are given.

    Raises
    ------
    OutputError
        When the folder or the file cannot be written.
    """
    target = Path(path)
    # In the same folder, because a rename is one step only within a file system; a plain open, so that the
    # file gets the usual permissions, which tempfile would not give.
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _new(temporary, binary) as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror or error}); "
            "choose a folder you may write to, with free space"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _new(path: Path, binary: bool) -> IO[Any]:
    return path.open("xb") if binary else path.open("x", encoding="utf-8", newline="")


def writable_folder(folder: Path) -> Path:
    """Make a folder for output, and check before the work that files can be written there.

    Raises
    ------
    OutputError
        When the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".livespot-can-write"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"output folder {folder}: cannot be written ({error.strerror}); choose a folder you may write to"
        ) from error
    return folder
