from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import made_up
import pytest
from gallery import main as gallery
from made_up import MadeUpController
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QApplication

from livespot.errors import CameraError
from livespot.gui.app import INTERRUPTED, free_qt_of_cv2, run_window
from livespot.gui.controller import Orders
from livespot.gui.crash import CrashReporter


def run(controller, settings, **options):
    given = {"title": "test", "initial_source": None, "seconds": 0.3} | options
    return run_window(controller, settings=settings, **given)


def test_it_starts_closes_by_itself_and_stops(qapp, settings):
    controller = MadeUpController(moving=True)
    hook = sys.excepthook
    assert run(controller, settings, initial_source="demo", ground_truth=made_up.ground_truth()) == 0
    assert controller.orders == ["start demo", "stop"]
    assert sys.excepthook is hook
    assert settings.value("live/geometry") is not None


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
def test_ctrl_c_closes_cleanly(qapp, settings):
    controller = MadeUpController()
    before = signal.getsignal(signal.SIGINT)
    QTimer.singleShot(100, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert run(controller, settings, seconds=20.0) == INTERRUPTED
    assert controller.orders == ["stop"]
    assert signal.getsignal(signal.SIGINT) is before


class BrokenController(MadeUpController):
    def snapshot(self):
        if "start demo" in self.orders:
            raise RuntimeError("the tick fell over")
        return super().snapshot()


def test_an_exception_in_the_tick_becomes_one_report(qapp, settings, capsys):
    seen = []

    def look() -> None:
        window = next(w for w in QApplication.topLevelWidgets() if w.windowTitle() == "test")
        dialogs = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Something went wrong"]
        if not dialogs:
            QTimer.singleShot(50, look)  # a busy computer
            return
        seen.extend([window.isVisible(), len(dialogs), dialogs[0].isModal(), dialogs[0].report.toPlainText()])
        dialogs[0].copy_button.click()

    QTimer.singleShot(400, look)
    assert run(BrokenController(), settings, initial_source="demo", seconds=2.0) == 0
    assert seen[:3] == [True, 1, False]
    assert "RuntimeError: the tick fell over" in seen[3]
    assert "the tick fell over" in QGuiApplication.clipboard().text()
    assert "livespot: RuntimeError: the tick fell over" in capsys.readouterr().err


def test_a_report_from_another_thread(qtbot, capsys):
    def fail() -> None:
        raise CameraError("camera 0: unplugged; plug it in again")

    with CrashReporter() as reporter:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: reporter.dialog is not None)
    qtbot.addWidget(reporter.dialog)
    assert reporter.dialog._headline.text() == "camera 0: unplugged; plug it in again"
    assert capsys.readouterr().err.startswith("livespot: camera 0: unplugged")


def test_cv2_plugins_are_taken_out_of_the_environment(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(Path("/env/cv2/qt/plugins")))
    monkeypatch.setenv("QT_QPA_FONTDIR", str(Path("/usr/share/fonts")))
    free_qt_of_cv2()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert "QT_QPA_FONTDIR" in os.environ  # somebody's own


def test_orders_keep_their_turn_and_bring_back_errors():
    orders, done = Orders("test-orders"), []

    def fail() -> None:
        raise ValueError("no")

    orders.give(lambda: 1, done.append)
    orders.give(fail, done.append)
    orders.give(lambda: 3, done.append)
    assert orders.close(5.0)
    with pytest.raises(ValueError, match="no"):
        orders.poll()
    orders.poll()
    assert done == [1, 3]
    assert not orders.busy


def test_the_gallery_renders_all(qapp, tmp_path, capsys):
    assert gallery([str(tmp_path)]) == 0
    made = {path.name for path in tmp_path.glob("*.png")}
    assert {f"window-{state}.png" for state in made_up.STATES} <= made
    assert "report.png" in made
