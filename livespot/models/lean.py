"""The engine's graph with all arithmetic left out that a trained network does not need; exact up to rounding.

:mod:`livespot.models.folding` takes the BatchNorms out. What more there is:

- *The first spatial attention is nearly free.* Its tokens are ``P o + e``: a flow vector of two numbers through the
  embedding, and a constant of frame and node. So queries, keys and values are affine in two numbers too, the scores are
  bilinear forms in the flow vectors, and what is mixed and projected are constants (one for each head and node) and the
  flow vectors themselves. With the paper's 10 nodes and 4 heads one product of inner size 50 stands for q, k, v and the
  projection: 4 D² per token become 50 D, of all the network's multiplications a quarter.
- GELU's constants go into the linear layers around it: ``u (1 + erf u)`` is left.
- FLGP's BatchNorm: ``max(g x + h) = |g| max(sign(g) x) + h``, which goes into the convolution behind it.
- A convolution over time is one matrix product of three frames side by side; the last one and the output layer are one.
- Tokens stay in the order (frame, node, channel): nothing is transposed but the heads.

What cannot be shared is a first layer between neighbouring windows: frame t of window r holds the motion from r to
r + t, and no other window has a vector that begins in frame r.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from livespot.models.folding import Calibration, EngineGraph, affine
from livespot.models.pooling import Bounds
from livespot.models.spotformer import (
    CHANNEL_OF_CURVE,
    FLGP,
    MAE_CLASSES,
    ME_CLASSES,
    MLP,
    SIGMOIDS,
    AttentionLayer,
    MeanPooling,
    NodeEmbedding,
    SpotFormer,
    TemporalDownsampling,
)
from livespot.types import WINDOW_FRAMES


def engine_graph(
    network: SpotFormer, calibration: Calibration | None = None, representation: nn.Linear | None = None
) -> nn.Module:
    """What is exported: the lean graph, or the plain folded one for variants that it does not know.

    Raises
    ------
    ValueError
        When such a variant is to give a representation.
    """
    if any(isinstance(module, MeanPooling) for module in network.modules()):
        if representation is not None:
            raise ValueError("a network with mean pooling is for ablations and has no second stage")
        return EngineGraph(network, calibration)
    return LeanGraph(network, calibration, representation)


class LeanGraph(nn.Module):
    """Windows (N, 17, R, 2) to probabilities (N, 10) in the order of ``CURVES``, equal to :class:`EngineGraph`'s.

    Parameters
    ----------
    network : SpotFormer
        With FLGP; left as it is.
    calibration : Calibration, optional
    representation : nn.Linear, optional
        Of the representation z (D) to what the second stage takes (C): the output is then (N, 10 + C).
    """

    def __init__(
        self,
        network: SpotFormer,
        calibration: Calibration | None = None,
        representation: nn.Linear | None = None,
    ) -> None:
        super().__init__()
        folded = EngineGraph(network, calibration).network
        layers: list[nn.Module] = list(folded.body)
        assert isinstance(layers[0], AttentionLayer) and isinstance(folded.embedding, NodeEmbedding)
        self.first = FirstAttention(folded.embedding, layers[0])
        self.rest_of_first = _Residual(layers[0].mlp)
        nodes, parts = len(network.config.layout), len(network.config.parts)
        self.over_17 = LeanAttention(layers[1], frames=17, nodes=nodes, over_time=True)
        self.to_parts = LeanDownsampling(layers[2], layers[3], network.config.parts, frames=17)
        self.among_parts = LeanAttention(layers[4], frames=8, nodes=parts, over_time=False)
        self.over_8 = LeanAttention(layers[5], frames=8, nodes=parts, over_time=True)
        self.to_face = LeanDownsampling(layers[6], layers[7], ((0, parts),), frames=8)
        self.over_3 = LeanAttention(layers[8], frames=3, nodes=1, over_time=True)
        self.to_2 = nn.ModuleList(_padded(layers[9], taps) for taps in ((1, 2), (0, 1)))
        self.over_2 = LeanAttention(layers[10], frames=2, nodes=1, over_time=True)
        last = folded.head if representation is None else _side_by_side(folded.head, representation)
        self.head = _behind(_padded(layers[11], (1, 2)), last)
        self.dim = network.config.dim
        self.eval()

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 17, R, 2) -> (N, 10), or (N, 10 + C) with a representation."""
        x = self.over_17(self.rest_of_first(self.first(windows).reshape(-1, self.dim)))
        x = self.over_8(self.among_parts(self.to_parts(x)))
        x = self.over_3(self.to_face(x)).reshape(-1, 3 * self.dim)
        halves = [self.to_2[0](x[:, : 2 * self.dim]), self.to_2[1](x[:, self.dim :])]
        x = self.over_2(torch.cat(halves, dim=1).reshape(-1, self.dim)).reshape(-1, 2 * self.dim)
        logits = self.head(x)
        classes = (
            logits[:, ME_CLASSES.start : MAE_CLASSES.stop].reshape(-1, 2, 3).softmax(dim=2).reshape(-1, 6)
        )
        values = torch.cat([classes, logits[:, SIGMOIDS].sigmoid()], dim=1)[:, list(CHANNEL_OF_CURVE)]
        if logits.shape[1] == len(CHANNEL_OF_CURVE):
            return values
        return torch.cat([values, logits[:, len(CHANNEL_OF_CURVE) :]], dim=1)


