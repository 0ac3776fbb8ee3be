"""Keeps the terminal clean while MediaPipe starts."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_STDERR = threading.Lock()  # two models starting at once would restore each other's sink


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep MediaPipe's C++ log lines off the user's terminal while it starts; Python's exceptions pass.

    Takes the whole process's stderr away for that long, so it is used only around the first picture.
    """
    with _STDERR, open(os.devnull, "wb") as sink:
        if sys.stderr is not None:  # it is None in a windowed Python without a console
            sys.stderr.flush()
        try:
            saved = os.dup(2)
        except OSError:  # no stderr to keep clean
            yield
            return
        try:
            os.dup2(sink.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
