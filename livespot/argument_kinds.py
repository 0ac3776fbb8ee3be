"""What the parsers of all commands share: their beginning, the options of an engine, kinds of values."""

from __future__ import annotations

import argparse
from typing import NoReturn, get_args

from livespot.config import Engine, Precision

Commands = argparse._SubParsersAction  # the public name for this type does not exist


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, with a hint at ``--help``."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        command = f"{self.prog} --help"
        self.exit(2, f"livespot: {' '.join(message.split())}; see `{command}`\n")


def command(
    commands: Commands[argparse.ArgumentParser], name: str, module: str, text: str
) -> argparse.ArgumentParser:
    """A command's own parser, which knows its module and has --debug."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(module=module)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def engine_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that runs an engine."""
    parser.add_argument(
        "--engine",
        choices=get_args(Engine),
        help="what computes the probabilities (default: auto)",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="a shipped engine's name, or the path of an .onnx file"
    )
    parser.add_argument(
        "--precision",
        choices=get_args(Precision),
        help="auto (default): 8-bit weights on the CPU where the engine brings them, fp32 on a GPU; fp32: exact "
        "everywhere; int8: CPU only; fp16: TensorRT and TensorRT-RTX",
    )
    parser.add_argument(
        "--point",
        metavar="NAME",
        help="operating point of the engine: best-f1 (default) or few-alarms",
    )
    parser.add_argument("--config", metavar="TOML", help="settings that differ from the defaults")


def csv_dialect(parser: argparse.ArgumentParser) -> None:
    """How tables are written."""
    parser.add_argument(
        "--csv",
        choices=("standard", "excel-eu"),
        default="standard",
        help="how tables are written: standard (comma, decimal point), or excel-eu for spreadsheets of countries that"
        " write 0,5 (semicolon, decimal comma, byte order mark)",
    )


def positive(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return value


def speed(text: str) -> float:
    """A number above 0, or ``max``."""
    return float("inf") if text == "max" else positive(text)


def formats(text: str) -> list[str]:
    """Names of export formats, with commas between; each once."""
    known = ("csv", "json", "parquet", "eaf", "report")
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if not asked or not set(asked) <= set(known):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}, got {text}")
    return list(dict.fromkeys(asked))


def count(text: str) -> int:
    """A whole number, 1 or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return value


def size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 1280x720, got {text}")
    return int(width), int(height)