class FirstAttention(nn.Module):
    """Embedding and first spatial attention with its residual, written out in the flow vectors.

    For one frame with flow vectors o_i (i over nodes) and one head: ``q_i = Q o_i + a_i``, ``k_j = K o_j + b_j``,
    ``v_j = V o_j + c_j``, so that ``q_i · k_j = o_i · (QᵀK o_j + Qᵀb_j) + Kᵀa_i · o_j + a_i · b_j``, and behind the
    projection W the mixture is ``WV Σ_j s_ij o_j + Σ_j s_ij W c_j``. Of ``c_j`` the share that is the frame's comes
    out as it went in, since the shares s_ij add up to 1, and is part of a constant.
    """

    def __init__(self, embedding: NodeEmbedding, layer: AttentionLayer) -> None:
        super().__init__()
        self.heads = heads = layer.attention.heads
        self.nodes = len(embedding.part_of_node)
        with torch.no_grad():
            flow = embedding.projection.weight.double()  # (D, 2)
            times = embedding.temporal[:WINDOW_FRAMES].double()  # (17, D)
            nodes = embedding.projection.bias.double() + embedding.part.double()[embedding.part_of_node]
            self._store(flow, times, nodes, layer, heads)

    def _store(self, flow: Tensor, times: Tensor, places: Tensor, layer: AttentionLayer, heads: int) -> None:
        dim = flow.shape[0]
        constant = times[:, None] + places  # (17, R, D)
        size = dim // heads
        qkv, project = layer.attention.qkv, layer.attention.projection
        w = qkv.weight.double().view(3, heads, size, dim)
        by_flow = w @ flow  # (3, heads, size, 2): Q, K, V
        fixed = torch.einsum("phsd,tnd->phtns", w, constant)  # (3, heads, 17, R, size): a, b, c
        fixed = fixed + qkv.bias.double().view(3, heads, 1, 1, size)
        q, k, v = by_flow
        a, b, _ = fixed
        root = size**-0.5
        # Rows that meet the flow vectors of a frame: QᵀK as (coordinate, head), then Kᵀa as (node, head).
        pairs = (root * torch.einsum("hsx,hsy->xhy", q, k)).reshape(2 * heads, 2)
        nodes = root * torch.einsum("htis,hsy->tihy", a, k).reshape(WINDOW_FRAMES, self.nodes * heads, 2)
        rows = torch.cat([pairs.expand(WINDOW_FRAMES, -1, -1), nodes], dim=1)
        self._constant("rows", rows)
        self._constant("pair_shift", (root * torch.einsum("hsx,htjs->txhj", q, b)).flatten(2))
        self._constant("score_shift", (root * torch.einsum("htis,htjs->tihj", a, b)).flatten(2))
        out = project.weight.double().view(dim, heads, size)
        values = torch.einsum("dhs,hse->dhe", out, w[2])  # each head's value and projection in one
        of_nodes = torch.einsum("dhe,je->hjd", values, places)
        of_nodes = (
            of_nodes + torch.einsum("dhs,hs->hd", out, qkv.bias.double().view(3, heads, size)[2])[:, None]
        )
        mixed = torch.einsum("dhs,hsy->hyd", out, v)
        self._constant("outputs", torch.cat([of_nodes.flatten(0, 1), mixed.flatten(0, 1), flow.T]))
        of_times = torch.einsum("dhe,te->td", values, times)
        self._constant("shift", constant + project.bias.double() + of_times[:, None])

    def _constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.float().contiguous(), persistent=False)

    rows: Tensor
    pair_shift: Tensor
    score_shift: Tensor
    outputs: Tensor
    shift: Tensor

    def forward(self, o: Tensor) -> Tensor:
        """(N, 17, R, 2) -> (N, 17, R, D)."""
        columns = self.heads * self.nodes
        met = self.rows @ o.transpose(2, 3)  # (N, 17, 2 heads + R heads, R)
        pairs = met[:, :, : 2 * self.heads].reshape(-1, WINDOW_FRAMES, 2, columns) + self.pair_shift
        nodes = met[:, :, 2 * self.heads :].reshape(-1, WINDOW_FRAMES, self.nodes, columns) + self.score_shift
        scores = (o @ pairs + nodes).reshape(-1, WINDOW_FRAMES, columns, self.nodes)  # rows: (node, head)
        shares = scores.softmax(dim=3)
        mixed = (shares @ o).reshape(-1, WINDOW_FRAMES, self.nodes, 2 * self.heads)
        inner = torch.cat([shares.reshape(-1, WINDOW_FRAMES, self.nodes, columns), mixed, o], dim=3)
        return inner @ self.outputs + self.shift


