"""``livespot bench``: how fast every stage is here."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from livespot.bench import Effort, as_text, measure
from livespot.bench.machine import this_machine
from livespot.commands.arguments import engine_options, positive
from livespot.commands.common import configured
from livespot.interchange import write_summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--video", metavar="PATH", help="what to measure on (default: the built-in clip)")
    parser.add_argument(
        "--live-seconds",
        type=positive,
        default=20.0,
        metavar="S",
        help="length of the live run (default: 20)",
    )
    engine_options(parser)


def run(options: argparse.Namespace) -> int:
    """Measure, print the table, and write the figures where they were asked for."""
    config = configured(options)
    machine = this_machine()
    # Written at once, so that a file that cannot be written is told before minutes of measuring.
    _write(options.json, {"finished": False})
    figures = measure(config, options.video, Effort(live_seconds=options.live_seconds), _say, machine)
    print(as_text(figures))
    _write(options.json, {"finished": True, **figures.as_dict()})
    return 0


def _write(file: str | None, figures: dict[str, Any]) -> None:
    if file is not None:
        write_summary(file, figures)


def _say(text: str) -> None:
    print(f"livespot: {text} …", file=sys.stderr, flush=True)
