"""The recordings that were opened last: kept in the settings, listed with thumbnails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from PyQt6.QtCore import QSettings, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QIcon, QPixmap
from PyQt6.QtWidgets import QListWidget, QListWidgetItem

from livespot.gui.paint_cache import image_of
from livespot.gui.palette import GRID_PX
from livespot.gui.progress import Job
from livespot.types import Image

KEPT = 12
_KEY = "home/recent"
_THUMBNAIL = QSize(96, 64)
_POLL_MS = 100


def read_recent(settings: QSettings | None) -> list[Path]:
    """Return the paths that were opened last, newest first; what is stored and makes no sense is left out."""
    if settings is None:
        return []
    with suppress(ValueError, TypeError, RecursionError):
        stored = json.loads(str(settings.value(_KEY) or "[]"))
        if isinstance(stored, list):
            return [Path(path) for path in stored if isinstance(path, str) and path][:KEPT]
    return []


def store_recent(settings: QSettings | None, paths: Sequence[Path]) -> None:
    """Keep these paths."""
    if settings is not None:
        settings.setValue(_KEY, json.dumps([str(path) for path in paths[:KEPT]]))


class RecentList(QListWidget):
    """Recordings with thumbnails, which are read in the background; one that is gone says so.

    Signals
    -------
    chosen(str)
        The path of a recording that was double-clicked, or chosen with Enter.
    """

    chosen = pyqtSignal(str)

    def __init__(self, thumbnail: Callable[[Path], Image | None]) -> None:
        super().__init__()
        self._thumbnail = thumbnail
        self._pictures: dict[Path, QIcon] = {}
        self._waiting: list[Path] = []
        self._job: Job | None = None
        self.setAccessibleName("Recent recordings")
        self.setIconSize(_THUMBNAIL)
        self.setSpacing(GRID_PX // 2)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    def show_paths(self, paths: Sequence[Path]) -> None:
        """List these recordings."""
        self.clear()
        for path in paths:
            there = path.exists()
            item = QListWidgetItem(f"{path.name}\n{path.parent if there else 'is no longer there'}")
            item.setData(Qt.ItemDataRole.UserRole, str(path))
            item.setToolTip(str(path) if there else f"{path} is no longer there")
            empty = QPixmap(_THUMBNAIL)
            empty.fill(Qt.GlobalColor.transparent)
            item.setIcon(self._pictures.get(path, QIcon(empty)))
            self.addItem(item)
        self._waiting = [path for path in paths if path not in self._pictures and path.exists()]
        self._timer.start()

    def finish(self, timeout_s: float) -> None:
        """Read no more thumbnails."""
        self._timer.stop()
        self._waiting.clear()
        if self._job is not None:
            self._job.wait(timeout_s)

    def _poll(self) -> None:
        if self._job is not None and self._job.ended:
            path, picture = self._job.result or (None, None)
            self._job = None
            if path is not None and picture is not None:
                self._show_picture(path, picture)
        if self._job is None and self._waiting:
            path = self._waiting.pop(0)
            self._job = Job("thumbnail", lambda _, path=path: (path, self._thumbnail(path)))  # type: ignore[misc]
            self._job.start()
        elif self._job is None:
            self._timer.stop()

    def _show_picture(self, path: Path, picture: Image) -> None:
        whole = QPixmap.fromImage(image_of(picture))
        fitted = whole.scaled(
            _THUMBNAIL,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        left, top = (
            (fitted.width() - _THUMBNAIL.width()) // 2,
            (fitted.height() - _THUMBNAIL.height()) // 2,
        )
        icon = QIcon(fitted.copy(left, top, _THUMBNAIL.width(), _THUMBNAIL.height()))
        self._pictures[path] = icon
        for item in (self.item(row) for row in range(self.count())):
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == str(path):
                item.setIcon(icon)
