"""The home window: a first page, and live runs, reviews and batches as further pages of the same window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QSettings, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PyQt6.QtWidgets import QDialog, QFileDialog, QMainWindow, QStackedWidget, QWidget

from livespot.errors import LivespotError
from livespot.gui import preferences as kept
from livespot.gui.control_style import control_style
from livespot.gui.home.about import AboutDialog
from livespot.gui.home.batch_page import BatchPage
from livespot.gui.home.recent import KEPT, read_recent, store_recent
from livespot.gui.home.services import HomeServices
from livespot.gui.home.start_page import CHOICES, LATER, StartPage
from livespot.gui.palette import THEMES
from livespot.gui.preferences import Preferences
from livespot.gui.review.window import ReviewWindow
from livespot.gui.settings_dialog import SettingsDialog
from livespot.gui.stylesheet import stylesheet
from livespot.gui.window import MainWindow

MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX = 900, 700
_VIDEO_FILTER = "Videos (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.wmv *.flv);;All files (*)"
_SESSION_PARTS = ("session.json", "log.bin", "features.bin", "video.mkv")
_STOP_S = 3.0


class HomeWindow(QMainWindow):
    """One window for everything; a live run or a review takes the place of the first page until it is closed.

    Parameters
    ----------
    services : HomeServices
    settings : QSettings or None
        Where geometry, preferences and recent recordings are kept; None: nowhere.
    """

    closed = pyqtSignal()

    def __init__(self, services: HomeServices, *, settings: QSettings | None = None) -> None:
        super().__init__()
        self._services, self._settings = services, settings
        self._recent = read_recent(settings)
        self._dialog: QDialog | None = None
        self._ending = False
        self.preferences = kept.load(settings)
        self.page: MainWindow | ReviewWindow | None = None
        """The live run or review on show."""
        self.start_page, self.batch = StartPage(services.thumbnail), BatchPage(services)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self.batch)
        self._pages.setObjectName("content")
        self.setCentralWidget(self._pages)
        self.setMinimumSize(MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX)
        self.resize(1280, 720)
        self.setAcceptDrops(True)
        self._named: dict[str, Callable[[], object]] = {
            "live": lambda: self.show_live("auto"),
            "demo": lambda: self.show_live("demo"),
            "video": self.ask_video,
            "session": self.ask_session,
            "batch": self.show_batch,
            "settings": self.ask_settings,
            "about": lambda: self._open_dialog(AboutDialog(self)),
        }
        self._actions = self._menu()
        self.start_page.asked.connect(lambda name: self._named[name]())
        self.start_page.opened.connect(lambda path: self.open_paths([Path(path)]))
        self.batch.opened.connect(lambda path: self.open_paths([Path(path)]))
        self.batch.closed.connect(self.show_start)
        if settings is not None and (stored := settings.value("home/geometry")) is not None:
            self.restoreGeometry(stored)
        self._show_theme()
        self.show_start()

    def _menu(self) -> list[QAction]:
        """A menu of every choice; its keys hold on the first page only, since each page has keys of its own."""
        bar = self.menuBar()
        assert bar is not None
        menu = bar.addMenu("&File")
        assert menu is not None
        made = []
        for name, words, key in [*((n, w, k) for n, w, _, k in CHOICES), *LATER]:
            action = QAction(words, self)
            if key:
                action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda _=False, name=name: self._named[name]())
            menu.addAction(action)
            made.append(action)
        quit_action = QAction("Quit", self)
        quit_action.setShortcut(QKeySequence("Ctrl+Q"))
        quit_action.triggered.connect(self.close)
        menu.addSeparator()
        menu.addAction(quit_action)
        return [*made, quit_action]

    # --- pages ----------------------------------------------------------------------------------------------

    def show_start(self) -> None:
        """Show the first page."""
        self._show_page(self.start_page, "livespot")
        self.start_page.show_recent(self._recent)
        self.start_page.buttons["live"].setFocus()

    def show_batch(self) -> None:
        """Show the page of the batch."""
        if self._left():
            self._show_page(self.batch, "livespot – batch")

    def show_live(self, source: str) -> None:
        """Run a source: ``auto``, ``demo``, a camera or an address."""
        if not self._left():
            return
        page = MainWindow(
            self._services.live(),
            truths=self._services.truths,
            theme=THEMES[self.preferences.theme],
            settings=self._settings,
        )
        page.recorded.connect(lambda path: self._remember(Path(path)))
        self._embed(page, "livespot – live")
        page.start_first(source)

    def show_review(self, path: Path) -> None:
        """Open a video, a folder of images or a session for review."""
        if not self._left():
            return
        self._remember(path)
        page = ReviewWindow(
            self._services.review,
            str(path),
            theme=THEMES[self.preferences.theme],
            settings=self._settings,
        )
        self._embed(page, f"livespot – {path.name}")

    def _remember(self, path: Path) -> None:
        path = path.absolute()
        self._recent = [path, *(other for other in self._recent if other != path)][:KEPT]
        store_recent(self._settings, self._recent)

    def _embed(self, page: MainWindow | ReviewWindow, title: str) -> None:
        page.setWindowFlags(Qt.WindowType.Widget)
        page.closed.connect(self._page_closed)
        self.page = page
        self._pages.addWidget(page)
        self._show_page(page, title)
        page.setFocus()

    def _show_page(self, page: QWidget, title: str) -> None:
        self._pages.setCurrentWidget(page)
        self.setWindowTitle(title)
        bar = self.menuBar()
        assert bar is not None
        own = page is self.start_page or page is self.batch
        bar.setVisible(own)
        for action in self._actions:
            action.setEnabled(own)

    def _page_closed(self) -> None:
        page, self.page = self.page, None
        if page is not None:
            self._pages.removeWidget(page)
            page.deleteLater()
        self.preferences = kept.load(self._settings)
        self._show_theme()
        self.show_start()

    def _left(self) -> bool:
        """Close the live run or review on show; a recording is not ended by the way."""
        page = self.page
        recording = isinstance(page, MainWindow) and page.snapshot.recording is not None
        if isinstance(page, MainWindow) and recording and not self._ending:
            page.panels.banner.say("Stop the recording first, then open another one.", attention=True)
            return False
        if page is not None:
            page.close()
        return True

    # --- opening --------------------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was dropped or chosen: one recording for review, several or a folder of them as a batch."""
        gone = [path for path in paths if not path.exists()]
        if gone or not paths:
            self._say_gone(gone)
            return
        inside = paths[0]
        if inside.name in _SESSION_PARTS and inside.parent.suffix == ".livespot":
            paths = [inside.parent]
        if len(paths) == 1 and self._is_recording(paths[0]):
            self.show_review(paths[0])
        elif self._left():
            self.show_batch()
            self.batch.choose(paths)

    def _is_recording(self, path: Path) -> bool:
        """Whether it is one recording; a folder that holds several is none."""
        if path.is_file() or path.suffix == ".livespot":
            return True
        try:
            return list(self._services.recordings(path, path / "results")) == [path]
        except LivespotError:
            return False

    def _say_gone(self, gone: Sequence[Path]) -> None:
        self._recent = [path for path in self._recent if path not in gone]
        store_recent(self._settings, self._recent)
        if gone and self.page is None:
            self.show_start()
            self.start_page.banner.say(
                f"{gone[0]} is no longer there; it was taken off the list.", attention=True
            )

    def ask_video(self) -> None:
        """Ask for a video."""
        asking = QFileDialog(self, "Open a video", "", _VIDEO_FILTER)
        asking.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask(asking)

    def ask_session(self) -> None:
        """Ask for the folder of a session."""
        asking = QFileDialog(self, "Open a session: its folder NAME.livespot", self.preferences.folder)
        asking.setFileMode(QFileDialog.FileMode.Directory)
        self._ask(asking)

    def _ask(self, asking: QFileDialog) -> None:
        asking.setOption(QFileDialog.Option.DontUseNativeDialog)
        asking.fileSelected.connect(lambda path: self.open_paths([Path(path)]))
        self._open_dialog(asking)

    def ask_settings(self) -> None:
        """Show the settings."""
        dialog = SettingsDialog(self.preferences, THEMES[self.preferences.theme], self)
        dialog.chosen.connect(self._prefer)
        self._open_dialog(dialog)

    def _prefer(self, preferences: object) -> None:
        if isinstance(preferences, Preferences):
            self.preferences = replace(preferences)
            kept.save(self._settings, preferences)
            self._show_theme()

    def _show_theme(self) -> None:
        theme = THEMES[self.preferences.theme]
        self.setStyleSheet(stylesheet(theme) + control_style(theme))

    def _open_dialog(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = dialog
        dialog.setModal(False)
        dialog.show()

    @property
    def dialog(self) -> QDialog | None:
        """The one that was opened last."""
        return self._dialog

    # --- drag and drop, the end -----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Take files and folders."""
        data = None if event is None else event.mimeData()
        if event is not None and data is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Open them."""
        data = None if event is None else event.mimeData()
        if data is not None:
            self.open_paths([Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()])

    def end(self) -> None:
        """Close without asking, as after Ctrl-C; a recording is completed."""
        self._ending = True
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the page on show, the batch, and their threads; a recording is completed first by the user."""
        if self.isVisible():
            if not self._left():
                if event is not None:
                    event.ignore()
                return
            self.batch.finish()
            self.start_page.recent.finish(_STOP_S)
            if self._settings is not None:
                self._settings.setValue("home/geometry", self.saveGeometry())
                self._settings.sync()
            self.hide()
            self.closed.emit()
        super().closeEvent(event)
