"""One process at a time: a lock on a file, which the system lets go when its holder dies."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_POLL_S = 0.2


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], bool], poll_s: float = _POLL_S) -> Iterator[bool]:
    """Hold the lock while the work inside runs.

    Parameters
    ----------
    path : Path
        Of the lock's file, which is made and stays.
    waiting : callable
        Called every moment while another process holds the lock; returning False gives up.
    poll_s : float

    Yields
    ------
    bool
        Whether the lock is held; False when the folder cannot be written, or its file system knows no locks, or the
        waiting was given up.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError:
        yield False
        return
    with file:
        held = _wait_for(file, waiting, poll_s)
        try:
            yield held
        finally:
            if held:
                _unlock(file)


def _wait_for(file: IO[bytes], waiting: Callable[[], bool], poll_s: float) -> bool:
    while True:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):  # the second is what Windows says
            if not waiting():
                return False
            time.sleep(poll_s)
        except OSError:  # no locks on this file system
            return False
        else:
            return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
