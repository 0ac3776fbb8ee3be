from __future__ import annotations

from dataclasses import replace

import made_up
import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QWidget

from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.intervals import FaceHistory, newest_s, visible
from livespot.gui.palette import THEMES
from livespot.gui.picture import PictureView, face_words
from livespot.gui.status import StatusView, figures, notice
from livespot.gui.timeline import TimelineView
from livespot.snapshot import RunState, Snapshot, Telemetry
from livespot.types import FaceState

STATE = pytest.mark.parametrize("state", list(made_up.STATES))


@STATE
@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_every_panel_alone_paints_every_state(qtbot, state, theme):
    builds = (PictureView, CurvesView, lambda t: TimelineView(t, made_up.ground_truth()), EventList)
    for panel in (*(build(theme) for build in builds), StatusView()):
        qtbot.addWidget(panel)
        panel.resize(400, 300)
        panel.show_snapshot(made_up.STATES[state]())
        assert not panel.grab().isNull()
        panel.show_snapshot(Snapshot())  # and back to nothing
        assert not panel.grab().isNull()


# --- picture ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (640, 480)])
def test_the_picture_is_never_distorted(qtbot, size):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(*size)
    view.show_snapshot(made_up.running())
    area = view.picture_area()
    assert area.width() / area.height() == pytest.approx(640 / 480)
    assert area.width() == pytest.approx(size[0]) or area.height() == pytest.approx(size[1])
    assert area.center() == QPointF(size[0] / 2, size[1] / 2)


def test_colours_and_sides_of_the_picture(qtbot):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :32] = (255, 0, 0)  # BGR: the left half is blue
    image[:, 32:] = (0, 0, 255)
    image.setflags(write=False)
    made = made_up.running()
    snapshot = replace(made, frame=replace(made.frame, image=image), landmarks=None, roi_points=None)
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show_snapshot(snapshot)
    seen = view.grab().toImage()
    assert (seen.pixelColor(60, 200).name(), seen.pixelColor(580, 200).name()) == ("#0000ff", "#ff0000")
    view.overlays.mirror = True
    seen = view.grab().toImage()
    assert (seen.pixelColor(60, 200).name(), seen.pixelColor(580, 200).name()) == ("#ff0000", "#0000ff")