class LeanAttention(nn.Module):
    """A whole attention layer on tokens (N × frames × nodes, D), over time or among nodes."""

    def __init__(self, layer: nn.Module, frames: int, nodes: int, over_time: bool) -> None:
        super().__init__()
        assert isinstance(layer, AttentionLayer)
        self.heads, self.frames, self.nodes = layer.attention.heads, frames, nodes
        self.dim = layer.attention.projection.out_features
        self.qkv, self.projection = layer.attention.qkv, layer.attention.projection
        self.mlp = _Residual(layer.mlp)
        with torch.no_grad():
            scale = (self.dim // self.heads) ** -0.5
            self.qkv.weight[: self.dim] *= scale
            self.qkv.bias[: self.dim] *= scale
        # To (q k v, N, the others, heads, those that attend, channels) and, for the mixture, back.
        self._there, self._back = ((3, 0, 2, 4, 1, 5), (0, 3, 1, 2, 4))
        if not over_time:
            self._there, self._back = ((3, 0, 1, 4, 2, 5), (0, 1, 3, 2, 4))

    def forward(self, x: Tensor) -> Tensor:
        """(N × frames × nodes, D) -> the same."""
        split = self.qkv(x).reshape(-1, self.frames, self.nodes, 3, self.heads, self.dim // self.heads)
        q, k, v = split.permute(*self._there).unbind(0)
        mixed = (q @ k.transpose(-1, -2)).softmax(dim=-1) @ v
        mixed = mixed.permute(*self._back).reshape(-1, self.dim)
        output: Tensor = self.mlp(x + self.projection(mixed))
        return output


class _Residual(nn.Module):
    """``x + MLP(x)`` on tokens (n, D)."""

    def __init__(self, mlp: MLP) -> None:
        super().__init__()
        root = 2.0**-0.5  # GELU(y) = y (1 + erf(y / √2)) / 2, with u = y / √2
        self.expand = _linear(mlp.expand.weight.double() * root, mlp.expand.bias.double() * root)
        self.contract = _linear(mlp.contract.weight.double() * root, mlp.contract.bias.double())

    def forward(self, x: Tensor) -> Tensor:
        u = self.expand(x)
        output: Tensor = x + self.contract(u + u * torch.erf(u))
        return output


class LeanDownsampling(nn.Module):
    """FLGP and the unpadded convolution behind it."""

    def __init__(self, pooling: nn.Module, down: nn.Module, parts: Bounds, frames: int) -> None:
        super().__init__()
        assert isinstance(pooling, FLGP) and isinstance(down, TemporalDownsampling)
        gain, shift = affine(pooling.norm)
        self.parts, self.frames, self.dim = parts, frames, gain.numel()
        flips = bool((gain < 0).any())
        self.signs = nn.Parameter(gain.sign().float(), requires_grad=False) if flips else None
        weight = down.convolution.weight.detach().double()  # (D, D, 3)
        assert down.convolution.bias is not None  # what was folded of the norm in front of it
        bias = down.convolution.bias.detach().double() + torch.einsum("oik,i->o", weight, shift)
        self.convolution = _linear((weight * gain.abs()[:, None]).permute(0, 2, 1).flatten(1), bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N × frames × nodes, D) -> (N × fewer frames × parts, D)."""
        x = x.reshape(-1, self.frames, self.parts[-1][1], self.dim)
        if self.signs is not None:
            x = x * self.signs
        pooled = [x[:, :, first:last].amax(dim=2, keepdim=True) for first, last in self.parts]
        x = torch.cat(pooled, dim=2) if len(pooled) > 1 else pooled[0]
        last = self.frames - 2 if self.frames % 2 else self.frames - 3
        x = torch.cat([x[:, k : last + k : 2] for k in range(3)], dim=3)
        output: Tensor = self.convolution(x.reshape(-1, 3 * self.dim))
        return output


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)
    return linear.eval()


def _padded(down: nn.Module, taps: tuple[int, ...]) -> nn.Linear:
    """One output frame of a padded convolution, over the frames that its ``taps`` meet; the others meet the zeros."""
    assert isinstance(down, TemporalDownsampling)
    gain, shift = affine(down.norm)
    weight = down.convolution.weight.detach().double()[:, :, list(taps)]
    bias = torch.einsum("oik,i->o", weight, shift)
    return _linear((weight * gain[:, None]).permute(0, 2, 1).flatten(1), bias)


def _side_by_side(one: nn.Linear, other: nn.Linear) -> nn.Linear:
    return _linear(torch.cat([one.weight, other.weight]), torch.cat([one.bias, other.bias]))


def _behind(first: nn.Linear, second: nn.Linear) -> nn.Linear:
    weight = second.weight.detach().double()
    return _linear(
        weight @ first.weight.detach().double(),
        weight @ first.bias.detach().double() + second.bias.detach().double(),
    )
