"""``livespot data``: what is missing in a licensed data set, its repaired annotations, and made-up replicas."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from livespot.capture import VideoSource
from livespot.commands.arguments import Commands, Parser, command, count, positive, size
from livespot.commands.common import said_if_slow
from livespot.commands.dataset_option import dataset_option
from livespot.cv import cv2
from livespot.datasets.check import check_dataset
from livespot.datasets.rates import RATE_RULES
from livespot.datasets.reading import LAYOUTS, read_dataset
from livespot.datasets.replica import REPLICA_SIZE, ReplicaWish, make_replica
from livespot.errors import InputError
from livespot.installation.shipped_files import asset_path
from livespot.interchange import write_annotations
from livespot.synthesis.portraits import PortraitSource, find_portraits
from livespot.types import Frame

MISSING = 3
"""Exit status when something is missing, as of every input that cannot be used."""


def add_arguments(parser: Parser) -> None:
    """Add what the command takes to its parser."""
    actions = parser.add_subparsers(dest="action", metavar="check|annotations|replica", required=True)
    _add_check(actions)
    _add_annotations(actions)
    _add_replica(actions)


def _add_check(actions: Commands[Parser]) -> None:
    parser = command(actions, "check", "say what is missing or damaged before hours are spent on it")
    parser.add_argument("folder", metavar="DIR", help="the data set as it was given out, unpacked")
    dataset_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _add_annotations(actions: Commands[Parser]) -> None:
    parser = command(actions, "annotations", "write the repaired annotations as one table")
    parser.add_argument("folder", metavar="DIR", help="the data set as it was given out, unpacked")
    parser.add_argument("--out", required=True, metavar="CSV", help="where the table goes")
    dataset_option(parser)
    parser.add_argument(
        "--rate",
        choices=tuple(RATE_RULES),
        default="source",
        help="frames to count: the source's, every 7th (SAMM-LV at 28.57 fps), or IAENet's 3 of 20 (at 30 fps, without"
        " intervals of more than 4 s) (default: source)",
    )


def _add_replica(actions: Commands[Parser]) -> None:
    parser = command(actions, "replica", "make a small made-up data set in the same layout")
    parser.add_argument("name", choices=tuple(LAYOUTS), help="whose layout")
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where it goes; the same again goes on there"
    )
    parser.add_argument("--people", type=count, default=3, metavar="N", help="subjects (default: 3)")
    parser.add_argument("--videos", type=count, default=1, metavar="N", help="of each subject (default: 1)")
    parser.add_argument(
        "--seconds", type=positive, default=5.0, metavar="S", help="length of each video (default: 5)"
    )
    parser.add_argument("--size", type=size, metavar="WxH", help="of the pictures (default: 320x240)")
    parser.add_argument("--seed", type=int, default=0, metavar="K", help="same seed, same set (default: 0)")
    parser.add_argument(
        "--portraits",
        nargs="+",
        metavar="PORTRAIT",
        help="images, or folders of images, whose faces the subjects get in turn (default: the built-in clip's)",
    )


def run(options: argparse.Namespace) -> int:
    """Check, write annotations, or make a replica."""
    return {"check": _check, "annotations": _annotations, "replica": _replica}[options.action](options)


def _check(options: argparse.Namespace) -> int:
    with tqdm(unit="video", disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = check_dataset(options.folder, options.dataset, progress)
    print(json.dumps(found.as_dict()) if options.json else found.as_text())
    return MISSING if found.problems else 0


def _annotations(options: argparse.Namespace) -> int:
    found = read_dataset(options.folder, options.dataset)
    for row in found.left_out:
        print(f"livespot: left out: {row}", file=sys.stderr)
    rule = RATE_RULES[options.rate]
    rows = rule.annotations(found.annotations, found.layout.rate_hz)
    write_annotations(options.out, rows)
    types = Counter(row.type for row in rows)
    print(
        f"{options.out}: {types['MaE']} MaE and {types['ME']} ME of {len(found.videos)} videos, frames from 0 at"
        f" {rule.rate_hz(found.layout.rate_hz):.2f} fps"
    )
    return 0


def _replica(options: argparse.Namespace) -> int:
    wish = ReplicaWish(
        options.name,
        options.people,
        options.videos,
        options.seconds,
        options.size or REPLICA_SIZE,
        options.seed,
    )
    with tempfile.TemporaryDirectory() as place, tqdm(unit="frame", disable=None, leave=False) as bar:
        portraits = find_portraits(options.portraits) if options.portraits else _own_portrait(Path(place))

        def progress(video: str, done: int, total: int) -> None:
            if done == 1:
                bar.reset(total)
                bar.set_description(video)
            bar.update(done - bar.n)

        with said_if_slow("drawing the first video …"):
            videos = make_replica(wish, portraits, Path(options.out), progress)
        for video, fresh in videos:
            bar.clear()
            kinds = Counter(row.type for row in video.rows)
            print(
                f"{video.folder}: {video.recipe.timeline.frames} frames, {kinds['MaE']} MaE, {kinds['ME']} ME"
                + ("" if fresh else " (made before)"),
                flush=True,
            )
    return 0


def _own_portrait(place: Path) -> list[PortraitSource]:
    """The first picture of the built-in clip, which shows a public-domain portrait."""
    path = place / "portrait.png"
    with VideoSource(asset_path("demo.mp4")) as video:
        first = video.read()
    if not isinstance(first, Frame) or not cv2.imwrite(str(path), first.image):
        raise InputError(f"{path}: the built-in portrait cannot be written; give one with --portraits")
    return find_portraits([f"demo={path}"])
