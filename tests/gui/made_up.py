"""Made-up snapshots of every state, for gallery and tests: no camera, no network, the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from made_up_face import HEIGHT, POINTS, WIDTH, drawn_face, portrait

from livespot.gui.controller import LiveController
from livespot.snapshot import LatencyStats, Marker, Picture, RunState, Snapshot, Telemetry
from livespot.types import (
    CURVES,
    ExpressionType,
    FaceState,
    Float32Array,
    Interval,
    Landmarks,
    ModelFrame,
    SourceInfo,
)

RATE_HZ = 30.0
_ROI_NODES = (20, 19, 18, 23, 24, 25, 48, 54, 51, 57)


@dataclass(frozen=True, slots=True)
class _Act:
    """One made-up expression."""

    type: ExpressionType
    onset_s: float
    length_s: float
    score: float

    def interval(self) -> Interval:
        apex_s, offset_s = self.onset_s + 0.45 * self.length_s, self.onset_s + self.length_s
        onset, apex, offset = (round(RATE_HZ * t) for t in (self.onset_s, apex_s, offset_s))
        return Interval(self.type, onset, apex, offset, self.onset_s, apex_s, offset_s, self.score)


ACTS: tuple[_Act, ...] = (
    _Act("MaE", 6.2, 1.6, 0.71),
    _Act("ME", 10.6, 0.36, 0.58),
    _Act("MaE", 14.0, 2.3, 0.83),
    _Act("ME", 19.3, 0.43, 0.66),
    _Act("ME", 23.1, 0.33, 0.44),
    _Act("MaE", 25.2, 1.9, 0.77),
    _Act("ME", 29.0, 0.40, 0.72),
    _Act("MaE", 30.6, 1.2, 0.62),
)
"""What happens in half a minute; the last one is still under way at :data:`NOW_S`."""

NOW_S = 32.0


def ground_truth() -> tuple[Interval, ...]:
    """A truth that the acts nearly agree with: one missed, one shifted."""
    missed = _Act("ME", 17.4, 0.4, 1.0)
    return tuple(replace(a, onset_s=a.onset_s - 0.08).interval() for a in (*ACTS[:4], missed, *ACTS[5:]))


def curves_until(
    now_s: float, *, no_face: tuple[float, float] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) and curves (n, 10) of ten seconds; the newest window is centred at ``now_s`` − 0.3 s."""
    last = math.floor(RATE_HZ * (now_s - 0.3))
    times = np.arange(max(0, last - 299), last + 1) / RATE_HZ
    ticks = np.round(times * RATE_HZ)[:, None]
    curves = 0.03 + 0.02 * np.sin(ticks / (3.0 + np.arange(10))) * np.sin(ticks / (5.0 + np.arange(10)[::-1]))
    for act in (a for a in ACTS if abs(a.onset_s - now_s) < 15.0):
        kind, spread = act.type.lower(), 0.05 if act.type == "ME" else 0.16
        peaks = {"onset": act.onset_s, "apex": act.interval().apex_s, "offset": act.interval().offset_s}
        for phase, peak in peaks.items():
            bump = (0.55 + 0.45 * act.score) * np.exp(-0.5 * ((times - peak) / spread) ** 2)
            column = CURVES.index(f"{kind}_{phase}")
            curves[:, column] = np.maximum(curves[:, column], bump)
        inside = (
            1
            / (1 + np.exp(-(times - act.onset_s) / spread))
            / (1 + np.exp((times - peaks["offset"]) / spread))
        )
        column = CURVES.index(f"{kind}_expression")
        curves[:, column] = np.maximum(curves[:, column], 0.8 * inside)
    if no_face is not None:
        curves[(times >= no_face[0]) & (times < no_face[1])] = np.nan
    return times, curves.astype(np.float32)


def motion_along(times: np.ndarray, curves: np.ndarray) -> Float32Array:
    """Motion (n, 10) px that goes with made-up curves: brows for ME, mouth for MaE, and a restless rest."""
    ticks = np.round(times * RATE_HZ)[:, None]
    rest = 0.16 + 0.10 * np.sin(ticks / (2.0 + 0.7 * np.arange(10))) * np.cos(ticks / (4.1 + np.arange(10)))
    small, large = (curves[:, [CURVES.index(f"{kind}_expression")]] for kind in ("me", "mae"))
    brows = np.array([1.2, 1.6, 1.1, 1.3, 1.5, 1.0, 0.3, 0.2, 0.2, 0.2])
    mouth = np.array([0.5, 0.5, 0.4, 0.5, 0.4, 0.4, 4.4, 4.8, 2.1, 2.6])
    return np.asarray(np.abs(rest) + small * brows + large * mouth, np.float32)


