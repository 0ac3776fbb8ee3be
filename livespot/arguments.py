"""What every command takes: the parser of the command line. Nothing heavy is imported here."""

from __future__ import annotations

import argparse

from livespot import __version__


def parser() -> argparse.ArgumentParser:
    """The whole command line; ``module`` names the module of :mod:`livespot.commands` that runs it."""
    parser = argparse.ArgumentParser(
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
    _add_bench(commands)
    _add_synth(commands)
    _add_evaluate(commands)
    return parser


Commands = argparse._SubParsersAction  # the public name for this type does not exist


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, module: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(module=module)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=("auto", "onnx", "cuda", "tensorrt"),
        help="what computes the probabilities (default: auto)",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="a shipped engine's name, or the path of an .onnx file"
    )
    parser.add_argument("--config", metavar="TOML", help="settings that differ from the defaults")


def _live_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--headless", action="store_true", help="no window: a status line, intervals as they are confirmed"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    parser.add_argument("--seconds", type=_positive, metavar="S", help="stop after so many seconds")
    _engine_options(parser)


def _add_demo(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "demo", "live", "show the built-in clip as if it came from a camera")
    parser.set_defaults(camera="demo", size=None, fps=None, record=None)
    _live_options(parser)


def _add_live(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "live", "live", "spot in the picture of a webcam or a network camera")
    parser.add_argument(
        "--camera", default="auto", metavar="auto|N|NAME|URL", help="which camera (default: auto)"
    )
    parser.add_argument("--size", type=_size, metavar="WxH", help="picture size to ask the camera for")
    parser.add_argument("--fps", type=_positive, metavar="F", help="rate to ask the camera for")
    parser.add_argument("--record", metavar="DIR", help="record a session, DIR/NAME.livespot")
    parser.add_argument(
        "--record-mode",
        choices=("full", "lossless", "features"),
        default="full",
        help="compressed picture, exact picture, or no picture of the person at all (default: full)",
    )
    parser.add_argument(
        "--consent", metavar="TEXT", default="", help="what the person recorded has agreed to"
    )
    parser.add_argument("--name", metavar="NAME", help="of the session (default: date and time)")
    parser.add_argument(
        "--lsl", action="store_true", help="give probabilities, intervals and markers to Lab Streaming Layer"
    )
    _live_options(parser)


def _add_spot(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "spot", "spot", "spot in videos and folders of images; results as CSV and JSON"
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a video, a folder of images, or a folder of videos"
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where DIR/STEM/intervals.csv and the others go"
    )
    parser.add_argument(
        "--jobs", type=_count, default=1, metavar="N", help="recordings analysed at once (default: 1)"
    )
    parser.add_argument("--features", action="store_true", help="also write the SW-MRO windows, features.npz")
    parser.add_argument(
        "--fps", type=_positive, default=30.0, metavar="F", help="rate of a folder of images (default: 30)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser.add_argument("--again", action="store_true", help="analyse anew what has results already")
    _engine_options(parser)


def _add_replay(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "replay", "replay", "show or analyse a recorded session, or any video, once more"
    )
    parser.add_argument("path", metavar="PATH", help="a session's folder, a video, or a folder of images")
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="X|max",
        help="1 is real time (default: 1 in the window; headless as fast as it goes)",
    )
    parser.add_argument("--annotations", metavar="CSV", help="ground truth, to be shown and scored against")
    parser.add_argument(
        "--pixels", action="store_true", help="a session from its video instead of its logged features"
    )
    parser.add_argument(
        "--headless", action="store_true", help="no window: intervals, and the score at the end"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line on stdout (implies --headless)"
    )
    _engine_options(parser)


def _add_export(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "export", "export", "write a session, or results of spot, in other tools' formats"
    )
    parser.add_argument("session", metavar="SESSION", help="a session's folder, or a folder that spot made")
    parser.add_argument(
        "--to",
        type=_formats,
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
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_recover(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "recover", "recover", "make a whole session of one whose recording was cut off or damaged"
    )
    parser.add_argument("session", metavar="SESSION", help="the session's folder; it is never changed")
    parser.add_argument(
        "--to", metavar="DIR", help="the new session (default: NAME-recovered.livespot beside it)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_cameras(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "cameras", "cameras", "list what can be opened, with name, size and rate")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(
        commands, "doctor", "doctor", "check this installation and name the cure for what is wrong"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_bench(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "bench", "bench", "measure every stage on this machine, beside the plain way")
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--video", metavar="PATH", help="what to measure on (default: the built-in clip)")
    parser.add_argument(
        "--live-seconds",
        type=_positive,
        default=20.0,
        metavar="S",
        help="length of the live run (default: 20)",
    )
    _engine_options(parser)


def _add_synth(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "synth", "synth", "make labelled expression videos from portraits")
    parser.add_argument(
        "portraits",
        nargs="+",
        metavar="PORTRAIT",
        help="an image, a folder of images, or a neutral stretch VIDEO@START-END (seconds); PERSON=… names the person",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where the videos, annotations.csv and manifest.json go"
    )
    parser.add_argument("--clips", type=_count, default=8, metavar="N", help="how many (default: 8)")
    parser.add_argument(
        "--seconds", type=_positive, default=20.0, metavar="S", help="length of each (default: 20)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="K", help="same seed, same videos (default: 0)"
    )
    parser.add_argument(
        "--kind",
        choices=("mixed", "calm", "blinking", "talking", "turning"),
        default="mixed",
        help="what the person does besides (default: mixed)",
    )
    parser.add_argument(
        "--neutral",
        type=float,
        default=0.25,
        metavar="P",
        help="share of clips without expressions (default: 0.25)",
    )
    parser.add_argument("--size", type=_size, metavar="WxH", help="of the picture (default: 640x480)")
    parser.add_argument("--fps", type=_positive, metavar="F", help="rate (default: drawn from 24 to 60)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_evaluate(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "evaluate", "evaluate", "score an engine on labelled videos")
    parser.add_argument(
        "set", metavar="DIR", help="videos with annotations.csv, as `livespot synth` makes them"
    )
    parser.add_argument(
        "--out", metavar="OUT", help="where evaluation.json, .html and .txt go, and the windows"
    )
    parser.add_argument(
        "--baseline", metavar="DIR", help="also score a rule-based spotter, tuned on this labelled set"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on stdout")
    _engine_options(parser)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return value


def _speed(text: str) -> float:
    return float("inf") if text == "max" else _positive(text)


def _formats(text: str) -> list[str]:
    known = ("csv", "json", "parquet", "eaf", "report")
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if not asked or not set(asked) <= set(known):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}, got {text}")
    return list(dict.fromkeys(asked))


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 1280x720, got {text}")
    return int(width), int(height)
