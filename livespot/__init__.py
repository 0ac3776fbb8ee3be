"""Spots facial macro- and micro-expressions, live, frame by frame.

>>> import livespot
>>> result = livespot.spot("interview.mp4")  # doctest: +SKIP
>>> spotter = livespot.Spotter(fps=30.0)  # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from livespot.installation.versions import VERSION as __version__

# ONNX Runtime sends data on its use to Microsoft unless this is set before its first import. Who wants it sets 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from livespot.api import Spotter as Spotter
    from livespot.api import spot as spot
    from livespot.errors import CameraError as CameraError
    from livespot.errors import EngineError as EngineError
    from livespot.errors import InputError as InputError
    from livespot.errors import LivespotError as LivespotError
    from livespot.errors import TimeWarning as TimeWarning
    from livespot.errors import UsageError as UsageError
    from livespot.stream.collect import SpotResult as SpotResult
    from livespot.types import Interval as Interval
    from livespot.types import Movement as Movement
    from livespot.types import Reason as Reason
    from livespot.types import Update as Update

__all__ = [
    "CameraError",
    "EngineError",
    "InputError",
    "Interval",
    "LivespotError",
    "Movement",
    "Reason",
    "SpotResult",
    "Spotter",
    "TimeWarning",
    "Update",
    "UsageError",
    "__version__",
    "spot",
]

_HOMES = {
    "spot": "livespot.api",
    "SpotResult": "livespot.stream.collect",
    "Spotter": "livespot.api",
    "Interval": "livespot.types",
    "Movement": "livespot.types",
    "Update": "livespot.types",
    "Reason": "livespot.types",
    "LivespotError": "livespot.errors",
    "TimeWarning": "livespot.errors",
    "UsageError": "livespot.errors",
    "InputError": "livespot.errors",
    "CameraError": "livespot.errors",
    "EngineError": "livespot.errors",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: `livespot --help` must not wait for numpy, OpenCV and ONNX Runtime.
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'livespot' has no attribute {name!r}")
