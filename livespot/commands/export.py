"""``livespot export``: a session, or a folder of ``livespot spot``, in other tools' formats."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from livespot.commands.arguments import csv_dialect, formats
from livespot.errors import OutputError
from livespot.evaluation.agreement import agreement
from livespot.interchange.atomic import writable_folder
from livespot.interchange.tables import DIALECTS
from livespot.review.export import WRITERS, folder_beside, targets, write_tables
from livespot.review.export_source import Chosen, Gathered, gather
from livespot.review.ground_truth import TimeOf, read_truth
from livespot.session.review import merged


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
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


def run(options: argparse.Namespace) -> int:
    """Write the wanted formats; each file is complete or not there."""
    chosen = Chosen(options.reviewed is not None, options.reviewed or None)
    with gather(options.session, chosen) as gathered:
        for text in gathered.said:
            print(f"livespot: {' '.join(text.split())}", file=sys.stderr)
        if options.annotations:
            name = Path(gathered.results.name).name
            truth = read_truth(options.annotations, name, _times(gathered), gathered.session)
            gathered.results = replace(gathered.results, truth=tuple(truth))
        out = Path(options.out) if options.out else folder_beside(Path(options.session))
        writable_folder(out)
        if not options.force:
            _ask(targets(options.to, out, gathered))
        written = [
            path
            for name in options.to
            for path in (
                write_tables(out, gathered, DIALECTS[options.csv])
                if name == "csv"
                else WRITERS[name](out, gathered, options.blur or "none")
            )
        ]
        _tell(options.json, written, gathered)
    return 0


def _ask(paths: Sequence[Path]) -> None:
    """Ask at a terminal whether files of an earlier export may be replaced.

    Raises
    ------
    OutputError
        They may not, or nobody can be asked.
    """
    there = [path for path in paths if path.exists()]
    if not there:
        return
    what = f"{there[0]}: exists already" + (f", and {len(there) - 1} more" if len(there) > 1 else "")
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{what}. Replace? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() in ("y", "yes"):
            return
    raise OutputError(f"{what}; --force replaces them, --out DIR writes elsewhere")


def _times(gathered: Gathered) -> TimeOf:
    table = gathered.results.curves
    known = dict(zip(table.frames.tolist(), table.times_s.tolist(), strict=True))
    fps = float(gathered.results.meta.get("fps") or 30.0)
    start_s = float(table.times_s[0]) - int(table.frames[0]) / fps if len(table.frames) else 0.0
    return lambda frame: float(known.get(frame, start_s + frame / fps))


def agreement_lines(gathered: Gathered) -> list[str]:
    """How far the reviewers and the program agree, two by two; nothing without a review."""
    raters = {"program": list(gathered.detections)}
    raters |= {name: merged(gathered.review, name) for name in gathered.review.reviewers}
    frames = gathered.results.curves.frames
    if len(raters) < 2 or not len(frames):
        return []
    lines = []
    for one, other in combinations(raters, 2):
        both = agreement(raters[one], raters[other], frames)
        kappa = both.kappa["overall"]
        said = "κ undefined" if kappa != kappa else f"κ {kappa:.3f}"
        lines.append(f"agreement of {one} and {other}: {said}, F1 {both.score.overall.f1:.3f}")
    return lines


def _tell(as_json: bool, written: Sequence[Path], gathered: Gathered) -> None:
    if as_json:
        lines = agreement_lines(gathered)
        found = {"intervals": len(gathered.results.intervals), "agreement": lines}
        print(json.dumps({"written": [str(path) for path in written], **found}), flush=True)
        return
    for line in agreement_lines(gathered):
        print(line)
    for path in written:
        print(path)