def test_overlays_follow_the_mirror_and_the_pixel_grid(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show_snapshot(made_up.running())
    assert view.to_widget().map(QPointF(0, 0)) == QPointF(0.5, 0.5)
    view.overlays.mirror = True
    assert view.to_widget().map(QPointF(0, 0)) == QPointF(639.5, 0.5)


@pytest.mark.parametrize("name", ["box", "landmarks", "rois", "motion"])
def test_each_overlay_can_be_switched(qtbot, name):
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show_snapshot(made_up.running())
    on = view.grab().toImage()
    setattr(view.overlays, name, False)
    assert view.grab().toImage() != on


def test_hidden_rois_and_still_faces_draw_no_arrow(qtbot):
    made = made_up.running()
    hidden = replace(
        made, roi_vectors=np.full((10, 2), np.nan, np.float32), roi_points=made.roi_points * np.nan
    )
    view = PictureView()
    qtbot.addWidget(view)
    view.show_snapshot(hidden)
    assert not view.grab().isNull()


def test_words_without_a_face(qtbot):
    view = PictureView()
    qtbot.addWidget(view)
    view.show_snapshot(made_up.no_face())
    assert view.accessibleDescription() == "No face in the picture"
    assert face_words(FaceState.OK) == ""
    assert face_words(FaceState.TOO_DARK) == "Too dark"


# --- curves -------------------------------------------------------------------------------------------------


def test_curves_keep_gaps_and_the_delay(qtbot):
    view = CurvesView()
    qtbot.addWidget(view)
    snapshot = made_up.running(no_face=(26.0, 27.0))
    view.show_snapshot(snapshot)
    times, values = view.panels["ME"].curve("apex")
    assert times[-1] == pytest.approx(snapshot.curve_times_s[-1] - newest_s(snapshot))
    assert times[-1] < -0.2
    assert np.isnan(values).sum() == 30


def test_threshold_line_shows_only_when_given(qtbot):
    view = CurvesView()
    qtbot.addWidget(view)
    view.show_snapshot(replace(made_up.running(), thresholds={"MaE": 0.25}))
    assert view.panels["ME"].threshold.value is None
    assert view.panels["MaE"].threshold.value == 0.25


# --- intervals and timeline ---------------------------------------------------------------------------------


def test_visible_takes_what_touches_the_stretch():
    intervals = made_up.running().confirmed
    shown = visible(intervals, 10.7, 14.5)
    assert [i.onset_s for i in shown] == [10.6, 14.0]


def test_face_history_outlives_the_snapshot():
    history = FaceHistory(30.0)
    for now_s in np.arange(10.0, 40.0, 5.0):
        history.add(made_up.running(float(now_s), no_face=(12.0, 13.0)))
    kinds = [span.kind for span in history.spans]
    assert kinds == ["face", "none", "face"]
    none = history.spans[1]
    assert (none.start_s, none.end_s) == pytest.approx((12.0, 13.0), abs=0.05)
    history.add(made_up.running(5.0))  # a new run
    assert history.spans[-1].end_s < 5.0


def test_face_history_marks_a_broken_stream():
    history = FaceHistory(30.0)
    values = np.zeros((2, 10), np.float32)
    frame = made_up.running().frame
    for times in ([1.0, 1.03], [4.0, 4.03]):
        history.add(Snapshot(frame=frame, curve_times_s=np.array(times), curves=values))
    assert [(s.kind, s.start_s, s.end_s) for s in history.spans] == [
        ("face", 1.0, 1.03),
        ("gap", 1.03, 4.0),
        ("face", 4.0, 4.03),
    ]


def test_timeline_has_room_for_the_truth_only_when_there_is_one(qtbot):
    plain, with_truth = TimelineView(), TimelineView(ground_truth=made_up.ground_truth())
    for view in (plain, with_truth):
        qtbot.addWidget(view)
    assert with_truth.height() > plain.height()


# --- events -------------------------------------------------------------------------------------------------


def test_events_are_newest_first_and_grow_at_the_top(qtbot):
    view = EventList()
    qtbot.addWidget(view)
    made = made_up.running()
    view.show_snapshot(replace(made, confirmed=made.confirmed[:2]))
    inserted = []
    view.events.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    view.show_snapshot(made)
    assert inserted == [(0, len(made.confirmed) - 3)]
    assert view.events.interval(0) == made.confirmed[-1]
    assert view.events.index(0, 0).data() == made.confirmed[-1].type
    words = view.events.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "micro-expression, onset 0:29.00" in words
    view.show_snapshot(Snapshot())
    assert view.events.rowCount() == 0


# --- status -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshot", "words", "attention"),
    [
        (Snapshot(), "Choose a source", False),
        (made_up.running(), "Confirmed so far: 4 ME, 3 MaE", False),
        (made_up.low_rate(), "The camera gives 15 fps: micro-expressions cannot be seen", True),
        (made_up.no_face(), "No face in the picture", True),
        (
            Snapshot(state=RunState.FAILED, message="camera 3: no such camera"),
            "camera 3: no such camera",
            True,
        ),
        (Snapshot(state=RunState.RECONNECTING), "trying again", True),
    ],
)
def test_the_sentence_names_what_matters(snapshot, words, attention):
    told = notice(snapshot)
    assert words in told.text
    assert told.attention is attention


def test_figures_in_words():
    shown = {f.caption: f.value for f in figures(made_up.many_events())}
    assert shown["Source"] == "Integrated Camera, 640×480"
    assert shown["Rate"] == "29.9 fps"
    assert shown["Compute / probability / confirmed"] == "6 ms / 14 ms / 1.1 s"
    assert shown["Drops"] == "1,216 (too slow 12, duplicate time stamp 1,204), 3 gaps"
    assert shown["Face"] == "found"
    one = replace(made_up.running(), telemetry=Telemetry(drops={"too slow": 3}, gaps=1))
    assert {f.caption: f.value for f in figures(one)}["Drops"] == "3 (too slow), 1 gap"


def test_long_text_is_shortened_and_whole_in_the_tooltip(qtbot):
    holder = QWidget()
    view = StatusView()
    qtbot.addWidget(holder)
    view.setParent(holder)
    view.resize(600, 80)
    engine = "x" * 200
    view.show_snapshot(replace(made_up.running(), engine=engine))
    view.grab()
    label = view.values["Engine"]
    assert label.whole_text() == engine
    assert label.toolTip().startswith(engine)
    assert label.text().endswith("…")
    assert view.minimumSizeHint().width() < 600
