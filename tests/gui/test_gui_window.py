from __future__ import annotations

import threading
import time

import made_up
import numpy as np
import pytest
from made_up import MadeUpController
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QWidget

from livespot.errors import CameraError
from livespot.gui.window import MINIMUM_WIDTH_PX
from livespot.snapshot import RunState, Snapshot


@pytest.mark.parametrize("state", list(made_up.STATES))
def test_every_state_at_both_sizes(open_window, qtbot, state):
    window = open_window(MadeUpController(made_up.STATES[state]()))
    for size in ((1280, 720), (MINIMUM_WIDTH_PX, 600)):
        window.resize(*size)
        qtbot.wait(20)
        assert window.width() == size[0]
        assert not window.grab().isNull()


def test_nothing_overlaps_in_a_narrow_window(open_window, qtbot):
    window = open_window(MadeUpController(made_up.many_events()), ground_truth=made_up.ground_truth())
    window.resize(MINIMUM_WIDTH_PX, 600)
    qtbot.wait(20)
    toolbar = window.panels.toolbar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    areas = [w.geometry() for w in toolbar if w.isVisible()]
    for i, first in enumerate(areas):
        assert window.panels.toolbar.rect().contains(first)
        assert not any(first.intersects(second) for second in areas[i + 1 :])
    panels = window.panels
    for panel in (panels.picture, panels.curves, panels.events, panels.timeline, panels.status):
        corner = panel.mapTo(window, QPoint(panel.width() - 1, panel.height() - 1))
        assert window.rect().contains(corner)


def test_start_and_stop_reach_the_controller(open_window, qtbot):
    controller = MadeUpController()
    window = open_window(controller)
    qtbot.mouseClick(window.panels.toolbar.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.orders == ["start demo"])
    qtbot.waitUntil(lambda: window.panels.toolbar.run_button.text() == "Stop")
    assert not window.panels.toolbar.source.isEnabled()
    qtbot.mouseClick(window.panels.toolbar.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.orders == ["start demo", "stop"])
    qtbot.waitUntil(lambda: window.panels.toolbar.run_button.text() == "Start")


def test_a_typed_source_is_handed_over_as_it_is(open_window, qtbot):
    controller = MadeUpController()
    window = open_window(controller)
    url = "rtsp://192.168.0.9/a q l"
    edit = window.panels.toolbar.source.lineEdit()
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, url)  # with letters and a space that are shortcuts elsewhere
    assert window.panels.picture.overlays.landmarks
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: controller.orders == [f"start {url}"])


def test_cameras_are_listed_in_the_background(open_window, qtbot):
    window = open_window()
    box = window.panels.toolbar.source
    qtbot.waitUntil(lambda: box.count() == 3)
    assert window.panels.toolbar.specification() == "demo"  # what was chosen stays chosen
    box.setCurrentIndex(2)
    assert window.panels.toolbar.specification() == "2"


@pytest.mark.parametrize(
    ("key", "overlay"),
    [
        (Qt.Key.Key_B, "box"),
        (Qt.Key.Key_L, "landmarks"),
        (Qt.Key.Key_R, "rois"),
        (Qt.Key.Key_M, "motion"),
        (Qt.Key.Key_F, "mirror"),
    ],
)
def test_keys_switch_overlays_and_reset_brings_them_back(open_window, qtbot, key, overlay):
    window = open_window()
    window.activateWindow()
    before = getattr(window.panels.picture.overlays, overlay)
    qtbot.keyClick(window, key)
    assert getattr(window.panels.picture.overlays, overlay) is not before
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert getattr(window.panels.picture.overlays, overlay) is before


def test_space_starts_but_belongs_to_a_focused_switch_first(open_window, qtbot):
    controller = MadeUpController()
    window = open_window(controller)
    window.activateWindow()
    switch = window.panels.viewbar.switches["rois"]
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert controller.orders == []
    window.panels.toolbar.run_button.setFocus()
    qtbot.keyClick(window.panels.toolbar.run_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: controller.orders == ["start demo"])


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_quitting_stops_the_controller(open_window, qtbot, key, modifier):
    controller = MadeUpController(made_up.running())
    window = open_window(controller)
    window.activateWindow()
    with qtbot.waitSignal(window.closed):
        qtbot.keyClick(window, key, modifier)
    assert controller.orders == ["stop"]
    assert not window.isVisible()


