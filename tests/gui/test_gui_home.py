"""The home window with what stands behind it for real: controller, analysis, batch process, files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from capture_makers import encode_video
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QFileDialog

from livespot.commands.home import services
from livespot.config import Config
from livespot.gui.home.about import AboutDialog
from livespot.gui.home.window import HomeWindow
from livespot.gui.review.window import ReviewWindow
from livespot.gui.settings_dialog import SettingsDialog
from livespot.gui.window import MainWindow
from livespot.installation.versions import VERSION
from livespot.snapshot import RunState


@pytest.fixture
def home(qtbot, settings):
    window = HomeWindow(services(Config()), settings=settings)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.close()


@pytest.fixture
def clip(tmp_path, demo_images):
    return encode_video(tmp_path / "clip.mp4", demo_images[70:110])


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)


def test_the_demo_runs_as_a_page_and_closing_it_leads_home(home, qtbot):
    qtbot.mouseClick(home.start_page.buttons["demo"], Qt.MouseButton.LeftButton)
    page = home.page
    assert isinstance(page, MainWindow) and page.isVisible() and not page.isWindow()
    qtbot.waitUntil(lambda: page.snapshot.state is RunState.RUNNING, timeout=90_000)
    assert len(page.panels.truth) > 0
    page.close()
    qtbot.waitUntil(lambda: home.page is None, timeout=10_000)
    assert home.isVisible() and home.start_page.isVisible()


def test_a_dropped_video_is_reviewed_and_listed_with_a_thumbnail(home, qtbot, clip):
    drop(home, clip)
    page = home.page
    assert isinstance(page, ReviewWindow)
    qtbot.waitUntil(lambda: page.service is not None, timeout=60_000)
    page.close()
    qtbot.waitUntil(lambda: home.page is None, timeout=20_000)
    recent = home.start_page.recent
    assert recent.count() == 1 and recent.item(0).text().startswith("clip.mp4")
    qtbot.waitUntil(lambda: clip in recent._pictures, timeout=10_000)
    clip.unlink()
    recent.itemActivated.emit(recent.item(0))
    assert "no longer there" in home.start_page.banner.sentence.text() and home.page is None
    assert recent.count() == 0


def test_two_dropped_files_are_a_batch_that_a_real_process_analyses(home, qtbot, clip, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no video at all")
    drop(home, clip, tmp_path / "broken.mp4")
    batch = home.batch
    assert batch.isVisible() and batch.table.rowCount() == 2
    batch.out.setText(str(tmp_path / "results"))
    qtbot.mouseClick(batch.run_button, Qt.MouseButton.LeftButton)
    assert batch.running and not batch.run_button.isEnabled() and batch.stop_button.isEnabled()
    with qtbot.waitSignal(batch._process.finished, timeout=110_000):
        pass
    texts = [batch.table.item(row, 1).text() for row in range(2)]
    assert texts[0].startswith("✓") and texts[1].startswith("▲"), texts
    assert (tmp_path / "results" / "clip" / "intervals.csv").is_file()
    assert batch.words.text() == "2 of 2 done" and batch.bar.value() == 2 and not batch.running


def test_a_folder_without_recordings_says_what_to_do(home, tmp_path):
    (tmp_path / "empty").mkdir()
    drop(home, tmp_path / "empty")
    assert "give a video file or a folder of images" in home.batch.words.text()
    assert not home.batch.run_button.isEnabled()
    home.batch.back_button.click()
    assert home.start_page.isVisible()


def test_a_folder_that_is_no_session_is_named_in_the_window(home, qtbot, tmp_path):
    (tmp_path / "x.livespot").mkdir()
    drop(home, tmp_path / "x.livespot")
    page = home.page
    qtbot.waitUntil(lambda: "is no recorded session" in page._hint.text(), timeout=10_000)
    page.close()
    qtbot.waitUntil(lambda: home.page is None)


def test_every_choice_has_a_menu_entry_and_the_keys_belong_to_the_page_on_show(home, qtbot):
    names = [action.text() for action in home._actions]
    assert names == ["Live", "Open video …", "Open session …", "Batch …", "Demo", "Settings …",
                     "About livespot", "Quit"]  # fmt: skip
    qtbot.keyClick(home, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(home.dialog, SettingsDialog)
    home.dialog.theme.setCurrentIndex(home.dialog.theme.findData("light"))
    home.dialog.accept()
    assert home.preferences.theme == "light"
    home._named["about"]()
    assert isinstance(home.dialog, AboutDialog) and not isinstance(home.dialog, QFileDialog)
    home._named["session"]()
    assert isinstance(home.dialog, QFileDialog)
    assert home.dialog.fileMode() is QFileDialog.FileMode.Directory
    home.dialog.close()


def test_a_session_is_opened_by_one_of_its_files(home, qtbot, tmp_path):
    source = Path(__file__).parents[1] / "session" / "version1-full.livespot"
    session = shutil.copytree(source, tmp_path / "old.livespot")
    home.open_paths([session / "session.json"])
    page = home.page
    qtbot.waitUntil(lambda: page.service is not None, timeout=60_000)
    assert page.service.player.recording.path == session
    page.close()
    qtbot.waitUntil(lambda: home.page is None, timeout=20_000)


def test_without_a_display_the_commands_are_listed():
    environment = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    if sys.platform != "linux":
        pytest.skip("only Linux runs without a display")
    done = subprocess.run(
        [sys.executable, "-m", "livespot"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "no window can be opened" in done.stderr and "usage: livespot" in done.stdout


def test_the_version_is_that_of_the_package():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{VERSION}"' in text
