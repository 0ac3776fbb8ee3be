"""The review window, driven by mouse and keys on a made-up service."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QPoint, QSettings, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from review_made import FIRST, FOUND, FRAMES, TRUE, MadeUpReview, place_of

from livespot.errors import InputError
from livespot.gui.export_dialog import ExportDialog, ReplaceDialog
from livespot.gui.palette import LIGHT
from livespot.gui.review.keys import KEYS
from livespot.gui.review.reanalysis_dialog import ReanalysisDialog
from livespot.gui.review.transport_bar import seconds_of
from livespot.gui.review.window import ReviewWindow
from livespot.review.orders import ExportOrder, Reanalysis


@pytest.fixture
def open_review(qtbot, tmp_path):
    windows = []

    def build(service=None, *, settings=None, **options):
        made = service if service is not None else MadeUpReview(tmp_path, **options)

        def opener(_path, report):
            report(1, 2)
            if isinstance(made, Exception):
                raise made
            return made

        window = ReviewWindow(opener, "lab/made up.mp4", theme=LIGHT, settings=settings)
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.waitUntil(lambda: not window.busy or getattr(made, "needs_analysis", False))
        if window.service is not None:
            window.panels.decide.reviewer.setText("Ada")
            window.actions_.rename("Ada")
        return window

    yield build
    for window in windows:
        window.close()


def press(window, *keys):
    window.activateWindow()
    for key in keys:
        QTest.keyClick(window.panels.track, key) if isinstance(key, Qt.Key) else window.actions_.do(key)


def on_track(window, time_s, kind="ME", lane="found"):
    track = window.panels.track
    top, height = getattr(track._lanes, lane)[kind]
    return QPoint(round(track._lanes.x_of(time_s, track.axis)), round(top + height / 2))


def drag(track, start, end, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.mousePress(track, Qt.MouseButton.LeftButton, modifier, start)
    QTest.mouseMove(track, (start + end) / 2)
    QTest.mouseMove(track, end)
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, modifier, end)


def decisions(window):
    return [(d.action, d.target, bool(d.undone_at)) for d in window.service.review.decisions]


def test_every_interval_can_be_reached_and_shows_its_apex(open_review, qtbot):
    window = open_review()
    seen = []
    for _ in range(6):
        press(window, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda: window.service.player.settled)
        shown = window.service.player.snapshot()
        seen.append(shown.frame.source_index)
        assert place_of(shown.frame.image) + FIRST == shown.frame.source_index
    apexes = sorted([*(i.apex for i in FOUND), TRUE[1].apex])
    assert seen == [*apexes, apexes[-1], apexes[-1]]
    press(window, Qt.Key.Key_Up)
    assert window.service.player.number == apexes[-2]


def test_ground_truth_is_matched_and_scored_after_review(open_review):
    window = open_review()
    marks = window.decisions.marks
    assert [row.against for row in marks.rows] == ["TP", "FP", "FN", "FP"]
    assert "F1 0.40" in window.panels.score.toolTip()
    press(window, "jump 1", "jump 1", Qt.Key.Key_X)  # the MaE is none
    press(window, Qt.Key.Key_Down, Qt.Key.Key_A)  # the missed ME is added
    assert window.decisions.marks.score.overall.as_dict()["f1"] == pytest.approx(0.8)
    assert [a for a, _, _ in decisions(window)] == ["reject", "add"]
    press(window, Qt.Key.Key_T)
    assert window.decisions.row.interval.type == "MaE"
    QTest.keyClick(window.panels.track, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.decisions.row.interval.type == "ME"
    QTest.keyClick(window.panels.track, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert window.decisions.row.interval.type == "MaE"


def test_ends_are_dragged_on_the_track_and_saved_when_let_go(open_review):
    window = open_review()
    track = window.panels.track
    mae = FOUND[1]
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=on_track(window, mae.apex_s, "MaE"))
    assert window.decisions.row.interval == mae
    end = on_track(window, mae.offset_s, "MaE")
    drag(track, end + QPoint(1, 0), on_track(window, 10.0, "MaE"))
    moved = window.decisions.row.interval
    assert moved.offset > mae.offset and abs(moved.offset_s - 10.0) < 0.1
    assert (moved.onset, moved.apex) == (mae.onset, mae.apex)
    assert decisions(window)[0][0] == "move" and len(decisions(window)) == 1
    press(window, "undo")
    assert window.decisions.row.interval == mae
    # past the apex there is no offset
    drag(track, end + QPoint(1, 0), on_track(window, 1.0, "MaE"))
    assert window.decisions.row.interval.offset == mae.apex


def test_the_keys_for_onset_apex_and_offset_take_the_frame_on_show(open_review):
    window = open_review()
    press(window, "jump 1", Qt.Key.Key_Left, Qt.Key.Key_Left, "apex", "step -1", "onset")
    row = window.decisions.row
    assert (row.interval.onset, row.interval.apex) == (FOUND[0].apex - 3, FOUND[0].apex - 2)
    assert row.verdict == "moved"


def test_seek_by_mouse_by_time_and_by_frame(open_review):
    window = open_review()
    track, bar = window.panels.track, window.panels.transport
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=on_track(window, 12.0, "MaE", "curves"))
    assert window.service.player.transport.position_s == pytest.approx(12.0, abs=0.05)
    press(window, Qt.Key.Key_G)
    QTest.keyClicks(bar.time, "0:07,5")
    QTest.keyClick(bar.time, Qt.Key.Key_Return)
    assert window.service.player.transport.position_s == 7.5
    bar.frame.setFocus()
    bar.frame.selectAll()
    QTest.keyClicks(bar.frame, "123")
    QTest.keyClick(bar.frame, Qt.Key.Key_Return)
    assert window.service.player.number == 123
    bar.frame.setText("99999")
    QTest.keyClick(bar.frame, Qt.Key.Key_Return)
    assert f"expected {FIRST} to {FIRST + FRAMES - 1}" in window.notice.text
    QTest.mouseClick(
        window.panels.overview, Qt.MouseButton.LeftButton, pos=QPoint(window.panels.overview.width() - 12, 10)
    )
    assert window.service.player.transport.position_s > 19.5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("64.25", 64.25),
        ("1:04.25", 64.25),
        ("1:01:04", 3664.0),
        ("0:07,5", 7.5),
        ("x", None),
        ("-3", None),
        ("", None),
    ],
)
def test_times_as_people_type_them(text, seconds):
    assert seconds_of(text) == seconds


def test_a_stretch_is_chosen_with_shift_looped_and_an_interval_added_in_it(open_review):
    window = open_review()
    shift = Qt.KeyboardModifier.ShiftModifier
    drag(window.panels.track, on_track(window, 15.0), on_track(window, 16.0), shift)
    loop = window.service.player.transport.loop
    assert loop == pytest.approx((15.0, 16.0), abs=0.05) and window.panels.transport.loop.isChecked()
    window.actions_.seek(15.5)
    QTest.keyClick(window.panels.track, Qt.Key.Key_N, shift)
    added = window.decisions.row.interval
    assert added.type == "MaE" and added.onset_s == pytest.approx(15.0, abs=0.05)
    assert added.apex_s == pytest.approx(15.5, abs=0.05)
    press(window, Qt.Key.Key_O)
    assert window.service.player.transport.loop is None


def test_play_step_and_speed_by_keys(open_review):
    window = open_review()
    press(window, Qt.Key.Key_Space)
    assert window.service.player.transport.playing
    press(window, Qt.Key.Key_Plus)
    assert window.service.player.transport.speed == 2.0
    press(window, Qt.Key.Key_Space)
    assert not window.service.player.transport.playing
    before = window.service.player.number
    press(window, Qt.Key.Key_Right)
    assert window.service.player.number == before + 1
    press(window, Qt.Key.Key_End, Qt.Key.Key_Home)
    assert window.service.player.number == FIRST


def test_a_comment_is_typed_and_letters_in_it_are_no_commands(open_review):
    window = open_review()
    press(window, "jump 1", Qt.Key.Key_C)
    field = window.panels.decide.comment
    QTest.keyClicks(field, "axe " + 60 * "long ")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert [a for a, _, _ in decisions(window)] == ["comment"]
    assert window.decisions.row.comments[0].startswith("axe long") and field.text() == ""


def test_refusals_are_sentences(open_review):
    window = open_review()
    press(window, Qt.Key.Key_A)
    assert "no interval is chosen" in window.notice.text
    press(window, "jump 1")
    window.actions_.rename("  ")
    press(window, Qt.Key.Key_A)
    assert "type your name" in window.notice.text and decisions(window) == []


def test_a_dragged_threshold_analyses_again_and_shows_both(open_review, qtbot):
    window = open_review()
    top, height = window.panels.track._lanes.curves["ME"]
    line = QPoint(300, round(top + 3 + 0.5 * (height - 6)))
    drag(window.panels.track, line, QPoint(300, round(top + height - 4)))
    qtbot.waitUntil(lambda: window.compared is not None)
    order = window.service.asked[0]
    assert order.thresholds["ME"] < 0.2 and order.thresholds["MaE"] == 0.5
    assert order.min_scores == {"ME": 0.2, "MaE": 0.3}
    assert [i for i, _, shared in window.decisions.marks.compared if not shared] == [TRUE[1]]
    assert window.decisions.marks.compared_score.overall.f1 == pytest.approx(4 / 6)
    new = [row for row in window.decisions.marks.rows if row.kind == "new"]
    assert [row.interval for row in new] == [TRUE[1]]
    window.actions_.choose(new[0].target)
    press(window, Qt.Key.Key_A)
    assert decisions(window)[0][0] == "add"
    window.panels.drop_new.click()
    assert window.compared is None and not window.decisions.marks.compared


def test_analyse_again_and_export_by_dialog(open_review, qtbot):
    window = open_review()
    press(window, Qt.Key.Key_F6)
    dialog = window.actions_.work.dialog
    assert isinstance(dialog, ReanalysisDialog)
    dialog.spins["ME"].setValue(0.3)
    dialog._tell()
    qtbot.waitUntil(lambda: window.compared is not None and not window.busy)
    window.activateWindow()
    qtbot.waitUntil(lambda: not dialog.isVisible() and window.isActiveWindow())
    assert window.service.asked[0] == Reanalysis(
        "spotformer", {"ME": 0.3, "MaE": 0.5}, {"ME": 0.2, "MaE": 0.3}
    )
    press(window, "jump 1", "accept", Qt.Key.Key_E)
    dialog = window.actions_.work.dialog
    assert isinstance(dialog, ExportDialog) and dialog.reviewed.isChecked()
    for box in dialog.formats.values():
        box.setChecked(False)
    assert not dialog._go.isEnabled()
    dialog.formats["eaf"].setChecked(True)
    dialog._tell()
    qtbot.waitUntil(lambda: "Written to" in window.notice.text)
    asked = window.service.asked[1]
    assert asked == ExportOrder(window.service.export_folder(), ("eaf",), True, "none")
    window.actions_.work._export(asked)
    qtbot.waitUntil(lambda: isinstance(window.actions_.work.dialog, ReplaceDialog))
    assert len(window.service.asked) == 3 and not window.notice.text.startswith("Written")
    window.actions_.work.dialog.accept()
    qtbot.waitUntil(lambda: "Written to" in window.notice.text)
    assert window.service.asked[3] == replace(asked, replace=True)


def test_a_video_is_watched_while_it_is_analysed_and_the_work_can_be_cancelled(open_review, qtbot, tmp_path):
    service = MadeUpReview(tmp_path, first=True)
    service.go_on.clear()
    window = open_review(service)
    qtbot.waitUntil(lambda: window.service is not None and window.busy)
    press(window, Qt.Key.Key_Space)
    assert service.player.transport.playing
    press(window, "add ME")
    assert "still under way" in window.notice.text
    window.strip.cancel_button.click()
    qtbot.waitUntil(lambda: not window.busy)
    assert "Cancelled" in window.notice.text
    press(window, "again")
    window.actions_.work.analyse(Reanalysis())
    assert "not been finished" in window.notice.text


def test_a_finished_first_analysis_is_what_the_review_is_about(open_review, qtbot, tmp_path):
    window = open_review(MadeUpReview(tmp_path, first=True))
    qtbot.waitUntil(lambda: len(window.decisions.marks.rows) == 4)
    press(window, "jump 1", "accept")
    assert len(decisions(window)) == 1


def test_what_cannot_be_opened_says_so_and_another_can_be_chosen(open_review, qtbot, tmp_path):
    window = open_review(InputError("x.mp4: is not a video; check the file"))
    assert "cannot be opened" in window._headline.text() and "check the file" in window._hint.text()
    assert not window.header.buttons["export"].isEnabled() and window.header.buttons["open"].isEnabled()
    press(window, "play", "accept")  # nothing to do, nothing happens
    window._opener = lambda _path, _report: MadeUpReview(tmp_path)
    window.actions_.work.take_file(str(tmp_path / "a.livespot" / "session.json"))
    qtbot.waitUntil(lambda: window.service is not None)
    assert window.windowTitle() == "livespot – made up.mp4"


def test_ground_truth_of_another_video_is_shown_with_a_doubt_and_a_bad_file_is_refused(open_review, tmp_path):
    window = open_review(truth=False)
    window.actions_.work.take_file("bad.csv")
    assert "lacks the column" in window.notice.text and not window.decisions.marks.truth
    window.actions_.work.take_file("other.eaf")
    assert "another recording" in window.notice.text and len(window.decisions.marks.truth) == 1


def test_without_pictures_there_are_still_curves_and_decisions(open_review):
    window = open_review(pictures=False)
    assert window.panels._pictures.currentWidget() is window.panels.no_picture
    press(window, "magnify", "jump 1", "accept")
    assert len(decisions(window)) == 1


def test_names_tab_order_and_narrow_windows(open_review):
    window = open_review()
    window.resize(900, 600)
    QApplication.processEvents()
    panels = window.panels
    for widget in (panels.track, panels.overview, panels.table, panels.decide.comment, panels.transport.time):
        assert widget.accessibleName()
    for button in (*window.header.buttons.values(), *panels.decide.buttons.values()):
        assert button.toolTip()
    assert window.header.buttons["truth"].text() == "Truth …"
    assert panels.track._lanes.axis[0] + panels.track._lanes.axis[1] <= panels.track.height() + 1
    assert panels.track.toolTip() == "" and "x" * 200 in window.panels._content.markers[0].label
    assert len({key for _, keys in KEYS for key, _, _ in keys}) == sum(len(keys) for _, keys in KEYS)


def test_the_name_and_the_shape_are_kept(open_review, tmp_path, qtbot):
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    window = open_review(settings=settings)
    window.header.switches["rois"].setChecked(False)
    window.close()
    again = open_review(MadeUpReview(tmp_path), settings=settings)
    assert not again.header.switches["rois"].isChecked()
    assert str(settings.value("review/reviewer")) == "Ada"


def test_closing_while_something_opens_leaves_no_thread(qtbot, tmp_path):
    service = MadeUpReview(tmp_path)

    def slow(_path, _report):
        service.go_on.wait(0.2)
        return service

    service.go_on.clear()
    window = ReviewWindow(slow, "x")
    qtbot.addWidget(window)
    window.show()
    window.close()
    assert service.player.recording.closed


def test_a_form_whose_analysis_failed_opens_as_it_was_filled_in(open_review, qtbot, monkeypatch):
    window = open_review()

    def fails(order, progress):
        raise InputError("engine nothing.onnx: no such file; choose another engine")

    monkeypatch.setattr(window.service, "analyse", fails)
    press(window, Qt.Key.Key_F6)
    window.actions_.work.dialog.spins["ME"].setValue(0.31)
    window.actions_.work.dialog._tell()
    qtbot.waitUntil(lambda: "nothing.onnx" in window.notice.text and not window.busy)
    window.activateWindow()
    press(window, Qt.Key.Key_F6)
    assert window.actions_.work.dialog.spins["ME"].value() == 0.31
