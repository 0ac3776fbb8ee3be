"""A made-up recording and service for the review window: no file is decoded, nothing is computed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from livespot.errors import InputError
from livespot.replay.player import Player
from livespot.replay.recording import Analysis, Faces, Recording
from livespot.review.export import ExistingExportError
from livespot.review.orders import ExportOrder, GroundTruth, Reanalysis, ReviewService
from livespot.session.review import Review
from livespot.snapshot import Marker
from livespot.types import FaceState, Interval, SourceInfo

RATE_HZ = 30.0
FRAMES = 600
FIRST = 10  # number of the first frame: sessions seldom begin with 0


def interval(kind, onset, apex, offset, score=0.8):
    times = [(n - FIRST) / RATE_HZ for n in (onset, apex, offset)]
    return Interval(kind, onset, apex, offset, *times, score)


FOUND = (interval("ME", 70, 75, 82), interval("MaE", 200, 220, 250), interval("ME", 400, 405, 412))
TRUE = (interval("ME", 71, 75, 82), interval("ME", 300, 305, 312))


def analysis(found=FOUND, *, name="as recorded", thresholds=None, complete=True):
    numbers = np.arange(FRAMES, dtype=np.int64) + FIRST
    curves = np.full((FRAMES, 10), 0.05, np.float32)
    for i in found:
        curves[i.apex - FIRST - 3 : i.apex - FIRST + 4, 1 if i.type == "ME" else 6] = 0.9
    return Analysis(
        name=name,
        engine="made up",
        sha256=name,
        thresholds=thresholds or {"ME": 0.5, "MaE": 0.5},
        min_scores={"ME": 0.2, "MaE": 0.3},
        frames=numbers,
        times_s=(numbers - FIRST) / RATE_HZ,
        curves=curves,
        intervals=tuple(found),
        complete=complete,
    )


class MadeUpRecording(Recording):
    """Grey pictures that tell their place."""

    def __init__(self, folder: Path, *, pictures: bool = True) -> None:
        self.path, self.name = folder / "made up.mp4", "made up.mp4"
        self.info = SourceInfo(self.name, "video", 64, 48, RATE_HZ, FRAMES, False)
        self.numbers = np.arange(FRAMES, dtype=np.int64) + FIRST
        self.times_s = np.arange(FRAMES) / RATE_HZ
        self.markers = (Marker(4.0, "x" * 200),)
        self.gaps = ((9.0, 9.5, "the cable was pulled"),)
        self.problems: list[str] = []
        self.review_path = folder / "review.json"
        self.base = analysis()
        self.has_pictures = pictures
        self.closed = False
        points = np.tile(np.linspace(5, 40, 68, dtype=np.float32)[:, None], (FRAMES, 1, 2))
        self.faces = Faces(
            numbers=self.numbers,
            times_s=self.times_s,
            states=(FaceState.OK,) * (FRAMES - 30) + (FaceState.NO_FACE,) * 30,
            points=points,
            motion_frames=self.numbers,
            motion=np.full((FRAMES, 10, 2), 0.5, np.float32),
        )

    @property
    def window_count(self):
        return FRAMES

    def picture(self, place):
        image = np.zeros((48, 64, 3), np.uint8)
        image[0, 0] = (place // 256, place % 256, 7)
        return image

    def windows(self):
        return None

    def close(self):
        self.closed = True


def place_of(image):
    return 256 * int(image[0, 0, 0]) + int(image[0, 0, 1])


class MadeUpReview(ReviewService):
    """Remembers what it was asked."""

    def __init__(self, folder: Path, *, truth=True, first=False, pictures=True) -> None:
        self.folder = folder
        self._player = Player(MadeUpRecording(folder, pictures=pictures))
        self._truth = GroundTruth("truth.csv", TRUE) if truth else GroundTruth()
        self._first = first
        if first:
            self._player.recording.base = analysis((), complete=False)
        self._review = Review(folder / "review.json", self._player.recording.base.intervals)
        self.asked: list[object] = []
        self.go_on = threading.Event()
        self.go_on.set()

    player = property(lambda self: self._player)
    review = property(lambda self: self._review)
    truth = property(lambda self: self._truth)
    needs_analysis = property(lambda self: self._first)

    def first_analysis(self, progress):
        self._work(progress)
        return analysis()

    def adopt(self, analysis):
        self._player.recording.base = analysis
        self._review = Review(self.folder / "review.json", analysis.intervals)
        self._first = False

    def analyse(self, order: Reanalysis, progress):
        self.asked.append(order)
        self._work(progress)
        thresholds = order.thresholds or {"ME": 0.5, "MaE": 0.5}
        return analysis((*FOUND, TRUE[1]), name="another", thresholds=thresholds)

    def _work(self, progress):
        for n in range(1000):
            progress(n, 1000)
            if self.go_on.wait(0.01):
                return

    def models(self):
        return [("spotformer", "spotformer (shipped)")]

    def read_truth(self, path):
        if "bad" in path:
            raise InputError(f"{path}: lacks the column onset_frame; is it the right file?")
        return GroundTruth("other.csv", TRUE[:1], "other.csv: it speaks of “b”. Is it for another recording?")

    def export(self, order: ExportOrder, truth, progress):
        self.asked.append(order)
        self._work(progress)
        path = Path(order.folder) / "intervals.csv"
        if path.exists() and not order.replace:
            raise ExistingExportError([path])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("type\n")
        return [str(path)]

    def export_folder(self):
        return str(self.folder / "made-up-export")

    def close(self):
        self._player.close()
