"""What every command takes: the parser of the command line. Nothing heavy is imported here."""

from __future__ import annotations

import argparse

from livespot import __version__
from livespot.argument_kinds import (
    Commands,
    Parser,
    command,
    count,
    csv_dialect,
    engine_options,
    formats,
    positive,
    size,
    speed,
)
from livespot.tool_arguments import add_tools


def parser() -> argparse.ArgumentParser:
    """The whole command line; ``module`` names the module of :mod:`livespot.commands` that runs it."""
    parser: argparse.ArgumentParser = Parser(
        prog="livespot",
        description="Spot facial macro- and micro-expressions, live, frame by frame.",
        epilog="Start with: livespot demo",
    )
    parser.add_argument("--version", action="version", version=f"livespot {__version__}")
    parser.set_defaults(debug=False, command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_demo(commands)
    _add_live(commands)
    _add_spot(commands)
    _add_replay(commands)
    _add_export(commands)
    _add_recover(commands)
    _add_cameras(commands)
    _add_doctor(commands)
    add_tools(commands)
    return parser


def _live_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--headless", action="store_true", help="no window: a status line, intervals as they are confirmed"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    parser.add_argument("--seconds", type=positive, metavar="S", help="stop after so many seconds")
    engine_options(parser)


def _every_frame(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--every-frame",
        action="store_true",
        help="describe every frame of a fast camera (45 fps and more), not about 30 a second; what was recorded"
        " otherwise is measured anew from its video",
    )


def _add_demo(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "demo", "live", "show the built-in clip as if it came from a camera")
    parser.set_defaults(
        camera="demo", size=None, fps=None, record=None, record_mode=None, consent=None, name=None
    )
    _live_options(parser)


def _add_live(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "live", "live", "spot in the picture of a webcam or a network camera")
    parser.add_argument(
        "--camera", default="auto", metavar="auto|N|NAME|URL", help="which camera (default: auto)"
    )
    parser.add_argument("--size", type=size, metavar="WxH", help="picture size to ask the camera for")
    parser.add_argument("--fps", type=positive, metavar="F", help="rate to ask the camera for")
    parser.add_argument("--record", metavar="DIR", help="record a session, DIR/NAME.livespot")
    parser.add_argument(
        "--record-mode",
        choices=("full", "lossless", "features"),
        help="compressed picture, exact picture, or no picture of the person at all (default: full)",
    )
    parser.add_argument("--consent", metavar="TEXT", help="what the person recorded has agreed to")
    parser.add_argument("--name", metavar="NAME", help="of the session (default: date and time)")
    parser.add_argument(
        "--lsl", action="store_true", help="give probabilities, intervals and markers to Lab Streaming Layer"
    )
    _every_frame(parser)
    _live_options(parser)


def _add_spot(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "spot", "spot", "spot in videos and folders of images; results as CSV and JSON"
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a video, a folder of images, or a folder of videos"
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where DIR/STEM/intervals.csv and the others go"
    )
    parser.add_argument(
        "--jobs", type=count, default=1, metavar="N", help="recordings analysed at once (default: 1)"
    )
    parser.add_argument("--features", action="store_true", help="also write the SW-MRO windows, features.npz")
    parser.add_argument(
        "--fps",
        type=positive,
        metavar="F",
        help="frames that were really taken in a second: of a folder of images (default: 30), or of a video that plays"
        " slower or faster (default: its own rate)",
    )
    csv_dialect(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument("--again", action="store_true", help="analyse anew what has results already")
    _every_frame(parser)
    engine_options(parser)


def _add_replay(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "replay", "replay", "show or analyse a recorded session, or any video, once more"
    )
    parser.add_argument("path", metavar="PATH", help="a session's folder, a video, or a folder of images")
    parser.add_argument(
        "--speed",
        type=speed,
        metavar="X|max",
        help="1 is real time (default: 1 in the window; headless as fast as it goes)",
    )
    parser.add_argument("--annotations", metavar="CSV", help="ground truth, to be shown and scored against")
    parser.add_argument(
        "--pixels", action="store_true", help="a session from its video instead of its logged features"
    )
    _every_frame(parser)
    parser.add_argument(
        "--headless", action="store_true", help="no window: intervals, and the score at the end"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    engine_options(parser)


def _add_export(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "export", "export", "write a session, or results of spot, in other tools' formats"
    )
    parser.add_argument("session", metavar="SESSION", help="a session's folder, or a folder that spot made")
    parser.add_argument(
        "--to",
        type=formats,
        required=True,
        metavar="csv,json,eaf,report",
        help="one or several, with commas between",
    )
    parser.add_argument(
        "--out", metavar="DIR", help="where they go (default: NAME-export beside the session)"
    )
    parser.add_argument(
        "--blur",
        nargs="?",
        const="face",
        choices=("face", "eyes"),
        help="hide faces, or eyes only, in the report's pictures (default when given: face)",
    )
    parser.add_argument(
        "--reviewed",
        nargs="?",
        const="",
        metavar="NAME",
        help="with the decisions of the review applied, of all reviewers or of NAME",
    )
    parser.add_argument("--annotations", metavar="CSV", help="ground truth, to be exported too")
    csv_dialect(parser)
    parser.add_argument(
        "--force", action="store_true", help="replace files of an earlier export without asking"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_recover(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "recover", "recover", "make a whole session of one whose recording was cut off or damaged"
    )
    parser.add_argument("session", metavar="SESSION", help="the session's folder; it is never changed")
    parser.add_argument(
        "--to", metavar="DIR", help="the new session (default: NAME-recovered.livespot beside it)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_cameras(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "cameras", "cameras", "list what can be opened, with name, size and rate")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "doctor", "doctor", "check this installation and name the cure for what is wrong"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
