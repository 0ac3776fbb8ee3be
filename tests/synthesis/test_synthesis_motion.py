"""What is drawn is what was meant: motion measured in rendered pictures against the table's intensities."""

from __future__ import annotations

import numpy as np
import pytest

from livespot.cv import cv2
from livespot.face.mesh_map import ROI_LANDMARKS, to_68
from livespot.synthesis.demo import EXPRESSIONS, demo_rig
from livespot.synthesis.timeline import Expression, Pose
from livespot.synthesis.warp import FaceRig


@pytest.fixture(scope="module")
def rig() -> FaceRig:
    pytest.importorskip("skimage", reason="the demo portrait comes with scikit-image")
    return demo_rig()


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: f"{e.type}-{e.label}")
def test_measured_motion_matches_the_intended(rig: FaceRig, expression: Expression) -> None:
    pose = Pose({(action.unit, action.side): action.peak for action in expression.actions})
    grey = [
        cv2.cvtColor(np.clip(rig.render(p), 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY)
        for p in (Pose(), pose)
    ]
    flow = cv2.calcOpticalFlowFarneback(grey[0], grey[1], None, 0.5, 3, 21, 5, 7, 1.5, 0)
    meant = cv2.resize(rig.displacement(pose), (640, 480), interpolation=cv2.INTER_CUBIC)
    centres = np.rint(to_68(rig.mesh)[list(ROI_LANDMARKS)]).astype(int)
    squares = [np.s_[y - 7 : y + 8, x - 7 : x + 8] for x, y in centres]
    truth = np.array([meant[square].mean(axis=(0, 1)) for square in squares])
    found = np.array([flow[square].mean(axis=(0, 1)) for square in squares])
    length = np.linalg.norm(truth, axis=1)
    strong = length > 0.6 * length.max()
    share = (truth * found).sum(axis=1)[strong].sum() / (length[strong] ** 2).sum()
    assert share == pytest.approx(1.0, abs=0.2)
    assert np.linalg.norm(found[length < 0.05 * length.max()], axis=1).max(initial=0.0) < 0.25 * length.max()
