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
from livespot.gui.review.decisions import Decisions
from livespot.gui.review.header import Header
from livespot.gui.review.notice import Notice
from livespot.gui.review.panels import ReviewPanels, message_page
from livespot.gui.review.stored_layout import restore, save
from livespot.gui.review.style import review_style
from livespot.review.orders import ReviewService

if TYPE_CHECKING:
    from livespot.replay.recording import Analysis

TICK_MS = 33
STOP_S = 6.0
Opener = Callable[[str, Report], ReviewService]


class ReviewWindow(QMainWindow):
    """A recording, replayed and reviewed.

    Parameters
    ----------
    opener : callable
        Given a path and a function to report progress with, opens a :class:`ReviewService`, on a thread of its own.
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
        self.service: ReviewService | None = None
        self.decisions: Decisions | None = None
        self.compared: Analysis | None = None
        self.model = ""
        self._opening: Job | None = None
        self._seen: tuple[object, ...] = ()
        self.setStyleSheet(review_style(theme))
        self.setMinimumSize(900, 664)
        self.resize(1280, 720)
        self.setAcceptDrops(True)
        self.header, self.panels, self.strip, self.notice = (
            Header(),
            ReviewPanels(theme),
            ProgressStrip(theme),
            Notice(),
        )
        self._pages = QStackedWidget()
        page, self._headline, self._hint = message_page()
        self._pages.addWidget(Panel("", page))
        self._pages.addWidget(self.panels)
        self._arrange()
        self.actions_ = Actions(self)
        self._connect()
        restore(self, self.panels, self.header, settings)
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
        panels, act = self.panels, self.actions_
        self.header.asked.connect(act.do)
        self.header.overlays_changed.connect(self._show_overlays)
        self.header.magnify_changed.connect(panels.show_magnified)
        self.strip.ended.connect(self._job_ended)
        panels.decide.asked.connect(act.do)
        panels.decide.commented.connect(act.comment)
        panels.decide.reviewer_changed.connect(act.rename)
        panels.transport.play_asked.connect(lambda: act.do("play"))
        panels.transport.step_asked.connect(lambda n: act.do(f"step {n}"))
        panels.transport.jump_asked.connect(lambda n: act.do(f"jump {n}"))
        panels.transport.loop_asked.connect(act.loop)
        panels.transport.speed_asked.connect(act.speed)
        panels.transport.time_typed.connect(act.seek)
        panels.transport.frame_typed.connect(act.seek_frame)
        panels.overview.seek_asked.connect(act.seek)
        panels.track.seek_asked.connect(act.seek)
        panels.track.chosen.connect(act.choose)
        panels.table.chosen.connect(act.choose)
        panels.track.part_moved.connect(act.move_part)
        panels.track.range_chosen.connect(act.choose_stretch)
        panels.track.threshold_dragged.connect(act.work.threshold)
        panels.drop_new.clicked.connect(lambda: self.show_compared(None))
        act.bind_keys()

    # --- opening and jobs -----------------------------------------------------------------------------------

    @property
    def widget(self) -> QWidget:
        """The window itself, as parent of dialogs and owner of shortcuts."""
        return self

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
        elif self.service is None:
            self._say_page(
                "Not opened" if job.cancelled else "This cannot be opened",
                "The opening was cancelled." if job.cancelled else str(job.error),
            )
            self.notice.stand((), "Press Open … to choose another session or video, or drop one here")
            self.header.buttons["open"].setFocus()
        elif job.cancelled:
            self.notice.say(f"Cancelled: {job.title}")
        if isinstance(job.error, LivespotError) and self.service is not None:
            self.notice.say(str(job.error), attention=True)
        elif job.error is not None and not isinstance(job.error, LivespotError):
            raise job.error  # to the report; the window stays

    def _opened(self, job: Job) -> None:
        service = self.service = job.result
        self.setWindowTitle(f"livespot – {service.player.recording.path.name}")
        self.decisions = Decisions(service, self.panels.decide.reviewer.text())
        self.decisions.truth = service.truth.intervals
        self.actions_.work.truth = service.truth
        service.player.transport.set_speed(self._speed)
        self.header.switches["magnify"].setChecked(False)  # that was of the recording before
        self.panels.begin(service, self.header.switches["magnify"].isChecked())
        self.panels.table.words = "Nothing was found"
        self._pages.setCurrentIndex(1)
        self.show_results()
        self._show_enabled()
        self.panels.track.setFocus()
        if service.needs_analysis:
            self.panels.table.words = "Intervals appear here as they are found"
            name = service.player.recording.name
            self._start(Job(f"Analysing {name}", service.first_analysis), self._analysed)

    def _analysed(self, job: Job) -> None:
        assert self.service is not None
        self.service.adopt(job.result)
        self.panels.table.words = "Nothing was found"
        self.show_results()

    def _say_page(self, headline: str, hint: str) -> None:
        self._pages.setCurrentIndex(0)
        self._headline.setText(headline)
        self._hint.setText(hint)

    def _show_enabled(self) -> None:
        self.header.show_open(self.service is not None, self.busy)

    # --- showing --------------------------------------------------------------------------------------------

    def show_results(self) -> None:
        """Everything but the moment."""
        if self.service is None or self.decisions is None:
            return
        self.decisions.refresh()
        self.panels.show_results(self.service, self.decisions, self.compared)
        self.notice.stand(*self.actions_.work.standing())
        recording = self.service.player.recording
        self._seen = (recording.base, len(recording.problems))

    def show_compared(self, compared: Analysis | None) -> None:
        """A second analysis beside the first; None: none."""
        self.compared = compared
        if self.decisions is not None:
            self.decisions.compared = None if compared is None else compared.intervals
        self.show_results()

    def tick(self) -> None:
        """Show how far the work is, pass on what became of it, and show the position and its picture."""
        self.strip.poll()
        self.notice.poll()
        if self.service is None:
            return
        recording = self.service.player.recording
        if self._seen != (recording.base, len(recording.problems)):
            self.show_results()
        self.panels.show_moment(self.service, self.service.player.snapshot())

    def _show_overlays(self, overlays: object) -> None:
        if isinstance(overlays, Overlays):
            self.panels.picture.overlays = overlays
            self.panels.picture.update()

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
        service, self.service, self.decisions, self.compared, self.model = self.service, None, None, None, ""
        if service is not None:
            service.close()
        self._show_enabled()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the work, the player and their threads."""
        if self._timer.isActive():
            self._timer.stop()
            save(self, self.panels, self.header, self._settings)
            self.hide()
            job = self.strip.job
            self.strip.close_job(STOP_S)
            if job is not None and job is self._opening and job.result is not None:
                job.result.close()  # it had just been opened
            self._let_go()
            self.closed.emit()
        super().closeEvent(event)
