"""Keeps the log lines of MediaPipe's C++ library off the user's terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_LOCK = threading.Lock()  # two models that start at once would restore each other's sink


@contextlib.contextmanager
def stderr_silenced() -> Iterator[None]:
    """Discard what native code writes to file descriptor 2 inside the ``with`` block; Python's exceptions pass.

    The descriptor belongs to the whole process, so other threads' lines are lost too: use it only around the start of a
    model and its first picture, which is when MediaPipe, Abseil and TensorFlow Lite write their warnings.
    """
    with _LOCK, open(os.devnull, "wb") as sink:
        if sys.stderr is not None:  # it is None in a windowed Python without a console
            sys.stderr.flush()
        try:
            saved = os.dup(2)
        except OSError:  # there is no stderr to keep clean
            yield
            return
        try:
            os.dup2(sink.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
