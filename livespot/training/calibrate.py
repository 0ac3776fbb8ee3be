"""From a trained network's logits to probabilities that hold on other people than those it was trained with.

The two softmax heads get a temperature, apex and expression curves Platt scaling, all by maximum likelihood on
validation people: a shown 0.8 is right 8 times in 10. The operating point follows from calibrated curves
(:mod:`livespot.training.operating`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from livespot.models.folding import Calibration
from livespot.models.spotformer import CHANNELS, MAE_CLASSES, ME_CLASSES, SIGMOIDS, SpotFormer
from livespot.training.labels import frame_labels
from livespot.training.operating import Judged, OperatingPoint, choose_point
from livespot.training.runs import Run


@torch.inference_mode()
def judge(network: SpotFormer, run: Run, batch: int = 256) -> Judged:
    """Every frame's logits; the network must be in evaluation mode."""
    windows = torch.from_numpy(run.features)
    logits = [network(windows[at : at + batch])[0].numpy() for at in range(0, len(windows), batch)]
    return Judged(run.timelines, np.concatenate(logits), run.rate_hz, run.kind)


def fit(judged: Sequence[Judged]) -> OperatingPoint:
    """Calibration of everything and the operating point, from validation people."""
    calibration = fit_probabilities(judged)
    return choose_point([calibrated(j, calibration) for j in judged], calibration)


def fit_probabilities(judged: Sequence[Judged]) -> Calibration:
    """Temperatures of the softmax heads and Platt scaling of the apex and expression curves, by maximum likelihood."""
    logits = torch.from_numpy(np.concatenate([j.logits for j in judged]))
    labels = [frame_labels(j.timelines, len(j.logits)) for j in judged]
    classes = torch.from_numpy(np.concatenate([label.classes for label in labels]))
    # What counts as an apex is every frame within its extent, whatever the height of the training target there.
    true = torch.from_numpy(np.concatenate([label.soft > 0 for label in labels]).astype(np.float32))
    scale, bias = [1.0] * len(CHANNELS), [0.0] * len(CHANNELS)
    for head, channels in enumerate((ME_CLASSES, MAE_CLASSES)):
        found = _fit_affine(logits[:, channels], classes[:, head], functional.cross_entropy, shifted=False)
        scale[channels] = [found[0]] * 3
    for curve, channel in enumerate(range(SIGMOIDS.start, SIGMOIDS.stop)):
        likelihood = functional.binary_cross_entropy_with_logits
        scale[channel], bias[channel] = _fit_affine(
            logits[:, channel], true[:, curve], likelihood, shifted=True
        )
    return Calibration(tuple(scale), tuple(bias))


def _fit_affine(
    logits: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor], shifted: bool
) -> tuple[float, float]:
    """Scale (positive) and bias of the logits that make ``loss`` smallest."""
    x = torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        bias = x[1] if shifted else 0.0
        # The last term: a perfect separation must not send the scale to infinity.
        value = loss(logits * x[0].exp() + bias, targets) + 1e-4 * x.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return float(x[0].detach().exp()), float(x[1].detach())


def calibrated(judged: Judged, calibration: Calibration) -> Judged:
    """The same, with calibrated logits."""
    return replace(judged, logits=calibration.apply(torch.from_numpy(judged.logits)).numpy())
