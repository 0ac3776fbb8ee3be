"""What the live window orders and says: recording, markers, sensitivity, cameras that come and go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import made_up
import pytest
from made_up import MadeUpController
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog

from livespot.errors import EngineError, OutputError
from livespot.gui import preferences
from livespot.gui.keys import KEYS, KeysDialog
from livespot.gui.marker_dialog import MarkerDialog
from livespot.gui.record import RecordDialog
from livespot.gui.settings_dialog import SettingsDialog
from livespot.snapshot import Marker, RecordingStatus, RunState, Snapshot

RECORDING = RecordingStatus("/data/s1.livespot", "full", 42.4, 12_345_678)


@dataclass
class LiveMadeUp(MadeUpController):
    """Answers every order and writes it down."""

    cameras: tuple[tuple[str, str], ...] = ()
    refuse: Exception | None = None

    def _order(self, text: str) -> None:
        self.orders.append(text)
        if self.refuse is not None:
            raise self.refuse

    def sources(self):
        return [("demo", "Demo clip"), *self.cameras]

    def record(self, folder, mode="full", consent="", name=None):
        self._order(f"record {folder} {mode} {consent} {name}")
        self.shown = replace(self.shown, recording=RECORDING)
        return RECORDING.path if self.shown.state is RunState.RUNNING else None

    def stop_recording(self):
        self._order("stop recording")
        self.shown = replace(self.shown, recording=None)

    def mark(self, label, time_s=None, wait_s=1.0):
        self._order(f"mark {label}")
        self.shown = replace(self.shown, markers=(*self.shown.markers, Marker(1.0, label)))
        return True

    def set_threshold(self, kind, value):
        self._order(f"threshold {kind} {value:.2f}")
        self.shown = replace(self.shown, thresholds={**self.shown.thresholds, kind: value})

    def reset_thresholds(self):
        self._order("engine's own")
        self.shown = replace(self.shown, thresholds=dict(self.shown.engine_thresholds))

    def baseline(self, seconds):
        self._order(f"baseline {seconds:g}")
        self.shown = replace(self.shown, baseline_left_s=seconds)

    def engines(self):
        return [("onnx a", "a: ONNX Runtime, CPU", True), ("cuda a", "a: GPU (no GPU)", False)]

    def use_engine(self, name):
        self._order(f"engine {name}")


def running(**more: object) -> Snapshot:
    own = {"ME": 0.6, "MaE": 0.6}
    return replace(made_up.running(), thresholds=dict(own), engine_thresholds=own, **more)


@pytest.fixture
def live(open_window, settings):
    controller = LiveMadeUp(running())
    window = open_window(controller, settings=settings)
    window.activateWindow()
    return window, controller


def dialog_of(window, kind: type[QDialog]) -> QDialog:
    return next(d for d in window.findChildren(kind) if d.isVisible())


# --- recording --------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_without_the_tick(live, qtbot, tmp_path):
    window, controller = live
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    dialog = dialog_of(window, RecordDialog)
    assert not dialog.go.isEnabled()
    dialog.accept()
    assert dialog.isVisible() and controller.orders == []
    dialog.folder.setText(str(tmp_path))
    dialog.modes.button(2).setChecked(True)
    dialog.note.setText("form  12")
    dialog.agreed.setChecked(True)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.orders == [f"record {tmp_path} features form 12 None"])
    qtbot.waitUntil(lambda: "0:42" in window.panels.toolbar.record_button.text())
    assert window.preferences.folder == str(tmp_path) and window.preferences.mode == "features"


def test_the_end_of_a_recording_is_told_with_what_can_be_done(live, qtbot):
    window, controller = live
    controller.shown = running(recording=RECORDING)
    qtbot.waitUntil(lambda: window.snapshot.recording is not None)
    qtbot.mouseClick(window.panels.toolbar.record_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Recorded s1.livespot: 0:42, 12.3 MB." in window.panels.banner.sentence.text())
    assert [b.text() for b in window.panels.banner._buttons] == ["Review", "Show folder"]
    assert controller.orders == ["stop recording"]


def test_a_camera_that_is_gone_completes_the_recording(live, qtbot):
    window, controller = live
    controller.shown = running(recording=RECORDING)
    qtbot.waitUntil(lambda: window.snapshot.recording is not None)
    controller.shown = replace(controller.shown, state=RunState.FAILED, message="camera 0: gone for 60 s")
    qtbot.waitUntil(lambda: "stop recording" in controller.orders)
    qtbot.waitUntil(lambda: "everything until then is kept" in window.panels.banner.sentence.text())


def test_a_folder_that_cannot_be_written_is_told(live, qtbot):
    window, controller = live
    controller.refuse = OutputError("/root: cannot be written; choose a folder you may write to")
    window.actions_.recording._record("/root", "full", "yes", "")
    qtbot.waitUntil(lambda: "cannot be written" in window.panels.banner.sentence.text())
    assert window.panels.banner.isVisible()


def test_stop_ends_an_order_to_record(live, qtbot):
    window, controller = live
    window.stop()
    qtbot.waitUntil(lambda: controller.orders == ["stop", "stop recording"])


# --- markers ----------------------------------------------------------------------------------------------------


def test_digits_mark_with_the_labels_of_the_user(live, qtbot):
    window, controller = live
    window.prefer(replace(window.preferences, labels=("smile",) + ("",) * 8))
    qtbot.keyClick(window, Qt.Key.Key_1)
    qtbot.keyClick(window, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: controller.orders == ["mark smile", "mark marker 2"])


def test_a_marker_with_any_text_and_200_characters(live, qtbot):
    window, controller = live
    qtbot.keyClick(window, Qt.Key.Key_0)
    dialog = dialog_of(window, MarkerDialog)
    dialog.text.setText("so " * 100)
    dialog.accept()
    qtbot.waitUntil(lambda: len(controller.orders) == 1)
    assert len(controller.orders[0]) <= len("mark ") + 200
    window.resize(900, 600)
    qtbot.wait(30)
    assert window.width() == 900


def test_labels_of_200_characters_leave_the_menu_narrow(live):
    window, _ = live
    window.prefer(replace(window.preferences, labels=("w" * 200,) * 9))
    assert window.panels.toolbar.marks.sizeHint().width() < 400


def test_without_a_run_nothing_is_marked(open_window, qtbot):
    controller = LiveMadeUp()
    window = open_window(controller)
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert "start a source first" in window.panels.banner.sentence.text()
    assert controller.orders == []


# --- sensitivity ------------------------------------------------------------------------------------------------


def test_slider_line_and_keys_are_one_threshold(live, qtbot):
    window, controller = live
    window.panels.toolbar.tune_button.click()
    row = window.panels.tunebar.sensitivities["ME"]
    qtbot.waitUntil(lambda: row.slider.value() == 40)
    row.slider.setValue(70)  # more sensitive: a lower threshold
    qtbot.waitUntil(lambda: controller.orders == ["threshold ME 0.30"])
    window.panels.curves.threshold_dragged.emit("ME", 0.8)
    qtbot.waitUntil(lambda: row.slider.value() == 20)
    qtbot.keyClick(window, ".")
    qtbot.waitUntil(lambda: controller.orders[-1] == "threshold ME 0.78")
    assert window.preferences.thresholds == {"ME": 0.78}
    window.panels.tunebar.own.click()
    qtbot.waitUntil(lambda: window.snapshot.thresholds["ME"] == 0.6)
    assert window.preferences.thresholds == {}
    qtbot.waitUntil(lambda: not window.panels.tunebar.own.isEnabled())


def test_thresholds_come_back_at_the_next_start(open_window, settings, qtbot):
    preferences.save(settings, replace(preferences.Preferences(), thresholds={"MaE": 0.7}))
    controller = LiveMadeUp()
    open_window(controller, settings=settings)
    qtbot.waitUntil(lambda: controller.orders == ["threshold MaE 0.70"])


def test_a_baseline_is_told_from_begin_to_end(live, qtbot):
    window, controller = live
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: controller.orders == ["baseline 10"])
    qtbot.waitUntil(lambda: "Neutral baseline" in window.panels.status.sentence.whole_text())
    controller.shown = replace(controller.shown, baseline_left_s=0.1)
    qtbot.waitUntil(lambda: window.snapshot.baseline_left_s == 0.1)
    controller.shown = replace(controller.shown, baseline_left_s=0.0, thresholds={"ME": 0.72, "MaE": 0.6})
    qtbot.waitUntil(lambda: "are now ME 0.72, MaE 0.60" in window.panels.banner.sentence.text())


def test_an_engine_that_cannot_run_is_shown_and_not_chosen(live, qtbot):
    window, controller = live
    window.panels.toolbar.tune_button.click()
    box = window.panels.tunebar.engine
    qtbot.waitUntil(lambda: box.count() == 2)
    assert not box.model().item(1).isEnabled()
    controller.refuse = EngineError("engine a: damaged; install it again")
    box.activated.emit(0)
    qtbot.waitUntil(lambda: "damaged" in window.panels.banner.sentence.text())


# --- cameras and the first start --------------------------------------------------------------------------------


def test_the_first_start_without_a_camera_shows_the_demo_and_how_to_go_on(open_window, qtbot):
    controller = LiveMadeUp()
    window = open_window(controller, truths={"demo": made_up.ground_truth()})
    window.start_first("auto")
    qtbot.waitUntil(lambda: controller.orders == ["start demo"])
    assert "No camera was found" in window.panels.banner.sentence.text()
    assert window.panels.truth == made_up.ground_truth()


def test_the_first_start_with_a_camera_uses_it(open_window, qtbot):
    controller = LiveMadeUp(cameras=(("0", "Integrated Camera"),))
    window = open_window(controller)
    window.start_first("auto")
    qtbot.waitUntil(lambda: controller.orders == ["start auto"])
    assert not window.panels.banner.isVisible()


def test_a_camera_that_is_plugged_in_is_offered(open_window, qtbot):
    controller = LiveMadeUp()
    window = open_window(controller)
    qtbot.waitUntil(lambda: window.panels.toolbar.source.count() == 1)
    controller.cameras = (("2", "USB Camera (1280×720, 30 fps)"),)
    window.list_sources()
    qtbot.waitUntil(lambda: window.panels.toolbar.source.count() == 2)
    assert "USB Camera (1280×720, 30 fps) was connected" in window.panels.banner.sentence.text()
    window.panels.banner._buttons[0].click()
    qtbot.waitUntil(lambda: controller.orders == ["start 2"])


# --- theme, settings, help --------------------------------------------------------------------------------------


def test_another_theme_keeps_what_is_shown(live, qtbot):
    window, _ = live
    window.panels.viewbar.switches["mirror"].setChecked(True)
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert window.panels.theme.name == "light"
    assert window.panels.picture.overlays.mirror
    assert window.panels.toolbar.run_button.text() == "Stop"
    assert window.panels.events.events.rowCount() > 0


def test_settings_are_kept(live, open_window, settings, qtbot):
    window, _ = live
    window.actions_.settings()
    dialog = dialog_of(window, SettingsDialog)
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    dialog.labels[0].setText("  a   smile ")
    dialog.accept()
    assert window.panels.theme.name == "light"
    again = open_window(LiveMadeUp(), settings=settings)
    assert again.preferences.labels[0] == "a smile" and again.panels.theme.name == "light"


@pytest.mark.parametrize("stored", ["", "[]", "{", '{"labels": 3, "theme": "pink", "thresholds": {"ME": 7}}'])
def test_damaged_settings_are_the_defaults(settings, stored):
    settings.setValue("live/preferences", stored)
    assert preferences.load(settings) == preferences.Preferences()


def test_the_sheet_lists_every_key_once(live, qtbot):
    window, _ = live
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert dialog_of(window, KeysDialog).isVisible()
    keys = [key for group in KEYS.values() for entry in group for key in entry.keys]
    assert len(keys) == len(set(keys))


def test_the_demo_s_truth_goes_when_a_camera_is_started(open_window, qtbot):
    controller = LiveMadeUp()
    window = open_window(controller, truths={"demo": made_up.ground_truth()})
    window.start("demo")
    qtbot.waitUntil(lambda: controller.orders == ["start demo"])
    window.stop()
    window.start("0")
    qtbot.waitUntil(lambda: controller.orders[-1] == "start 0")
    assert window.panels.truth == ()
