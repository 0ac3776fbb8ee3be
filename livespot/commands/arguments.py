"""What the parsers of several commands share: options, kinds of values, and the parser that loads its command."""

from __future__ import annotations

import argparse
import importlib
from typing import Any, NoReturn, get_args

from livespot.config import Engine, Precision

Commands = argparse._SubParsersAction  # the public name for this type does not exist


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, with a hint at ``--help``, and knows its options when asked.

    Parameters
    ----------
    module : str
        The module of :mod:`livespot.commands` whose ``add_arguments`` fills the parser before it parses; it is imported
        only then, so that ``livespot --help`` does not wait for the libraries of every command. Empty: nothing is
        added.
    """

    def __init__(self, *arguments: Any, module: str = "", **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._module = module

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as :class:`argparse.ArgumentParser` does, after the command's module has added its options."""
        if self._module:
            module, self._module = self._module, ""
            importlib.import_module(f"livespot.commands.{module}").add_arguments(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        command = f"{self.prog} --help"
        self.exit(2, f"livespot: {' '.join(message.split())}; see `{command}`\n")


def command(commands: Commands[Parser], name: str, text: str, module: str = "") -> Parser:
    """Add the parser of a command, or of one of its actions; ``module`` fills it when it parses."""
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", module=module)
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


def every_frame(parser: argparse.ArgumentParser) -> None:
    """Add ``--every-frame``."""
    parser.add_argument(
        "--every-frame",
        action="store_true",
        help="describe every frame of a fast camera (45 fps and more), not about 30 a second; what was recorded"
        " otherwise is measured anew from its video",
    )


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
