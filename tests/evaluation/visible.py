"""What an engine finds of the expressions that were marked by eye (VISIBLE.md), clip by clip.

::

    python tests/evaluation/visible.py FOLDER_OF_CLIPS [--model ENGINE.onnx] [--clips lp_d10,lp_d13]

The clips are public but not part of this repository. A marked expression is *covered* when an interval of its type
overlaps it by half of the shorter of the two; *matched* when their IoU is 0.5 or more. A *false alarm* is an interval
that overlaps no marked expression, clear or faint, of either type.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Seen:
    """A row of ``visible_expressions.csv``."""

    onset: int
    offset: int
    type: str
    expression: str
    clear: bool


def marked(clip: str) -> list[Seen]:
    """What was seen in a clip."""
    with (HERE / "visible_expressions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["video"] == clip]
    return [
        Seen(
            int(r["onset_frame"]),
            int(r["offset_frame"]),
            r["type"],
            r["expression"],
            r["visibility"] == "clear",
        )
        for r in rows
    ]


def spans(clip: str, kinds: Iterable[str]) -> list[tuple[int, int]]:
    """Frames in which the person does one of some things."""
    wanted = set(kinds)
    with (HERE / "visible_spans.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["video"] == clip and row["kind"] in wanted]
    return [(int(r["first_frame"]), int(r["last_frame"])) for r in rows]


def shared(a: tuple[int, int], b: tuple[int, int]) -> int:
    """Frames that two inclusive spans have in common."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]) + 1)


def _iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    both = shared(a, b)
    return both / (a[1] - a[0] + b[1] - b[0] + 2 - both)


def compare(
    seen: Sequence[Seen], found: Sequence[tuple[int, int, str]], frames: int, fps: float
) -> dict[str, object]:
    """Counts of one clip; ``found`` is (onset, offset, type) in source frames."""
    clear = [s for s in seen if s.clear]
    covered = matched = 0
    for s in clear:
        mine = [(a, b) for a, b, kind in found if kind == s.type]
        length = s.offset - s.onset + 1
        overlaps = [(shared((s.onset, s.offset), span), span[1] - span[0] + 1) for span in mine]
        covered += any(o >= 0.5 * min(length, own) for o, own in overlaps)
        matched += any(o / (length + own - o) >= 0.5 for o, own in overlaps)
    right = sum(any(_iou((s.onset, s.offset), f[:2]) >= 0.5 and f[2] == s.type for s in seen) for f in found)
    alarms = [f for f in found if not any(shared((s.onset, s.offset), f[:2]) for s in seen)]
    either = sum(any(shared((s.onset, s.offset), f[:2]) for f in found) for s in clear)
    quiet = frames - len({n for s in seen for n in range(s.onset, s.offset + 1)})
    return {
        "clear": len(clear), "covered": covered, "matched": matched, "touched by either type": either,
        "intervals": len(found), "of them right": right,
        "false alarms": len(alarms), "ME alarms": sum(kind == "ME" for *_, kind in alarms),
        "minutes without expression": round(quiet / fps / 60, 3),
    }  # fmt: skip


def main() -> None:
    """Print a line per clip, as JSON."""
    import livespot
    from livespot.config import Config, InferenceConfig

    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="spotformer")
    parser.add_argument("--point", default="best-f1")
    parser.add_argument("--clips", default="")
    options = parser.parse_args()
    config = Config(inference=InferenceConfig(model=options.model, point=options.point))
    wanted = [name for name in options.clips.split(",") if name]
    for path in sorted(options.folder.iterdir()):
        if wanted and path.stem not in wanted:
            continue
        result = livespot.spot(path, config=config)
        found = [(i.onset, i.offset, i.type) for i in result.intervals]
        fps = float(result.summary["fps"])
        print(json.dumps({"clip": path.stem, **compare(marked(path.stem), found, int(result.frames[-1]) + 1, fps),
                          "found": found}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