def running(now_s: float = NOW_S, *, no_face: tuple[float, float] | None = (20.5, 22.0)) -> Snapshot:
    """A healthy run with a face, curves, two provisional and several confirmed intervals."""
    moved = np.array([0.6 * math.sin(1.3 * now_s), 0.4 * math.cos(0.9 * now_s)], np.float32)
    points = POINTS + moved
    mesh = np.zeros((478, 3), np.float32)
    mesh[:, :2] = np.resize(points, (478, 2))
    mesh[68, :2] = (300, 140)  # the forehead, which the 68 points lack
    vectors = np.zeros((10, 2), np.float32)
    vectors[:6, 1] = [-2.4, -2.9, -1.8, -2.2, -3.0, -1.7]
    vectors[:6, 0] = [-0.4, -0.5, -0.9, 0.5, 0.4, 0.9]
    vectors[6:] = [(-2.1, -1.2), (2.3, -1.3), (0.3, -0.6), (0.2, 0.8)]
    times, curves = curves_until(now_s, no_face=no_face)
    done = [a.interval() for a in ACTS if a.onset_s + a.length_s + 1.0 < now_s]
    open_ = [a.interval() for a in ACTS if a.onset_s < now_s <= a.onset_s + a.length_s + 1.0]
    index = round(now_s * RATE_HZ)
    return Snapshot(
        state=RunState.RUNNING,
        source=SourceInfo("Integrated Camera", "camera", WIDTH, HEIGHT, 30.0, None, True),
        engine="ONNX Runtime, CPU, 1 thread",
        frame=ModelFrame(index, index, now_s, portrait(), RATE_HZ),
        face=FaceState.OK,
        landmarks=Landmarks(points, mesh),
        roi_points=points[list(_ROI_NODES)],
        roi_vectors=vectors,
        curve_times_s=times,
        curves=curves,
        provisional=tuple(open_),
        confirmed=tuple(done),
        thresholds={"ME": 0.65, "MaE": 0.6},
        engine_thresholds={"ME": 0.58, "MaE": 0.6},
        motion=motion_along(times, curves),
        markers=(Marker(12.0, "question 4"),),
        no_face=()
        if no_face is None or no_face[0] > now_s
        else ((no_face[0], min(no_face[1], now_s), FaceState.NO_FACE.value),),
        telemetry=Telemetry(
            camera_fps=29.9,
            model_fps=29.9,
            frames=index,
            frames_with_face=index - 45,
            latencies={
                "face": LatencyStats(3.1, 4.0, 5.2, 1800),
                "flow": LatencyStats(3.4, 3.9, 4.6, 1800),
                "inference": LatencyStats(4.9, 5.6, 6.8, 1800),
                "capture to probability": LatencyStats(14.2, 17.0, 23.8, 1800),
                "capture to confirmed": LatencyStats(1120.0, 2240.0, 2390.0, 7),
            },
        ),
    )


def picture_at(time_s: float) -> Picture:
    """A kept picture, half as large as the camera's; the head wanders a little."""
    shift = round(6 * math.sin(1.7 * time_s))
    image = np.ascontiguousarray(np.roll(portrait(), shift, axis=1)[::2, ::2])
    points = ((POINTS + np.array([shift, 0], np.float32)) / 2).astype(np.float32)
    return Picture(time_s, image, points, points[list(_ROI_NODES)])


def no_face() -> Snapshot:
    """Nobody in front of the camera since two seconds."""
    made = running(no_face=(30.0, 99.0))
    frame = replace(made.frame, image=drawn_face(face=False)) if made.frame is not None else None
    return replace(
        made,
        frame=frame,
        face=FaceState.NO_FACE,
        landmarks=None,
        roi_points=None,
        roi_vectors=None,
        provisional=(),
    )


def low_rate() -> Snapshot:
    """A camera in dim light."""
    made = running()
    slow = replace(made.telemetry, camera_fps=14.9, model_fps=14.9, drops={"too slow": 3}, gaps=1)
    return replace(made, telemetry=slow)


