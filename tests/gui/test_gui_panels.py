from __future__ import annotations

from dataclasses import replace

import made_up
import numpy as np
import pytest
from made_up_movement import SMILE
from PyQt6.QtCore import QPoint, QPointF, Qt

from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.instant_replay import InstantReplay
from livespot.gui.magnify import GAINS, MagnifyView, displacement
from livespot.gui.palette import THEMES, contrast
from livespot.gui.picture import PictureView
from livespot.gui.strip import StripView, levels
from livespot.gui.timeline import TimelineView
from livespot.gui.verdicts import Verdict, judge
from livespot.snapshot import Snapshot

PANELS = (StripView, MagnifyView, InstantReplay, TimelineView, CurvesView, EventList, PictureView)


@pytest.mark.parametrize("state", list(made_up.STATES))
@pytest.mark.parametrize("build", [StripView, MagnifyView, InstantReplay])
def test_new_panels_paint_every_state_and_back_to_nothing(qtbot, build, state):
    for theme in THEMES.values():
        panel = build(theme)
        qtbot.addWidget(panel)
        panel.resize(300, 260)
        for snapshot in (made_up.STATES[state](), Snapshot()):
            panel.show_snapshot(snapshot)
            assert not panel.grab().isNull()


@pytest.mark.parametrize("build", PANELS)
def test_every_panel_has_a_name_for_screen_readers(qtbot, build):
    panel = build()
    qtbot.addWidget(panel)
    assert panel.accessibleName()


# --- threshold ----------------------------------------------------------------------------------------------


@pytest.fixture
def me_panel(curves_view):
    return curves_view


def test_a_dragged_threshold_is_told_and_stays_until_the_engine_follows(qtbot, me_panel):
    panel, told = me_panel.panels["ME"], []
    me_panel.threshold_dragged.connect(lambda kind, value: told.append((kind, value)))
    area = panel.area()
    at = lambda value: QPoint(200, round(area.bottom() - value * area.height()))  # noqa: E731
    ground = panel.plot.viewport()
    qtbot.mousePress(ground, Qt.MouseButton.LeftButton, pos=at(0.65))
    qtbot.mouseMove(ground, at(0.4))
    qtbot.mouseRelease(ground, Qt.MouseButton.LeftButton, pos=at(0.4))
    assert told[-1][0] == "ME"
    assert told[-1][1] == pytest.approx(0.4, abs=0.02)
    me_panel.show_snapshot(made_up.running(32.1))  # still the old one: the order is on its way
    assert panel.threshold.value == told[-1][1]
    me_panel.show_snapshot(replace(made_up.running(32.2), thresholds={"ME": told[-1][1], "MaE": 0.6}))
    me_panel.show_snapshot(replace(made_up.running(32.3), thresholds={"ME": 0.7, "MaE": 0.6}))
    assert panel.threshold.value == 0.7


def test_the_threshold_moves_by_keys_and_back_to_the_engines_own(qtbot, me_panel):
    panel = me_panel.panels["ME"]
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    assert panel.threshold.value == 0.66
    qtbot.keyClick(panel, Qt.Key.Key_PageDown)
    assert panel.threshold.value == 0.61
    qtbot.keyClick(panel, Qt.Key.Key_Home)
    assert panel.threshold.value == 0.58
    assert "0.58" in panel.accessibleDescription()
    for _ in range(40):
        qtbot.keyClick(panel, Qt.Key.Key_PageUp)
    assert panel.threshold.value == 0.98


def test_curves_say_their_values(me_panel):
    panel = me_panel.panels["MaE"]
    area = panel.area()
    words = panel.words_at(QPointF(area.center().x(), area.top() + 5))
    assert "apex" in words and "onset" in words
    assert panel.words_at(QPointF(2, 2)) == ""


# --- strip --------------------------------------------------------------------------------------------------


def test_levels_grow_with_motion_and_leave_out_what_was_not_measured():
    shades = levels(np.array([[0.0, 0.5, 1.0, 4.0, 8.0, 20.0, np.nan]], np.float32))[0]
    assert shades[0] == 1
    assert (np.diff(shades[:5].astype(int)) > 0).all()
    assert shades[4] == shades[5] == 255
    assert shades[6] == 0
    assert shades[2] > 90  # where micro-expressions live, a third of all levels is used up


