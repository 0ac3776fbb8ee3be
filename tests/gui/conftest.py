"""Offscreen, no dialog that blocks, no thread left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform.startswith("linux") and not os.environ.get("LIVESPOT_TEST_DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = (
        "offscreen"  # set LIVESPOT_TEST_DISPLAY=1 to see the tests on a real display
    )

pytest.importorskip("PyQt6.QtWidgets", reason="Qt's libraries are not installed here", exc_type=ImportError)

import made_up
from made_up import MadeUpController
from PyQt6.QtCore import QSettings, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication, QDialog

from livespot.gui.app import application
from livespot.gui.curves import CurvesView
from livespot.gui.window import MainWindow


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return application()


@pytest.fixture(autouse=True)
def no_modal_box(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise AssertionError("a modal dialog was opened: nobody is here to close it")

    monkeypatch.setattr(QDialog, "exec", refuse)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5.0
    while (left := [t for t in threading.enumerate() if t not in before]) and time.monotonic() < deadline:
        left[0].join(0.05)
    assert not left, f"threads left behind: {[t.name for t in left]}"


@pytest.fixture(autouse=True)
def no_qt_warnings() -> Iterator[None]:
    said: list[str] = []

    def note(kind: QtMsgType, _context: Any, text: str | None) -> None:
        if kind is not QtMsgType.QtDebugMsg and "propagateSizeHints" not in str(text):
            said.append(str(text))

    before = qInstallMessageHandler(note)
    yield
    qInstallMessageHandler(before)
    assert not said, f"Qt warned: {said}"


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def open_window(qtbot: Any) -> Callable[..., MainWindow]:
    """Opens a window on a controller; it is closed, and its threads with it, at the end of the test."""

    def build(controller: Any = None, **options: Any) -> MainWindow:
        window = MainWindow(controller if controller is not None else MadeUpController(), **options)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return build


@pytest.fixture
def curves_view(qtbot: Any) -> CurvesView:
    """The curves of a run, on the screen."""
    view = CurvesView()
    qtbot.addWidget(view)
    view.resize(480, 400)
    view.show()
    view.show_snapshot(made_up.running())
    return view
