"""What all backends share: what is known of the engine, and the check of the windows that enter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from livespot.errors import EngineError
from livespot.inference.runner import MAX_BATCH, EngineInfo, SecondStageInfo, TensorSpec
from livespot.inference.second_stage import SecondStage
from livespot.inference.sidecar import BEST, Sidecar
from livespot.types import CURVES, Float32Array


class EngineBase:
    """A runner without the arithmetic.

    Parameters
    ----------
    path : Path
        Of the .onnx file.
    sidecar : Sidecar
    backend : str
    on : str
        What it runs on, in words.
    reason : str
        Why it was chosen, in words.
    precision : {"fp32", "fp16", "int8"}
        What the products are computed in.
    """

    def __init__(
        self, path: Path, sidecar: Sidecar, backend: str, on: str, reason: str, precision: str = "fp32"
    ) -> None:
        self._path = path
        self._sidecar = sidecar
        self._info = EngineInfo(
            name=path.stem,
            description=f"{path.stem}: {on}{f' ({reason})' if reason else ''}",
            sha256=sidecar.int8_sha256 if precision == "int8" else sidecar.sha256,
            thresholds=sidecar.thresholds,
            min_scores=sidecar.min_scores,
            score_calibrations=sidecar.score_calibrations,
            alarm_table=sidecar.alarm_table,
            alignment=str(sidecar.features.get("alignment", "")),
            backend=backend,
            precision=precision,
            engine_sha256=sidecar.sha256,
            inputs=(TensorSpec(sidecar.input_name, ("n", *sidecar.window_shape)),),
            outputs=(TensorSpec(sidecar.output_name, ("n", sidecar.output_width)),),
            regions=sidecar.layout.name,
        )
        self._second: SecondStage | None = None
        self._closed = False

    @property
    def info(self) -> EngineInfo:
        """See :attr:`livespot.inference.runner.Runner.info`."""
        return self._info

    def choose_point(self, point: str) -> None:
        """Take the thresholds and minimum scores of one of the sidecar's operating points.

        Raises
        ------
        EngineError
            When the engine brings no such point.
        """
        chosen = (self._sidecar if self._second is None else self._sidecar.with_second_stage()).at(point)
        self._info = replace(
            self._info,
            thresholds=chosen.thresholds,
            min_scores=chosen.min_scores,
            score_calibrations=chosen.score_calibrations,
            alarm_table=chosen.alarm_table,
        )

    def use_second_stage(self) -> None:
        """Load the second stage that the engine brings, if any, and take its operating point.

        Raises
        ------
        EngineError
            When the file is missing or damaged.
        """
        entry = self._sidecar.second_stage
        if entry is None:
            return
        self._second = SecondStage(self._path, self._sidecar)
        self._info = replace(
            self._info,
            description=f"{self._info.description}; second stage, {entry.look_ahead_frames} frames look-ahead",
            second_stage=SecondStageInfo(
                entry.sha256, entry.context_frames, entry.look_ahead_frames, entry.channels
            ),
        )
        self.choose_point(BEST)

    def warm_up(self) -> None:
        """Run on an empty window: memory is planned, kernels are loaded and graphs captured at the first call."""
        self.infer(np.zeros(self._sidecar.window_shape, dtype=np.float32))

    def infer(self, windows: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.Runner.infer`."""
        return self._infer_all(windows)[: len(CURVES)]

    def represent(self, windows: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.TwoStageRunner.represent`."""
        self._second_in_use()
        return self._infer_all(windows)[len(CURVES) :]

    def refine(self, frames: Float32Array, present: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.TwoStageRunner.refine`."""
        second = self._second_in_use()
        self._check_open()
        return second(frames, present)

    def _second_in_use(self) -> SecondStage:
        if self._second is None:
            raise EngineError(f"{self._label}: no second stage is in use; call use_second_stage() first")
        return self._second

    def _infer_all(self, windows: Float32Array) -> Float32Array:
        """(17, R, 2) -> all that the graph gives for it: the probabilities and what the second stage takes."""
        if windows.shape != self._sidecar.window_shape:
            wants, got = _text(self._sidecar.window_shape), _text(windows.shape)
            raise EngineError(
                f"{self._label} expects a window ({wants}), got ({got}): is it one window, unbatched?"
            )
        self._check_open()
        answer: Float32Array = self._compute(np.ascontiguousarray(windows[None], dtype=np.float32))[0]
        return answer

    def infer_batch(self, windows: Float32Array) -> Float32Array:
        """See :meth:`livespot.inference.runner.BatchRunner.infer_batch`."""
        if windows.shape[1:] != self._sidecar.window_shape or not 1 <= len(windows) <= MAX_BATCH:
            wants, got = _text(self._sidecar.window_shape), _text(windows.shape)
            raise EngineError(
                f"{self._label} expects windows (n, {wants}) with n from 1 to {MAX_BATCH}, got ({got}); "
                "cut them into batches"
            )
        self._check_open()
        return self._compute(np.ascontiguousarray(windows, dtype=np.float32))[:, : len(CURVES)]

    def close(self) -> None:
        """Let the engine go."""
        self._closed = True

    @property
    def _label(self) -> str:
        return f"engine {self._path.name}"

    def _compute(self, windows: Float32Array) -> Float32Array:
        """(n, 17, R, 2), contiguous -> (n, output width), new."""
        raise NotImplementedError

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError(f"{self._label}: was closed; open it again")


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
