"""Everything that is known of a recording, from a session or from a folder of ``livespot spot``, ready for export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np

from livespot.capture.seek import VideoSeeker
from livespot.config import FaceConfig
from livespot.errors import InputError, LivespotError
from livespot.face.tracker import FaceTracker
from livespot.interchange import read_curves, read_features, read_intervals, read_summary
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.motion import motion_between, needed_windows
from livespot.interchange.results import REVIEW_DECISIONS, Judged, Note, Results, ReviewDecision
from livespot.movement import movement_of, movement_windows
from livespot.regions import LAYOUTS, PAPER, RegionLayout
from livespot.replay import SessionPictures
from livespot.session import SessionReader, is_session
from livespot.session.review import REVIEW_FILE, Review, Reviewed, merged
from livespot.types import Float32Array, Gap, Image, Interval, ModelFrame

_SAME_RATE = 1e-3  # share by which two rates may differ and be one


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a review goes into an export: ``merge`` applies its decisions, of one ``reviewer`` or of all."""

    merge: bool = False
    reviewer: str | None = None


class Gathered:
    """Results and, for reports, what shows them. Close it when done.

    Attributes
    ----------
    results : Results
    detections : list of Interval
        As the program found them, whatever a review says.
    review : Review
    said : list of str
        What could not be used, one sentence each.
    layout : RegionLayout
        The regions whose motion is known.
    session : SessionReader or None
        The recorded session, if it is one.
    """

    layout: RegionLayout = PAPER
    session: SessionReader | None = None

    def __init__(
        self, results: Results, detections: Sequence[Interval], review: Review, said: list[str]
    ) -> None:
        self.results = results
        self.detections = list(detections)
        self.review = review
        self.said = said

    def picture(self, frame: int) -> Image | None:
        """The camera picture of a source frame."""
        return None

    def landmarks(self, frame: int) -> Float32Array | None:
        """(68, 2) px."""
        return None

    def motion(self, interval: Interval) -> Float32Array | None:
        """(R, 2) canonical px from onset to apex, of the regions of :attr:`layout`."""
        return None

    def close(self) -> None:
        """Let go of videos and models."""

    def __enter__(self) -> Gathered:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def gather(path: str | Path, chosen: Chosen | None = None) -> Gathered:
    """Open a session or a folder of results.

    Raises
    ------
    InputError
        When it is neither, or cannot be read.
    """
    folder = Path(path)
    chosen = chosen or Chosen()
    if not folder.exists():
        raise InputError(f"{path}: no such session; check the path")
    if is_session(folder):
        return _OfSession(SessionReader(folder), chosen)
    if folder.is_dir() and (folder / "intervals.csv").is_file():
        return _OfSpot(folder, chosen)
    raise InputError(
        f"{path}: is neither a recorded session (session.json and log.bin) nor a folder that `livespot spot` made"
        " (intervals.csv); give one of these"
    )


def by_onset(intervals: Iterable[Interval]) -> list[Interval]:
    """In the order of every table."""
    return sorted(intervals, key=lambda i: (i.onset, i.offset, i.apex, i.type))


