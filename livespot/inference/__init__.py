"""Windows become probabilities: one :class:`~livespot.inference.runner.Runner` on one of the backends.

:func:`open_runner` opens the configured engine; :func:`open_live_runner` too, and builds what would be faster while it
runs. PyTorch and TensorRT are imported only when they are asked to compute.
"""

from __future__ import annotations

from livespot.inference.live import open_live_runner
from livespot.inference.open import open_runner
from livespot.inference.resolve import check_made_for, resolved_config
from livespot.inference.runner import BatchRunner, EngineInfo, Runner, TensorSpec, TwoStageRunner
from livespot.inference.swap import SwapRunner

__all__ = [
    "BatchRunner",
    "EngineInfo",
    "Runner",
    "SwapRunner",
    "TensorSpec",
    "TwoStageRunner",
    "check_made_for",
    "open_live_runner",
    "open_runner",
    "resolved_config",
]
