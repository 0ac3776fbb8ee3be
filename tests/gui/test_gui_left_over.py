"""Nothing of one run or recording is left over in the next, and nothing is claimed before it is known."""

from __future__ import annotations

from dataclasses import replace

import made_up
from made_up import MadeUpController
from PyQt6.QtCore import Qt

from livespot.commands.home import services
from livespot.config import Config
from livespot.gui.home.window import HomeWindow
from livespot.gui.status import figures, notice
from livespot.snapshot import RunState
from livespot.types import FaceState


def shown(snapshot):
    return {figure.caption: figure.value for figure in figures(snapshot)}


def test_before_the_first_picture_no_face_is_missed():
    waiting = replace(made_up.running(), frame=None, face=FaceState.NO_FACE, confirmed=())
    assert notice(waiting).text == "Waiting for the first picture …"
    assert shown(waiting)["Face"] == "–"


def test_a_lost_camera_has_neither_a_face_nor_a_rate():
    lost = replace(made_up.running(), state=RunState.RECONNECTING)
    assert (shown(lost)["Face"], shown(lost)["Rate"]) == ("–", "–")
    assert shown(made_up.running())["Face"] == "found" and shown(made_up.running())["Rate"] != "–"


def test_a_new_start_puts_away_messages_replay_and_magnification(open_window, qtbot):
    window = open_window(MadeUpController(made_up.running()))
    window.panels.viewbar.magnify.setChecked(True)
    window.actions_.replay()
    window.panels.banner.say("of the run before")
    assert not window.panels.replay_panel.isHidden()
    window.start("demo")
    assert window.panels.replay_panel.isHidden() and window.panels.banner.isHidden()
    assert not window.panels.viewbar.magnify.isChecked()
    assert window.panels.watching.currentWidget() is window.panels.picture


def test_sensitivity_leaves_the_motion_strip_at_1280_by_720(open_window, qtbot):
    window = open_window(MadeUpController(made_up.running()))
    window.resize(1280, 720)
    window.actions_.tuning.show_tuning(True)
    qtbot.waitUntil(lambda: not window.panels.tune_panel.isHidden())
    qtbot.wait(50)
    assert window.panels.measuring.strip_shown


def test_a_running_recording_is_not_ended_by_opening_something_else_or_closing(qtbot, settings, tmp_path):
    home = HomeWindow(services(Config()), settings=settings)
    qtbot.addWidget(home)
    home.show()
    home.show_live("demo")
    page = home.page
    qtbot.waitUntil(lambda: page.snapshot.state is RunState.RUNNING, timeout=90_000)
    page.actions_.recording._record(str(tmp_path), "features", "", "kept")
    qtbot.waitUntil(lambda: page.snapshot.recording is not None, timeout=20_000)
    home.close()
    assert home.isVisible() and home.page is page
    assert "Stop the recording first" in page.panels.banner.sentence.text()
    home.open_paths([tmp_path])
    assert home.page is page
    qtbot.mouseClick(page.panels.toolbar.record_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.snapshot.recording is None, timeout=20_000)
    qtbot.waitUntil(lambda: bool(home._recent), timeout=5_000)
    assert home._recent[0].name == "kept.livespot"
    page.actions_.recording._record(str(tmp_path), "features", "", "second")
    qtbot.waitUntil(lambda: page.snapshot.recording is not None, timeout=20_000)
    home.end()
    assert not home.isVisible() and (tmp_path / "second.livespot" / "session.json").is_file()
