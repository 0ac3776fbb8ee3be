"""What is ordered of the recorder, and what a session's header says of the run it was recorded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.config import Config
from livespot.inference import EngineInfo
from livespot.session import RecordMode
from livespot.session.create import check_target
from livespot.types import SourceInfo


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
    engine: EngineInfo
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float]
    config: Config


def described(facts: RunFacts) -> dict[str, Any]:
    """Return the part of a session's header that comes from the run."""
    source, engine = facts.source, facts.engine
    return {
        "source": {
            "name": source.name,
            "kind": source.kind,
            "width": source.width,
            "height": source.height,
            "fps": float(source.fps),
            "live": source.live,
        },
        "engine": engine.facts(),
        "thresholds": {kind: float(value) for kind, value in facts.thresholds.items()},
        "min_scores": {kind: float(value) for kind, value in facts.min_scores.items()},
        "config": facts.config.as_dict(),
        "regions": facts.config.flow.layout.name,
    }
