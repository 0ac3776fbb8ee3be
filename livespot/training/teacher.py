"""A teacher: an engine whose probabilities a smaller network learns beside the truth (Hinton et al., 2015).

The truth says where an expression is; the teacher also says how plainly each window shows it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from livespot.config import Alignment, InferenceConfig
from livespot.errors import EngineError
from livespot.inference.open import open_runner
from livespot.inference.runner import MAX_BATCH, BatchRunner
from livespot.models.spotformer import CHANNEL_OF_CURVE, MAE_CLASSES, ME_CLASSES, SIGMOIDS
from livespot.regions import LAYOUTS, PAPER
from livespot.types import Float32Array

_LEAST = 1e-6  # a probability of 0 has no logarithm


class Teacher:
    """An engine, asked for what it thinks of training windows.

    Parameters
    ----------
    runner : BatchRunner
        Stays the caller's. Must be of the alignment of the windows that it is asked about.
    regions : str
        Name of the layout of those windows. A teacher of another layout is shown its own regions of them.

    Attributes
    ----------
    sha256 : str
        Of the engine.
    """

    def __init__(self, runner: BatchRunner, regions: str = PAPER.name) -> None:
        self._runner = runner
        names = LAYOUTS[regions].names
        self._nodes = [names.index(name) for name in LAYOUTS[runner.info.regions].names]
        self.sha256 = runner.info.sha256

    def answers(self, windows: Float32Array) -> Tensor:
        """Probabilities (N, 10) float32 in the order of :data:`livespot.models.spotformer.CHANNELS`."""
        parts = [
            self._runner.infer_batch(np.ascontiguousarray(windows[first : first + MAX_BATCH, :, self._nodes]))
            for first in range(0, len(windows), MAX_BATCH)
        ]
        answers = np.empty((len(windows), len(CHANNEL_OF_CURVE)), np.float32)
        answers[:, list(CHANNEL_OF_CURVE)] = np.concatenate(parts)
        return torch.from_numpy(answers)


@contextlib.contextmanager
def opened_teacher(model: str, alignment: Alignment, regions: str = PAPER.name) -> Iterator[Teacher]:
    """An engine as a teacher, computed by ONNX Runtime on one thread, so that a resumed run sees the same bits.

    Raises
    ------
    EngineError
        When there is no such engine, it is damaged, it learned from windows of another alignment, or from regions that
        the layout lacks.
    """
    exact = InferenceConfig(model=model, engine="onnx", precision="fp32")
    with contextlib.closing(open_runner(exact)) as runner:
        engine = runner.info
        if engine.alignment != alignment:
            raise EngineError(
                f"teacher {engine.name}: learned from windows aligned by {engine.alignment or 'nobody knows what'}, "
                f"expected {alignment}; give another or --alignment {engine.alignment}"
            )
        if lacking := sorted(set(LAYOUTS[runner.info.regions].names) - set(LAYOUTS[regions].names)):
            raise EngineError(
                f"teacher {engine.name}: looks at {lacking[0]}, which the regions {regions!r} lack; give another or "
                f"--regions {runner.info.regions}"
            )
        runner.warm_up()
        yield Teacher(runner, regions)


def teaching_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """How far a network is from its teacher: the Kullback-Leibler divergences of its six heads, summed; 0 when equal.

    Parameters
    ----------
    logits : (N, 10) float32
    answers : (N, 10) float32
        Probabilities; both in the order of :data:`livespot.models.spotformer.CHANNELS`.
    """
    answers = answers.clamp(_LEAST, 1.0 - _LEAST)
    total = logits.new_zeros(())
    for classes in (ME_CLASSES, MAE_CLASSES):
        ours, theirs = functional.log_softmax(logits[:, classes], dim=1), answers[:, classes]
        total = total + (theirs * (theirs.log() - ours)).sum(dim=1).mean()
    theirs = answers[:, SIGMOIDS]
    entropy = functional.binary_cross_entropy(theirs, theirs, reduction="none")
    ours = functional.binary_cross_entropy_with_logits(logits[:, SIGMOIDS], theirs, reduction="none")
    return total + (ours - entropy).sum(dim=1).mean()
