"""The command line: parses, hands over to one module per command, turns errors into one line and an exit code.

Nothing heavy is imported here; ``livespot --help`` answers at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from livespot.commands import COMMANDS
from livespot.commands.arguments import Parser, command
from livespot.console import use_plain_characters
from livespot.errors import INTERRUPTED, LivespotError
from livespot.installation.versions import VERSION


def parser() -> Parser:
    """The whole command line; the options of a command are added when it is named."""
    parser = Parser(
        prog="livespot",
        description="Spot facial macro- and micro-expressions, live, frame by frame.",
        epilog="Without a command: the home window. Start with: livespot demo",
    )
    parser.add_argument("--version", action="version", version=f"livespot {VERSION}")
    parser.add_argument(
        "--install-shortcut", action="store_true", help="put livespot into the desktop's menu (Linux)"
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        command(commands, name, text, module=name)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, that of an error in :mod:`livespot.errors`, or 130 when interrupted."""
    use_plain_characters()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    try:
        with _terminated_like_interrupted():
            options = parser().parse_args(arguments)  # imports the module of the command
            if options.install_shortcut:
                print(importlib.import_module("livespot.installation.shortcut").install_shortcut())
                return 0
            if not options.command:
                return int(importlib.import_module("livespot.commands.home").run(parser().format_help()))
            return int(importlib.import_module(f"livespot.commands.{options.command}").run(options))
    except KeyboardInterrupt:
        print("livespot: interrupted; what was finished is on disk", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as in `livespot … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except LivespotError as error:
        if debug:
            raise
        print(f"livespot: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        if debug:
            raise
        print(
            f"livespot: {type(error).__name__}: {' '.join(str(error).split())}"
            " (unexpected; run again with --debug and report it)",
            file=sys.stderr,
        )
        return 1


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM, as service managers and ``kill`` send it, end a command as Ctrl-C does, with its files completed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(
            signal.SIGTERM, signal.SIG_IGN
        )  # a second one must not break off what the first has begun
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
