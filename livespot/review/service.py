"""The service behind the review window: opens, analyses, reads ground truth, exports; no Qt here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from livespot.config import Config
from livespot.errors import InputError, LivespotError, UsageError
from livespot.flow.warm import warm_up
from livespot.inference import Runner, open_runner, resolved_config
from livespot.installation.shipped_files import shipped_engine_names
from livespot.interchange.atomic import writable_folder
from livespot.interchange.csv import CurveTable, GapRow
from livespot.interchange.results import Results
from livespot.replay import recorded_config
from livespot.replay.analyse import analyse_pictures, analyse_windows, min_scores, operating_point
from livespot.replay.of_session import SessionRecording
from livespot.replay.of_video import FileRecording, ImagesRecording, VideoRecording
from livespot.replay.player import Player
from livespot.replay.recording import Analysis, Recording
from livespot.review.export import WRITERS, ExistingExportError, folder_beside, targets
from livespot.review.export_source import Chosen, Gathered, by_onset, gap_notes, gather, judged
from livespot.review.orders import ExportOrder, GroundTruth, Progress, Reanalysis, ReviewService
from livespot.review.truth_file import truth_of
from livespot.session import SessionReader, is_session
from livespot.session.review import Review, merged
from livespot.types import EXPRESSION_TYPES, Float32Array, Image


@dataclass(frozen=True, slots=True)
class Opening:
    """What the command line asks for.

    Attributes
    ----------
    path : Path
    config : Config
        For videos; for a session its recorded one, unless ``own`` says that the user gave another.
    annotations : str
        A file of ground truth, or empty.
    given : bool
        Whether ``config`` counts for a session too.
    """

    path: Path
    config: Config
    annotations: str = ""
    given: bool = False


def open_review(asked: Opening, progress: Progress) -> ReviewService:
    """Open a session, a video or a folder of images for replay and review.

    Raises
    ------
    InputError
        When it cannot be used, or the ground truth cannot be read.
    """
    path, config = asked.path, asked.config
    recording: Recording
    if not path.exists():
        raise InputError(f"{path}: no such video or session; check the path")
    if is_session(path):
        session = SessionReader(path)
        if not asked.given:
            recorded = recorded_config(session)
            config = replace(recorded, inference=replace(recorded.inference, engine=config.inference.engine))
        recording = SessionRecording(session, progress)
    elif path.is_dir():
        if path.suffix == ".livespot":
            raise InputError(
                f"{path}: is no recorded session (neither session.json nor log.bin in it); check the path"
            )
        recording = ImagesRecording(path)
    else:
        recording = VideoRecording(path)
    try:
        progress(0, None)
        return RecordingReview(recording, config, _asked_truth(asked.annotations, recording))
    except BaseException:
        recording.close()
        raise


def _asked_truth(path: str, recording: Recording) -> GroundTruth:
    """A wrong file of annotations keeps nobody from watching: it is said in the window."""
    try:
        return truth_of(path, recording) if path else GroundTruth()
    except LivespotError as error:
        return GroundTruth(doubt=str(error))


class RecordingReview(ReviewService):
    """A recording with everything that is done to it; see :class:`livespot.review.orders.ReviewService`."""

    def __init__(self, recording: Recording, config: Config, truth: GroundTruth) -> None:
        self._recording = recording
        self._config = config
        self._truth = truth
        self._runners: dict[str, Runner] = {}
        self._know_min_scores()
        self._review = Review(recording.review_path, recording.base.intervals)
        self._player = Player(recording)

    @property
    def player(self) -> Player:
        """The player of the recording."""
        return self._player

    @property
    def review(self) -> Review:
        """Decisions about what was found."""
        return self._review

    @property
    def truth(self) -> GroundTruth:
        """Ground truth that was given when the recording was opened."""
        return self._truth

    @property
    def needs_analysis(self) -> bool:
        """A video before its first analysis."""
        return not self._recording.base.complete and not isinstance(self._recording, SessionRecording)

    def first_analysis(self, progress: Progress) -> Analysis:
        """From the pictures; kernels and engine are prepared first."""
        recording = self._recording
        assert isinstance(recording, FileRecording)
        progress(0, None)
        runner = self._runner("")
        progress(0, None)
        config = resolved_config(self._config, runner)
        warm_up(config.flow)
        return analyse_pictures(recording, config, runner, progress=progress, publish=self._player.publish)

    def adopt(self, analysis: Analysis) -> None:
        """What the review is about from now on."""
        self._recording.base = replace(analysis, name="as first analysed")
        self._review = Review(self._recording.review_path, analysis.intervals)

    def analyse(self, order: Reanalysis, progress: Progress) -> Analysis:
        """From the windows where they are kept, else from the pictures."""
        progress(0, None)
        runner = self._runner(order.model)
        base = self._recording.base
        as_recorded = bool(base.settings) and runner.info.sha256 == base.sha256
        as_recorded = as_recorded and _same(order.thresholds, base.thresholds)
        as_recorded = as_recorded and _same(order.min_scores, base.min_scores)
        settings = base.settings if as_recorded else ()
        config = operating_point(self._config, order.thresholds, order.min_scores)
        config = resolved_config(config, runner)
        if self._recording.windows() is not None and self._recording.measured_by(config.flow):
            return analyse_windows(self._recording, config, runner, progress=progress, settings=settings)
        if isinstance(self._recording, FileRecording):
            warm_up(config.flow)
            return analyse_pictures(self._recording, config, runner, progress=progress)
        raise InputError(
            f"{self._recording.path}: its features are missing, so it cannot be analysed again;"
            " open its video.mkv as a video, which is analysed from its pictures"
        )

    def models(self) -> Sequence[tuple[str, str]]:
        """The shipped engines; a path of an .onnx file works too."""
        names = shipped_engine_names()
        mine = self._config.inference.model
        return [(name, f"{name} (shipped)") for name in names] + ([] if mine in names else [(mine, mine)])

    def read_truth(self, path: str) -> GroundTruth:
        """By the file's ending."""
        return truth_of(path, self._recording)

    def export_folder(self) -> str:
        """Beside the recording."""
        return str(folder_beside(self._recording.path))

    def export(self, order: ExportOrder, truth: GroundTruth, progress: Progress) -> Sequence[str]:
        """As ``livespot export`` does, one format after the other."""
        unknown = set(order.formats) - set(WRITERS)
        if unknown or not order.formats:
            raise UsageError(f"export: expected some of {', '.join(WRITERS)}, got {', '.join(order.formats)}")
        folder = writable_folder(Path(order.folder).expanduser())
        written: list[Path] = []
        with self._gathered(Chosen(order.reviewed)) as gathered:
            if truth.intervals:
                gathered.results = replace(gathered.results, truth=truth.intervals)
            there = [path for path in targets(order.formats, folder, gathered) if path.exists()]
            if there and not order.replace:
                raise ExistingExportError(there)
            for place, name in enumerate(order.formats):
                progress(place, len(order.formats))
                written += WRITERS[name](folder, gathered, order.blur)
        return [str(path) for path in written]

    def close(self) -> None:
        """End the player's thread, free the engines."""
        self._player.close()
        for runner in self._runners.values():
            runner.close()
        self._runners.clear()

    def _know_min_scores(self) -> None:
        """Sessions hold θ but not the engine's minimum scores; the same engine knows them."""
        base = self._recording.base
        if not base.sha256 or base.min_scores:
            return
        try:
            runner = self._runner("")
        except LivespotError:  # said when somebody wants to analyse again
            return
        if runner.info.sha256 == base.sha256:
            self._recording.base = replace(base, min_scores=min_scores(self._config, runner))

    def _runner(self, model: str) -> Runner:
        chosen = model or self._config.inference.model
        if chosen not in self._runners:
            known = self._config.inference
            # How the recorded engine was computed says nothing of another.
            precision = known.precision if chosen == known.model else Config().inference.precision
            runner = open_runner(replace(known, model=chosen, precision=precision))
            runner.warm_up()
            self._runners[chosen] = runner
        return self._runners[chosen]

    def _gathered(self, chosen: Chosen) -> Gathered:
        if isinstance(self._recording, SessionRecording):
            return gather(self._recording.path, chosen)
        return _OfAnalysis(self._recording, Review(self._review.path, self._review.detections), chosen)


