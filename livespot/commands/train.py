"""``livespot train``: an engine from labelled videos, or leave-one-subject-out figures."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from livespot.commands.arguments import count, positive
from livespot.commands.common import said_if_slow
from livespot.commands.dataset_option import dataset_option, told_datasets
from livespot.errors import UsageError
from livespot.flow.warm import warm_up
from livespot.interchange.atomic import writable_folder
from livespot.interchange.summary import plain
from livespot.regions import LAYOUTS

if TYPE_CHECKING:
    from livespot.training.job import Job, Tell
    from livespot.training.loop import TrainingConfig

_NEEDS = ("torch", "safetensors", "tensorboard", "onnx", "onnxscript")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument(
        "data",
        nargs="+",
        metavar="DATA",
        help="videos with annotations.csv, as `livespot synth` makes them, or a data set as it is given out",
    )
    dataset_option(parser)
    parser.add_argument(
        "--validation",
        nargs="+",
        metavar="DIR",
        help="labelled videos of other people, who choose the epoch and the thresholds",
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="RUN",
        help="where windows, checkpoints, TensorBoard's events and the engine go; the same again goes on there",
    )
    parser.add_argument(
        "--loso",
        action="store_true",
        help="leave one subject out after another, each with a network trained on the others; counts pooled",
    )
    parser.add_argument(
        "--paper",
        action="store_true",
        help="the paper's network, optimiser, losses and batches; wants hours on a fast machine",
    )
    parser.add_argument(
        "--start",
        metavar="WEIGHTS",
        help="begin with the best.safetensors of another run, of a narrower network too, instead of drawn weights",
    )
    parser.add_argument(
        "--teacher",
        metavar="ENGINE",
        help="a shipped engine's name or an .onnx file that a smaller network learns from beside the truth; one that"
        " was not trained on people of the validation sets",
    )
    _add_training_settings(parser)
    parser.add_argument(
        "--alignment",
        choices=("rigid", "nose"),
        default="rigid",
        help="what takes head motion out: nose tip and still areas, or, as in the paper, the nose tip alone"
        " (default: rigid)",
    )
    parser.add_argument(
        "--regions",
        choices=tuple(LAYOUTS),
        help="which regions of the face the network looks at: the paper's ten or the whole face (default: paper)",
    )
    parser.add_argument(
        "--engine-name", default="spotformer", metavar="NAME", help="RUN/NAME.onnx (default: spotformer)"
    )
    parser.add_argument(
        "--note", default="", metavar="TEXT", help="for the engine's card: which data these are"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on stdout")
    _add_recipe_options(parser)


def _add_recipe_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recipe",
        metavar="FILE",
        help="render, measure, train and export as a recipe says (engines/spotformer.recipe.toml); DATA is then the"
        " folder of portraits and clips that its split describes",
    )
    parser.add_argument(
        "--bundle",
        action="store_true",
        help="with --recipe: stop when RUN/training.bundle is written, to train it on a GPU elsewhere with"
        " `python -m livespot.training.gpu_run BUNDLE OUT`",
    )
    parser.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help="with --recipe: where to train, cpu or cuda (default: cpu)",
    )


def _add_training_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dim", type=count, metavar="D", help="channels of the network (default: 64; paper: 256)"
    )
    parser.add_argument("--steps", type=count, metavar="N", help="length of the training (default: 20000)")
    parser.add_argument("--seed", type=int, metavar="K", help="same seed, same weights (default: 0)")
    parser.add_argument("--threads", type=count, metavar="N", help="of the training (default: 1)")
    parser.add_argument(
        "--learning-rate", type=positive, metavar="R", help="highest (default: 0.003; paper: 0.0002)"
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        help="in which wide linear layers multiply; bfloat16 is faster where the processor knows it (default: float32)",
    )
    parser.add_argument(
        "--contrast",
        type=float,
        metavar="λ",
        help="weight of the supervised contrastive loss; 0 turns it off (default: 0.005)",
    )


def run(options: argparse.Namespace) -> int:
    """Measure what is not measured yet, train from where the folder stopped, and print the figures."""
    _check_installed()
    if options.recipe:
        return _run_recipe(options)
    _check_usage(options)
    told_datasets(options.dataset, [*options.data, *(options.validation or ())])
    # Only now: torch is an extra, and takes seconds to load.
    from livespot.training.job import run_job
    from livespot.training.loso import run_loso

    job = _job(options)
    _check_data(job, options.loso)
    with said_if_slow("preparing the flow kernels; the first start takes about half a minute …"):
        warm_up(job.config.flow)
    with tqdm(disable=None, leave=False) as bar:
        if options.loso:
            result = run_loso(job, _shown_on(bar))
            record, text = result.as_dict(), result.as_text()
        else:
            record = run_job(job, _shown_on(bar))
            text = _as_text(record, job)
    print(json.dumps(plain(record), allow_nan=False) if options.json else text)
    return 0


def _run_recipe(options: argparse.Namespace) -> int:
    from livespot.training.from_recipe import engine_from, make_bundle
    from livespot.training.recipe import read_recipe

    if len(options.data) != 1:
        raise UsageError(f"--recipe: expects one folder of portraits and clips, got {len(options.data)}")
    recipe, out = read_recipe(Path(options.recipe)), writable_folder(options.out)
    bundle = make_bundle(recipe, Path(options.data[0]), out, print)
    if not options.bundle:
        print(engine_from(recipe, bundle, out, options.device, print).with_suffix(".onnx"))
    return 0


def _check_installed() -> None:
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise UsageError(f"train: {missing[0]} is not installed; pip install 'livespot[train]'")


def _check_usage(options: argparse.Namespace) -> None:
    if options.loso and options.validation:
        raise UsageError("--loso: puts people of DATA aside by itself; leave --validation out")
    if not options.loso and not options.validation:
        raise UsageError("--validation: expects a labelled set of people who are not in DATA; or give --loso")
    for flag, given in (("--teacher", options.teacher), ("--start", options.start)):
        if options.loso and given:
            raise UsageError(f"{flag}: may know the people that --loso puts aside; leave one of them out")
    if options.dim is not None and options.dim % 4:
        raise UsageError(f"--dim: expects a multiple of 4, the attention heads, got {options.dim}")
    for flag, value in (("--seed", options.seed), ("--contrast", options.contrast)):
        if value is not None and not 0 <= value < float("inf"):
            raise UsageError(f"{flag}: expects 0 or more, got {value}")
    if Path(options.engine_name).name != options.engine_name or options.engine_name[0] == ".":
        raise UsageError(f"--engine-name: expects a file's name without folders, got {options.engine_name}")


def _job(options: argparse.Namespace) -> Job:
    from livespot.training.job import PAPER_BATCH, SEGMENTS, STRIDE, WINDOWS, Job

    segments, windows, stride = PAPER_BATCH if options.paper else (SEGMENTS, WINDOWS, STRIDE)
    return Job(
        train=tuple(map(Path, options.data)),
        validation=tuple(map(Path, options.validation or ())),
        out=Path(options.out),
        alignment=options.alignment,
        training=_settings(options),
        name=options.engine_name,
        start=Path(options.start) if options.start else None,
        teacher=options.teacher or "",
        note=options.note,
        segments=segments,
        windows=windows,
        stride=stride,
    )


def _settings(options: argparse.Namespace) -> TrainingConfig:
    """The defaults or the paper's, and over them what was given."""
    from livespot.training.job import network_settings, paper_settings

    names = ("dim", "steps", "seed", "threads", "learning_rate", "contrast", "precision", "regions")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    return (paper_settings if options.paper else network_settings)(**given)


