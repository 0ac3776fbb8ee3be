"""Opening, ground truth, second analyses and exports: dialogs, the jobs they start, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PyQt6.QtWidgets import QDialog, QFileDialog

from livespot.errors import LivespotError
from livespot.gui.export_dialog import ExportDialog, ReplaceDialog
from livespot.gui.progress import Job, Report
from livespot.gui.review.ports import ReviewPort
from livespot.gui.review.reanalysis_dialog import ReanalysisDialog
from livespot.review.export import ExistingExportError
from livespot.review.orders import ExportOrder, GroundTruth, Reanalysis, ReviewService
from livespot.types import WINDOW_FRAMES

_OPEN_FILTER = (
    "Sessions and videos (session.json log.bin *.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.wmv)"
    ";;All files (*)"
)
_TRUTH_FILTER = "Annotations (*.csv *.eaf);;All files (*)"


class Work:
    """What takes long or asks first.

    Attributes
    ----------
    truth : GroundTruth
        On show.
    dialog : QDialog or None
        The one that was opened last.
    """

    def __init__(self, window: ReviewPort) -> None:
        self._window = window
        self.truth = GroundTruth()
        self.dialog: QDialog | None = None
        self._not_done: Reanalysis | None = (
            None  # asked for, and not carried out: the form opens with it again
        )

    @property
    def _service(self) -> ReviewService:
        assert self._window.service is not None
        return self._window.service

    def standing(self) -> tuple[tuple[str, ...], str]:
        """What is wrong with what is open, and what to say when nothing is."""
        recording = self._service.player.recording
        problems = list(recording.problems)
        if self.truth.doubt:
            problems.insert(0, self.truth.doubt)
        base = recording.base
        if base.complete and len(base.curves) >= WINDOW_FRAMES and not np.isfinite(base.curves).any():
            problems.insert(
                0,
                f"No face was found in any of {len(base.curves)} frames, so nothing could be measured:"
                " is the face larger than 60 px, lit, and turned to the camera?",
            )
        elif base.complete and len(base.curves) < WINDOW_FRAMES:
            problems.append(
                f"Too short to be measured: {len(base.curves)} frames at the model rate,"
                f" a window takes {WINDOW_FRAMES} (0.6 s)"
            )
        thresholds = ", ".join(
            f"threshold {k} {v:.2f}" for k, v in base.thresholds.items() if k in ("ME", "MaE")
        )
        preparing = "Preparing engine and flow kernels, which takes about a minute the first time"
        under_way = "Being analysed" if len(base.curves) else preparing
        what = under_way if not base.complete else f"{base.name[:1].upper()}{base.name[1:]}"
        calm = "  ·  ".join(words for words in (what, base.engine, thresholds) if words)
        return tuple(dict.fromkeys(problems)), calm

    # --- long work ------------------------------------------------------------------------------------------

    def threshold(self, kind: str, value: float) -> None:
        """Analyse again at a θ that was dragged; the other type's stays."""
        shown = self._shown()
        self.analyse(Reanalysis(shown.model, shown.thresholds | {kind: value}, shown.min_scores))

    def _shown(self) -> Reanalysis:
        if self._not_done is not None:
            return self._not_done
        shown = self._window.compared or self._service.player.recording.base
        types = [
            {k: v for k, v in d.items() if k in ("ME", "MaE")} for d in (shown.thresholds, shown.min_scores)
        ]
        return Reanalysis(self._window.model, *types)

    def analyse(self, order: object) -> None:
        """In the background; the result is shown beside what is there."""
        assert isinstance(order, Reanalysis)
        self._not_done = order
        service = self._service
        if not service.player.recording.base.complete:
            self._say("The first analysis has not been finished; open it again to analyse it", attention=True)
        else:
            job = Job("Analysing again", lambda report: service.analyse(order, report))
            if self._window.run_job(job, lambda job: self._compare(job, order.model)):
                return
        self._window.show_results()  # a dragged line goes back

    def _compare(self, job: Job, model: str) -> None:
        self._window.model, self._not_done = model, None
        base, found = self._service.player.recording.base, job.result
        same = (found.sha256, found.thresholds) == (base.sha256, base.thresholds)
        same = same and found.intervals == base.intervals
        self._window.show_compared(None if same else found)
        words = "the same as there is" if same else f"{len(found.intervals)} intervals, hatched"
        self._say(f"New analysis, {found.name}: {words}")

    def _export(self, order: object) -> None:
        assert isinstance(order, ExportOrder)
        service, truth = self._service, self.truth
        job = Job(f"Exporting to {order.folder}", lambda report: self._written(service, order, truth, report))
        self._window.run_job(job, lambda job: self._exported(order, job))

    @staticmethod
    def _written(
        service: ReviewService, order: ExportOrder, truth: GroundTruth, report: Report
    ) -> list[str] | ExistingExportError:
        try:
            return list(service.export(order, truth, report))
        except ExistingExportError as there:
            return there  # a question for the user, not a failure

    def _exported(self, order: ExportOrder, job: Job) -> None:
        if isinstance(job.result, ExistingExportError):
            dialog = ReplaceDialog(job.result.paths, self._window.widget)
            dialog.accepted.connect(lambda: self._export(replace(order, replace=True)))
            self.show(dialog)
            return
        names = ", ".join(Path(path).name for path in job.result)
        self._say(f"Written to {order.folder}: {names}")

    # --- dialogs --------------------------------------------------------------------------------------------

    def show(self, dialog: QDialog) -> None:
        """Open a dialog; when it is closed, keys belong to the track again."""
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._window.panels.track.setFocus())
        dialog.show()

    def ask_again(self) -> None:
        """Engine and sensitivity."""
        dialog = ReanalysisDialog(
            self._window.theme, self._service.models(), self._shown(), self._window.widget
        )
        dialog.asked.connect(self.analyse)
        self.show(dialog)

    def ask_export(self) -> None:
        """Formats and folder."""
        if not self._service.player.recording.base.complete:
            self._say("There is nothing to export yet: the analysis is not finished", attention=True)
            return
        decisions = self._window.decisions
        decided = 0 if decisions is None else decisions.marks.decided
        dialog = ExportDialog(
            self._window.theme, self._service.export_folder(), decided=decided, parent=self._window.widget
        )
        dialog.asked.connect(self._export)
        self.show(dialog)

    def ask_open(self) -> None:
        """Another recording."""
        self._ask_file("Open a session (its session.json) or a video", _OPEN_FILTER, self.take_file)

    def ask_truth(self) -> None:
        """A file of annotations."""
        self._ask_file("Ground truth", _TRUTH_FILTER, self.take_truth)

    def _ask_file(self, title: str, kinds: str, then: Callable[[str], object]) -> None:
        asking = QFileDialog(self._window.widget, title, "", kinds)
        asking.setFileMode(QFileDialog.FileMode.ExistingFile)
        asking.setOption(QFileDialog.Option.DontUseNativeDialog)
        asking.fileSelected.connect(then)
        self.show(asking)

    def take_file(self, path: str) -> None:
        """Annotations are shown, anything else is opened."""
        file = Path(path)
        if file.suffix.lower() in (".csv", ".eaf") and self._window.service is not None:
            self.take_truth(path)
        else:
            inside = file.name in ("session.json", "log.bin", "features.bin", "video.mkv")
            self._window.open(str(file.parent if inside and file.parent.suffix == ".livespot" else file))

    def take_truth(self, path: str) -> None:
        """Show ground truth from a file."""
        try:
            self.truth = self._service.read_truth(path)
        except LivespotError as error:
            self._say(str(error), attention=True)
            return
        if self._window.decisions is not None:
            self._window.decisions.truth = self.truth.intervals
        self._window.notice.clear()
        self._window.show_results()

    def _say(self, text: str, *, attention: bool = False) -> None:
        self._window.notice.say(text, attention=attention)
