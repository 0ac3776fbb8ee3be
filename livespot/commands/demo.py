"""``livespot demo``: the built-in clip as if it came from a camera."""

from __future__ import annotations

import argparse

from livespot.commands.live import live_options, run

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.set_defaults(
        camera="demo", size=None, fps=None, record=None, record_mode=None, consent=None, name=None
    )
    live_options(parser)
