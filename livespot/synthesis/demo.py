"""The demo clip and its ground truth: ``python -m livespot.synthesis.demo DIR`` writes both into a folder.

The portrait is Eileen Collins by NASA, in the public domain, as scikit-image ships it (extra ``[train]``).
The clip holds macro- and micro-expressions, and beside them what must not be reported: blinks, head sway,
noise, flicker.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from livespot.errors import InputError, LivespotError, OutputError, UsageError
from livespot.synthesis.encode import write_video
from livespot.synthesis.framing import Framing
from livespot.synthesis.portraits import mesh_of
from livespot.synthesis.sensor import Sensor
from livespot.synthesis.timeline import Action, Blink, Expression, Sway, Timeline
from livespot.synthesis.warp import FaceRig
from livespot.types import Image

RATE_HZ = 30
SEED = 7
COLUMNS = ("subject", "video", "onset_frame", "apex_frame", "offset_frame", "type", "au")

EXPRESSIONS: tuple[Expression, ...] = (
    # type, onset, apex, offset, (action unit, peak in canonical px, side) …
    Expression("ME", 84, 89, 96, (Action(1, 1.3), Action(2, 1.3))),
    Expression("MaE", 165, 181, 222, (Action(6, 1.5), Action(12, 5.0)), held_until=200),
    Expression("ME", 303, 308, 315, (Action(12, 1.8, "B"),)),
    Expression("MaE", 360, 371, 402, (Action(1, 3.2), Action(2, 3.2)), held_until=381),
    Expression("ME", 474, 479, 487, (Action(4, 1.6),)),
    Expression("MaE", 540, 553, 612, (Action(4, 4.0), Action(17, 2.5)), held_until=592),
    Expression("ME", 692, 697, 705, (Action(15, 1.7),)),
    Expression("MaE", 756, 766, 790, (Action(20, 4.0), Action(25, 2.0)), held_until=773),
)
"""Well apart, the micro-expressions at 1.3-1.8 canonical px: plain in the flow, hard for the eye."""

BLINKS: tuple[int, ...] = (45, 128, 265, 436, 650, 845)


def demo_timeline() -> Timeline:
    """Thirty seconds, the first two of them neutral."""
    return Timeline(900, RATE_HZ, EXPRESSIONS, tuple(Blink(frame) for frame in BLINKS), Sway(), SEED)


def demo_rig() -> FaceRig:
    """The portrait, framed for 640×480 with the outer eye corners 120 px apart, its mesh measured there.

    Raises
    ------
    InputError
        When scikit-image is missing, or no face is found in its portrait.
    """
    portrait = _portrait()
    rough = mesh_of(portrait)
    framing = Framing.around(rough)
    # Measured again at the size it is shown at: twice as fine as in the small portrait.
    fine = mesh_of(FaceRig(portrait, rough, framing).neutral())
    return FaceRig(portrait, framing.to_portrait(fine), framing)


def render_frames(rig: FaceRig, timeline: Timeline, sensor: Sensor) -> Iterator[Image]:
    """The video's pictures, BGR uint8, in order."""
    for frame in range(timeline.frames):
        yield sensor.expose(rig.render(timeline.pose(frame)), frame, frame / timeline.rate_hz)


def write_annotations(path: Path, timeline: Timeline, subject: str, video: str) -> None:
    """Write the ground truth in the annotation layout, frames from 0, sorted by onset."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for e in sorted(timeline.expressions, key=lambda expression: expression.onset):
            rows.writerow((subject, video, e.onset, e.apex, e.offset, e.type, e.label))


def make_demo(folder: Path) -> None:
    """Write ``demo.mp4`` and ``demo.csv`` into ``folder``; about a minute."""
    timeline = demo_timeline()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_annotations(folder / "demo.csv", timeline, subject="collins", video="demo")
        frames = render_frames(demo_rig(), timeline, Sensor(seed=SEED))
        write_video(folder / "demo.mp4", frames, RATE_HZ)
    except OSError as error:
        raise OutputError(
            f"demo clip {folder}: cannot be written ({error.strerror}); choose another folder"
        ) from error


def _portrait() -> Image:
    try:
        from skimage import data
    except ImportError as error:
        raise InputError(
            "demo portrait: needs scikit-image; install it with `pip install scikit-image`"
        ) from error
    portrait: Image = data.astronaut()[:, :, ::-1].copy()
    return portrait


def main(arguments: list[str]) -> int:
    """Entry point of ``python -m livespot.synthesis.demo``; returns the exit code."""
    try:
        if len(arguments) != 1:
            raise UsageError(
                f"demo clip: expects one folder, got {len(arguments)}; python -m livespot.synthesis.demo DIR"
            )
        make_demo(Path(arguments[0]))
    except LivespotError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
