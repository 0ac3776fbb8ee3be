"""Where engines and assets lie: those shipped in the wheel or beside the package, the user's in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from livespot.errors import EngineError, InputError

DATA_VARIABLE = "LIVESPOT_DATA_DIR"
"""Names another folder for what the user adds to livespot."""

_PACKAGE = Path(__file__).resolve().parents[1]
_INT8 = ".int8.onnx"
_SECOND = ".second.onnx"


def shipped_dir(kind: str) -> Path:
    """The folder of shipped ``engines`` or ``assets``."""
    installed = _PACKAGE / "shipped" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind


def engine_path(name: str) -> Path:
    """The engine ``name``: a shipped one (``spotformer``), else one of the user's; a path to an .onnx file as it is.

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
    for folder in (shipped_dir("engines"), user_engines()):
        path = folder / f"{name}.onnx"
        if path.is_file():
            return path
    raise EngineError(
        f"engine {name}: not among the engines here ({_known()}); see `livespot engine list` and `livespot doctor`"
    )


def user_engines() -> Path:
    """The folder of engines that the user imported; it need not exist."""
    named = os.environ.get(DATA_VARIABLE)
    data = Path(named) if named else platformdirs.user_data_path("livespot", appauthor=False)
    return data / "engines"


def shipped_engine_names() -> list[str]:
    """Names of the shipped engines."""
    return _names_in(shipped_dir("engines"))


def engine_names() -> list[str]:
    """Names of all engines here, the shipped ones first; one of the user's that has a shipped name is not reached."""
    shipped = shipped_engine_names()
    return [*shipped, *(name for name in _names_in(user_engines()) if name not in shipped)]


def _names_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.onnx") if not path.name.endswith((_INT8, _SECOND)))


def int8_path(engine: Path) -> Path:
    """Where the 8-bit weights of ``NAME.onnx`` lie, if it brings any: ``NAME.int8.onnx``."""
    return engine.with_name(engine.stem + _INT8)


def second_stage_path(engine: Path) -> Path:
    """Where the second stage of ``NAME.onnx`` lies, if it brings one: ``NAME.second.onnx``."""
    return engine.with_name(engine.stem + _SECOND)


def asset_path(name: str) -> Path:
    """The shipped asset ``name``; raises :class:`InputError` when the installation lacks it."""
    path = shipped_dir("assets") / name
    if not path.is_file():
        raise InputError(f"asset {name}: missing from this installation; install livespot again")
    return path


def _known() -> str:
    return ", ".join(engine_names()) or "none"
