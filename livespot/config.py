"""What can be set: one frozen dataclass per room, what each key does below it.

Every value is checked against the range in its key's annotation (:mod:`livespot.settings`), however the table is made.
The resolved configuration goes into every summary. Files are read by :mod:`livespot.config_file`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from livespot.errors import ConfigError
from livespot.regions import LAYOUTS, PAPER, RegionLayout
from livespot.settings import OneOf, Range, Table

Alignment = Literal["nose", "rigid"]
FaceLibrary = Literal["onnx", "mediapipe"]
AlignmentSetting = Literal["auto", "nose", "rigid"]
AUTO = "auto"
"""Setting of ``flow.regions`` and ``flow.alignment``: what the engine was made for."""
Engine = Literal["auto", "onnx", "cuda", "tensorrt", "tensorrt-rtx"]
Precision = Literal["auto", "fp32", "fp16", "int8"]
Overlaps = Literal["merge", "suppress", "keep"]


@dataclass(frozen=True, slots=True)
class CaptureConfig(Table):
    """Cameras and network streams."""

    table: ClassVar[str] = "capture"

    width: Annotated[int, Range(16, 16384)] = 640
    """Picture width that a camera is asked for, px. 640 is enough for a face 200 px wide; MJPG decoding at
    1280×720 costs three times as much.
    """
    height: Annotated[int, Range(16, 16384)] = 480
    """Picture height that a camera is asked for, px."""
    fps: Annotated[float, Range(1, 1000)] = 30.0
    """Frames a second that a camera is asked for: the rate of the model; more is decimated."""
    warm_up_s: Annotated[float, Range(0, 60)] = 1.0
    """Seconds of pictures thrown away when a camera is opened, until its exposure has settled and its rate is
    counted.
    """
    stall_s: Annotated[float, Range(0.01, 600)] = 1.0
    """Seconds without a frame after which the camera counts as lost."""
    frozen_s: Annotated[float, Range(0.01, 600)] = 0.5
    """Seconds of the same picture, bit for bit, after which the camera counts as lost."""
    reconnect_first_s: Annotated[float, Range(0.001, 3600)] = 0.5
    """First wait before a lost camera is opened again, seconds; doubled each time."""
    reconnect_max_s: Annotated[float, Range(0.001, 3600)] = 5.0
    """Longest wait before a lost camera is opened again, seconds."""
    give_up_s: Annotated[float, Range(0.01, 86400)] = 60.0
    """A camera gone for so many seconds is gone for good (exit code 4)."""

    def check_together(self) -> None:
        """The first wait is no longer than the longest."""
        if self.reconnect_first_s > self.reconnect_max_s:
            raise ConfigError(
                f"capture.reconnect_first_s: expected at most capture.reconnect_max_s ({self.reconnect_max_s:g}), "
                f"got {self.reconnect_first_s:g}"
            )


@dataclass(frozen=True, slots=True)
class GridConfig(Table):
    """Camera frames to model frames."""

    table: ClassVar[str] = "grid"

    target_hz: Annotated[float, Range(1, 1000)] = 30.0
    """Rate of the model frames (paper, section 4.1)."""
    max_hold_frames: Annotated[int, Range(0, 100)] = 2
    """Missing model frames bridged by the frame before; more breaks the stream into two."""
    min_observable_hz: Annotated[float, Range(0, 1000)] = 20.0
    """Rate below which a warning is given: a micro-expression spans fewer than five frames there."""
    every_frame: bool = False
    """Describe every camera frame of a camera of 45 fps or more: curves and intervals have the camera's
    resolution, at the cost of a whole model frame for each. Below 45 fps nothing changes.
    """


@dataclass(frozen=True, slots=True)
class FaceConfig(Table):
    """Finding and following the face."""

    table: ClassVar[str] = "face"

    min_eye_distance_px: Annotated[float, Range(1, 10000)] = 24.0
    """Smallest distance of the outer eye corners that is measured; below, upsampling to 90 px leaves no
    sub-pixel motion.
    """
    max_yaw_ratio: Annotated[float, Range(1, 100)] = 2.6
    """Largest ratio of the distances from the nose tip to the two outer eye corners, larger over smaller: about
    45 degrees.
    """
    min_brightness: Annotated[float, Range(0, 255)] = 20.0
    """Smallest mean grey level in the face box; below, noise is larger than a micro-expression."""
    min_detection_confidence: Annotated[float, Range(0, 1)] = 0.5
    """Smallest confidence of the face detector."""
    min_tracking_confidence: Annotated[float, Range(0, 1)] = 0.5
    """Smallest confidence of the landmarks with which a face is followed without being detected anew."""
    max_faces: Annotated[int, Range(1, 20)] = 3
    """Faces looked for at once; the largest is followed and kept by overlap."""
    library: FaceLibrary = "onnx"
    """What runs the face models. "mediapipe" needs livespot[mediapipe]; its library reports its use to Google.
    """


@dataclass(frozen=True, slots=True)
class FlowConfig(Table):
    """SW-MRO: canonical crop, Farneback, MDMO.

    What is ``auto`` here follows the engine (:func:`livespot.inference.resolved_config`); where no engine is in play it
    is the paper's regions and rigid alignment.
    """

    table: ClassVar[str] = "flow"

    eye_distance_px: Annotated[float, Range(30, 150)] = 90.0
    """Distance of the outer eye corners in the canonical crop, px."""
    poly_sigma: Annotated[float, Range(0.1, 10)] = 1.1
    """Width of the Gaussian of the polynomial expansion, as cv2.calcOpticalFlowFarneback has it for poly_n = 5.
    """
    roi_keep: Annotated[float, Range(0.01, 1)] = 0.6
    """MDMO: strongest share of the dominant sector kept in a region."""
    nose_keep: Annotated[float, Range(0.01, 1)] = 0.88
    """MDMO: the same in the nose-tip area."""
    alignment: AlignmentSetting = "auto"
    """How head movement is taken out. "nose": the paper's, by the nose tip alone; "rigid": rotation too, see
    livespot.flow.rigid; "auto": the engine's.
    """
    regions: Annotated[str, OneOf((AUTO, *LAYOUTS))] = AUTO
    """Which regions are measured: a layout of livespot.regions; "auto": the engine's."""
    nose_grow: Annotated[float, Range(0, 5)] = 0.35
    """Size of the nose-tip area on each side of landmarks 29 and 30, as a share of half the inner-eye distance.
    """
    hidden_residual: Annotated[float, Range(0, 10)] = 0.5
    """Share of an area's contrast that its displaced picture may leave unexplained: beyond, something hides it.
    0: never.
    """
    max_hidden: Annotated[float, Range(0, 1)] = 0.34
    """Share of the regions that may be hidden in a window; with more the window is a hole."""

    @property
    def layout(self) -> RegionLayout:
        """The regions that are measured."""
        return PAPER if self.regions == AUTO else LAYOUTS[self.regions]

    @property
    def removes_rotation(self) -> bool:
        """Whether head rotation is taken out of the vectors too."""
        return self.alignment != "nose"

    def settled(self) -> FlowConfig:
        """The same with the names of what is measured in place of ``auto``."""
        alignment: Alignment = "rigid" if self.removes_rotation else "nose"
        return dataclasses.replace(self, regions=self.layout.name, alignment=alignment)


