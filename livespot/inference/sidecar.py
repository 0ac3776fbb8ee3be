"""An engine's sidecar: what ``NAME.json`` says of ``NAME.onnx``, checked before anything is trusted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from livespot.errors import EngineError
from livespot.installation.shipped_files import int8_path, second_stage_path
from livespot.regions import LAYOUTS, PAPER, RegionLayout
from livespot.types import CURVES, EXPRESSION_TYPES, WINDOW_FRAMES

FORMAT = 1
BEST = "best-f1"
"""Name of the operating point that an engine comes with."""


@dataclass(frozen=True, slots=True)
class SecondStageEntry:
    """What the sidecar says of the engine's second stage, ``NAME.second.onnx``.

    Attributes
    ----------
    sha256 : str
        Of its ONNX file.
    context_frames, look_ahead_frames, channels : int
        As in :class:`livespot.inference.runner.SecondStageInfo`.
    thresholds, min_scores, points, score_calibrations, alarm_table
        As in :class:`Sidecar`, for the probabilities that the second stage gives.
    """

    sha256: str
    context_frames: int
    look_ahead_frames: int
    channels: int
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float]
    points: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]
    score_calibrations: Mapping[str, tuple[float, float, float]]
    alarm_table: Mapping[str, tuple[tuple[float, float], ...]]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The checked content.

    Attributes
    ----------
    sha256 : str
        Of the ONNX file.
    int8_sha256 : str
        Of the same graph with 8-bit weights, for the CPU: ``NAME.int8.onnx``; empty when the engine brings none.
    input_name, output_name : str
    thresholds : mapping of "ME" and "MaE" to float
    min_scores : mapping of "ME" and "MaE" to float
        The minimum score of an interval; 0 where the file does not say.
    points : mapping of str to (thresholds, min_scores)
        Other operating points that the engine brings, such as ``few-alarms``.
    score_calibrations : mapping of "ME" and "MaE" to (low, high, bias)
        What makes a probability of being right of a raw score (:mod:`livespot.spotting.scores`); empty when the engine
        brings none, so that scores are raw.
    alarm_table : mapping of "ME" and "MaE" to tuple of (false alarms a minute, minimum score)
        On validation people; empty when the engine brings none.
    model_rate_hz : float
    features : mapping
        Settings of the flow that the network was trained on; ``regions`` names the layout, ``paper`` if absent.
    parameters : int
        Learned values.
    training, limits
        For the user to read.
    output_width : int
        Numbers that the graph gives for a window: the ten probabilities, and behind them what the second stage takes.
    second_stage : SecondStageEntry or None
        None when the engine brings no second stage.
    """

    sha256: str
    int8_sha256: str
    input_name: str
    output_name: str
    thresholds: Mapping[str, float]
    min_scores: Mapping[str, float]
    points: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]
    score_calibrations: Mapping[str, tuple[float, float, float]]
    alarm_table: Mapping[str, tuple[tuple[float, float], ...]]
    model_rate_hz: float
    features: Mapping[str, Any]
    parameters: int
    training: Mapping[str, Any]
    limits: str
    output_width: int = len(CURVES)
    second_stage: SecondStageEntry | None = None

    @property
    def layout(self) -> RegionLayout:
        """The regions that are the nodes of its windows."""
        return LAYOUTS[str(self.features.get("regions", PAPER.name))]

    @property
    def window_shape(self) -> tuple[int, int, int]:
        """Of one window: (17, R, 2)."""
        return WINDOW_FRAMES, len(self.layout), 2

    def at(self, point: str) -> Sidecar:
        """The same engine at another of its operating points; :data:`BEST` is the one it comes with.

        Raises
        ------
        EngineError
            When it brings no such point.
        """
        if point == BEST:
            return self
        if point not in self.points:
            known = ", ".join((BEST, *self.points))
            raise EngineError(f"operating point {point}: the engine brings {known}; choose one of these")
        thresholds, min_scores = self.points[point]
        return replace(self, thresholds=thresholds, min_scores=min_scores)

    def with_second_stage(self) -> Sidecar:
        """The same engine with the operating points and calibrations of its second stage, if it brings one."""
        second = self.second_stage
        if second is None:
            return self
        return replace(
            self,
            thresholds=second.thresholds,
            min_scores=second.min_scores,
            points=second.points,
            score_calibrations=second.score_calibrations,
            alarm_table=second.alarm_table,
        )


def read_engine(path: Path) -> tuple[bytes, Sidecar]:
    """Read an engine and its sidecar and make sure that they belong together and fit this version.

    Raises
    ------
    EngineError
        When either is missing, damaged, of another format, or made for other windows.
    """
    graph = _bytes_of(path)
    sidecar = read_sidecar(path)
    _check_digest(path, graph, sidecar.sha256)
    return graph, sidecar


def read_int8(path: Path, sidecar: Sidecar) -> bytes:
    """Read the graph with 8-bit weights that an engine brings.

    Parameters
    ----------
    path : Path
        Of the engine, ``NAME.onnx``.
    sidecar : Sidecar

    Raises
    ------
    EngineError
        When it brings none, or the file is missing or damaged.
    """
    if not sidecar.int8_sha256:
        raise EngineError(f"engine {path.name}: brings no 8-bit weights; set precision auto or fp32")
    return _checked_bytes(int8_path(path), sidecar.int8_sha256)


def read_second_stage(path: Path, sidecar: Sidecar) -> bytes:
    """Read the second stage that an engine brings.

    Parameters
    ----------
    path : Path
        Of the engine, ``NAME.onnx``.
    sidecar : Sidecar

    Raises
    ------
    EngineError
        When it brings none, or the file is missing or damaged.
    """
    if sidecar.second_stage is None:
        raise EngineError(f"engine {path.name}: brings no second stage; set inference.second_stage = false")
    return _checked_bytes(second_stage_path(path), sidecar.second_stage.sha256)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EngineError(
            f"engine {path.name}: cannot be read ({error.strerror}) at {path}; check the path or install "
            "livespot again"
        ) from error


