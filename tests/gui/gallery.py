"""Renders each widget, and the whole window, in each state to PNG: ``python tests/gui/gallery.py OUTDIR``.

A tool for developers. Without a display it draws offscreen; ``QT_SCALE_FACTOR=2`` gives the pictures of a 2×
screen; ``--cost`` measures what a tick costs here.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import made_up
import numpy as np
from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtWidgets import QApplication, QWidget

from livespot.gui.app import application
from livespot.gui.crash import CrashDialog, report_of
from livespot.gui.curves import CurvesView
from livespot.gui.events import EventList
from livespot.gui.instant_replay import InstantReplay
from livespot.gui.magnify import MagnifyView
from livespot.gui.painting import Panel
from livespot.gui.palette import GRID_PX, THEMES, Theme
from livespot.gui.picture import PictureView
from livespot.gui.status import StatusView
from livespot.gui.strip import StripView
from livespot.gui.stylesheet import stylesheet
from livespot.gui.timeline import TimelineView
from livespot.gui.toolbar import Toolbar
from livespot.gui.window import MINIMUM_HEIGHT_PX, MINIMUM_WIDTH_PX, MainWindow
from livespot.snapshot import Snapshot

_WIDGET_STATES = ("idle", "running", "no_face", "low_rate", "failed", "many_events", "long_text")


def widgets(theme: Theme) -> dict[str, tuple[Callable[[], QWidget], QSize]]:
    """Every panel, alone, with the size to render it at."""
    return {
        "picture": (lambda: PictureView(theme), QSize(560, 420)),
        "curves": (lambda: CurvesView(theme), QSize(520, 420)),
        "picture_moment": (lambda: _with_moment(PictureView(theme)), QSize(560, 420)),
        "timeline": (lambda: TimelineView(theme), QSize(1200, 88)),
        "timeline_truth": (lambda: TimelineView(theme, made_up.ground_truth()), QSize(1200, 120)),
        "strip": (lambda: StripView(theme), QSize(440, 152)),
        "magnify": (lambda: MagnifyView(theme), QSize(280, 280)),
        "replay": (lambda: InstantReplay(theme), QSize(400, 360)),
        "events": (lambda: EventList(theme), QSize(260, 360)),
        "events_pictures": (lambda: _with_pictures(EventList(theme)), QSize(260, 400)),
        "status": (StatusView, QSize(1200, 72)),
        "toolbar": (lambda: Toolbar(theme), QSize(1200, 48)),
    }


def _with_pictures(events: EventList) -> EventList:
    kept = made_up.MadeUpController()
    events.pictures_asked.connect(lambda interval: events.show_pictures(interval, kept.pictures_of(interval)))
    return events


def _with_moment(picture: PictureView) -> PictureView:
    picture.show_moment(made_up.picture_at(25.2), "0:26.06  MaE apex")
    return picture


def save(widget: QWidget, path: Path) -> Path:
    """Lay ``widget`` out, paint it and write the PNG."""
    widget.show()
    for _ in range(5):  # style, layout, splitter and plots settle one after another
        QApplication.processEvents()
    if not widget.grab().save(str(path)):
        raise OSError(f"{path}: cannot be written; give a folder that exists and is yours")
    return path


def render_widgets(out: Path, theme: Theme) -> list[Path]:
    """One picture per widget and state."""
    made = []
    for name, (build, size) in widgets(theme).items():
        for state in _WIDGET_STATES if name != "toolbar" else ("idle",):
            widget = build()
            frame = widget if isinstance(widget, Panel) else Panel("", widget, 2 * GRID_PX)
            frame.setStyleSheet(stylesheet(theme))
            frame.resize(size + QSize(4 * GRID_PX, 4 * GRID_PX))
            if isinstance(widget, InstantReplay) and state != "idle":
                widget.play(made_up.MadeUpController().last_seconds(10.0))
                widget.seek(27.0)
            if hasattr(widget, "show_snapshot"):
                widget.show_snapshot(made_up.STATES[state]())
            made.append(save(frame, out / f"{name}-{state}.png"))
            _discard(frame)
    return made


def render_window(out: Path, theme: Theme, states: list[str], size: QSize, suffix: str = "") -> list[Path]:
    """The whole window, one picture per state."""
    made = []
    for state in states:
        shown: Snapshot = made_up.STATES[state]()
        truth = made_up.ground_truth() if state == "running" else ()
        window = MainWindow(made_up.MadeUpController(shown), theme=theme, ground_truth=truth)
        window.resize(size)
        made.append(save(window, out / f"window-{state}{suffix}.png"))
        window.close()
        _discard(window)
    return made


def render_report(out: Path, theme: Theme) -> Path:
    """The report of an exception."""
    dialog = CrashDialog()
    dialog.setStyleSheet(stylesheet(theme))
    try:
        raise ValueError("curves: expected (n, 10), got (3, 7)")
    except ValueError as error:
        dialog.add(*report_of(type(error), error, error.__traceback__))
    path = save(dialog, out / "report.png")
    _discard(dialog)
    return path


def measure_cost(ticks: int = 300, *, magnified: bool = False) -> dict[str, float]:
    """What a tick costs at 1280×720, painting included: CPU time of all threads, Qt's and OpenCV's own among them.

    Every tick brings a new picture and a new row of everything, which are made beforehand.

    Returns
    -------
    dict
        ``p50_ms``, ``p95_ms``, ``p99_ms`` and ``mean_ms`` per tick, and ``core_percent`` at 30 ticks a second.
    """
    controller = made_up.MadeUpController(made_up.running())
    window = MainWindow(controller, ground_truth=made_up.ground_truth())
    window.setFixedSize(1280, 720)
    window.show()
    window.panels.show_magnified(magnified)
    snapshots = [made_up.running(made_up.NOW_S + i / made_up.RATE_HZ) for i in range(ticks)]
    costs = []
    for snapshot in snapshots:
        start_ns = time.process_time_ns()
        controller.shown = snapshot  # the window's own timer sees the same, and shows it once
        window.tick()
        QApplication.processEvents()
        costs.append((time.process_time_ns() - start_ns) * 1e-6)
    window.close()
    _discard(window)
    warm = np.array(costs[ticks // 10 :])
    mean = float(warm.mean())
    shares = {f"p{q}_ms": float(np.percentile(warm, q)) for q in (50, 95, 99)}
    return {**shares, "mean_ms": mean, "core_percent": 3.0 * mean}


def _discard(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()
    QApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete)


def main(arguments: list[str] | None = None) -> int:
    """The developer's command."""
    parser = argparse.ArgumentParser(prog="python tests/gui/gallery.py", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUTDIR")
    parser.add_argument("--theme", choices=sorted(THEMES), default="dark")
    parser.add_argument("--panels", action="store_true", help="the panels alone, without the window")
    parser.add_argument("--cost", action="store_true", help="measure the cost of a tick as well")
    given = parser.parse_args(arguments)
    if not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _app = application()  # held: it must outlive the widgets
    given.out.mkdir(parents=True, exist_ok=True)
    theme = THEMES[given.theme]
    made = render_widgets(given.out, theme)
    if not given.panels:
        made += render_window(given.out, theme, list(made_up.STATES), QSize(1280, 720))
        narrow = QSize(MINIMUM_WIDTH_PX, MINIMUM_HEIGHT_PX)
        made += render_window(given.out, theme, ["running", "long_text"], narrow, "-narrow")
        made.append(render_report(given.out, theme))
    print(f"{len(made)} pictures in {given.out}")
    if given.cost:
        for name, magnified in (("picture", False), ("magnified", True)):
            cost = measure_cost(magnified=magnified)
            print(f"tick, CPU, {name}: " + ", ".join(f"{what} {value:.2f}" for what, value in cost.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
