"""A faster engine that is built while the window runs: said, and cancelled."""

from __future__ import annotations

from dataclasses import replace

import made_up
from made_up import MadeUpController
from PyQt6.QtCore import Qt


class Building(MadeUpController):
    def cancel_build(self):
        self.orders.append("cancel_build")
        self.shown = replace(self.shown, engine_build=None)


def test_the_build_is_said_and_can_be_cancelled(open_window, qtbot):
    controller = Building(replace(made_up.running(), engine_build=0.2))
    window = open_window(controller)
    banner = window.panels.banner
    qtbot.waitUntil(lambda: banner.isVisible() and "being built" in banner.sentence.text())
    button = next(b for b in banner._buttons if b.text() == "Cancel the build")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: controller.orders == ["cancel_build"])
    qtbot.waitUntil(lambda: "The engine is" in banner.sentence.text())
