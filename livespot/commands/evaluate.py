"""``livespot evaluate``: an engine's figures on labelled videos."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from livespot.commands.arguments import engine_options
from livespot.commands.common import configured, said_if_slow
from livespot.commands.dataset_option import dataset_option, told_datasets
from livespot.evaluation.page import as_html
from livespot.evaluation.run import Evaluation, SetProgress, evaluate
from livespot.evaluation.text import as_text
from livespot.flow.warm import warm_up
from livespot.inference import open_runner, resolved_config
from livespot.interchange import write_summary
from livespot.interchange.atomic import replacing
from livespot.interchange.summary import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument(
        "set",
        metavar="DIR",
        help="videos with annotations.csv, as `livespot synth` makes them, or a data set as it is given out",
    )
    dataset_option(parser)
    parser.add_argument(
        "--out", metavar="OUT", help="where evaluation.json, .html and .txt go, and the windows"
    )
    parser.add_argument(
        "--baseline", metavar="DIR", help="also score a rule-based spotter, tuned on this labelled set"
    )
    parser.add_argument(
        "--published",
        action="store_true",
        help="also score by the optimistic rules of the SpotFormer authors' published code, and tell the difference",
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on stdout")
    engine_options(parser)


def run(options: argparse.Namespace) -> int:
    """Measure what is not measured yet, score, print the table, and write the reports where they were asked for."""
    config = configured(options)
    told_datasets(options.dataset, [options.set])
    out = Path(options.out) if options.out else None
    if out is not None:
        # Written at once, so that a folder that cannot be written is told before minutes of measuring.
        write_summary(out / "evaluation.json", {"finished": False})
    runner = open_runner(config.inference)
    config = resolved_config(config, runner)
    with said_if_slow("preparing the flow kernels; the first start takes about half a minute …"):
        warm_up(config.flow)
    with tqdm(unit="frame", disable=None, leave=False) as bar:
        found = evaluate(
            options.set,
            config,
            runner,
            baseline=options.baseline,
            keep=None if out is None else out / "windows",
            progress=_shown_on(bar),
            published=options.published,
        )
    print(json.dumps(plain(found.as_dict()), allow_nan=False) if options.json else as_text(found))
    if out is not None:
        _write(out, found)
    return 0


def _shown_on(bar: tqdm) -> SetProgress:
    shown = ""

    def progress(video: str, read: int, declared: int | None) -> None:
        nonlocal shown
        if video != shown:
            shown = video
            bar.reset(declared)
            bar.set_description(video)
        bar.update(read - bar.n)

    return progress


def _write(out: Path, found: Evaluation) -> None:
    write_summary(out / "evaluation.json", {"finished": True, **found.as_dict()})
    for name, text in (("evaluation.txt", as_text(found) + "\n"), ("evaluation.html", as_html(found))):
        with replacing(out / name) as handle:
            handle.write(text)