def test_the_strip_names_region_and_motion(qtbot):
    view = StripView()
    qtbot.addWidget(view)
    view.resize(440, 152)
    view.show_snapshot(made_up.running())
    area = view.area()
    assert "lower lip" in view.words_at(QPointF(area.center().x(), area.bottom() - 2))
    assert "px in half a second" in view.words_at(area.center())


# --- magnified motion ---------------------------------------------------------------------------------------


def test_displacement_is_what_was_measured_at_an_roi_and_nothing_far_away():
    points = np.array([[0.0, 0.0], [500.0, 0.0]])
    moved = displacement(points, np.zeros((1, 2)), np.array([[3.0, -1.0]]), 20.0)
    assert moved[0] == pytest.approx([3.0, -1.0])
    assert np.abs(moved[1]).max() < 1e-6
    twice = displacement(points[:1], np.zeros((2, 2)), np.array([[3.0, 0.0], [3.0, 0.0]]), 20.0)
    assert twice[0] == pytest.approx([3.0, 0.0])  # neighbours do not add up


def test_a_still_face_is_not_warped_and_a_moving_one_is(qtbot):
    view = MagnifyView()
    qtbot.addWidget(view)
    made = made_up.running()
    view.show_snapshot(replace(made, roi_vectors=np.zeros((10, 2), np.float32)))
    still = view.warped(made.frame.image, 200).copy()
    view._plain = True
    assert np.array_equal(view.warped(made.frame.image, 200), still)
    view._plain = False
    view.show_snapshot(replace(made_up.running(made_up.NOW_S), roi_vectors=made.roi_vectors))
    moved = view.warped(made.frame.image, 200)
    assert np.abs(moved.astype(int) - still).mean() > 0.5


def test_no_gain_folds_the_picture(qtbot):
    view = MagnifyView()
    qtbot.addWidget(view)
    view.set_gain(GAINS[-1])
    made = made_up.running()
    view.show_snapshot(replace(made, roi_vectors=40 * made.roi_vectors))
    line = np.column_stack([np.linspace(200, 450, 251), np.full(251, 175.0)])
    source = line - view.pushed(line, view._eyes_px())
    assert (np.diff(source[:, 0]) > 0).all()


# --- events -------------------------------------------------------------------------------------------------


def test_pictures_are_asked_once_for_rows_in_sight_and_a_click_names_the_phase(qtbot):
    view, asked, moments = EventList(), [], []
    qtbot.addWidget(view)
    view.resize(260, 200)
    view.pictures_asked.connect(asked.append)
    view.moment_asked.connect(lambda time_s, interval: moments.append((time_s, interval)))
    view.show()
    view.show_snapshot(made_up.many_events())
    for _ in range(3):
        view.grab()
    assert 2 <= len(asked) <= 5
    assert len(set(asked)) == len(asked)
    view.show_pictures(asked[0], made_up.MadeUpController().pictures_of(made_up.running().confirmed[-1]))
    assert not view.grab().isNull()
    row = view.visualRect(view.events.index(0))
    newest = view.events.interval(0)
    viewport = view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(row.left() + 110, row.center().y()))
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(row.left() + 210, row.center().y()))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert moments == [(newest.onset_s, newest), (newest.offset_s, newest), (newest.apex_s, newest)]


@pytest.mark.parametrize("with_pictures", [False, True])
def test_a_row_says_what_moved(qtbot, with_pictures):
    view = EventList()
    qtbot.addWidget(view)
    if with_pictures:
        view.pictures_asked.connect(lambda _: None)
    view.resize(260, 200)
    view.show()
    plain = replace(made_up.running(), confirmed=made_up.running().confirmed[:1])
    view.show_snapshot(plain)
    before = view.grab().toImage()
    said = EventList()
    qtbot.addWidget(said)
    if with_pictures:
        said.pictures_asked.connect(lambda _: None)
    said.resize(260, 200)
    said.show()
    said.show_snapshot(replace(plain, confirmed=(replace(plain.confirmed[0], movement=SMILE),)))
    assert said.grab().toImage() != before
    index = said.events.index(0)
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert SMILE.words in said.events.data(index, role)
    assert SMILE.words not in view.events.data(view.events.index(0), Qt.ItemDataRole.ToolTipRole)


# --- timeline -----------------------------------------------------------------------------------------------


def test_verdicts_by_the_measure():
    made = made_up.running()
    judged = judge(made_up.ground_truth(), made.confirmed, made_up.NOW_S - 3.0)
    assert judged.counts() == (6, 1, 1)
    missed = [i for i, verdict in judged.truth.items() if verdict is Verdict.MISSED]
    assert [i.onset_s for i in missed] == [pytest.approx(17.32)]


