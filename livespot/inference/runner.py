"""What every engine can do, whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from livespot.regions import PAPER
from livespot.types import Float32Array

MAX_BATCH = 32
"""The most windows that ``infer_batch`` takes; the profiles of plans reach as far."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One declared input or output.

    Attributes
    ----------
    name : str
        In the engine's graph.
    shape : tuple of str or int
        ``"n"`` stands for the number of windows.
    dtype : str
        As numpy names it.
    """

    name: str
    shape: tuple[str | int, ...]
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class SecondStageInfo:
    """What is known of an engine's second stage that is in use.

    Attributes
    ----------
    sha256 : str
        Of ``NAME.second.onnx``.
    context_frames : int
        How many frames of the first stage it sees at once.
    look_ahead_frames : int
        How many of these lie after the frame that is described: by so many, updates come later.
    channels : int
        Numbers that the first stage gives it for each frame.
    """

    sha256: str
    context_frames: int
    look_ahead_frames: int
    channels: int


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What is known of a loaded engine: which it is, what computes it, and its operating point.

    Attributes
    ----------
    name : str
        The engine's name, such as ``spotformer``.
    description : str
        Which engine runs on what, and why, in words for the user.
    sha256 : str
        Of the file that is computed, as hexadecimal digits; that of 8-bit weights is another.
    thresholds : mapping of "ME" and "MaE" to float
        θ of the apex curves.
    min_scores : mapping of "ME" and "MaE" to float
        The minimum score of an interval; the other half of the operating point.
    alignment : str
        How head motion was taken out of the windows it was trained on: ``nose``, ``rigid``; empty when unknown.
    regions : str
        Name of the layout of regions that its windows hold; see :mod:`livespot.regions`.
    backend : str
        One of :data:`livespot.inference.open.BACKENDS`; empty for a runner that is none of them.
    precision : str
        ``fp32``, ``fp16`` or ``int8``.
    engine_sha256 : str
        Of the engine's file in full precision: the same for every backend and precision of one engine.
    inputs, outputs : tuple of TensorSpec
        What the graph takes and gives.
    score_calibrations : mapping of "ME" and "MaE" to (low, high, bias)
        What makes a probability of being right of a raw score; empty: scores are raw.
    alarm_table : mapping of "ME" and "MaE" to sequence of (false alarms a minute, minimum score)
        On validation people; empty when the engine brings none.
    second_stage : SecondStageInfo or None
        None when the engine brings no second stage or it is switched off; the operating point is that of what is in
        use.
    """

    name: str
    description: str
    sha256: str
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float]
    alignment: str = ""
    backend: str = ""
    precision: str = "fp32"
    engine_sha256: str = ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    regions: str = PAPER.name
    score_calibrations: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    alarm_table: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    second_stage: SecondStageInfo | None = None

    @property
    def look_ahead_frames(self) -> int:
        """How many frames after its window a frame is described."""
        return 0 if self.second_stage is None else self.second_stage.look_ahead_frames

    def facts(self) -> dict[str, Any]:
        """Name, description and digests, as summaries and sessions hold them."""
        told: dict[str, Any] = {"name": self.name, "description": self.description, "sha256": self.sha256}
        if self.second_stage is not None:
            told["second_stage"] = {
                "sha256": self.second_stage.sha256,
                "look_ahead_frames": self.second_stage.look_ahead_frames,
            }
        return told


class Runner(Protocol):
    """A loaded engine, as the stream uses it.

    Used by one thread at a time, which need not be the one that made it. The same window gives the same bits at every
    call: ``infer`` always computes one window, since a batch of several differs in the last digits.

    Buffers: what enters is only read, and not looked at again after the call; what leaves is the caller's own, no later
    call writes to it. Page-locked and device buffers stay inside.
    """

    @property
    def info(self) -> EngineInfo:
        """What is known of the engine; of a :class:`~livespot.inference.swap.SwapRunner`, of the runner at work."""
        ...

    def warm_up(self) -> None:
        """Run once on nothing, so that the first real window is not late."""
        ...

    def infer(self, windows: Float32Array) -> Float32Array:
        """The probabilities of one window.

        Parameters
        ----------
        windows : (17, R, 2) float32
            (frame, region, (dx right, dy down)) in canonical px; of any strides.

        Returns
        -------
        (10,) float32
            In the order of :data:`livespot.types.CURVES`; the caller's own.

        Raises
        ------
        EngineError
            When the window has another shape, the engine fails, or was closed.
        """
        ...

    def close(self) -> None:
        """Let the engine go; a closed runner can be closed again but not used."""
        ...


class TwoStageRunner(Runner, Protocol):
    """A runner whose engine may bring a second stage; it has one when ``info.second_stage`` is not None."""

    def represent(self, windows: Float32Array) -> Float32Array:
        """What the second stage has to know of one window.

        Parameters
        ----------
        windows : (17, R, 2) float32
            As for ``infer``.

        Returns
        -------
        (channels,) float32
            The caller's own.

        Raises
        ------
        EngineError
            As ``infer``, and when there is no second stage.
        """
        ...

    def refine(self, frames: Float32Array, present: Float32Array) -> Float32Array:
        """The probabilities of one frame from what was represented around it; always on the CPU.

        Parameters
        ----------
        frames : (context frames, channels) float32
            In order of time; the frame that is described lies ``look_ahead_frames`` before the last.
        present : (context frames,) float32
            1, or 0 where there is no such frame.

        Returns
        -------
        (10,) float32
            In the order of :data:`livespot.types.CURVES`; the caller's own.

        Raises
        ------
        EngineError
            When it fails, or there is no second stage.
        """
        ...


class BatchRunner(TwoStageRunner, Protocol):
    """A runner on one of the backends, which also takes several windows at once."""

    def use_second_stage(self) -> None:
        """Load the second stage that the engine brings, if any, and take its operating point."""
        ...

    def choose_point(self, point: str) -> None:
        """Take the thresholds and minimum scores of an operating point that the engine brings."""
        ...

    def infer_batch(self, windows: Float32Array) -> Float32Array:
        """The probabilities of several windows at once; the last digits may differ from ``infer``.

        Parameters
        ----------
        windows : (n, 17, R, 2) float32
            1 to :data:`MAX_BATCH` of them.

        Returns
        -------
        (n, 10) float32
            The caller's own.

        Raises
        ------
        EngineError
            As ``infer``.
        """
        ...
