"""A bounded queue between two stages that can be closed from either side.

A full mailbox makes its writer wait: nothing is dropped between stages, because the flow needs neighbouring
frames. Live sources drop the oldest frame before it gets here (:mod:`livespot.capture.live`).
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):
    """The mailbox was aborted: whoever waits at it should stop working."""


class Mailbox(Generic[T]):
    """Bounded, blocking, first in first out.

    Parameters
    ----------
    size : int
        Items held before :meth:`put` waits.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._aborted = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether :meth:`put` would wait."""
        return len(self._items) >= self.size

    def put(self, item: T) -> None:
        """Hand over an item, waiting for room; raises :class:`Closed` when the mailbox was aborted."""
        with self._changed:
            self._changed.wait_for(lambda: self._aborted or len(self._items) < self.size)
            if self._aborted:
                raise Closed
            self._items.append(item)
            self._changed.notify_all()

    def get(self) -> T | None:
        """The next item, waiting for one; None when the writer has ended; :class:`Closed` when aborted."""
        with self._changed:
            self._changed.wait_for(lambda: self._aborted or self._items or self._ended)
            if self._aborted:
                raise Closed
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def end(self) -> None:
        """The writer is done: what is in the box is still delivered."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def abort(self) -> None:
        """Wake everyone and deliver nothing more."""
        with self._changed:
            self._aborted = True
            self._items.clear()
            self._changed.notify_all()
