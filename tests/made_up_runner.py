"""An engine that needs no engine: for tests of what lies around one."""

from __future__ import annotations

import numpy as np

from livespot.inference import EngineInfo
from livespot.types import CURVES


class FixedRunner:
    name = "fixed"
    description = "says the same to every window"
    sha256 = "0" * 64
    thresholds = {"ME": 0.5, "MaE": 0.5}  # noqa: RUF012
    min_scores = {"ME": 0.0, "MaE": 0.0}  # noqa: RUF012
    alignment = ""

    @property
    def info(self):
        return EngineInfo(
            self.name, self.description, self.sha256, self.thresholds, self.min_scores, self.alignment
        )

    def warm_up(self):
        pass

    def infer(self, windows):
        return np.full(len(CURVES), 0.1, np.float32)

    def close(self):
        pass
