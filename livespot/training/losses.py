"""What the network is punished for (paper, section 3.2.7 and equations 3 to 5)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from livespot.models.spotformer import MAE_CLASSES, ME_CLASSES, SIGMOIDS


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights and shapes; the defaults are the authors' configuration for SAMM-LV.

    Attributes
    ----------
    gamma : float
        Focusing exponent of the focal loss.
    apex_alpha, expression_alpha : float
        Weight of positives; negatives get one minus it.
    smoothing : float
        Label smoothing on negatives: a target of 0 becomes ``smoothing / 2``, its share of two classes.
    apex_weight, boundary_weight, expression_weight : float
        Of ME apex, ME onset and offset, and ME expression.
    mae_apex_weight : float
        Of MaE apex before ``mae_share``.
    mae_share : float
        c: all MaE terms count this much.
    contrast_weight, temperature : float
        λ and τ of the supervised contrastive loss.
    """

    gamma: float = 1.0
    apex_alpha: float = 0.9
    expression_alpha: float = 0.8
    smoothing: float = 0.16
    apex_weight: float = 1.8
    boundary_weight: float = 1.0
    expression_weight: float = 0.1
    mae_apex_weight: float = 1.0
    mae_share: float = 0.55
    contrast_weight: float = 0.005
    temperature: float = 0.5


@dataclass(frozen=True, slots=True)
class LossParts:
    """The total, which is differentiated, and what it consists of, for the log."""

    total: Tensor
    parts: dict[str, float]

    def plus(self, name: str, part: Tensor, weight: float) -> LossParts:
        """With one more term."""
        total = self.total + weight * part
        return LossParts(total, self.parts | {name: float(part.detach()), "total": float(total.detach())})


def focal_loss(logits: Tensor, targets: Tensor, alpha: float, gamma: float, smoothing: float) -> Tensor:
    """Binary focal loss with soft targets, averaged (equation 3).

    Parameters
    ----------
    logits, targets : (N,) float32
        Targets in 0…1; those of exactly 0 are negatives and are smoothed.
    """
    targets = torch.where(targets > 0, targets, targets + 0.5 * smoothing)
    chance = logits.sigmoid()
    positive = alpha * targets * (1.0 - chance) ** gamma * functional.logsigmoid(logits)
    negative = (1.0 - alpha) * (1.0 - targets) * chance**gamma * functional.logsigmoid(-logits)
    return -(positive + negative).mean()


def contrastive_loss(z: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss over a batch (equation 4), on the unit sphere.

    Parameters
    ----------
    z : (N, D) float32
    labels : (N,) int64
        Neutral, MaE or ME. An anchor without a fellow does not count; a batch without any gives 0.
    """
    z = functional.normalize(z, dim=1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    likeness = (z @ z.T / temperature).masked_fill(itself, float("-inf"))
    log_share = likeness - likeness.logsumexp(dim=1, keepdim=True)
    fellow = (labels[:, None] == labels[None, :]) & ~itself
    count = fellow.sum(dim=1)
    pulled = log_share.masked_fill(~fellow, 0.0).sum(dim=1) / count.clamp(min=1)
    anchors = count > 0  # summed without a look at how many there are, which would make a GPU wait
    return -(pulled * anchors).sum() / anchors.sum().clamp(min=1)


def spotting_loss(
    logits: Tensor, z: Tensor, classes: Tensor, soft: Tensor, contrast: Tensor, config: LossConfig
) -> LossParts:
    """The whole loss of a batch (equation 5), and its parts as numbers; arguments as of :func:`loss_terms`."""
    terms = loss_terms(logits, z, classes, soft, contrast, config)
    return LossParts(terms["total"], {name: float(value.detach()) for name, value in terms.items()})


def loss_terms(
    logits: Tensor, z: Tensor, classes: Tensor, soft: Tensor, contrast: Tensor, config: LossConfig
) -> dict[str, Tensor]:
    """The whole loss of a batch (equation 5), "total", and its parts; nothing waits for the device.

    Parameters
    ----------
    logits : (N, 10) float32
        In the order of :data:`livespot.models.spotformer.CHANNELS`.
    z : (N, D) float32
    classes : (N, 2) int64
    soft : (N, 4) float32
    contrast : (N,) int64
        As in :class:`livespot.training.labels.FrameLabels`.
    """
    micro, macro = curve_losses(logits, classes, soft, config)
    apart = contrastive_loss(z, contrast, config.temperature)
    total = micro + config.mae_share * macro + config.contrast_weight * apart
    return {"me": micro, "mae": macro, "contrast": apart, "total": total}


def curve_losses(logits: Tensor, classes: Tensor, soft: Tensor, config: LossConfig) -> tuple[Tensor, Tensor]:
    """The losses of the curves of ME and of MaE, without the contrastive one; arguments as of :func:`loss_terms`."""
    sigmoids = logits[:, SIGMOIDS]
    alphas = (config.apex_alpha, config.apex_alpha, config.expression_alpha, config.expression_alpha)
    focal = [
        focal_loss(sigmoids[:, i], soft[:, i], alpha, config.gamma, config.smoothing)
        for i, alpha in enumerate(alphas)
    ]
    micro = config.apex_weight * focal[0] + config.expression_weight * focal[2]
    micro = micro + config.boundary_weight * functional.cross_entropy(logits[:, ME_CLASSES], classes[:, 0])
    macro = config.mae_apex_weight * focal[1] + config.expression_weight * focal[3]
    macro = macro + config.boundary_weight * functional.cross_entropy(logits[:, MAE_CLASSES], classes[:, 1])
    return micro, macro