@dataclass(frozen=True, slots=True)
class InferenceConfig(Table):
    """The engine."""

    table: ClassVar[str] = "inference"

    model: str = "spotformer"
    """A shipped engine's name, or the path of an .onnx file."""
    engine: str = "auto"
    """What computes the probabilities: auto, onnx, cuda, tensorrt or tensorrt-rtx."""
    threads: Annotated[int, Range(1, 256)] = 1
    """Threads of the engine on the CPU; a second one gains little and costs the flow its core."""
    point: str = "best-f1"
    """Operating point: best-f1, or one that the engine brings besides, such as few-alarms."""
    precision: Precision = "auto"
    """Arithmetic of the engine. "auto": on the CPU 8-bit weights where the engine brings them, on a GPU fp32.
    "fp32": everywhere. "int8": the CPU or nothing. "fp16": of a TensorRT plan; faster on large batches.
    """
    second_stage: bool = True
    """Use the second stage over the last seconds where the engine brings one: fewer false alarms in speech, at
    the price of its look-ahead. False: the first stage alone, at its own operating point.
    """


@dataclass(frozen=True, slots=True)
class SpottingConfig(Table):
    """Post-processing; durations in frames at 30 per second, they scale with the model rate."""

    table: ClassVar[str] = "spotting"

    me_apex_threshold: Annotated[float | None, Range(0, 1)] = None
    """Smallest apex probability of a micro-expression. None: the engine's own operating point, from its
    sidecar.
    """
    mae_apex_threshold: Annotated[float | None, Range(0, 1)] = None
    """Smallest apex probability of a macro-expression. None: the engine's own operating point, from its
    sidecar.
    """
    me_min_score: Annotated[float | None, Range(0, 1, below=True)] = None
    """Minimum score of a micro-expression, a probability of being right where the engine brings a calibration.
    None: the engine's own; the paper has 0.
    """
    mae_min_score: Annotated[float | None, Range(0, 1, below=True)] = None
    """The same of a macro-expression."""
    me_average_frames: Annotated[float, Range(1, 10000)] = 16.0
    """Usual length of a micro-expression (k), as the authors' configuration has it."""
    me_minimum_frames: Annotated[float, Range(1, 10000)] = 5.0
    """Shortest length of a micro-expression (j)."""
    mae_average_frames: Annotated[float, Range(1, 10000)] = 80.0
    """Usual length of a macro-expression. The authors have 59: a held expression lets go later than that."""
    mae_minimum_frames: Annotated[float, Range(1, 10000)] = 16.0
    """Shortest length of a macro-expression."""
    noise_floor_px: Annotated[float, Range(0.001, 10)] = 0.08
    """Noise of the vectors, canonical px, above which the odds of an apex are divided by (noise / floor) **
    slope: 0.02 to 0.05 in good light, 0.06 to 0.2 at 35 % brightness with noise of sigma 9.
    """
    noise_slope: Annotated[float, Range(0, 20)] = 2.0
    """The slope of noise_floor_px. 0: noise changes nothing."""
    max_overlap: Annotated[float, Range(0, 1)] = 0.3
    """Largest overlap (IoU) of two intervals in non-maximum suppression; the paper has 0.5, which leaves nested
    intervals standing.
    """
    overlaps: Overlaps = "merge"
    """What becomes of two intervals of one type that still share frames. "merge": one movement, one interval;
    "suppress": the weaker goes; "keep": both stay, as published.
    """
    merge_share: Annotated[float, Range(0, 1)] = 0.0
    """Shared part of the shorter above which two are one movement; below, the boundary is put into its middle.
    """
    me_longest_frames: Annotated[float, Range(1, 10000)] = 17.0
    """Longest micro-expression that merging may make: what its two halves may span."""
    mae_longest_frames: Annotated[float, Range(1, 10000)] = 120.0
    """Longest macro-expression that merging may make: 4 s."""
    alarms_a_minute: Annotated[float | None, Range(0.01, 60)] = None
    """About so many false alarms a minute, of both types together, on validation people: sets the minimum
    scores from the engine's table. None: the engine's operating point.
    """

    def check_together(self) -> None:
        """The shortest duration of a type is no longer than the usual one."""
        for kind in ("me", "mae"):
            shortest, usual = getattr(self, f"{kind}_minimum_frames"), getattr(self, f"{kind}_average_frames")
            if shortest > usual:
                raise ConfigError(
                    f"spotting.{kind}_minimum_frames: expected at most spotting.{kind}_average_frames ({usual:g}), "
                    f"got {shortest:g}"
                )


