"""The second stage: SpotFormer's representations of about four seconds to the ten logits of one of their frames.

SpotFormer sees 17 frames, in which a syllable and an opening mouth look alike. The second stage sees the frames around
as well: it takes what SpotFormer says of each frame (its logits, and a projection of its representation z) and corrects
the logits of the frame that lies ``look_ahead`` frames before the newest.

It is a causal convolution network with kernels of 3 and dilations of 1, 2, 4 … 32, whose output sees
:data:`CONTEXT_FRAMES` frames. In training it runs over a whole sequence. In use it runs on one context of that length,
where a dilated convolution whose output is needed at one place is a pyramid of convolutions of stride 2
(:class:`SecondStageGraph`): 127, 63, 31, 15, 7, 3 and 1 positions. Both give the same numbers up to rounding.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from livespot.models.folding import Calibration, affine
from livespot.models.spotformer import CHANNELS, probabilities

LAYERS = 6
CONTEXT_FRAMES = 2 ** (LAYERS + 1) - 1
"""Frames of a window of the second stage: 127, or 4.2 s at 30 Hz. Its last ``look_ahead`` lie after the frame that is
described."""

LOGITS = len(CHANNELS)
"""Channels of the first stage, in the order of :data:`livespot.models.spotformer.CHANNELS`."""

LOOK_AHEADS: tuple[int, ...] = (0, 8, 16, 32)
"""Choices of ``look_ahead``, in frames."""


@dataclass(frozen=True, slots=True)
class SecondStageConfig:
    """Size of the second stage.

    Attributes
    ----------
    dim : int
        Width D of the first stage's representation.
    look_ahead : int
        Frames after the described one that are seen, 0 to :data:`CONTEXT_FRAMES` - 1.
    width : int
        Channels W of the projection and of every layer.
    dropout : float
        Behind every layer.
    noise : float
        Deviation of the noise that training adds to the standardised representation, so that the second stage does not
        rely on how closely the first knows its own training people.
    """

    dim: int
    look_ahead: int = 16
    width: int = 40
    dropout: float = 0.1
    noise: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.look_ahead < CONTEXT_FRAMES:
            raise ValueError(f"look_ahead expects 0 to {CONTEXT_FRAMES - 1} frames, got {self.look_ahead}")
        if self.dim < 1 or self.width < 1:
            raise ValueError(f"dim and width expect 1 or more, got dim {self.dim}, width {self.width}")


class SecondStage(nn.Module):
    """The network as it is trained.

    Parameters
    ----------
    config : SecondStageConfig

    Examples
    --------
    >>> stage = SecondStage(SecondStageConfig(dim=16, look_ahead=8)).eval()
    >>> tuple(stage(torch.zeros(2, 50, 16), torch.zeros(2, 50, 10)).shape)
    (2, 50, 10)
    """

    def __init__(self, config: SecondStageConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.norm = nn.BatchNorm1d(LOGITS + config.dim, affine=False)
        self.projection = nn.Linear(LOGITS + config.dim, width)
        self.outside = nn.Parameter(torch.zeros(width))
        """Stands where there is no frame: before the first, behind the last."""
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, kernel_size=3, dilation=2**k) for k in range(LAYERS)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.gain = nn.Parameter(torch.ones(LOGITS))
        self.hidden = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, LOGITS)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def project(self, z: Tensor, logits: Tensor) -> Tensor:
        """(B, T, D) and (B, T, 10) -> (B, T, W): what the layers see of each frame."""
        both = torch.cat([logits, z], dim=2)
        standard = self.norm(both.flatten(0, 1)).view(both.shape)
        if self.training and self.config.noise:
            standard = standard + self.config.noise * torch.randn_like(standard)
        projected: Tensor = self.projection(standard)
        return projected

    def forward(self, z: Tensor, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Correct the logits of every frame of some sequences.

        Parameters
        ----------
        z : (B, T, D) float32
            SpotFormer's representation of each frame.
        logits : (B, T, 10) float32
            Its logits, not calibrated.
        valid : (B, T) bool, optional
            Whether there is such a frame; by default there is.

        Returns
        -------
        (B, T, 10) float32
        """
        frames = z.shape[1]
        ahead = self.config.look_ahead
        seen = self.project(z, logits)
        if valid is not None:
            seen = torch.where(valid[..., None], seen, self.outside)
        before = self.outside.expand(len(z), CONTEXT_FRAMES - 1, -1)
        behind = self.outside.expand(len(z), ahead, -1)
        x = torch.cat([before, seen, behind], dim=1).transpose(1, 2)  # (B, W, 126 + T + look-ahead)
        for k, layer in enumerate(self.layers):
            x = x[:, :, 2 ** (k + 1) :] + self.dropout(functional.gelu(layer(x)))
        context = x.transpose(1, 2)[:, ahead : ahead + frames]
        inner = functional.gelu(self.hidden(torch.cat([context, seen], dim=2)))
        corrected: Tensor = self.gain * logits + self.head(inner)
        return corrected

    def representation(self, head: nn.Linear) -> nn.Linear:
        """What the first stage has to give of its z (D): its logits and their projection together with it, (10 + W).

        Parameters
        ----------
        head : nn.Linear
            SpotFormer's, from z to logits that are not calibrated.
        """
        with torch.no_grad():
            gain, shift = affine(self.norm)
            # The first columns of the projection meet the logits, which are themselves linear in z.
            weight = self.projection.weight.double() * gain
            bias = self.projection.bias.double() + self.projection.weight.double() @ shift
            of_logits, of_z = weight[:, :LOGITS], weight[:, LOGITS:]
            rows = torch.cat([head.weight.double(), of_logits @ head.weight.double() + of_z])
            shifts = torch.cat([head.bias.double(), of_logits @ head.bias.double() + bias])
            linear = nn.Linear(rows.shape[1], rows.shape[0])
            linear.weight.copy_(rows)
            linear.bias.copy_(shifts)
        return linear.eval()


