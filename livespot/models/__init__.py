"""The networks, in PyTorch, and their way out as engines.

SW-MRO windows enter, the network's logits leave; :mod:`livespot.models.export` turns a trained network into
an ONNX engine with its sidecar. Needs the ``train`` extra (torch, onnx); nothing that runs live imports this
room.
"""

from __future__ import annotations
