"""What several commands share: the configuration from flags, a word while something takes long."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

from livespot.config import Config
from livespot.config_file import load_config


def configured(options: argparse.Namespace) -> Config:
    """The defaults, over them the file of ``--config``, over it the flags."""
    config = load_config(options.config) if options.config else Config()
    inference = replace(
        config.inference,
        engine=options.engine or config.inference.engine,
        model=options.model or config.inference.model,
        precision=getattr(options, "precision", None) or config.inference.precision,
        point=getattr(options, "point", None) or config.inference.point,
    )
    capture = config.capture
    if getattr(options, "size", None):
        capture = replace(capture, width=options.size[0], height=options.size[1])
    if getattr(options, "fps", None):
        capture = replace(capture, fps=options.fps)
    grid = config.grid
    if getattr(options, "every_frame", False):
        grid = replace(grid, every_frame=True)
    return replace(config, inference=inference, capture=capture, grid=grid)


@contextlib.contextmanager
def said_if_slow(text: str, after_s: float = 1.5) -> Iterator[None]:
    """Print ``text`` on stderr when the work inside is not done after a moment, so that nothing looks frozen."""
    timer = threading.Timer(after_s, lambda: print(f"livespot: {text}", file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def clock_text(seconds: float) -> str:
    """12.34 as ``0:12.34``."""
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"