@pytest.fixture
def timeline(qtbot):
    view = TimelineView(ground_truth=made_up.ground_truth())
    qtbot.addWidget(view)
    view.resize(1000, view.height())
    view.show()
    view.show_snapshot(made_up.running())
    return view


def test_a_click_seeks_and_shift_selects(qtbot, timeline):
    asked, chosen = [], []
    timeline.seek_asked.connect(asked.append)
    timeline.selection_changed.connect(chosen.append)
    x = round(timeline.x_of(14.0))
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
    assert asked == [pytest.approx(14.0, abs=0.05)]
    shift = Qt.KeyboardModifier.ShiftModifier
    timeline.select(14.0, 12.0)
    assert chosen == [(12.0, 14.0)]
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, shift, QPoint(x, 30))
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, shift, QPoint(x, 30))
    assert timeline.selection is None


def test_keys_go_from_expression_to_expression_and_back_to_live(qtbot, timeline):
    asked = []
    timeline.seek_asked.connect(asked.append)
    apexes = [i.apex_s for i in made_up.running().confirmed]
    qtbot.keyClick(timeline, Qt.Key.Key_PageUp)
    qtbot.keyClick(timeline, Qt.Key.Key_PageUp)
    assert asked == sorted(apexes)[:-3:-1]
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    assert asked[-1] == pytest.approx(asked[-2] + 1 / 30)
    with qtbot.waitSignal(timeline.live_asked):
        qtbot.keyClick(timeline, Qt.Key.Key_Escape)


def test_the_timeline_tells_what_is_under_the_mouse(timeline):
    tops = timeline._tops()
    words = lambda time_s, lane: timeline.words_at(QPointF(timeline.x_of(time_s), tops[lane] + 4))  # noqa: E731
    assert "false alarm" in words(23.2, "ME")
    assert "missed" in words(17.5, "ME truth")
    assert "Provisional" in words(31.0, "MaE")
    assert "no face" in words(21.0, "face")
    assert "question 4" in words(12.0, "MaE")
    assert "Click to see" in words(3.0, "ME")


def test_a_held_range_stays_while_time_goes_on(timeline):
    timeline.show_range(0.0, 60.0)
    before = timeline.x_of(10.0)
    timeline.show_snapshot(made_up.running(40.0))
    assert timeline.x_of(10.0) == before
    assert not timeline.grab().isNull()


# --- kept moments and replay --------------------------------------------------------------------------------


def test_a_moment_is_held_while_the_stream_goes_on(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.show()
    view.show_snapshot(made_up.running())
    view.show_moment(made_up.picture_at(14.0), "0:14.00  ME apex")
    assert "ME apex" in view.accessibleDescription()
    view.show_snapshot(made_up.running(33.0))
    assert view.moment is not None
    with qtbot.waitSignal(view.moment_closed):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton)
    assert view.moment is None


def test_the_replay_plays_slowly_pauses_steps_and_closes(qtbot):
    replay, made = InstantReplay(), made_up.running()
    qtbot.addWidget(replay)
    replay.show()
    replay.play(made_up.MadeUpController().last_seconds(10.0), made.confirmed)
    assert replay.playing
    assert replay.picture.time_s == pytest.approx(22.0)
    qtbot.waitUntil(lambda: replay.picture.time_s > 22.05, timeout=5000)
    replay.seek(29.0)
    assert not replay.playing
    assert replay.view._words == "ME onset"
    qtbot.keyClick(replay, Qt.Key.Key_Right)
    assert replay.picture.time_s == pytest.approx(29.1)
    with qtbot.waitSignal(replay.closed):
        qtbot.keyClick(replay, Qt.Key.Key_Escape)
    assert replay.picture is None
    assert not replay.playing


# --- contrast -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_signs_inside_bars_and_tags_can_be_read(theme):
    for kind in ("ME", "MaE"):
        assert contrast(theme.panel, theme.of(kind)) >= 4.5  # a tick in a bar
    assert contrast(theme.text, theme.raised) >= 4.5  # flags of markers, the tag of a threshold


def test_a_dark_pill_reads_over_any_picture():
    worst = "#" + "".join(f"{round(0.88 * int(c, 16) + 0.12 * 255):02X}" for c in ("10", "12", "16"))
    assert contrast("#FFFFFF", worst) >= 4.5