def long_text() -> Snapshot:
    """Names and labels that nobody has room for."""
    made = running()
    words = "a label that somebody has typed without ever looking at how long it has become, " * 3
    source = replace(made.source, name="USB 3.0 Camera of the left service " * 4) if made.source else None
    gap = (24.0, 26.5, "http://192.168.0.17:8080/video: no picture for 2.5 s")
    return replace(
        made,
        source=source,
        engine=f"ONNX Runtime, because {words}",
        markers=(Marker(8.0, words),),
        gaps=(gap,),
    )


def many_events() -> Snapshot:
    """A long session: hundreds of confirmed intervals."""
    made = running()
    past: list[Interval] = []
    for number in range(400):
        kind: ExpressionType = "ME" if number % 3 else "MaE"
        length_s = 0.30 + 0.01 * (number % 17) if kind == "ME" else 0.7 + 0.1 * (number % 20)
        onset_s = 4.0 * number
        past.append(_Act(kind, onset_s, length_s, 0.35 + (number * 37 % 60) / 100).interval())
    shift_s = 1600.0
    frame = replace(made.frame, time_s=NOW_S + shift_s) if made.frame is not None else None
    late = [
        replace(i, onset_s=i.onset_s + shift_s, apex_s=i.apex_s + shift_s, offset_s=i.offset_s + shift_s)
        for i in (*made.confirmed, *made.provisional)
    ]
    known = len(made.confirmed)
    return replace(
        made,
        frame=frame,
        curve_times_s=made.curve_times_s + shift_s,
        markers=tuple(replace(m, time_s=m.time_s + shift_s) for m in made.markers),
        no_face=tuple((a + shift_s, b + shift_s, why) for a, b, why in made.no_face),
        confirmed=(*past, *late[:known]),
        provisional=tuple(late[known:]),
        telemetry=replace(made.telemetry, drops={"too slow": 12, "duplicate time stamp": 1204}, gaps=3),
    )


STATES: dict[str, Callable[[], Snapshot]] = {
    "idle": Snapshot,
    "starting": lambda: Snapshot(state=RunState.OPENING, message="Opening the camera …"),
    "running": running,
    "no_face": no_face,
    "too_small": lambda: replace(no_face(), face=FaceState.TOO_SMALL, frame=running().frame),
    "low_rate": low_rate,
    "reconnecting": lambda: replace(
        running(),
        state=RunState.RECONNECTING,
        message="http://192.168.0.17:8080/video: no picture for 1.2 s; trying again in 2 s.",
    ),
    "failed": lambda: Snapshot(
        state=RunState.FAILED,
        message="camera 3: no such camera; `livespot cameras` lists those that can be opened",
    ),
    "finished": lambda: replace(running(), state=RunState.ENDED, provisional=()),
    "many_events": many_events,
    "long_text": long_text,
}
"""Every state that the window can be in."""


@dataclass
class MadeUpController(LiveController):
    """A controller that shows what it is told and remembers what it was asked; answers at once.

    ``moving`` makes a run's snapshots advance by one frame at each call.
    """

    shown: Snapshot = field(default_factory=Snapshot)
    moving: bool = False
    orders: list[str] = field(default_factory=list)
    now_s: float = NOW_S

    def snapshot(self) -> Snapshot:
        """What is to be shown."""
        if self.moving and self.shown.state is RunState.RUNNING:
            self.now_s += 1.0 / RATE_HZ
            self.shown = running(self.now_s)
        return self.shown

    def start(self, source: str) -> None:
        """Begin the made-up run."""
        self.orders.append(f"start {source}")
        self.shown = running(self.now_s)

    def stop(self) -> None:
        """Back to idle."""
        self.orders.append("stop")
        self.shown = Snapshot()

    def moment(self, time_s: float) -> Picture | None:
        """Any moment of the run."""
        return picture_at(time_s) if 0.0 <= time_s <= self.now_s else None

    def last_seconds(self, seconds: float) -> list[Picture]:
        """Ten pictures a second."""
        return [picture_at(self.now_s - seconds + i / 10) for i in range(round(10 * seconds) + 1)]

    def pictures_of(self, interval: Interval) -> tuple[Picture | None, Picture | None, Picture | None]:
        """Onset, apex and offset; early ones are no longer kept."""
        if interval.onset_s < self.now_s - 20.0:
            return None, None, None
        times = (interval.onset_s, interval.apex_s, interval.offset_s)
        return picture_at(times[0]), picture_at(times[1]), picture_at(times[2])

    def sources(self) -> list[tuple[str, str]]:
        """Three of them."""
        return [("demo", "Demo clip"), ("0", "Integrated Camera (640×480)"), ("2", "USB Camera, 1280×720")]
