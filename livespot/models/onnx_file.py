"""From a torch module to the bytes of an ONNX file that names nothing of the machine it was made on."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

OPSET = 18


def onnx_file(
    graph: nn.Module,
    given: tuple[Tensor, ...],
    inputs: list[str],
    output: str,
    dynamic_shapes: tuple[Any, ...] | None = None,
) -> bytes:
    """A torch module as one self-contained ONNX file.

    Parameters
    ----------
    graph : nn.Module
        In evaluation mode.
    given : tuple of Tensor
        Inputs to trace it with.
    inputs : list of str
        Their names in the graph.
    output : str
        The name of what comes out.
    dynamic_shapes : tuple, optional
        Axes of free size, as :func:`torch.onnx.export` takes them; by default all shapes are those of ``given``.
    """
    with _quiet():
        program = torch.onnx.export(
            graph,
            given,
            input_names=inputs,
            output_names=[output],
            dynamic_shapes=dynamic_shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    model = program.model_proto
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]  # stack traces, which name files of the machine that exported
    graph_bytes: bytes = model.SerializeToString()
    return graph_bytes


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns and logs about its own inside; nothing in it concerns the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
