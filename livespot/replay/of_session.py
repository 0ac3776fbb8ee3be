"""A recorded session as something to play: whole, without pictures, or with damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livespot.capture.seek import VideoSeeker
from livespot.errors import InputError, LivespotError, SessionError
from livespot.replay.recording import Analysis, Faces, Recording
from livespot.session import SessionReader
from livespot.session.review import REVIEW_FILE
from livespot.snapshot import Marker
from livespot.types import EXPRESSION_TYPES, Float32Array, Gap, Image, Setting, SourceInfo, Window

Progress = Callable[[int, "int | None"], None]

_EVERY = 512
_DRAGGED_S = 1.0


class SessionRecording(Recording):
    """A session's frames at the times of the live run.

    Parameters
    ----------
    session : SessionReader
        Owned from here on.
    progress : callable, optional
        Called with (windows read, windows in all); what it raises ends the opening.

    Raises
    ------
    SessionError
        When nothing in it has a time, so that there is nothing to play.
    """

    def __init__(self, session: SessionReader, progress: Progress | None = None) -> None:
        self.session = session
        self.path = session.path
        self.name = str(session.info["name"] or session.path.stem)
        self.problems = [*session.problems, *session.alarms]
        if session.problems:
            cure = "what can be read is shown; `livespot recover` makes a whole session of it"
            self.problems[0] = f"Damaged: {cure}. {self.problems[0]}"
        self.review_path = session.path / REVIEW_FILE
        marked = [*(Marker(m.time_s, m.label) for m in session.markers), *_turned(session.settings)]
        self.markers = tuple(sorted(marked, key=lambda marker: marker.time_s))
        self._places, self.numbers, self.times_s = _axis(session)
        self.base = _as_recorded(session)
        self.faces = _faces(session, progress)
        self.gaps = tuple((gap.start_s, gap.end_s, gap.reason) for gap in session.gap_spans())
        self._seeker: VideoSeeker | None = None
        if session.video_path is not None:
            try:
                self._seeker = VideoSeeker(session.video_path)
            except LivespotError as error:
                self.problems.append(f"{error}; shown without pictures")
        elif session.mode == "features":
            self.problems.append("was recorded without a picture (mode features): only curves and intervals")
        self.has_pictures = self._seeker is not None
        source = session.info["source"]
        self.info = SourceInfo(
            self.name,
            "session",
            int(source["width"]),
            int(source["height"]),
            float(source["fps"]),
            len(self.numbers),
            live=False,
        )

    @property
    def window_count(self) -> int:
        """How many windows were logged."""
        return self.session.window_count

    def picture(self, place: int) -> Image | None:
        """The picture that the recorder kept of this frame, or None."""
        wanted = int(self._places[place])
        if self._seeker is None or not 0 <= wanted < len(self._seeker):
            return None
        try:
            return self._seeker.frame(wanted).image
        except InputError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return None

    def windows(self) -> Iterator[Window | Gap] | None:
        """As logged."""
        return self.session.windows() if self.session.window_count else None

    def close(self) -> None:
        """Let go of the video."""
        if self._seeker is not None:
            self._seeker.close()
        self.session.close()


def _axis(session: SessionReader) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(place in the video, number, time) of each frame, by number; of the curves' rows when the frames are lost."""
    frames = session.frames
    numbers = np.asarray(frames["source_index"], np.int64)
    times_s = np.asarray(frames["time_s"], np.float64)
    places = np.asarray(frames["video_frame"], np.int64)
    if not len(numbers):
        curves = session.curves()
        numbers, times_s = curves.frames.astype(np.int64), curves.times_s
        places = np.full(len(numbers), -1, np.int64)
    if not len(numbers):
        raise SessionError(
            f"{session.path}: nothing in it can be played (no frame, no curve); try `livespot recover`"
        )
    numbers, first = np.unique(numbers, return_index=True)
    return places[first], numbers, np.maximum.accumulate(times_s[first])


def _as_recorded(session: SessionReader) -> Analysis:
    curves = session.curves()
    engine = session.info["engine"]
    stored = session.info["config"].get("spotting")
    spotting = stored if isinstance(stored, dict) else {}
    least: dict[str, Any] = {k: spotting.get(f"{k.lower()}_min_score") for k in EXPRESSION_TYPES}
    least |= session.info["min_scores"]
    thresholds = session.info["thresholds"]
    if session.settings:  # the header is of the moment before
        thresholds, least = session.settings[0].thresholds, session.settings[0].min_scores
    return Analysis(
        name="as recorded",
        engine=str(engine["description"] or engine["name"]),
        sha256=session.settings[0].sha256 if session.settings else str(engine["sha256"]),
        thresholds={k: float(v) for k, v in thresholds.items() if isinstance(v, int | float)},
        min_scores={kind: float(v) for kind, v in least.items() if isinstance(v, int | float)},
        frames=curves.frames.astype(np.int64),
        times_s=curves.times_s,
        curves=curves.values,
        intervals=tuple(sorted(session.intervals, key=lambda i: (i.onset, i.offset, i.type))),
        settings=tuple(session.settings),
    )


def _turned(settings: Sequence[Setting]) -> list[Marker]:
    """Where the operating point was changed, as markers; of a line being dragged only where it was let go."""
    made: list[Marker] = []
    shown = settings[0].thresholds if settings else {}
    for place, setting in enumerate(settings[1:], 1):
        if place + 1 < len(settings) and settings[place + 1].time_s - setting.time_s < _DRAGGED_S:
            continue
        changed = [
            f"{kind} {value:.2f}" for kind, value in setting.thresholds.items() if value != shown[kind]
        ]
        if changed:
            made.append(Marker(setting.time_s, f"θ {', '.join(changed)}"))
        shown = setting.thresholds
    return made


def _faces(session: SessionReader, progress: Progress | None) -> Faces:
    ticks = session.ticks
    numbers, rows = np.unique(np.asarray(ticks["source_index"], np.int64), return_index=True)
    states = session.face_states
    motion_frames: list[int] = []
    motion: list[Float32Array] = []
    blank = np.full((len(session.layout), 2), np.nan, np.float32)
    for item in session.windows() if session.window_count else ():
        if isinstance(item, Gap):
            continue
        motion_frames.append(item.source_index)
        motion.append(blank if item.features is None else item.features[-1])
        if progress is not None and len(motion) % _EVERY == 0:
            progress(len(motion), session.window_count)
    return Faces(
        numbers=numbers,
        times_s=np.asarray(ticks["time_s"], np.float64)[rows],
        states=tuple(states[row] for row in rows.tolist()),
        points=session.landmarks[rows],
        motion_frames=np.array(motion_frames, np.int64),
        motion=np.array(motion, np.float32).reshape(-1, len(session.layout), 2),
        layout=session.layout,
    )
