"""Reads the SW-MRO windows of a session, and the gaps between them, from ``features.bin`` when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from livespot.regions import RegionLayout
from livespot.session.contents import gap_of, window_of
from livespot.session.records import FEATURES_FILE, ROWS, Kind, decode_json, face_state, region_window_row
from livespot.session.scan import Scan, stored
from livespot.types import FaceState, Gap, Window


class WindowLog:
    """The windows of one session.

    Parameters
    ----------
    folder : Path
        The session's.
    found : Scan
        Of ``features.bin``.
    layout : RegionLayout
        The regions that the session's header names.
    zero_s : float
        The frames' own time at the session's 0 s; taken off all times.

    Attributes
    ----------
    problems : list of str
        Why records of ``features.bin`` are left out; one sentence each.
    """

    def __init__(self, folder: Path, found: Scan, layout: RegionLayout, zero_s: float) -> None:
        self._path, self._zero_s = folder / FEATURES_FILE, zero_s
        self._region_row = region_window_row(len(layout))
        size = self._region_row.itemsize
        self._index = [
            entry for entry in found.index if entry[0] != Kind.REGION_WINDOWS or entry[2] % size == 0
        ]
        other = len(self._index) < len(found.index)
        self.problems = (
            [f"{FEATURES_FILE}: holds windows of other regions than {layout.name}"] if other else []
        )

    def __len__(self) -> int:
        """How many windows there are, without the gaps."""
        rows = ((self._row(kind), length) for kind, _, length in self._index)
        return sum(length // row.itemsize for row, length in rows if row is not None)

    def __iter__(self) -> Iterator[Window | Gap]:
        """All windows and gaps in order; where windows were lost to damage, a gap stands in their place.

        Raises
        ------
        SessionError
            When ``features.bin`` is no longer there.
        """
        expected: int | None = None
        for kind, payload in stored(self._path, self._index):
            if kind == Kind.WINDOW_GAP:
                yield gap_of(decode_json(payload) or {}, self._zero_s)
                continue
            layout = self._row(kind)
            for row in () if layout is None else np.frombuffer(payload, layout):
                window = window_of(row, self._zero_s)
                if expected is not None and window.index > expected:
                    yield Gap(
                        window.time_s, f"{window.index - expected} windows are missing in the recording"
                    )
                expected = window.index + 1
                yield window

    def states(self) -> dict[float, tuple[FaceState, bool]]:
        """State of the face and whether the picture was held, by the windows' times; empty for version 1.

        One pass over the file.
        """
        found: dict[float, tuple[FaceState, bool]] = {}
        for kind, payload in stored(self._path, self._index):
            layout = self._row(kind)
            if layout is None or "state" not in (layout.names or ()):
                continue
            rows = np.frombuffer(payload, layout)
            states = zip(map(face_state, rows["state"].tolist()), rows["held"].tolist(), strict=True)
            found.update(zip((rows["time_s"] - self._zero_s).tolist(), states, strict=True))
        return found

    def _row(self, kind: int) -> np.dtype[Any] | None:
        """Row layout of a type of record that holds windows or holes; None of the gaps between them."""
        return self._region_row if kind == Kind.REGION_WINDOWS else ROWS.get(kind)
