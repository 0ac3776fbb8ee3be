"""Made-up recordings: windows as the flow would measure them of a brow raise or a smile, without any picture."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from pathlib import Path

import numpy as np

from livespot.evaluation.measured import Measured
from livespot.interchange import Annotation, write_annotations
from livespot.synthesis.courses import strength
from livespot.synthesis.statistics import Timing
from livespot.training.runs import Run
from livespot.training.sequences import Sequence
from livespot.types import Float32Array, Gap, Window

LINES = (Timing("ME", 25, 31, 37), Timing("MaE", 60, 75, 100))


def made_up_windows(lines: SequenceOf[Timing] = LINES, frames: int = 130, seed: int = 0) -> Float32Array:
    """MEs raise the brows by 2 px, MaEs the mouth corners by 4; a little noise."""
    rng = np.random.default_rng(seed)
    moved = rng.normal(0.0, 0.05, (frames, 15, 2)).astype(np.float32)
    for line in lines:
        share = strength(line.onset, line.apex, line.apex, line.offset, np.arange(frames, dtype=np.float64))
        nodes, px = (slice(0, 6), 2.0) if line.type == "ME" else (slice(6, 8), 4.0)
        moved[:, nodes, 1] -= px * share[:, None].astype(np.float32)
    sequence = Sequence((), frames, 30.0, moved, np.zeros((15, 3), np.float32))
    return sequence.windows(np.arange(frames), rng, "nose")


def made_up_run(subject: str, lines: SequenceOf[Timing] = LINES, seed: int = 0) -> Run:
    return Run(f"{subject}.mp4", subject, "calm", made_up_windows(lines, seed=seed), tuple(lines), 30.0)


def made_up_measured(
    windows: Float32Array, faceless: SequenceOf[int] = (), gap_at: int | None = None
) -> Measured:
    items: list[Window | Gap] = []
    for n, features in enumerate(windows):
        if n == gap_at:
            items.append(Gap(n / 30.0, "made up"))
        items.append(Window(n, n, n / 30.0, 30.0, None if n in faceless else features))
    return Measured(tuple(items), 30.0, 1)


def made_up_set(folder: Path, people: SequenceOf[str]) -> Path:
    """Files that are no videos, each with one ME and one MaE annotated; whoever reads them must not decode them."""
    folder.mkdir()
    rows = []
    for person in people:
        (folder / f"{person}.mp4").write_bytes(person.encode())
        rows += [Annotation(person, person, t.onset, t.apex, t.offset, t.type, "1+2") for t in LINES]
    write_annotations(folder / "annotations.csv", rows)
    return folder
