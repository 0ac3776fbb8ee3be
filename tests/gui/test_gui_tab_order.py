"""Tab walks both windows in reading order, and a screen reader has a name for whatever it stops at."""

from __future__ import annotations

from itertools import pairwise

import made_up
import pytest
from made_up import MadeUpController
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QApplication, QWidget
from review_made import MadeUpReview

from livespot.gui.review.window import ReviewWindow


def walked(window: QWidget, first: QWidget) -> list[QWidget]:
    """What Tab stops at, beginning with ``first``."""
    window.activateWindow()
    QTest.qWaitForWindowActive(window, 5000)
    first.setFocus()
    found = [first]
    for _ in range(100):
        at = QApplication.focusWidget()
        assert at is not None
        QTest.keyClick(at, Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        if at is first:
            return found
        assert at not in found, f"Tab goes in a circle without {first}"
        found.append(at)
    raise AssertionError("Tab does not come back")


def name_of(widget: QWidget) -> str:
    """As Qt tells it: a button without a name of its own is called by its text."""
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def in_reading_order(panel: QWidget, widgets: list[QWidget]) -> bool:
    """Line by line, in each from left to right; what overlaps vertically by half is one line."""
    places = [(w.mapTo(panel, QPoint(0, 0)), w.height()) for w in widgets]
    for (before, height), (after, _) in pairwise(places):
        same_line = abs(after.y() - before.y()) < height / 2
        if after.x() < before.x() if same_line else after.y() < before.y():
            return False
    return True


def grouped(panels: list[QWidget], stops: list[QWidget]) -> list[list[QWidget]]:
    """The stops of each panel; every stop lies in one, and no panel is visited twice."""
    order = []
    for stop in stops:
        inside = [i for i, panel in enumerate(panels) if panel is stop or panel.isAncestorOf(stop)]
        assert inside, f"{name_of(stop)} lies in no panel"
        order.append(inside[0])
    assert order == sorted(order), [name_of(stop) for stop in stops]
    return [[stop for stop, i in zip(stops, order, strict=True) if i == n] for n in range(len(panels))]


@pytest.mark.parametrize("running", [True, False])
def test_the_live_window(open_window, qtbot, running):
    window = open_window(MadeUpController(made_up.many_events() if running else made_up.Snapshot()))
    window.actions_.tuning.show_tuning(True)
    window.panels.banner.say("Words.", [("Do it", lambda: None)])
    qtbot.wait(50)
    panels = window.panels
    stops = walked(window, panels.toolbar.run_button if running else panels.toolbar.source)
    groups = grouped(
        [
            panels.toolbar,
            panels.tunebar,
            panels.banner,
            panels.viewbar,
            panels.watching,
            panels.measuring,
            panels.aside,
            panels.timeline,
        ],
        stops,
    )
    assert in_reading_order(panels, stops[: sum(len(group) for group in groups[:4])])
    assert in_reading_order(panels.measuring, groups[5]) and len(groups[5]) >= 2
    assert all(name_of(stop) for stop in stops), [stop for stop in stops if not name_of(stop)]


def test_the_review_window(qtbot, tmp_path):
    window = ReviewWindow(lambda path, report: MadeUpReview(tmp_path), "made up.mp4")
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: not window.busy)
    panels = window.panels
    children = [
        w for w in window.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    first = min(
        (w for w in children if w.isEnabled()),
        key=lambda w: (w.mapTo(window, QPoint()).y() // 30, w.mapTo(window, QPoint()).x()),
    )
    stops = walked(window, first)
    below = [panels.table, panels.decide, panels.transport, panels.track]
    head = [w for w in stops if not any(panel is w or panel.isAncestorOf(w) for panel in below)]
    assert stops[: len(head)] == head and in_reading_order(window, head)
    groups = grouped(below, stops[len(head) :])
    assert all(groups) and in_reading_order(window, groups[1]) and in_reading_order(window, groups[2])
    assert all(name_of(stop) for stop in stops), [stop for stop in stops if not name_of(stop)]
    window.close()
