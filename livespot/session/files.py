"""Files that grow, and survive a full disk: what is whole in them stays whole."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

BACKLOG_BYTES = 64 << 20
"""What waits in memory for a disk that is full or slow: a quarter of an hour of features and landmarks."""


def open_raw(path: Path) -> io.RawIOBase:
    """Open a file for appending with no buffer of its own, so that a killed process has lost nothing it wrote."""
    return cast(io.RawIOBase, path.open("ab", buffering=0))


def open_seekable(path: Path) -> io.RawIOBase:
    """Make a new file with no buffer of its own, for a container that goes back to correct its beginning."""
    return cast(io.RawIOBase, path.open("xb", buffering=0))


def write_whole(handle: io.RawIOBase, data: bytes) -> None:
    """Write all of ``data``; a raw file may take only a part at a time."""
    rest = memoryview(data)
    while rest:
        written = handle.write(rest)
        if not written:
            raise OSError("the disk takes nothing more")
        rest = rest[written:]


class GrowingFile:
    """An append-only file whose failures are remembered and not raised.

    What cannot be written waits in memory and is tried again with the next write, up to :data:`BACKLOG_BYTES`; beyond
    that it is lost and counted. Used from one thread.

    Parameters
    ----------
    path : Path
        Exists, with its header in it.

    Attributes
    ----------
    fault : str
        Why nothing can be written at present; empty when all is well.
    lost_bytes : int
    """

    def __init__(self, path: Path) -> None:
        self.fault = ""
        self.lost_bytes = 0
        self._handle = open_raw(path)
        self._good = path.stat().st_size
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def write(self, data: bytes) -> bool:
        """Append whole records; False when they did not reach the file (yet)."""
        if (
            self._waiting and self._waiting_bytes + len(data) > BACKLOG_BYTES
        ):  # what the disk takes needs no room
            self.lost_bytes += len(data)
        elif data:
            self._waiting.append(data)
            self._waiting_bytes += len(data)
        if not self._waiting:
            return True
        try:
            while self._waiting:
                write_whole(self._handle, self._waiting[0])
                self._good += len(self._waiting[0])
                self._waiting_bytes -= len(self._waiting.pop(0))
        except (OSError, ValueError) as error:
            self.fault = str(getattr(error, "strerror", None) or error)
            # A half-written record would be found and skipped, but here it can still be taken back.
            with suppress(OSError, ValueError):
                self._handle.truncate(self._good)
            return False
        self.fault = ""
        return True

    def sync(self) -> bool:
        """See to it that what was written survives a power failure too."""
        try:
            os.fsync(self._handle.fileno())
        except (OSError, ValueError) as error:
            self.fault = str(getattr(error, "strerror", None) or error)
            return False
        return True

    def close(self) -> None:
        """Try once more to write what waits, count what cannot be, and let go of the file."""
        if not self.write(b""):
            self.lost_bytes += self._waiting_bytes
            self._waiting.clear()
        else:
            self.sync()
        with suppress(OSError, ValueError):
            self._handle.close()


class WholeWrites:
    """What a container writes into: a raw file that takes everything it is given or raises."""

    def __init__(self, path: Path) -> None:
        self._handle = open_seekable(path)

    def write(self, data: bytes) -> int:
        """Write all of it."""
        write_whole(self._handle, bytes(data))
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, as files do."""
        return self._handle.seek(offset, whence)

    def tell(self) -> int:
        """Where the next byte goes."""
        return self._handle.tell()

    def seekable(self) -> bool:
        """Yes: the length is written into the beginning at the end."""
        return True

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError, ValueError):
            self._handle.close()

    def as_binary(self) -> BinaryIO:
        """The same, for signatures that want a file."""
        return cast(BinaryIO, self)
