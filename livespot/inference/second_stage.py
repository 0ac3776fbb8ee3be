"""The second stage of an engine: a small ONNX file of its own, always computed on the CPU.

The first stage runs on any backend and gives, behind its ten probabilities, some numbers for each frame; the second
stage makes the probabilities of one frame from those of the frames around it. It knows nothing of what it was called
with before, and always computes one frame: the same frames give the same bits at every call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from livespot.errors import EngineError
from livespot.inference.error_text import first_line
from livespot.inference.sidecar import Sidecar, read_second_stage
from livespot.installation.shipped_files import second_stage_path
from livespot.types import CURVES, Float32Array

INPUT_NAMES = ("frames", "present")
OUTPUT_NAME = "probabilities"


class SecondStage:
    """The second stage of an engine, loaded.

    Parameters
    ----------
    path : Path
        Of the engine, ``NAME.onnx``.
    sidecar : Sidecar
        Which has an entry for a second stage.

    Raises
    ------
    EngineError
        When the file is missing, damaged or made for something else.
    """

    def __init__(self, path: Path, sidecar: Sidecar) -> None:
        graph = read_second_stage(path, sidecar)
        entry = sidecar.second_stage
        assert entry is not None
        self._label = f"engine {second_stage_path(path).name}"
        self._shape = (entry.context_frames, entry.channels)
        # Here, since loading ONNX Runtime takes time that an engine without a second stage need not wait for.
        from livespot.inference.onnx_session import open_session

        self._session: Any = open_session(graph, 1, self._label)
        self._check_graph()

    def __call__(self, frames: Float32Array, present: Float32Array) -> Float32Array:
        """Compute one frame; see :meth:`livespot.inference.runner.TwoStageRunner.refine`."""
        given = np.ascontiguousarray(frames, np.float32), np.ascontiguousarray(present, np.float32)
        if given[0].shape != self._shape or given[1].shape != self._shape[:1]:
            raise EngineError(
                f"{self._label} expects frames {self._shape} and present {self._shape[:1]}, got "
                f"{given[0].shape} and {given[1].shape}"
            )
        try:
            (answer,) = self._session.run(
                [OUTPUT_NAME], {name: value[None] for name, value in zip(INPUT_NAMES, given, strict=True)}
            )
        except Exception as error:  # onnxruntime raises classes of its own, without a common public base
            raise EngineError(
                f"{self._label}: failed while running ({first_line(error)}); try again"
            ) from error
        values: Float32Array = answer[0]
        return values

    def _check_graph(self) -> None:
        frames, channels = self._shape
        found = {node.name: list(node.shape) for node in self._session.get_inputs()}
        found |= {node.name: list(node.shape) for node in self._session.get_outputs()}
        expected = {
            INPUT_NAMES[0]: [1, frames, channels],
            INPUT_NAMES[1]: [1, frames],
            OUTPUT_NAME: [1, len(CURVES)],
        }
        if found != expected:
            raise EngineError(
                f"{self._label}: expected inputs and outputs {expected} as its sidecar says, got {found}; "
                "export the engine again"
            )
