"""``livespot`` without a command: the home window, or the list of commands where no window can be opened."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from livespot.batch.result_folders import recordings_in
from livespot.commands.live import demo_truth, missing_display
from livespot.config import Config
from livespot.review.service import Opening, open_review
from livespot.review.thumbnail import thumbnail
from livespot.stream import Controller

if TYPE_CHECKING:
    from livespot.gui.home.services import HomeServices


def run(help_text: str) -> int:
    """Show the home window until it is closed; without a display, print why and ``help_text``."""
    if lack := missing_display():
        print(f"livespot: {lack}, so no window can be opened; these commands need none\n", file=sys.stderr)
        print(help_text, end="")
        return 0
    from livespot.gui.home.app import run_home

    return run_home(services(Config()))


def services(config: Config) -> HomeServices:
    """Return what the pages of the home window work with, as the commands would make it."""
    from livespot.gui.home.services import HomeServices

    return HomeServices(
        live=lambda: Controller(config, keep_pictures=True),
        review=lambda path, report: open_review(Opening(Path(path), config), report),
        recordings=recordings_in,
        thumbnail=thumbnail,
        command=(sys.executable, "-m", "livespot"),
        truths={"demo": demo_truth()},
    )
