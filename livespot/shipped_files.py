"""Where the shipped engines and assets lie: inside an installed wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

from livespot.errors import EngineError, InputError

_PACKAGE = Path(__file__).resolve().parent
_INT8 = ".int8.onnx"


def shipped_dir(kind: str) -> Path:
    """The folder of shipped ``engines`` or ``assets``."""
    installed = _PACKAGE / "shipped" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind


def engine_path(name: str) -> Path:
    """The shipped engine ``name`` (``spotformer``), or ``name`` itself when it is a path to an .onnx file.

    Raises
    ------
    EngineError
        When there is no such engine.
    """
    if name.endswith(".onnx"):
        path = Path(name)
        if not path.is_file():
            raise EngineError(
                f"engine {name}: no such file; give the path of an .onnx engine or one of: {_known()}"
            )
        return path
    path = shipped_dir("engines") / f"{name}.onnx"
    if not path.is_file():
        raise EngineError(f"engine {name}: not among the shipped engines ({_known()}); see `livespot doctor`")
    return path


def engine_names() -> list[str]:
    """Names of the shipped engines."""
    files = shipped_dir("engines").glob("*.onnx")
    return sorted(path.stem for path in files if not path.name.endswith(_INT8))


def int8_path(engine: Path) -> Path:
    """Where the 8-bit weights of ``NAME.onnx`` lie, if it brings any: ``NAME.int8.onnx``."""
    return engine.with_name(engine.stem + _INT8)


def asset_path(name: str) -> Path:
    """The shipped asset ``name``; raises :class:`InputError` when the installation lacks it."""
    path = shipped_dir("assets") / name
    if not path.is_file():
        raise InputError(f"asset {name}: missing from this installation; install livespot again")
    return path


def _known() -> str:
    return ", ".join(engine_names()) or "none"