class SecondStageGraph(nn.Module):
    """What is exported: the context of one frame to its probabilities.

    Parameters
    ----------
    stage : SecondStage
        Left as it is.
    calibration : Calibration, optional
        Of the corrected logits.
    """

    def __init__(self, stage: SecondStage, calibration: Calibration | None = None) -> None:
        super().__init__()
        stage = copy.deepcopy(stage).eval()
        calibration = calibration or Calibration()
        self.at = CONTEXT_FRAMES - 1 - stage.config.look_ahead  # the place of the frame that is described
        self.outside, self.hidden = stage.outside, stage.hidden
        self.layers = nn.ModuleList(_strided(layer) for layer in stage.layers)
        with torch.no_grad():
            scale = torch.tensor(calibration.scale)
            self.gain = nn.Parameter(stage.gain * scale)
            self.head = nn.Linear(stage.config.width, LOGITS)
            self.head.weight.copy_(stage.head.weight * scale[:, None])
            self.head.bias.copy_(stage.head.bias * scale + torch.tensor(calibration.bias))
        self.eval()

    def forward(self, frames: Tensor, present: Tensor) -> Tensor:
        """(1, 127, 10 + W) and (1, 127), 1 or 0 for no such frame -> (1, 10) in the order of ``CURVES``."""
        there = present[..., None]
        seen = frames[..., LOGITS:] * there + self.outside * (1.0 - there)
        x = seen.transpose(1, 2)
        for layer in self.layers:
            x = x[:, :, 2::2] + functional.gelu(layer(x))
        inner = functional.gelu(self.hidden(torch.cat([x[:, :, 0], seen[:, self.at]], dim=1)))
        return probabilities(self.gain * frames[:, self.at, :LOGITS] + self.head(inner))


def _strided(layer: nn.Module) -> nn.Conv1d:
    """The same convolution with stride 2 in place of its dilation."""
    assert isinstance(layer, nn.Conv1d) and layer.bias is not None
    strided = nn.Conv1d(layer.in_channels, layer.out_channels, kernel_size=3, stride=2)
    with torch.no_grad():
        assert strided.bias is not None
        strided.weight.copy_(layer.weight)
        strided.bias.copy_(layer.bias)
    return strided
