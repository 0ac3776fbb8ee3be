"""What can be set: one frozen dataclass per room, the reason beside each default; TOML in.

A file has one table per room::

    [spotting]
    me_apex_threshold = 0.6

Unknown tables and keys are refused with the nearest known name. The resolved configuration goes into every summary.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from livespot.errors import ConfigError

_REMOVED = {
    "face.hand_check_frames": "is no longer used: a hand over the face is now noticed from the flow; remove the line",
}
"""Keys that earlier versions had, and what to do about them."""

Alignment = Literal["nose", "rigid"]
Precision = Literal["auto", "fp32", "fp16", "int8"]


@dataclass(frozen=True, slots=True)
class CaptureConfig:
    """Cameras and network streams."""

    width: int = 640  # enough for a face 200 px wide; MJPG decoding at 1280×720 costs three times as much
    height: int = 480
    fps: float = 30.0  # the rate of the model; more is decimated
    stall_s: float = 1.0  # no frame for this long: the camera counts as lost
    reconnect_first_s: float = 0.5  # first wait before reopening; doubled each time
    reconnect_max_s: float = 5.0
    give_up_s: float = 60.0  # a camera gone this long is gone for good (exit 4)


@dataclass(frozen=True, slots=True)
class GridConfig:
    """Camera frames to model frames."""

    target_hz: float = 30.0  # paper, section 4.1
    max_hold_frames: int = 2  # missing ticks bridged by the frame before; more breaks the stream into two
    min_observable_hz: float = 20.0  # below it a micro-expression spans fewer than five frames
    # Describe every camera frame of a camera of 45 fps or more: curves and intervals have the camera's resolution,
    # at the cost of a whole model frame for each. Below 45 fps nothing changes.
    every_frame: bool = False


@dataclass(frozen=True, slots=True)
class FaceConfig:
    """Finding and following the face."""

    min_eye_distance_px: float = (
        24.0  # outer eye corners; below, upsampling to 90 px leaves no sub-pixel motion
    )
    max_yaw_ratio: float = 2.6  # nose tip to the two outer eye corners, larger over smaller: about 45 degrees
    min_brightness: float = (
        20.0  # mean grey level in the face box; below, noise is larger than a micro-expression
    )
    min_detection_confidence: float = 0.5
    min_tracking_confidence: float = 0.5
    max_faces: int = 3  # looked for at once; the largest is followed and kept by overlap


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """SW-MRO: canonical crop, Farneback, MDMO."""

    eye_distance_px: float = 90.0  # outer eye corners in the canonical crop
    poly_sigma: float = (
        1.1  # of the polynomial expansion, as cv2.calcOpticalFlowFarneback has it for poly_n = 5
    )
    roi_keep: float = 0.6  # MDMO: strongest share of the dominant sector kept in an ROI
    nose_keep: float = 0.88  # the same in the nose-tip area
    alignment: Alignment = "rigid"  # "nose": the paper's, by the nose tip alone; see livespot.flow.rigid
    nose_grow: float = 0.35  # of half the inner-eye distance, on each side of landmarks 29 and 30


@dataclass(frozen=True, slots=True)
class InferenceConfig:
    """The engine."""

    model: str = "spotformer"
    engine: str = "auto"
    threads: int = 1  # a second thread gains little and costs the flow its core
    point: str = "best-f1"  # operating point; or one that the engine brings besides, such as "few-alarms"
    # "auto": on the CPU 8-bit weights where the engine brings them, on a GPU fp32. "fp32": everywhere. "int8": the
    # CPU or nothing. "fp16": of a TensorRT plan; faster on large batches.
    precision: Precision = "auto"


@dataclass(frozen=True, slots=True)
class SpottingConfig:
    """Post-processing; durations in frames at 30 per second, they scale with the model rate."""

    me_apex_threshold: float | None = None  # None: the engine's own operating point, from its sidecar
    mae_apex_threshold: float | None = None
    me_min_score: float | None = None  # least onset × apex × offset; None: the engine's own; the paper has 0
    mae_min_score: float | None = None
    me_average_frames: float = 16.0  # k; authors' configuration
    me_minimum_frames: float = 5.0  # j
    mae_average_frames: float = 80.0  # the authors have 59: a held expression lets go later than that
    mae_minimum_frames: float = 16.0
    max_overlap: float = (
        0.3  # non-maximum suppression; the paper has 0.5, which leaves nested intervals standing
    )


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """Threads and mailboxes."""

    queue_frames: int = 8
    join_s: float = 5.0  # how long a stage may take to stop
    curve_seconds: float = 10.0  # what a snapshot carries


@dataclass(frozen=True, slots=True)
class Config:
    """Everything, room by room."""

    capture: CaptureConfig = field(default_factory=CaptureConfig)
    grid: GridConfig = field(default_factory=GridConfig)
    face: FaceConfig = field(default_factory=FaceConfig)
    flow: FlowConfig = field(default_factory=FlowConfig)
    inference: InferenceConfig = field(default_factory=InferenceConfig)
    spotting: SpottingConfig = field(default_factory=SpottingConfig)
    stream: StreamConfig = field(default_factory=StreamConfig)

    def as_dict(self) -> dict[str, Any]:
        """Nested plain dictionary, as written into summaries."""
        return dataclasses.asdict(self)


def load_config(path: str | Path) -> Config:
    """Read a TOML file over the defaults.

    Raises
    ------
    ConfigError
        When the file is missing, is not TOML, or holds an unknown table or key or a value of the wrong kind.
    """
    file = Path(path)
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"configuration {file}: cannot be read ({error.strerror}); check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration {file}: is not valid TOML ({error}); correct that line") from error
    return config_from_dict(tables, name=str(file))


def config_from_dict(tables: dict[str, Any], name: str = "configuration") -> Config:
    """Build a :class:`Config` from nested dictionaries; see :func:`load_config` for the errors."""
    rooms = {f.name: f.default_factory for f in dataclasses.fields(Config)}
    built: dict[str, Any] = {}
    for table, values in tables.items():
        if table not in rooms:
            raise ConfigError(f"{name}: unknown table [{table}]{_nearest(table, rooms)}")
        if not isinstance(values, dict):
            raise ConfigError(
                f"{name}: {table} must be a table, got {values!r}; write [{table}] and keys below it"
            )
        built[table] = _build_room(rooms[table], table, values, name)
    return Config(**built)


def _build_room(room: Any, table: str, values: dict[str, Any], name: str) -> Any:
    defaults = room()
    known = {f.name: f for f in dataclasses.fields(defaults)}
    for key, value in values.items():
        if removed := _REMOVED.get(f"{table}.{key}"):
            raise ConfigError(f"{name}: {table}.{key} {removed}")
        if key not in known:
            raise ConfigError(f"{name}: unknown key {table}.{key}{_nearest(key, known)}")
        values[key] = _checked(f"{name}: {table}.{key}", str(known[key].type), value)
    return dataclasses.replace(defaults, **values)


def _checked(what: str, kind: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind.startswith("float"):
        if not number:
            raise ConfigError(f"{what} expects a number, got {value!r}")
        return float(value)
    if kind == "bool" and not isinstance(value, bool):
        raise ConfigError(f"{what} expects true or false, got {value!r}")
    if kind == "int" and (not number or int(value) != value):
        raise ConfigError(f"{what} expects a whole number, got {value!r}")
    if kind == "Alignment" and value not in get_args(Alignment):
        raise ConfigError(f"{what} expects {' or '.join(get_args(Alignment))}, got {value!r}")
    if kind == "str" and not isinstance(value, str):
        raise ConfigError(f"{what} expects a text, got {value!r}")
    return value


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]}? (known: {', '.join(known)})"
