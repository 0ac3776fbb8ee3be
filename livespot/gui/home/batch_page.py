"""The page of a batch: a folder of recordings analysed by ``livespot spot`` in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QProcess, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from livespot.errors import LivespotError
from livespot.gui.home.services import HomeServices
from livespot.gui.painting import Panel, labelled
from livespot.gui.palette import GRID_PX

_STOP_MS = 5000


class BatchPage(QWidget):
    """Chooses recordings and a folder of results, shows what became of each.

    Parameters
    ----------
    services : HomeServices

    Signals
    -------
    opened(str)
        A recording of the list that was double-clicked.
    closed()
        Back to the first page.
    """

    opened = pyqtSignal(str)
    closed = pyqtSignal()

    def __init__(self, services: HomeServices) -> None:
        super().__init__()
        self._services = services
        self._given: tuple[Path, ...] = ()
        self._rows: dict[str, int] = {}
        self._done = 0
        self._process: QProcess | None = None
        self._unread = b""
        self._complaint = ""
        self.source, self.out = QLineEdit(), QLineEdit()
        self.run_button, self.stop_button = QPushButton("Analyse"), QPushButton("Stop")
        self.show_button, self.back_button = QPushButton("Show results"), QPushButton("Back")
        self.bar, self.words = QProgressBar(), labelled("", "notice")
        self.words.setWordWrap(True)
        self.table = QTableWidget(0, 3)
        self._arrange()
        self._connect()
        self._show_state()

    @property
    def running(self) -> bool:
        """Whether recordings are being analysed."""
        return self._process is not None

    def _arrange(self) -> None:
        self.source.setReadOnly(True)
        self.source.setAccessibleName("Recordings")
        self.source.setPlaceholderText("Choose a folder, or drop folders and videos here")
        self.out.setAccessibleName("Folder of results")
        self.table.setHorizontalHeaderLabels(["Recording", "Result", "Folder"])
        self.table.setAccessibleName("Recordings and their results")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header, numbers = self.table.horizontalHeader(), self.table.verticalHeader()
        assert header is not None and numbers is not None
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(header.ResizeMode.Stretch)
        numbers.hide()
        self.run_button.setObjectName("primary")
        self.bar.setFormat("%v of %m")
        layout = QVBoxLayout()
        layout.setSpacing(GRID_PX)
        for words, field, title in (
            ("Recordings", self.source, "Folder of recordings"),
            ("Results in", self.out, "Folder of results"),
        ):
            layout.addLayout(self._row(words, field, title))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.words)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        for widget, stretch in (
            (self.back_button, 0),
            (self.bar, 1),
            (self.show_button, 0),
            (self.stop_button, 0),
            (self.run_button, 0),
        ):
            line.addWidget(widget, stretch)
        layout.addLayout(line)
        body = QWidget()
        body.setLayout(layout)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*[GRID_PX] * 4)
        outer.addWidget(Panel("Batch", body, 2 * GRID_PX))

    def _row(self, words: str, field: QLineEdit, title: str) -> QHBoxLayout:
        label, browse = labelled(words, "muted"), QPushButton("Browse …")
        label.setMinimumWidth(12 * GRID_PX)
        label.setBuddy(field)
        browse.setAccessibleName(f"Browse: {title}")
        browse.clicked.connect(lambda: self._browse(field, title))
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        for widget, stretch in ((label, 0), (field, 1), (browse, 0)):
            line.addWidget(widget, stretch)
        return line

    def _connect(self) -> None:
        self.run_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self.stop)
        self.back_button.clicked.connect(self.closed)
        self.show_button.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self.out.text()))
        )
        self.table.cellDoubleClicked.connect(self._open_row)
        self.out.textChanged.connect(self._show_state)

    # --- choosing -------------------------------------------------------------------------------------------

    def choose(self, paths: Sequence[Path]) -> None:
        """Take these files and folders as what is to be analysed."""
        if self.running:
            self._say("Wait for the batch to end, or stop it, before choosing other recordings")
            return
        self._given = tuple(paths)
        first = paths[0]
        self.source.setText(str(first) if len(paths) == 1 else f"{len(paths)} in {first.parent}")
        self.out.setText(
            str(first.with_name(f"{first.name}-results") if first.is_dir() else first.parent / "results")
        )
        self._list()
        self._show_state()

    def _list(self) -> None:
        """Fill the table with the recordings that there are."""
        self.table.setRowCount(0)
        self._rows.clear()
        self._done = 0
        complaints = []
        for given in self._given:
            try:
                for path in self._services.recordings(given, Path(self.out.text())):
                    self._row_of(path)
            except LivespotError as error:
                complaints.append(str(error))
        count = len(self._rows)
        self._say("; ".join(complaints) or f"{count} recording{'' if count == 1 else 's'}")

    def _row_of(self, path: Path) -> int:
        key = str(path.resolve())
        if key not in self._rows:
            row = self.table.rowCount()
            self.table.insertRow(row)
            self._rows[key] = row
            self._set(row, 0, path.name, str(path))
            self._set(row, 1, "waits")
            self._set(row, 2, "")
        return self._rows[key]

    def _set(self, row: int, column: int, text: str, tip: str = "") -> None:
        item = QTableWidgetItem(text)
        item.setToolTip(tip or text)
        self.table.setItem(row, column, item)

    def _browse(self, field: QLineEdit, title: str) -> None:
        asking = QFileDialog(self, title, field.text() if field is self.out else "")
        asking.setFileMode(QFileDialog.FileMode.Directory)
        asking.setOption(QFileDialog.Option.DontUseNativeDialog)
        asking.fileSelected.connect(
            field.setText if field is self.out else lambda path: self.choose([Path(path)])
        )
        asking.open()

    # --- the process ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Analyse the recordings; those that have results in the folder already are left as they are."""
        if self.running or not self._rows:
            return
        self._done, self._unread, self._complaint = 0, b"", ""
        for row in self._rows.values():
            self._set(row, 1, "waits")
        program, *first = self._services.command
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_complaint)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._not_started)
        paths = [str(path) for path in self._given]
        process.start(program, [*first, "spot", *paths, "--out", self.out.text(), "--json"])
        self._say("Preparing engine and flow kernels …")
        self._show_state()

    def stop(self) -> None:
        """End the process; what is finished stays, and the next run goes on behind it."""
        if self._process is not None:
            self._process.terminate()
            self.stop_button.setEnabled(False)
            self._say("Stopping …")

    def finish(self) -> None:
        """End the process and wait for it, for the end of the window."""
        if (process := self._process) is not None:
            process.terminate()
            if not process.waitForFinished(_STOP_MS):
                process.kill()
                process.waitForFinished(_STOP_MS)

    def _read(self) -> None:
        if self._process is None:
            return
        *lines, self._unread = (self._unread + self._process.readAllStandardOutput().data()).split(b"\n")
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told, dict) and "path" in told:
                self._told(told)

    def _told(self, told: dict[str, Any]) -> None:
        row = self._row_of(Path(str(told["path"])))
        self._done += 1
        if "error" in told:
            self._set(row, 1, f"▲ {told['error']}")
        else:
            counts = told.get("intervals") or {}
            found = f"{counts.get('ME', 0)} ME, {counts.get('MaE', 0)} MaE" if counts else str(told["note"])
            self._set(row, 1, f"✓ {found}")
            self._set(row, 2, str(told["out"]))
        self._say(f"{self._done} of {len(self._rows)} done")
        self._show_state()

    def _read_complaint(self) -> None:
        if self._process is not None:
            text = self._process.readAllStandardError().data().decode("utf-8", "replace")
            lines = [line for line in text.replace("\r", "\n").split("\n") if line.startswith("livespot: ")]
            if lines:
                self._complaint = lines[-1].removeprefix("livespot: ")

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._process = None
            self._say("The batch cannot be started; run `livespot doctor`")
            self._show_state()

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_complaint()
        if self._process is not None:
            self._process.deleteLater()
        self._process = None
        whole = self._done >= len(self._rows)
        words = f"{self._done} of {len(self._rows)} done"
        if code and not whole:
            words += f"; stopped{': ' + self._complaint if self._complaint else ''}"
        self._say(words)
        self._show_state()

    # --- showing --------------------------------------------------------------------------------------------

    def _open_row(self, row: int, _column: int) -> None:
        path = next(path for path, place in self._rows.items() if place == row)
        self.opened.emit(path)

    def _say(self, text: str) -> None:
        self.words.setText(text)
        self.words.setAccessibleName(text)

    def _show_state(self) -> None:
        running = self.running
        self.run_button.setEnabled(bool(self._rows) and bool(self.out.text().strip()) and not running)
        self.stop_button.setEnabled(running)
        self.back_button.setEnabled(not running)
        self.show_button.setEnabled(self._done > 0)
        self.out.setEnabled(not running)
        self.bar.setRange(0, max(len(self._rows), 1))
        self.bar.setValue(self._done)
