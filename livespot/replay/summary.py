"""What is said of a session that was analysed again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from livespot.config import Config
from livespot.findings import Findings, Recorded, summary
from livespot.inference import Runner
from livespot.session import SessionReader
from livespot.spotting.parameters import resolved_point


def session_summary(
    session: SessionReader, config: Config, runner: Runner, found: Findings, seconds: float
) -> dict[str, Any]:
    """What ``summary.json`` says of a session that was analysed again; ``seconds`` is how long that took."""
    source = session.info["source"]
    recorded = Recorded(
        source=str(session.path),
        kind="session",
        width=source["width"],
        height=source["height"],
        fps=source["fps"],
        declared_frames=session.window_count,
        rate_hz=float(session.ticks["rate_hz"][-1]) if len(session.ticks) else 0.0,
    )
    looks = Counter(state.value for state in session.face_states)
    thresholds = resolved_point(config.spotting, runner.info)[0]
    warnings = [*session.problems, *session.alarms, *found.problems]
    made = summary(recorded, found, looks, config, runner, thresholds, seconds, warnings)
    return {**made, "recorded_engine": session.info["engine"]}
