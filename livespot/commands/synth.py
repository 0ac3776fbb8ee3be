"""``livespot synth``: labelled videos from portraits."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tqdm import tqdm

from livespot.commands.arguments import count, positive, size
from livespot.commands.common import said_if_slow
from livespot.synthesis.portraits import find_portraits
from livespot.synthesis.recipe import Recipe, Wish
from livespot.synthesis.videos import Plan, make_videos, plan_videos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument(
        "portraits",
        nargs="+",
        metavar="PORTRAIT",
        help="an image, a folder of images, or a neutral stretch VIDEO@START-END (seconds); PERSON=… names the person",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where the videos, annotations.csv and manifest.json go"
    )
    parser.add_argument("--clips", type=count, default=8, metavar="N", help="how many (default: 8)")
    parser.add_argument(
        "--seconds", type=positive, default=20.0, metavar="S", help="length of each (default: 20)"
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
        "--renderer",
        choices=("mixed", "a", "b", "c"),
        default="mixed",
        help="how faces are drawn: mixed takes a and b; c is there to test on (default: mixed)",
    )
    parser.add_argument(
        "--neutral",
        type=float,
        default=0.25,
        metavar="P",
        help="share of clips without expressions (default: 0.25)",
    )
    parser.add_argument("--size", type=size, metavar="WxH", help="of the picture (default: 640x480)")
    parser.add_argument("--fps", type=positive, metavar="F", help="rate (default: drawn from 15 to 60)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(options: argparse.Namespace) -> int:
    """Make the clips that are not there yet; one line for each."""
    wish = Wish(
        options.seconds,
        options.seed,
        options.kind,
        options.size or (640, 480),
        options.neutral,
        options.fps,
        options.renderer,
    )
    sources = find_portraits(options.portraits)
    with said_if_slow("looking at the portraits …"):
        plan = plan_videos(sources, wish, options.clips)
    for problem in plan.unusable:
        print(f"livespot: left out: {problem}", file=sys.stderr)
    _make(plan, Path(options.out), options.json)
    return 0


def _make(plan: Plan, folder: Path, as_json: bool) -> None:
    with tqdm(unit="frame", disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        for recipe, fresh in make_videos(plan, folder, progress):
            bar.reset()
            bar.clear()
            _say(recipe, fresh, as_json)


def _say(recipe: Recipe, fresh: bool, as_json: bool) -> None:
    note = "" if fresh else "made before"
    if as_json:
        print(json.dumps({**recipe.entry(), "note": note}), flush=True)
        return
    kinds = [expression.type for expression in recipe.timeline.expressions]
    print(
        f"{recipe.file}: {len(recipe.taken)} frames at {recipe.timeline.rate_hz:g} fps, "
        f"{kinds.count('MaE')} MaE, {kinds.count('ME')} ME" + (f" ({note})" if note else ""),
        flush=True,
    )