class _OfSession(Gathered):
    def __init__(self, session: SessionReader, chosen: Chosen) -> None:
        detections = by_onset(session.intervals)
        review = Review(session.path / REVIEW_FILE, detections)
        kept = session.frames["video_frame"] >= 0
        start_s = float(session.frames["time_s"][kept][0]) if kept.any() else 0.0
        table = table_of(session)
        results = Results(
            name=str(session.info["name"] or session.path.stem),
            intervals=tuple(_kept(detections, review, chosen)),
            curves=table,
            meta=session_meta(session),
            markers=tuple(Note(marker.time_s, marker.label) for marker in session.markers),
            gaps=gap_notes(table),
            review=judged(review, chosen),
            video=session.video_path,
            video_start_s=start_s,
        )
        said = [f"{session.path}: {problem}" for problem in session.problems]
        super().__init__(results, detections, review, said)
        self._session = self.session = session
        self.layout = session.layout
        self._rows = {int(n): row for row, n in reversed(list(enumerate(session.ticks["source_index"])))}
        self._models = session.ticks["model_index"]
        self._windows: dict[int, Float32Array] | None = None
        self.results = replace(results, intervals=tuple(map(self._with_movement, results.intervals)))
        self._pictures: SessionPictures | None = None
        if session.video_path is not None:
            try:
                self._pictures = SessionPictures(session)
            except LivespotError as error:
                said.append(f"{error}; going on without pictures")

    def picture(self, frame: int) -> Image | None:
        return None if self._pictures is None else self._pictures.picture(frame)

    def landmarks(self, frame: int) -> Float32Array | None:
        row = self._rows.get(frame)
        if row is None:
            return None
        points: Float32Array = self._session.landmarks[row]
        return points if np.isfinite(points).all() else None

    def motion(self, interval: Interval) -> Float32Array | None:
        ends = self._ends(interval)
        if ends is None:
            return None
        if self._windows is None:
            self._windows = self._needed()
        return motion_between(*ends, self._windows, len(self.layout))

    def _with_movement(self, interval: Interval) -> Interval:
        """What moved, for an interval that was recorded before that was measured, or drawn in a review."""
        place = self._place(interval)
        if interval.movement is not None or place is None:
            return interval
        if self._windows is None:
            self._windows = self._needed()
        onset, apex, offset, rate_hz = place
        movement = movement_of(onset, apex, offset, self._windows.get, rate_hz, self.layout)
        return replace(interval, movement=movement)

    def _place(self, interval: Interval) -> tuple[int, int, int, float] | None:
        """Onset, apex and offset in model frames, and their rate."""
        ends, row = self._ends(interval), self._rows.get(interval.offset)
        if ends is None or row is None:
            return None
        return *ends, int(self._models[row]), float(self._session.ticks["rate_hz"][row])

    def close(self) -> None:
        if self._pictures is not None:
            self._pictures.close()
        self._session.close()

    def _ends(self, interval: Interval) -> tuple[int, int] | None:
        rows = self._rows.get(interval.onset), self._rows.get(interval.apex)
        if rows[0] is None or rows[1] is None:
            return None
        return int(self._models[rows[0]]), int(self._models[rows[1]])

    def _needed(self) -> dict[int, Float32Array]:
        """The windows that the intervals' motion is made of, in one pass over the features."""
        wanted = {
            centre
            for interval in self.results.intervals
            if (ends := self._ends(interval)) is not None
            for centre, _ in needed_windows(*ends)
        }
        for interval in self.results.intervals:
            if (place := self._place(interval)) is not None:
                onset, _, offset, rate_hz = place
                wanted.update(movement_windows(onset, offset, rate_hz))
        found: dict[int, Float32Array] = {}
        for item in self._session.windows():
            if not isinstance(item, Gap) and item.features is not None and item.index in wanted:
                found[item.index] = item.features
        return found


class _OfSpot(Gathered):
    def __init__(self, folder: Path, chosen: Chosen) -> None:
        detections = by_onset(read_intervals(folder / "intervals.csv"))
        review = Review(folder / REVIEW_FILE, detections)
        said: list[str] = []
        curves = folder / "curves.csv"
        summary = read_summary(folder / "summary.json") if (folder / "summary.json").is_file() else {}
        source = Path(str(summary.get("path", "")))
        video = source if source.is_file() else None
        if video is None and summary.get("path"):
            said.append(f"{source}: is no longer there, or no video; going on without pictures")
        results = Results(
            name=str(summary.get("source") or folder.name),
            intervals=tuple(_kept(detections, review, chosen)),
            meta=summary,
            gaps=_spot_gaps(summary),
            review=judged(review, chosen),
            video=video,
        )
        if curves.is_file():
            rows = read_curves(curves)
            results = replace(results, curves=rows, gaps=gap_notes(rows) or results.gaps)
        super().__init__(results, detections, review, said)
        self._rows = {int(n): row for row, n in reversed(list(enumerate(results.curves.frames)))}
        features = folder / "features.npz"
        table = read_features(features) if features.is_file() else None
        self._features = None if table is None else table.features
        self.layout = PAPER if table is None else LAYOUTS[table.regions]
        self._seeker: VideoSeeker | None = None
        self._tracker: FaceTracker | None = None
        if video is not None:
            try:
                self._seeker = VideoSeeker(video)
                self.results = replace(self.results, video_speed=_speed(summary, self._seeker.info.fps))
            except LivespotError as error:
                said.append(f"{error}; going on without pictures")

    def picture(self, frame: int) -> Image | None:
        try:
            return None if self._seeker is None else self._seeker.frame(frame).image
        except InputError:  # the video was replaced by a shorter one
            return None

    def landmarks(self, frame: int) -> Float32Array | None:
        image = self.picture(frame)
        if image is None:
            return None
        self._tracker = self._tracker or FaceTracker(FaceConfig())
        self._tracker.reset()
        seen = self._tracker.step(ModelFrame(0, frame, 0.0, image, 30.0)).landmarks
        return None if seen is None else seen.points

    def motion(self, interval: Interval) -> Float32Array | None:
        first, last = self._rows.get(interval.onset), self._rows.get(interval.apex)
        if self._features is None or first is None or last is None:
            return None
        wanted = [centre for centre, _ in needed_windows(first, last)]
        windows = {c: self._features[c] for c in wanted if c < len(self._features)}
        return motion_between(first, last, windows, len(self.layout))

    def close(self) -> None:
        if self._seeker is not None:
            self._seeker.close()
        if self._tracker is not None:
            self._tracker.close()


