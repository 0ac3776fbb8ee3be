"""The review window: opens a recording in the background, plays it, and turns keys and clicks into decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from livespot.errors import LivespotError
from livespot.gui.painting import Panel
from livespot.gui.palette import DARK, GRID_PX, Theme
from livespot.gui.picture import Overlays
from livespot.gui.progress import Job, ProgressStrip, Report
from livespot.gui.review.actions import Actions
from livespot.gui.review.bench import Bench, message_page
from livespot.gui.review.decisions import Decisions
from livespot.gui.review.header import Header
from livespot.gui.review.keeping import restore, save
from livespot.gui.review.notice import Notice
from livespot.gui.review.style import review_style
from livespot.review.orders import Desk

if TYPE_CHECKING:
    from livespot.replay.recording import Analysis

TICK_MS = 33
STOP_S = 6.0
Opener = Callable[[str, Report], Desk]


class ReviewWindow(QMainWindow):
    """A recording, replayed and reviewed.

    Parameters
    ----------
    opener : callable
        Given a path and a function to report progress with, opens a :class:`Desk`; runs on a thread of its own.
    path : str
        Opened at once.
    theme : Theme
    settings : QSettings or None
        Where geometry, overlays and the reviewer's name are kept.
    speed : float
    """

    closed = pyqtSignal()

    def __init__(
        self,
        opener: Opener,
        path: str,
        *,
        theme: Theme = DARK,
        settings: QSettings | None = None,
        speed: float = 1.0,
    ) -> None:
        super().__init__()
        self.theme, self._opener, self._settings, self._speed = theme, opener, settings, speed
        self.desk: Desk | None = None
        self.decisions: Decisions | None = None
        self.compared: Analysis | None = None
        self.model = ""
        self._opening: Job | None = None
        self._seen: tuple[object, ...] = ()
        self.setStyleSheet(review_style(theme))
        self.setMinimumSize(900, 664)
        self.resize(1280, 720)
        self.setAcceptDrops(True)
        self.header, self.bench, self.strip, self.notice = (
            Header(),
            Bench(theme),
            ProgressStrip(theme),
            Notice(),
        )
        self._pages = QStackedWidget()
        page, self._headline, self._hint = message_page()
        self._pages.addWidget(Panel("", page))
        self._pages.addWidget(self.bench)
        self._arrange()
        self.actions_ = Actions(self)
        self._connect()
        restore(self, settings)
        self._show_overlays(self.header.overlays())
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.open(path)

    def _arrange(self) -> None:
        content = QWidget()
        content.setObjectName("content")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(*[GRID_PX] * 4)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.header)
        layout.addWidget(self._pages, 1)
        foot = QWidget()
        foot.setFixedHeight(4 * GRID_PX)  # work that begins or ends must not push everything up and down
        line = QHBoxLayout(foot)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.strip, 3)
        line.addWidget(self.notice, 2)
        layout.addWidget(Panel("", foot, GRID_PX // 2))
        self.setCentralWidget(content)

    def _connect(self) -> None:
        bench, act = self.bench, self.actions_
        self.header.asked.connect(act.do)
        self.header.overlays_changed.connect(self._show_overlays)
        self.header.magnify_changed.connect(bench.show_magnified)
        self.strip.ended.connect(self._job_ended)
        bench.decide.asked.connect(act.do)
        bench.decide.commented.connect(act.comment)
        bench.decide.reviewer_changed.connect(act.rename)
        bench.transport.play_asked.connect(lambda: act.do("play"))
        bench.transport.step_asked.connect(lambda n: act.do(f"step {n}"))
        bench.transport.jump_asked.connect(lambda n: act.do(f"jump {n}"))
        bench.transport.loop_asked.connect(act.loop)
        bench.transport.speed_asked.connect(act.speed)
        bench.transport.time_typed.connect(act.seek)
        bench.transport.frame_typed.connect(act.seek_frame)
        bench.overview.seek_asked.connect(act.seek)
        bench.track.seek_asked.connect(act.seek)
        bench.track.chosen.connect(act.choose)
        bench.table.chosen.connect(act.choose)
        bench.track.part_moved.connect(act.move_part)
        bench.track.range_chosen.connect(act.choose_stretch)
        bench.track.threshold_dragged.connect(act.work.threshold)
        bench.drop_new.clicked.connect(lambda: self.show_compared(None))
        act.bind_keys()

    # --- opening and jobs -----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self.strip.job is not None

    def open(self, path: str) -> None:
        """Open a session or a video in the background; what is open is closed first."""
        if self.busy:
            self.notice.say(
                "Wait for the work below to end, or cancel it, before opening another", attention=True
            )
            return
        self._let_go()
        name = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or path
        self.setWindowTitle(f"Opening {name} – livespot")
        self.header.show_name(name, path)
        self._say_page(f"Opening {name} …", "")
        self.notice.stand((), f"Opening {path}")
        self._opening = Job(f"Opening {name}", lambda report: self._opener(path, report))
        self._start(self._opening, self._opened)

    def _start(self, job: Job, then: Callable[[Job], None]) -> None:
        self._then = then
        self.notice.clear()
        self.strip.run(job)
        self._show_enabled()

    def run_job(self, job: Job, then: Callable[[Job], None]) -> bool:
        """Start long work unless some is under way; ``then`` is called when it went well."""
        if self.busy:
            self.notice.say("Wait for the work below to end, or cancel it", attention=True)
            return False
        self._start(job, then)
        return True

    def _job_ended(self, job: Job) -> None:
        self._show_enabled()
        if job.error is None and not job.cancelled:
            self._then(job)
        elif self.desk is None:
            self._say_page(
                "Not opened" if job.cancelled else "This cannot be opened",
                "The opening was cancelled." if job.cancelled else str(job.error),
            )
            self.notice.stand((), "Press Open … to choose another session or video, or drop one here")
            self.header.buttons["open"].setFocus()
        elif job.cancelled:
            self.notice.say(f"Cancelled: {job.title}")
        if isinstance(job.error, LivespotError) and self.desk is not None:
            self.notice.say(str(job.error), attention=True)
        elif job.error is not None and not isinstance(job.error, LivespotError):
            raise job.error  # to the report; the window stays

    def _opened(self, job: Job) -> None:
        desk = self.desk = job.result
        self.setWindowTitle(f"livespot – {desk.player.recording.path.name}")
        self.decisions = Decisions(desk, self.bench.decide.reviewer.text())
        self.decisions.truth = desk.truth.intervals
        self.actions_.work.truth = desk.truth
        desk.player.transport.set_speed(self._speed)
        self.bench.begin(desk, self.header.switches["magnify"].isChecked())
        self.bench.table.words = "Nothing was found"
        self._pages.setCurrentIndex(1)
        self.show_results()
        self._show_enabled()
        self.bench.track.setFocus()
        if desk.needs_analysis:
            self.bench.table.words = "Intervals appear here as they are found"
            name = desk.player.recording.name
            self._start(Job(f"Analysing {name}", desk.first_analysis), self._analysed)

    def _analysed(self, job: Job) -> None:
        assert self.desk is not None
        self.desk.adopt(job.result)
        self.bench.table.words = "Nothing was found"
        self.show_results()

    def _say_page(self, headline: str, hint: str) -> None:
        self._pages.setCurrentIndex(0)
        self._headline.setText(headline)
        self._hint.setText(hint)

    def _show_enabled(self) -> None:
        self.header.show_open(self.desk is not None, self.busy)

    # --- showing --------------------------------------------------------------------------------------------

    def show_results(self) -> None:
        """Everything but the moment."""
        if self.desk is None or self.decisions is None:
            return
        self.decisions.refresh()
        self.bench.show_results(self.desk, self.decisions, self.compared)
        self.notice.stand(*self.actions_.work.standing())
        recording = self.desk.player.recording
        self._seen = (recording.base, len(recording.problems))

    def show_compared(self, compared: Analysis | None) -> None:
        """A second analysis beside the first; None: none."""
        self.compared = compared
        if self.decisions is not None:
            self.decisions.compared = None if compared is None else compared.intervals
        self.show_results()

    def tick(self) -> None:
        """Work, words, the moment."""
        self.strip.poll()
        self.notice.poll()
        if self.desk is None:
            return
        recording = self.desk.player.recording
        if self._seen != (recording.base, len(recording.problems)):
            self.show_results()
        self.bench.show_moment(self.desk, self.desk.player.snapshot())

    def _show_overlays(self, overlays: object) -> None:
        if isinstance(overlays, Overlays):
            self.bench.picture.overlays = overlays
            self.bench.picture.update()

    # --- beginning and end ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Files are welcome."""
        data = None if event is None else event.mimeData()
        if event is not None and data is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """A recording is opened, annotations are shown."""
        data = None if event is None else event.mimeData()
        if data is not None and data.urls():
            self.actions_.work.take_file(data.urls()[0].toLocalFile())

    def _let_go(self) -> None:
        desk, self.desk, self.decisions, self.compared, self.model = self.desk, None, None, None, ""
        if desk is not None:
            desk.close()
        self._show_enabled()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the work, the player and their threads."""
        if self._timer.isActive():
            self._timer.stop()
            save(self, self._settings)
            self.hide()
            job = self.strip.job
            self.strip.close_job(STOP_S)
            if job is not None and job is self._opening and job.result is not None:
                job.result.close()  # it had just been opened
            self._let_go()
            self.closed.emit()
        super().closeEvent(event)
