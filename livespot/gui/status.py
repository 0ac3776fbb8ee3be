"""How the run is doing: one sentence, and six figures below it.

The sentence names the one thing that matters most; the figures change four times a second, since nobody reads
faster.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import PurePath

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from livespot.config import GridConfig
from livespot.gui.painting import labelled
from livespot.gui.palette import GRID_PX, font
from livespot.gui.picture import face_words
from livespot.snapshot import RunState, Snapshot, Telemetry
from livespot.types import FaceState, SourceInfo

REFRESH_S = 0.25
_STAGES = ("face", "flow", "spotting")
_PATH = "capture to probability"
_SLOW_PATH = "capture to confirmed"


@dataclass(frozen=True, slots=True)
class Notice:
    """The sentence of the status line; ``attention`` asks for a symbol and the colour of warnings."""

    text: str
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A caption, its value in words, and what it means."""

    caption: str
    value: str
    explanation: str


def notice(snapshot: Snapshot) -> Notice:
    """What matters most right now, in words."""
    told = snapshot.message.strip()
    match snapshot.state:
        case RunState.IDLE:
            if snapshot.confirmed:
                return Notice(told or f"Stopped. {_tally(snapshot)}")
            return Notice(told or "Idle. Choose a source and press Start.")
        case RunState.OPENING:
            return Notice(told or "Starting …")
        case RunState.RECONNECTING:
            return Notice(
                told or "Connection lost; trying again. No interval will span the gap.", attention=True
            )
        case RunState.ENDED:
            return Notice(told or f"Finished. {_tally(snapshot)}")
        case RunState.FAILED:
            return Notice(
                told or "The stream has stopped; start it again or choose another source.", attention=True
            )
    if told:
        return Notice(told, attention=True)
    if snapshot.state is RunState.RUNNING and snapshot.frame is None:
        return Notice("Waiting for the first picture …")
    rate, least = snapshot.telemetry.camera_fps, GridConfig().min_observable_hz
    if 0 < rate < least:
        what = "camera" if snapshot.source is None or snapshot.source.live else "source"
        return Notice(
            f"The {what} gives {rate:.0f} fps: micro-expressions cannot be seen below {least:.0f} fps. "
            "More light often raises the rate.",
            attention=True,
        )
    if snapshot.face is not FaceState.OK:
        return Notice(f"{face_words(snapshot.face)}. The curves pause until this is better.", attention=True)
    if snapshot.too_fast:
        return Notice(
            "The head moves too fast: what is found now is doubtful. Keep it still for a moment.",
            attention=True,
        )
    if snapshot.baseline_left_s > 0.0:
        left_s = math.ceil(snapshot.baseline_left_s)
        return Notice(f"Neutral baseline: stay without expression for {left_s} s more.")
    return Notice(f"Running. {_tally(snapshot)}")


def _short_name(source: SourceInfo) -> str:
    """Files by their last part: the folders before it would push the name out of the cell."""
    return PurePath(source.name).name if source.kind in ("video", "images", "session") else source.name


def figures(snapshot: Snapshot) -> tuple[Figure, ...]:
    """Source, rate, latency, drops, face and engine, in this order; a dash where nothing is known."""
    told, source = snapshot.telemetry, snapshot.source
    size = f"{source.width}×{source.height}" if source is not None else ""
    return (
        Figure(
            "Source",
            f"{_short_name(source)}, {size}" if source is not None else "–",
            "What is being watched, and its size",
        ),
        Figure(
            "Rate",
            "–" if snapshot.state is RunState.RECONNECTING else _rate(told),
            "Camera frames per second as measured; model frames per second where they differ",
        ),
        _latency(told),
        Figure("Drops", _drops(told), "Camera frames lost since the start, by reason, and interruptions"),
        Figure("Face", _face(snapshot), "What stands between the camera and a measurement"),
        Figure("Engine", snapshot.engine or "–", "What computes the probabilities, and why this one"),
    )


def _tally(snapshot: Snapshot) -> str:
    counts = {kind: sum(i.type == kind for i in snapshot.confirmed) for kind in ("ME", "MaE")}
    if not any(counts.values()):
        return "No expression confirmed yet."
    return f"Confirmed so far: {counts['ME']} ME, {counts['MaE']} MaE."


def _rate(told: Telemetry) -> str:
    if told.camera_fps <= 0:
        return "–"
    same = told.model_fps <= 0 or abs(told.model_fps - told.camera_fps) < 1.0
    return f"{told.camera_fps:.1f} fps" + ("" if same else f", model {told.model_fps:.1f}")


