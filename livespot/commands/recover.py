"""``livespot recover``: a whole session out of a broken one."""

from __future__ import annotations

import argparse
import json

from livespot.session import Recovered, recover


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("session", metavar="SESSION", help="the session's folder; it is never changed")
    parser.add_argument(
        "--to", metavar="DIR", help="the new session (default: NAME-recovered.livespot beside it)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(options: argparse.Namespace) -> int:
    """Copy what is good of the session into a new one, and say what was wrong."""
    recovered = recover(options.session, options.to)
    if options.json:
        print(json.dumps(_as_dict(recovered)))
        return 0
    if not recovered.changed:
        print(f"{recovered.path}: is whole, nothing to recover ({_contents(recovered)})")
        return 0
    for problem in recovered.problems:
        print(f"  {problem}")
    print(f"{recovered.path}: {_contents(recovered)}; the original is unchanged")
    return 0


def _contents(recovered: Recovered) -> str:
    pictures = f", {recovered.pictures} pictures" if recovered.pictures else ""
    return (
        f"{recovered.frames} frames{pictures}, {recovered.windows} windows, {recovered.intervals} intervals, "
        f"{recovered.markers} markers"
    )


def _as_dict(recovered: Recovered) -> dict[str, object]:
    return {
        "session": str(recovered.path),
        "changed": recovered.changed,
        "problems": list(recovered.problems),
        "frames": recovered.frames,
        "pictures": recovered.pictures,
        "windows": recovered.windows,
        "intervals": recovered.intervals,
        "markers": recovered.markers,
    }
