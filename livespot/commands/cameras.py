"""``livespot cameras``: what can be opened."""

from __future__ import annotations

import argparse
import dataclasses
import json

from livespot.capture import list_cameras


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(options: argparse.Namespace) -> int:
    """Print one line per camera."""
    cameras = list_cameras()
    for camera in cameras:
        if options.json:
            print(json.dumps(dataclasses.asdict(camera)))
            continue
        mode = (
            f"{camera.width}×{camera.height} at {camera.fps:.0f} fps"
            if camera.width
            else "in use by another program"
        )
        print(f"{camera.index}  {camera.name}  {mode}  ({camera.backend})")
    if not cameras and not options.json:
        print("no camera found; a network camera runs with: livespot live --camera http://HOST/stream.mjpg")
    return 0
