"""Recording as an order: given before a run it holds for every run, given during one it holds for that one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.clock import Clock
from livespot.config import Config
from livespot.inference import Runner
from livespot.session import RecordMode, SessionWriter
from livespot.session.create import check_target
from livespot.snapshot import RecordingStatus, Telemetry
from livespot.types import SourceInfo

_LOOK_S = 1.0
"""How often the size on the disk is asked for."""


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """Where and how to record; checked when it is made.

    Raises
    ------
    UsageError
        The name cannot be the name of a folder.
    OutputError
        The folder cannot be written.
    """

    folder: Path
    mode: RecordMode
    consent: str
    name: str | None

    def __post_init__(self) -> None:
        check_target(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a session says of the run it was recorded from."""

    source: SourceInfo
    runner: Runner
    thresholds: dict[str, float]
    min_scores: dict[str, float]
    config: Config
    clock: Clock


class Recording:
    """The session that is being written, if any, and the order for the runs to come.

    Attributes
    ----------
    path : Path or None
        The newest session.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.order: RecordOrder | None = None
        self.writer: SessionWriter | None = None
        self._last_alarm = ""
        self._mode = ""
        self._began_s = self._looked_s = 0.0
        self._bytes = 0

    @property
    def alarm(self) -> str:
        """What the recording loses, in words; stays readable after its end."""
        writer = self.writer
        return writer.alarm if writer is not None else self._last_alarm

    def status(self, now_s: float) -> RecordingStatus | None:
        """How the recording stands at ``now_s`` on the run's clock; None when nothing is recorded."""
        writer = self.writer
        if writer is None:
            return None
        if not self._looked_s <= now_s < self._looked_s + _LOOK_S:
            self._looked_s, self._bytes = now_s, _bytes_in(writer.path)
        return RecordingStatus(
            str(writer.path), self._mode, max(now_s - self._began_s, 0.0), self._bytes, writer.alarm
        )

    def begin(self, order: RecordOrder, facts: RunFacts, from_start: bool) -> SessionWriter:
        """Make the session; the caller attaches it to the stream."""
        self._began_s, self._looked_s, self._mode = facts.clock.now_s(), -_LOOK_S, order.mode
        self.writer = SessionWriter(
            order.folder,
            _described(facts, from_start),
            order.mode,
            consent=order.consent,
            name=order.name,
            clock=facts.clock,
        )
        self.path = self.writer.path
        self._last_alarm = ""
        return self.writer

    def end(self, telemetry: Telemetry | None = None) -> None:
        """Complete the session; does nothing when none is being written."""
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.close(
                {} if telemetry is None else {"drops": dict(telemetry.drops), "gaps": telemetry.gaps}
            )
            self._last_alarm = writer.alarm


def _bytes_in(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _described(facts: RunFacts, from_start: bool) -> dict[str, Any]:
    source, runner = facts.source, facts.runner
    return {
        "source": {
            "name": source.name,
            "kind": source.kind,
            "width": source.width,
            "height": source.height,
            "fps": float(source.fps),
            "live": source.live,
        },
        "engine": {
            "name": runner.info.name,
            "description": runner.info.description,
            "sha256": runner.info.sha256,
        },
        "thresholds": {kind: float(value) for kind, value in facts.thresholds.items()},
        "min_scores": {kind: float(value) for kind, value in facts.min_scores.items()},
        "config": facts.config.as_dict(),
        "regions": facts.config.flow.layout.name,
        "from_start": from_start,
    }