def _same(asked: Mapping[str, float], known: Mapping[str, float]) -> bool:
    """Whether what a form with two decimals gave back is what it was given."""
    return all(abs(asked.get(kind, -1.0) - known.get(kind, -1.0)) < 0.0051 for kind in EXPRESSION_TYPES)


class _OfAnalysis(Gathered):
    """What an analysis in the window found, ready for the writers."""

    def __init__(self, recording: Recording, review: Review, chosen: Chosen) -> None:
        base, info = recording.base, recording.info
        self._faces = recording.faces
        # A reader of its own: the player's belongs to the player's thread.
        self._pictures = VideoRecording(recording.path) if isinstance(recording, VideoRecording) else None
        gaps = tuple(
            GapRow(int(np.searchsorted(base.times_s, end_s)), start_s, reason)
            for start_s, end_s, reason in recording.gaps
        )
        table = CurveTable(base.frames, base.times_s, base.curves, gaps=gaps)
        results = Results(
            name=recording.name,
            intervals=tuple(by_onset(merged(review, chosen.reviewer) if chosen.merge else base.intervals)),
            curves=table,
            meta={
                "source": recording.name,
                "kind": info.kind,
                "size": [info.width, info.height],
                "fps": info.fps,
                "frames": len(base.frames),
                "model_rate_hz": _rate(base),
                "face_share": float(np.isfinite(base.curves[:, 0]).mean()) if len(base.curves) else 0.0,
                "engine": {"description": base.engine, "sha256": base.sha256},
                "thresholds": dict(base.thresholds),
                "warnings": list(recording.problems),
            },
            gaps=gap_notes(table),
            review=judged(review, chosen),
            video=recording.path if recording.path.is_file() else None,
        )
        super().__init__(results, list(base.intervals), review, [])

    def picture(self, frame: int) -> Image | None:
        if self._pictures is None:
            return None
        return self._pictures.picture(self._pictures.place_of(frame))

    def landmarks(self, frame: int) -> Float32Array | None:
        times = self.results.curves.times_s
        row = int(np.searchsorted(self.results.curves.frames, frame))
        return self._faces.at(frame, float(times[row]) if row < len(times) else 0.0)[1]

    def close(self) -> None:
        if self._pictures is not None:
            self._pictures.close()


def _rate(base: Analysis) -> float:
    return float(1.0 / np.median(np.diff(base.times_s))) if len(base.times_s) > 1 else 0.0
