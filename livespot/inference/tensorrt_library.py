"""TensorRT and TensorRT for RTX cards, loaded with care, and what they differ in when a plan is built."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livespot.inference.cuda import CudaDevice, Unavailable, find_cuda
from livespot.inference.error_text import first_line
from livespot.inference.runner import MAX_BATCH

MAJOR_VERSIONS = (10, 11)
RTX_MAJOR_VERSION = 1
_INSTALL = "pip install 'tensorrt-cu13>=10.14,<12' (driver r580 or newer)"
INSTALL_RTX = "pip install 'livespot[rtx]' (driver r580 or newer)"


@dataclass(frozen=True, slots=True)
class Product:
    """One of the two libraries; their Python interfaces are the same but for what stands here.

    Attributes
    ----------
    name : str
        As users know it.
    backend : str
    module : str
    profiles : tuple of (int, int, int)
        Minimum, likeliest and maximum number of windows of each optimisation profile.
    portable : bool
        Whether a plan is built without a GPU, for several of them; its GPU code is compiled when it is loaded.
    """

    name: str
    backend: str
    module: str
    profiles: tuple[tuple[int, int, int], ...]
    portable: bool


# The live profile, fixed, and that of batches: TensorRT chooses kernels for the likeliest size of a profile.
TENSORRT = Product("TensorRT", "tensorrt", "tensorrt", ((1, 1, 1), (1, MAX_BATCH, MAX_BATCH)), False)
# One profile is enough where kernels are specialised for each size at run time; a second makes the plan 6 MB larger.
TENSORRT_RTX = Product("TensorRT-RTX", "tensorrt-rtx", "tensorrt_rtx", ((1, 1, MAX_BATCH),), True)


@dataclass(frozen=True, slots=True)
class Library:
    """A loaded library.

    Attributes
    ----------
    product : Product
    trt : module
    version : str
    """

    product: Product
    trt: Any
    version: str

    def __str__(self) -> str:
        return f"{self.product.name} {self.version}"


def load_tensorrt(
    find: Callable[[], CudaDevice] = find_cuda,
    import_module: Callable[[str], Any] = importlib.import_module,
) -> Library:
    """Load TensorRT.

    Raises
    ------
    Unavailable
        When there is no GPU, no TensorRT, or one of another generation.
    """
    find()  # first: without a GPU some of TensorRT's calls end the process
    library = _load(TENSORRT, import_module, _INSTALL)
    major = library.version.split(".")[0]
    if not major.isdecimal() or int(major) not in MAJOR_VERSIONS:
        wanted = " or ".join(map(str, MAJOR_VERSIONS))
        raise Unavailable(f"TensorRT: expected version {wanted}, got {library.version}; {_INSTALL}")
    return library


def load_tensorrt_rtx(import_module: Callable[[str], Any] = importlib.import_module) -> Library:
    """Load TensorRT-RTX, which builds plans on any machine; to run them, ask for the GPU first.

    Raises
    ------
    Unavailable
        When it is not installed, or of another generation.
    """
    library = _load(TENSORRT_RTX, import_module, INSTALL_RTX)
    if library.version.split(".")[0] != str(RTX_MAJOR_VERSION):
        raise Unavailable(
            f"TensorRT-RTX: expected version {RTX_MAJOR_VERSION}, got {library.version}; {INSTALL_RTX}"
        )
    return library


def _load(product: Product, import_module: Callable[[str], Any], install: str) -> Library:
    try:
        trt = import_module(product.module)
    except (ImportError, OSError) as error:  # OSError: the bindings are there, the library is not
        raise Unavailable(f"{product.name}: cannot be loaded ({first_line(error)}); {install}") from error
    return Library(product, trt, str(getattr(trt, "__version__", "0")))


def make_logger(trt: Any) -> Any:
    """A logger that keeps the library's errors in ``errors`` and prints nothing: they become part of our own."""

    class Log(trt.ILogger):  # type: ignore[misc]  # known only when the library is
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, msg: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(" ".join(msg.split()))

    return Log()