def _check_data(job: Job, loso: bool) -> None:
    """All that can be known before the first frame is decoded."""
    from livespot.training.plan import check_people, digest, keep_plan, read_sets
    from livespot.training.start import started
    from livespot.training.state import as_plain
    from livespot.training.teacher import opened_teacher

    training, validation = read_sets(job.train), read_sets(job.validation)
    if not loso:
        check_people(training, validation)
    plan = {
        "data": digest(training),
        "validation": digest(validation),
        "loso": loso,
        "alignment": job.alignment,
        "batch": [job.segments, job.windows, job.stride],
        **as_plain(job.training),
    }
    if job.start:
        plan["start"] = started(job.start, job.training.dim, job.training.regions).sha256
    if job.teacher:
        with opened_teacher(job.teacher, job.alignment, job.training.regions) as teacher:
            plan["teacher"] = teacher.sha256
    keep_plan(writable_folder(job.out), plan)


def _shown_on(bar: tqdm) -> Tell:
    shown = ""

    def progress(what: str, done: int, total: int | None) -> None:
        nonlocal shown
        if what != shown:
            shown = what
            bar.reset(total)
            bar.set_description(what)
        bar.update(done - bar.n)

    return progress


def _as_text(record: dict[str, Any], job: Job) -> str:
    lines = [f"{job.out / job.name}.onnx: {record['steps']} steps"]
    for part, about in record["data"].items():
        lines.append(
            f"{part}: {about['people']} people, {about['videos']} videos, {about['minutes']} min, "
            f"{about['expressions']} expressions"
        )
    for title, parts in record["figures"].items():
        lines += [title, f"{'':<22}{'TP':>5}{'FP':>6}{'FN':>6}{'F1':>8}{'false alarms a minute':>23}"]
        for name, values in parts.items():
            for kind in ("MaE", "ME"):
                counts = "".join(
                    f"{values[f'{kind} {n}']:>{w}}" for n, w in (("tp", 5), ("fp", 6), ("fn", 6))
                )
                rest = f"{values[f'{kind} f1']:>8.4f}{values[f'{kind} false alarms a minute']:>23.2f}"
                lines.append(f"{f'{name} {kind}':<22}{counts}{rest}")
    return "\n".join(lines)
