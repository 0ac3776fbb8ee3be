"""The packets that travel between rooms.

Two words for two things: a *camera frame* is what the source gave; a *model frame* is one tick of the model's grid of
about 30 per second, made from camera frames in one place (:mod:`livespot.flow.grid`). All times are monotonic seconds
since the session began. All pictures are BGR uint8.
"""

from livespot.types.faces import CanonicalFace, FaceFrame, FaceState, Landmarks, Patch
from livespot.types.frames import Float32Array, Frame, Gap, Image, ModelFrame, SourceInfo
from livespot.types.movement import Movement
from livespot.types.results import (
    CURVES,
    EXPRESSION_TYPES,
    ExpressionType,
    Interval,
    Proposal,
    Reason,
    Setting,
    Update,
    row_status,
)
from livespot.types.windows import (
    HALF_WINDOW,
    ROI_NAMES,
    ROI_RADIUS_PX,
    ROIS,
    STILL_AREAS,
    WINDOW_FRAMES,
    Window,
)

__all__ = [
    "CURVES",
    "EXPRESSION_TYPES",
    "HALF_WINDOW",
    "ROIS",
    "ROI_NAMES",
    "ROI_RADIUS_PX",
    "STILL_AREAS",
    "WINDOW_FRAMES",
    "CanonicalFace",
    "ExpressionType",
    "FaceFrame",
    "FaceState",
    "Float32Array",
    "Frame",
    "Gap",
    "Image",
    "Interval",
    "Landmarks",
    "ModelFrame",
    "Movement",
    "Patch",
    "Proposal",
    "Reason",
    "Setting",
    "SourceInfo",
    "Update",
    "Window",
    "row_status",
]
