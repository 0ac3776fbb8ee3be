"""A camera's open shutter: consecutive poses go in, pictures blurred by what moved between them come out."""

from __future__ import annotations

import numpy as np

from livespot.synthesis.timeline import Pose
from livespot.synthesis.warp import FaceRig, Motion, Smear
from livespot.types import Float32Array


class Shutter:
    """Renders the frames of one clip in order.

    Parameters
    ----------
    rig : FaceRig
    open_share : float
        Share of the time between two nominal frames that the shutter is open, 0 for no blur.

    Notes
    -----
    The motion since the last frame stands for that during the exposure: it is known already, and blur spreads it
    evenly about the frame's own time, so the time course stays as it was drawn.
    """

    def __init__(self, rig: FaceRig, open_share: float) -> None:
        self._rig, self._open = rig, open_share
        self._last: tuple[float, Pose, Motion] | None = None

    def take(self, pose: Pose, at: float) -> Float32Array:
        """The picture of a pose, (height, width, 3) float32, BGR; ``at`` is its time in nominal frames."""
        motion = self._rig.motion(pose)
        smear = self._smear(pose, motion, at)
        self._last = (at, pose, motion)
        return self._rig.render(pose, motion, smear)

    def _smear(self, pose: Pose, motion: Motion, at: float) -> Smear | None:
        if self._last is None or self._open <= 0.0:
            return None
        before, last_pose, last_motion = self._last
        share = self._open / max(at - before, 0.2)
        gaze = (share * (pose.gaze[0] - last_pose.gaze[0]), share * (pose.gaze[1] - last_pose.gaze[1]))
        back = np.float32(share) * (motion.back - last_motion.back)
        return Smear(back, share * (pose.closure - last_pose.closure), gaze)
