"""One short session of the demo clip, recorded as if live: uneven times, an interruption, markers, exact pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from livespot.config import Config
from livespot.cv import cv2
from livespot.inference import open_runner
from livespot.pipeline import Spotting, Vision
from livespot.session import SessionWriter
from livespot.types import CanonicalFace, Frame, Gap, Interval


@dataclass
class Live:
    path: Path
    rows: list
    intervals: list

    @property
    def curves(self) -> np.ndarray:
        return np.array([row.probabilities for row in self.rows], np.float32)


@pytest.fixture(scope="session")
def runner() -> Iterator:
    opened = open_runner()
    yield opened
    opened.close()


def config() -> Config:
    from livespot.config_file import config_from_dict

    return config_from_dict(
        {
            "flow": {"regions": "face"},
            "spotting": {"me_apex_threshold": 0.2, "mae_apex_threshold": 0.3},
        }
    )


def in_session_time(interval: Interval, zero_s: float) -> Interval:
    """The session counts from its first frame; the run's clock was at ``zero_s`` then."""
    seconds = {
        f"{part}_s": float(getattr(interval, f"{part}_s")) - zero_s for part in ("onset", "apex", "offset")
    }
    return replace(interval, **seconds)


@pytest.fixture(scope="session")
def live(tmp_path_factory, demo_images, runner) -> Live:
    folder = tmp_path_factory.mktemp("recorded")
    small = [cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA) for image in demo_images]
    settings = config()
    info = {
        "source": {"name": "demo", "kind": "camera", "width": 320, "height": 240, "fps": 30.0, "live": True},
        "regions": "face",
        "config": settings.as_dict(),
        "engine": {
            "name": runner.info.name,
            "description": runner.info.description,
            "sha256": runner.info.sha256,
        },
        "thresholds": {"ME": 0.2, "MaE": 0.3},
    }
    writer = SessionWriter(folder, info, "lossless", consent="a public-domain portrait", name="short")
    vision, spotting = Vision(settings, 30.0, live=True), Spotting(settings, runner)
    made = Live(writer.path, [], [])

    def spot(items) -> None:
        for item in items:
            writer.gap(item) if isinstance(item, Gap) else writer.window(item)
            take(spotting.step(item))

    def take(updates) -> None:
        for update in updates:
            writer.update(update)
            made.intervals.extend(update.confirmed)
            if update.frame is not None:
                made.rows.append(update)

    shake = np.random.default_rng(1).uniform(-0.004, 0.004, len(small))
    for n, image in enumerate(small):
        time_s = 0.25 + n / 30 + shake[n] + (1.0 if n >= 115 else 0.0)
        items = [Gap(time_s, "the cable was pulled")] if n == 115 else []
        for item in [*items, Frame(n + 3, time_s, image)]:
            writer.frame(item)
            for tick in vision.to_grid(item):
                look = vision.cut_out(vision.find_face(tick))
                if isinstance(look, CanonicalFace):
                    writer.face(look)
                spot(vision.measure(look))
    spot(vision.finish())
    take(spotting.finish())
    vision.close()
    writer.marker("stimulus ☺", writer.zero_s + 2.0)
    writer.close({})
    assert writer.alarm == ""
    assert made.intervals and all(row.time_s is not None for row in made.rows)
    made.rows = [replace(row, time_s=float(row.time_s) - writer.zero_s) for row in made.rows]
    made.intervals = [in_session_time(interval, writer.zero_s) for interval in made.intervals]
    return made
