"""TensorRT, loaded with care: the GPU is asked for first, then the package, then its version."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livespot.inference.base import first_line
from livespot.inference.cuda import CudaDevice, Unavailable, find_cuda

MAJOR_VERSIONS = (10, 11)
_INSTALL = "pip install 'tensorrt-cu13>=10.14,<12' (driver r580 or newer)"


@dataclass(frozen=True, slots=True)
class TensorRT:
    """The library and the GPU it will use.

    Attributes
    ----------
    trt : module
    version : str
    device : CudaDevice
    """

    trt: Any
    version: str
    device: CudaDevice


def load_tensorrt(
    find: Callable[[], CudaDevice] = find_cuda,
    import_module: Callable[[str], Any] = importlib.import_module,
) -> TensorRT:
    """Load the library.

    Raises
    ------
    Unavailable
        When there is no GPU, no TensorRT, or one of another generation.
    """
    device = find()  # first: without a GPU some of TensorRT's calls end the process
    try:
        trt = import_module("tensorrt")
    except (ImportError, OSError) as error:  # OSError: the bindings are there, the library is not
        raise Unavailable(f"TensorRT: cannot be loaded ({first_line(error)}); {_INSTALL}") from error
    version = str(getattr(trt, "__version__", "0"))
    major = version.split(".")[0]
    if not major.isdecimal() or int(major) not in MAJOR_VERSIONS:
        wanted = " or ".join(map(str, MAJOR_VERSIONS))
        raise Unavailable(f"TensorRT: expected version {wanted}, got {version}; {_INSTALL}")
    return TensorRT(trt, version, device)


def make_logger(trt: Any) -> Any:
    """A logger that keeps TensorRT's errors in ``errors`` and prints nothing: they become part of our own."""

    class Log(trt.ILogger):  # type: ignore[misc]  # known only when the library is
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, msg: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(" ".join(msg.split()))

    return Log()
