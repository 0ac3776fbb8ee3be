"""Windows to probabilities: the engine's first stage, and its second over the last seconds where one is in use.

With a second stage, a window's probabilities come when the window ``look_ahead_frames`` behind it is there, or when it
is known that none will come: at a gap, a frame without a face, a change of rate, the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from livespot.config import GridConfig
from livespot.inference import Runner, TwoStageRunner
from livespot.pipeline.context import Context, ContextBuffer
from livespot.types import Float32Array, Window


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A window and its probabilities, (10,) float32 in the order of :data:`livespot.types.CURVES`."""

    window: Window
    values: Float32Array


class Probabilities:
    """The step of one segment's windows, all of them with features.

    Parameters
    ----------
    grid : GridConfig
        For how far apart the frames of one window are.
    """

    def __init__(self, grid: GridConfig) -> None:
        self._grid = grid
        self._runner: Runner | None = None
        self._buffer: ContextBuffer | None = None
        self._waiting: deque[Window] = deque()

    @property
    def waiting(self) -> bool:
        """Whether windows wait for those behind them."""
        return bool(self._waiting)

    def step(self, window: Window, runner: Runner) -> list[Described]:
        """The windows that are described now: with one stage this one, with two the one ``look_ahead`` before it.

        Parameters
        ----------
        window : Window
            With features.
        runner : Runner
            Of the same engine as before, unless :meth:`flush` was called in between.

        Raises
        ------
        EngineError
            When the engine fails.
        """
        assert window.features is not None
        self._runner = runner
        second = runner.info.second_stage
        if second is None:
            return [Described(window, runner.infer(window.features))]
        if self._buffer is None:
            self._buffer = ContextBuffer(
                second.context_frames, second.look_ahead_frames, second.channels, self._phases(window.rate_hz)
            )
        self._waiting.append(window)
        return self._described(self._buffer.push(cast(TwoStageRunner, runner).represent(window.features)))

    def flush(self) -> list[Described]:
        """The windows still owed, with nothing known behind them; the next window begins a new segment."""
        if self._buffer is None:
            return []
        owed = self._described(self._buffer.flush())
        self._buffer = None
        return owed

    def _described(self, contexts: Iterable[Context]) -> list[Described]:
        runner = cast(TwoStageRunner, self._runner)
        return [
            Described(self._waiting.popleft(), runner.refine(context.frames, context.present))
            for context in contexts
        ]

    def _phases(self, rate_hz: float) -> int:
        return max(1, round(rate_hz / self._grid.target_hz)) if self._grid.every_frame else 1
