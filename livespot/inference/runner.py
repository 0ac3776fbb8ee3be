"""What every engine can do, whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from livespot.types import Float32Array


class Runner(Protocol):
    """A loaded engine.

    Made and used by one thread at a time. The same window gives the same bits at every call: a runner always
    computes one window, since a batch of several differs in the last digits.
    """

    @property
    def name(self) -> str:
        """The engine's name, such as ``spotformer``."""
        ...

    @property
    def description(self) -> str:
        """Which engine runs on what, and why, in words for the user."""
        ...

    @property
    def sha256(self) -> str:
        """Of the engine's file, as hexadecimal digits."""
        ...

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The operating point: θ of the apex curve for ``"ME"`` and ``"MaE"``."""
        ...

    @property
    def min_scores(self) -> Mapping[str, float]:
        """The least score of an interval for ``"ME"`` and ``"MaE"``; the other half of the operating point."""
        ...

    def warm_up(self) -> None:
        """Run once on nothing, so that the first real window is not late."""
        ...

    def infer(self, windows: Float32Array) -> Float32Array:
        """The probabilities of one window.

        Parameters
        ----------
        windows : (17, 10, 2) float32
            (frame, ROI, (dx right, dy down)) in canonical px.

        Returns
        -------
        (10,) float32
            In the order of :data:`livespot.types.CURVES`; the caller's own.

        Raises
        ------
        EngineError
            When the window has another shape or the engine fails.
        """
        ...

    def close(self) -> None:
        """Let the engine go; a closed runner can be closed again but not used."""
        ...
