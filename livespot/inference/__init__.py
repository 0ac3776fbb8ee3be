"""Windows become probabilities: one :class:`~livespot.inference.runner.Runner`, opened by ``open_runner``."""

from __future__ import annotations

from livespot.inference.open import open_runner
from livespot.inference.runner import Runner

__all__ = ["Runner", "open_runner"]
