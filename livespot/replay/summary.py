"""What is said of a session that was analysed again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from livespot.config import Config
from livespot.inference import Runner
from livespot.installation.versions import versions
from livespot.pipeline import Spotting
from livespot.replay.run import Replayed
from livespot.session import SessionReader
from livespot.types import FaceState


def session_summary(
    session: SessionReader, config: Config, runner: Runner, found: Replayed, seconds: float
) -> dict[str, Any]:
    """What ``summary.json`` says of a session that was analysed again; ``seconds`` is how long that took."""
    source = session.info["source"]
    states = Counter(state.value for state in session.face_states)
    rows = len(found.frames)
    with_face = int(np.isfinite(found.curves[:, 0]).sum())
    thresholds = dict(Spotting(config, runner).thresholds)
    return {
        "source": str(session.path),
        "kind": "session",
        "size": [source["width"], source["height"]],
        "fps": source["fps"],
        "declared_frames": session.window_count,
        "frames": rows,
        "model_rate_hz": float(session.ticks["rate_hz"][-1]) if len(session.ticks) else 0.0,
        "gaps": [{"time_s": gap.time_s, "reason": gap.reason, "row": row} for row, gap in found.gaps],
        "face_share": with_face / max(rows, 1),
        "frames_without_face": {state: n for state, n in states.items() if state != FaceState.OK.value},
        "intervals": dict(Counter(interval.type for interval in found.intervals)),
        "warnings": [*session.problems, *session.alarms, *found.problems],
        "engine": {
            "name": runner.info.name,
            "description": runner.info.description,
            "sha256": runner.info.sha256,
        },
        "recorded_engine": session.info["engine"],
        "thresholds": thresholds,
        "versions": versions(),
        "config": config.as_dict(),
        "seconds": seconds,
        "frames_per_second": rows / seconds if seconds > 0 else 0.0,
    }