def _speed(summary: Mapping[str, Any], video_fps: float) -> float:
    """How much slower a video is played than it was taken, where the results say that by their own rate."""
    fps = summary.get("fps")
    if (
        not isinstance(fps, int | float)
        or fps <= 0
        or video_fps <= 0
        or abs(fps / video_fps - 1) < _SAME_RATE
    ):
        return 1.0
    return fps / video_fps


def table_of(session: SessionReader) -> CurveTable:
    """A session's curves with all that tables say of them."""
    curves = session.curves()
    return CurveTable(
        curves.frames.astype(np.int64),
        curves.times_s,
        curves.values,
        session.status(curves.times_s, np.isfinite(curves.values).all(axis=1)),
        curves.video_frames if session.video_path is not None else None,
        tuple(GapRow(gap.row, gap.time_s, gap.reason) for gap in session.gap_spans()),
        session.start,
    )


def gap_notes(table: CurveTable) -> tuple[Note, ...]:
    """Gaps from the row before each to the row behind it."""
    return tuple(Note(start_s, reason, end_s) for start_s, end_s, reason in table.gap_spans())


def session_meta(session: SessionReader) -> dict[str, Any]:
    """What ``summary.json`` would say of a session's live run."""
    info = session.info
    source = info["source"]
    states = Counter(state.value for state in session.face_states)
    found = states.pop("face found", 0)
    ticks = len(session.ticks)
    drops = session.stopped.get("drops")
    return {
        "source": source["name"],
        "kind": "session",
        "size": [source["width"], source["height"]],
        "fps": source["fps"],
        "frames": len(session.curves().frames),
        "model_rate_hz": float(session.ticks["rate_hz"][-1]) if ticks else 0.0,
        "face_share": found / max(ticks, 1),
        "frames_without_face": dict(states),
        "drops": drops if isinstance(drops, dict) else {},
        "started": info["started"],
        "consent": info["consent"],
        "mode": info["mode"],
        "engine": info["engine"],
        "thresholds": info["thresholds"],
        "versions": info["versions"],
        "config": info["config"],
        "warnings": list(session.alarms),
        "problems": list(session.problems),
    }


def judged(review: Review, chosen: Chosen) -> tuple[Judged, ...]:
    """A review's decisions in the terms of the exchange formats; what was not decided is left out."""
    return tuple(
        Judged(r.interval, cast(ReviewDecision, r.verdict), r.reviewer, r.at, "; ".join(r.comments))
        for r in review.state(chosen.reviewer)
        if _is_decided(r)
    )


def _is_decided(reviewed: Reviewed) -> bool:
    return reviewed.verdict in REVIEW_DECISIONS


def _kept(detections: Sequence[Interval], review: Review, chosen: Chosen) -> list[Interval]:
    return by_onset(merged(review, chosen.reviewer)) if chosen.merge else list(detections)


def _spot_gaps(summary: Mapping[str, Any]) -> tuple[Note, ...]:
    gaps = summary.get("gaps")
    known = [gap for gap in gaps if isinstance(gap, dict)] if isinstance(gaps, list) else []
    return tuple(Note(float(gap.get("time_s", 0.0)), str(gap.get("reason", ""))) for gap in known)