def _checked_bytes(path: Path, sha256: str) -> bytes:
    content = _bytes_of(path)
    _check_digest(path, content, sha256)
    return content


def _check_digest(path: Path, graph: bytes, expected: str) -> None:
    found = hashlib.sha256(graph).hexdigest()
    if found != expected:
        raise EngineError(
            f"engine {path.name}: expected sha256 {expected[:12]}… as its sidecar says, got {found[:12]}… over "
            f"{len(graph)} bytes: the file is damaged or was exchanged; install it again together with its .json"
        )


def read_sidecar(engine: Path) -> Sidecar:
    """Read what lies beside an .onnx file, without a look at that; errors as :func:`read_engine`."""
    path, label = engine.with_suffix(".json"), f"engine {engine.name}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EngineError(
            f"{label}: its sidecar {path.name} is missing; keep the two files together, or export "
            f"the engine again"
        ) from error
    except (OSError, ValueError) as error:
        raise EngineError(
            f"{label}: its sidecar {path.name} is not readable JSON; install both again"
        ) from error
    made_for = content.get("format") if isinstance(content, dict) else None
    if made_for != FORMAT:
        raise EngineError(
            f"{label}: expected a sidecar of format {FORMAT}, got {made_for!r}; use an engine made "
            f"for this version"
        )
    try:
        sidecar = Sidecar(
            sha256=str(content["sha256"]),
            int8_sha256=str(content.get("int8", {}).get("sha256", "")),
            input_name=str(content["input"]["name"]),
            output_name=str(content["output"]["name"]),
            **_operating_data(content),
            model_rate_hz=float(content["model_rate_hz"]),
            features=MappingProxyType(dict(content["features"])),
            parameters=int(content["parameters"]),
            training=MappingProxyType(dict(content["training"])),
            limits=str(content["limits"]),
            output_width=int(content["output"].get("shape", (0, len(CURVES)))[1]),
            second_stage=_second_stage(content.get("second_stage")),
        )
        window, columns = content["input"]["shape"], content["output"]["curves"]
        _check_layout(label, sidecar)
        _check_output(sidecar)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineError(
            f"{label}: its sidecar {path.name} lacks or garbles {error}; export the engine again"
        ) from error
    check_window_shape(label, window, sidecar)
    if tuple(columns) != CURVES:
        raise EngineError(
            f"{label}: expected the curves {', '.join(CURVES)}, got {', '.join(map(str, columns))}; "
            "use an engine made for this version"
        )
    return sidecar


def _operating_data(content: Mapping[str, Any]) -> dict[str, Any]:
    """Thresholds, scores and calibrations, of the engine or of its second stage."""
    return {
        "thresholds": _by_type(content["thresholds"]),
        "min_scores": _by_type(content.get("min_scores", {"ME": 0.0, "MaE": 0.0})),
        "points": MappingProxyType(
            {
                str(name): (_by_type(point["thresholds"]), _by_type(point["min_scores"]))
                for name, point in content.get("operating_points", {}).items()
            }
        ),
        "score_calibrations": MappingProxyType(
            {
                str(kind): (float(low), float(high), float(bias))
                for kind, (low, high, bias) in content.get("score_calibrations", {}).items()
            }
        ),
        "alarm_table": MappingProxyType(
            {
                str(kind): tuple((float(rate), float(score)) for rate, score in rows)
                for kind, rows in content.get("alarm_table", {}).items()
            }
        ),
    }


def _second_stage(content: Mapping[str, Any] | None) -> SecondStageEntry | None:
    if content is None:
        return None
    return SecondStageEntry(
        sha256=str(content["sha256"]),
        context_frames=int(content["context_frames"]),
        look_ahead_frames=int(content["look_ahead_frames"]),
        channels=int(content["channels"]),
        **_operating_data(content),
    )


def _check_output(sidecar: Sidecar) -> None:
    """ValueError unless the widths fit together and the frame that is described lies in the context."""
    second = sidecar.second_stage
    channels = 0 if second is None else second.channels
    if sidecar.output_width != len(CURVES) + channels:
        raise ValueError(f"output.shape: {sidecar.output_width} numbers, expected {len(CURVES)} + {channels}")
    if second is not None and not 0 <= second.look_ahead_frames < second.context_frames:
        raise ValueError(
            f"second_stage.look_ahead_frames: {second.look_ahead_frames} of {second.context_frames} frames"
        )


def _by_type(values: Mapping[str, Any]) -> Mapping[str, float]:
    return MappingProxyType({kind: float(values[kind]) for kind in EXPRESSION_TYPES})


def _check_layout(label: str, sidecar: Sidecar) -> None:
    named = sidecar.features.get("regions", PAPER.name)
    if named not in LAYOUTS:
        raise EngineError(
            f"{label}: was made for the regions {named!r}, this version measures {', '.join(LAYOUTS)}; "
            "use an engine made for this version"
        )


def check_window_shape(label: str, shape: Any, sidecar: Sidecar) -> None:
    """Refuse an engine whose windows (n, frames, regions, 2) are not those of the layout that its sidecar names."""
    made = sidecar.window_shape
    if not isinstance(shape, list | tuple) or tuple(shape[1:]) != made:
        wants = ", ".join(map(str, shape)) if isinstance(shape, list | tuple) else shape
        raise EngineError(
            f"{label} expects windows ({wants}), livespot makes (n, {', '.join(map(str, made))}) of the "
            f"{sidecar.layout.name} regions: was it exported for another window length?"
        )
