"""``livespot docs``: the reference page of this version, and the JSON Schema of what ``--json`` prints."""

from __future__ import annotations

import argparse

from livespot.interchange.atomic import replacing
from livespot.reference.events import schema_text
from livespot.reference.page import page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("--out", metavar="FILE", help="write to this file (default: print)")
    parser.add_argument(
        "--schema", action="store_true", help="the JSON Schema of the lines of --json instead of the page"
    )


def run(options: argparse.Namespace) -> int:
    """Print the page or the schema, or write it as UTF-8."""
    text = schema_text() if options.schema else page()
    if options.out is None:
        print(text, end="")
        return 0
    with replacing(options.out) as handle:
        handle.write(text)
    return 0