def test_the_timer_polls_and_the_picture_moves(open_window, qtbot):
    controller = MadeUpController(made_up.running(), moving=True)
    window = open_window(controller)
    before = controller.now_s
    qtbot.waitUntil(lambda: controller.now_s > before + 5 / made_up.RATE_HZ)
    assert len(window.snapshot.curve_times_s)


def test_gain_reaches_the_picture(open_window):
    window = open_window()
    window.panels.viewbar.gain.setCurrentText("×16")
    assert window.panels.picture.overlays.gain == 16.0


class RefusingController(MadeUpController):
    def start(self, source: str) -> None:
        raise CameraError(f"camera {source}: no such camera; see `livespot cameras`")

    def sources(self) -> list[tuple[str, str]]:
        raise CameraError("cameras: cannot be listed")


def test_a_refused_start_is_told_in_words(open_window, qtbot):
    window = open_window(RefusingController())
    qtbot.waitUntil(lambda: "cannot be listed" in window.panels.banner.sentence.text())
    window.start("7")
    qtbot.waitUntil(lambda: "camera 7: no such camera" in window.panels.status.sentence.whole_text())
    assert window.panels.toolbar.run_button.text() == "Start"
    assert window.panels.toolbar.source.count() == 2  # demo and first camera stay on offer


class HangingController(MadeUpController):
    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def start(self, source: str) -> None:
        self.release.wait(20.0)


def test_a_camera_that_hangs_does_not_freeze_the_window(open_window, qtbot):
    controller = HangingController()
    window = open_window(controller)
    window.start("0")
    assert window.panels.toolbar.run_button.text() == "Stop"
    window.tick()
    controller.release.set()
    qtbot.waitUntil(lambda: not window._lanes.long.busy)


def test_geometry_and_overlays_come_back(open_window, settings):
    first = open_window(settings=settings)
    first.resize(900, 666)
    first.panels.viewbar.switches["mirror"].setChecked(True)
    first.panels.viewbar.gain.setCurrentText("×4")
    first.close()
    second = open_window(settings=settings)
    assert second.height() == 666  # the offscreen screen of 800 px has the last word on the width
    assert second.panels.picture.overlays.mirror
    assert second.panels.picture.overlays.gain == 4.0


def test_every_control_has_a_name_and_a_tooltip(open_window):
    panels = open_window().panels
    toolbar, viewbar, tunebar = panels.toolbar, panels.viewbar, panels.tunebar
    for control in (
        toolbar.source,
        toolbar.modes,
        toolbar.run_button,
        toolbar.record_button,
        toolbar.mark_button,
        toolbar.replay_button,
        toolbar.tune_button,
        toolbar.more_button,
        viewbar.gain,
        viewbar.magnify,
        *viewbar.switches.values(),
        *(row.slider for row in tunebar.sensitivities.values()),
        tunebar.own,
        tunebar.baseline,
        tunebar.engine,
    ):
        assert control.accessibleName() or control.text()
        assert control.toolTip()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_an_eternal_stream_holds_its_memory(open_window):
    window = open_window()
    for i in range(600):
        window.panels.timeline.show_snapshot(made_up.running(40.0 + i / 3))
    assert len(window.panels.timeline._faces.spans) < 10


def test_report_what_a_tick_costs(open_window, record_property):
    window = open_window(ground_truth=made_up.ground_truth())
    window.resize(1280, 720)
    snapshots = [made_up.running(made_up.NOW_S + i / made_up.RATE_HZ) for i in range(40)]
    costs = []
    for snapshot in snapshots:
        start_ns = time.thread_time_ns()
        window.show_snapshot(snapshot)
        window.grab()
        costs.append((time.thread_time_ns() - start_ns) * 1e-6)
    cost_ms = float(np.median(costs[10:]))
    record_property("tick_and_full_repaint_ms", cost_ms)
    print(f"tick with a full repaint at 1280×720: {cost_ms:.1f} ms")
    assert window._snapshot is snapshots[-1]


def test_the_same_snapshot_is_shown_once(open_window):
    window = open_window(MadeUpController(Snapshot(state=RunState.IDLE)))
    shown = []
    window.panels.picture.show_snapshot = shown.append
    for _ in range(3):
        window.tick()
    assert shown == []
