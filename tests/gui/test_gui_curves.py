from __future__ import annotations

import made_up
import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QHelpEvent, QMouseEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from livespot.gui.painting import blended
from livespot.snapshot import Snapshot


@pytest.fixture
def view(curves_view):
    return curves_view


def place(panel, value, x=200):
    area = panel.area()
    return QPoint(x, round(area.bottom() - value * area.height()))


def move(ground, at, buttons=Qt.MouseButton.NoButton):
    """A move of the mouse, sent straight: the platform's own cursor belongs to every window that is open."""
    whole = QPointF(ground.mapToGlobal(at))
    kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
    event = QMouseEvent(kind, QPointF(at), whole, none, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(ground, event)


def test_the_plot_shows_ten_seconds_and_probabilities_from_0_to_1_whatever_comes(view):
    panel = view.panels["ME"]
    before = panel.area()
    for snapshot in (made_up.running(40.0), made_up.many_events(), Snapshot(), made_up.running()):
        view.show_snapshot(snapshot)
        assert panel.plot.viewRange() == [[-10.0, 0.0], [0.0, 1.0]]
        assert panel.area() == before
    assert before.left() == pytest.approx(32) and before.right() < panel.width()


def test_the_lines_carry_the_newest_rows_and_their_gaps(view):
    snapshot = made_up.running(36.0, no_face=(30.0, 31.0))
    view.show_snapshot(snapshot)
    panel = view.panels["MaE"]
    x, y = panel._lines["apex"].getData()
    times, values = panel.curve("apex")
    assert np.array_equal(x, times[-len(x) :])
    assert np.array_equal(y, values[-len(y) :], equal_nan=True)
    assert np.isnan(y).sum() == 30
    assert x[0] >= -10.0


def test_an_early_drawn_curve_is_gone_when_there_is_nothing_to_draw(view):
    panel = view.panels["ME"]
    assert not panel._words.isVisible()
    view.show_snapshot(Snapshot())
    assert panel._words.isVisible()
    assert len(panel._lines["apex"].getData()[0]) == 0


def test_another_analysis_lies_behind_and_is_taken_away(view):
    snapshot = made_up.running()
    panel = view.panels["ME"]
    view.show_other(snapshot.curve_times_s + 1.0, snapshot.curves * 0.5)
    x, y = panel._other_line.getData()
    assert panel._other_line.isVisible()
    assert len(x) == len(y) > 0
    assert x.max() <= 1e-6  # what lies after now is not drawn over the edge
    view.show_other()
    assert not panel._other_line.isVisible()


def test_a_double_click_on_the_line_goes_back_to_the_engines_own(qtbot, view):
    panel, told = view.panels["ME"], []
    view.threshold_dragged.connect(lambda kind, value: told.append((kind, value)))

    def double_click(value):
        ground, left = panel.plot.viewport(), Qt.MouseButton.LeftButton
        qtbot.mouseDClick(ground, left, pos=place(panel, value))
        qtbot.mouseRelease(ground, left, pos=place(panel, value))

    double_click(0.3)
    assert told == []  # not on the line
    double_click(0.65)
    assert told == [("ME", 0.58)]
    assert panel.threshold.line.value() == 0.58


def test_the_line_is_bright_under_the_mouse_and_a_drag_elsewhere_moves_nothing(qtbot, view):
    panel = view.panels["MaE"]
    ground, line = panel.plot.viewport(), panel.threshold.line
    quiet = line.currentPen.color().name()
    move(ground, place(panel, 0.6))
    assert line.mouseHovering
    assert line.currentPen.color().name() != quiet
    qtbot.mousePress(ground, Qt.MouseButton.LeftButton, pos=place(panel, 0.2))
    move(ground, place(panel, 0.9), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(ground, Qt.MouseButton.LeftButton, pos=place(panel, 0.9))
    assert panel.threshold.value == 0.6
    assert panel.plot.viewRange() == [[-10.0, 0.0], [0.0, 1.0]]


def test_the_tooltip_of_the_plot_comes_from_the_panel(view, monkeypatch):
    panel, shown = view.panels["ME"], []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, words, _widget: shown.append(words))
    at = place(panel, 0.65)
    event = QHelpEvent(QEvent.Type.ToolTip, at, panel.mapToGlobal(at))
    QApplication.sendEvent(panel.plot.viewport(), event)
    assert shown[-1].startswith("ME apex threshold 0.65")
    assert "double-click" in panel.words_at(QPointF(at))


def test_keys_that_are_not_the_thresholds_go_on_to_the_window(qtbot, view):
    panel, seen = view.panels["ME"], []
    view.keyPressEvent = lambda event: seen.append(event.key())
    qtbot.keyClick(panel, Qt.Key.Key_Left)
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    assert panel.threshold.value == 0.66
    assert Qt.Key.Key_Up not in seen


def test_an_opaque_blend_is_what_alpha_gives():
    assert blended("#FFFFFF", 0.5, "#000000").name() in ("#7f7f7f", "#808080")
    assert blended("#E69F00", 0.0, "#1A1E25").name() == "#1a1e25"
    assert blended("#E69F00", 1.0, "#1A1E25").alpha() == 255