@dataclass(frozen=True, slots=True)
class StreamConfig(Table):
    """Threads and mailboxes."""

    table: ClassVar[str] = "stream"

    queue_frames: Annotated[int, Range(1, 1000)] = 8
    """Frames that may wait in front of each stage; of a camera the oldest is dropped when there are more."""
    join_s: Annotated[float, Range(0.1, 600)] = 5.0
    """Seconds that a stage may take to stop."""
    curve_seconds: Annotated[float, Range(1, 60)] = 10.0
    """Seconds of curves that a window shows."""
    stall_s: Annotated[float, Range(0.2, 3600)] = 8.0
    """A stage that stands still for so many seconds is reported: a packet takes 0.1 s at most."""


@dataclass(frozen=True, slots=True)
class SessionConfig(Table):
    """Recording."""

    table: ClassVar[str] = "session"

    preroll_s: Annotated[float, Range(0, 10)] = 2.0
    """Seconds kept from before the press of Record: whoever sees something presses a moment later."""
    buffer_mb: Annotated[int, Range(16, 65536)] = 512
    """Memory for pictures before the press, or that wait for the encoder, at most: 18 s at 640×480, 2.7 s at
    1920×1080 (30 fps). When it is too small for preroll_s, fewer seconds are kept and session.json says how
    many.
    """


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
    session: SessionConfig = field(default_factory=SessionConfig)

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            if not isinstance(given := getattr(self, item.name), item.default_factory):  # type: ignore[arg-type]
                raise ConfigError(
                    f"{item.name}: expected a {item.type}, got {given!r}; "
                    "livespot.config_file.config_from_dict makes one of a dictionary"
                )

    def as_dict(self) -> dict[str, Any]:
        """Nested plain dictionary, as written into summaries."""
        return dataclasses.asdict(self)