def _latency(told: Telemetry) -> Figure:
    lines = [
        f"{name}: {s.p50_ms:.0f} / {s.p95_ms:.0f} / {s.p99_ms:.0f} ms" for name, s in told.latencies.items()
    ]
    meaning = (
        "Computing of a frame, from its capture to the probability of a moment, and from an expression's end until it "
        "is certain (half of them take no longer)"
    )
    compute = sum(told.latencies[name].p50_ms for name in _STAGES if name in told.latencies)
    known = [_ms(compute) if compute > 0 else "–"]
    for path in (_PATH, _SLOW_PATH):
        stats = told.latencies.get(path)
        known.append(_ms(stats.p50_ms) if stats is not None and stats.count else "–")
    value = " / ".join(known) if set(known) != {"–"} else "–"
    return Figure(
        "Compute / probability / confirmed",
        value,
        "\n".join([meaning, *(["", "p50 / p95 / p99"] if lines else []), *lines]),
    )


def _ms(value_ms: float) -> str:
    return f"{value_ms:.0f} ms" if value_ms < 995 else f"{value_ms / 1e3:.1f} s"


def _drops(told: Telemetry) -> str:
    lost = {reason: count for reason, count in told.drops.items() if count}
    words = f"{sum(lost.values()):,}" if lost else ("none" if told.frames else "–")
    if lost:
        words += (
            " ("
            + ", ".join(reason if len(lost) == 1 else f"{reason} {n:,}" for reason, n in lost.items())
            + ")"
        )
    return words + (f", {told.gaps} gap{'s' if told.gaps > 1 else ''}" if told.gaps else "")


def _face(snapshot: Snapshot) -> str:
    if snapshot.frame is None or snapshot.state in (RunState.IDLE, RunState.RECONNECTING):
        return "–"
    if snapshot.face is not FaceState.OK:
        return str(snapshot.face.value)
    return "moves too fast" if snapshot.too_fast else "found"


class ElidedLabel(QLabel):
    """A label that shortens its text with an ellipsis instead of asking for room; its tooltip is whole."""

    def __init__(self, role: str, size: str = "body") -> None:
        super().__init__()
        self.setObjectName(role)
        self.setFont(font(size))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self._explanation = ""

    def show_text(self, text: str, explanation: str = "") -> None:
        """Show ``text``, with ``explanation`` in the tooltip."""
        if (text, explanation) != (self._whole, self._explanation):
            self._whole, self._explanation = text, explanation
            self.setToolTip(f"{text}\n{explanation}".strip())
            self._fit()

    def whole_text(self) -> str:
        """The text as given."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


class StatusView(QWidget):
    """The sentence and the six figures.

    Show it alone with ``StatusView().show_snapshot(snapshot)``.
    """

    _SHARES = (5, 4, 5, 4, 4, 5)

    def __init__(self) -> None:
        super().__init__()
        self._next_s = 0.0
        self._shown: tuple[RunState, str, FaceState, bool, int] | None = None
        self._symbol = labelled("●", "symbol")
        self._symbol.setFixedWidth(2 * GRID_PX)
        self.sentence = ElidedLabel("notice")
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addWidget(self._symbol)
        line.addWidget(self.sentence, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setVerticalSpacing(0)
        self.values: dict[str, ElidedLabel] = {}
        for column, (figure, share) in enumerate(zip(figures(Snapshot()), self._SHARES, strict=True)):
            grid.addWidget(labelled(figure.caption, "caption"), 0, column)
            value = ElidedLabel("value")
            value.setAccessibleName(figure.caption)
            grid.addWidget(value, 1, column)
            grid.setColumnStretch(column, share)
            self.values[figure.caption] = value
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX // 2, 0, GRID_PX // 2, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(line)
        layout.addLayout(grid)
        self.setAccessibleName("Status")
        self.show_snapshot(Snapshot())

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the newest snapshot; a change of state shows at once, figures four times a second."""
        left_s = math.ceil(snapshot.baseline_left_s)
        kind = (snapshot.state, snapshot.message, snapshot.face, snapshot.too_fast, left_s)
        now_s = time.monotonic()
        if kind == self._shown and now_s < self._next_s:
            return
        self._shown, self._next_s = kind, now_s + REFRESH_S
        self.show_notice(notice(snapshot))
        for figure in figures(snapshot):
            self.values[figure.caption].show_text(figure.value, figure.explanation)

    def show_notice(self, told: Notice) -> None:
        """Show a sentence; the next snapshot may replace it."""
        level = "attention" if told.attention else "calm"
        for label, text in ((self._symbol, "▲" if told.attention else "●"), (self.sentence, "")):
            if label.property("level") != level:
                label.setProperty("level", level)
                style = label.style()
                if style is not None:
                    style.unpolish(label)
                    style.polish(label)
            if text and label is self._symbol:
                label.setText(text)
        self.sentence.show_text(told.text)
        if self.sentence.accessibleName() != told.text:
            self.sentence.setAccessibleName(told.text)
