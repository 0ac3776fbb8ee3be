"""Leave-one-subject-out: one network per person, trained on all others, and the pooled counts of all of them.

Nothing of the person left out is looked at before the end: the epoch is the last, fixed beforehand, and the operating
point is fitted on a few of the other people, put aside by seed and not trained on either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from livespot.config import Alignment
from livespot.errors import InputError, UsageError
from livespot.evaluation.figures import Alarms, Figures, Result, counts_of, figures
from livespot.evaluation.labelled import read_labelled
from livespot.evaluation.matching import Counts, SpottingScore
from livespot.evaluation.measured import measure_once
from livespot.evaluation.spotted import spot_measured
from livespot.inference import EngineInfo
from livespot.interchange import read_summary, write_summary
from livespot.interchange.atomic import replacing
from livespot.models.folding import EngineGraph
from livespot.models.spotformer import SpotFormer
from livespot.training.calibrate import fit, judge
from livespot.training.job import Job, Tell, save_weights, simulator_of
from livespot.training.loop import train
from livespot.training.operating import OperatingPoint
from livespot.training.plan import read_sets
from livespot.training.recordings import kept_in, read_runs
from livespot.training.runs import Run
from livespot.training.simulate import Batch
from livespot.types import EXPRESSION_TYPES, Float32Array

FEWEST_PEOPLE = 3
"""One to leave out, one to put aside, one to train on."""

ASIDE_SHARE = 0.2
"""Of the people a fold may see, on whom its operating point is fitted."""

FOLD, WEIGHTS, TABLE = "fold.json", "last.safetensors", "loso"


@dataclass(frozen=True, slots=True)
class Fold:
    """What the network that never saw ``subject`` found in that person's videos.

    Attributes
    ----------
    subject : str
    aside : tuple of str
        Whom its operating point was fitted on.
    score : SpottingScore
    quiet : Alarms
        In spans away from every expression.
    """

    subject: str
    aside: tuple[str, ...]
    score: SpottingScore
    quiet: Alarms

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, as ``fold.json`` holds them."""
        return {
            "subject": self.subject,
            "aside": list(self.aside),
            "score": self.score.as_dict(),
            "false_alarms_in_quiet_spans": self.quiet.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class LosoResult:
    """All folds; the counts of all people are pooled, as if their videos were one long video.

    Attributes
    ----------
    folds : tuple of Fold
    unseen : tuple of str
        People in whose videos no face was found for a second; they are in none of the figures.
    """

    folds: tuple[Fold, ...]
    unseen: tuple[str, ...] = ()

    @property
    def score(self) -> SpottingScore:
        """Pooled."""
        return sum((fold.score for fold in self.folds), SpottingScore(Counts(), Counts()))

    @property
    def quiet(self) -> Alarms:
        """Pooled."""
        return sum((fold.quiet for fold in self.folds), Alarms())

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, as ``loso.json`` holds them."""
        return {
            "people_without_a_face": list(self.unseen),
            "folds": [fold.as_dict() for fold in self.folds],
            "score": self.score.as_dict(),
            "false_alarms_in_quiet_spans": self.quiet.as_dict(),
        }

    def as_text(self) -> str:
        """A table: a line for each person over both types, then those of all by type."""
        head = f"{'left out':<28}{'TP':>5}{'FP':>6}{'FN':>6}{'precision':>11}{'recall':>8}{'F1':>8}"
        lines = [head]
        for fold in self.folds:
            lines += _rows(fold.subject, fold.score, pooled=False)
        lines += _rows("all", self.score, pooled=True)
        rate = self.quiet.as_dict()["per_minute"]
        if rate is not None:
            alarms = f"ME {self.quiet.me}, MaE {self.quiet.mae} in {self.quiet.minutes:.2f} min"
            lines.append(f"false alarms a minute in spans without expressions: {rate:.2f} ({alarms})")
        lines += [f"not in these figures, no face was found: {person}" for person in self.unseen]
        return "\n".join(lines)


def run_loso(job: Job, tell: Tell | None = None) -> LosoResult:
    """Train and judge every fold; called again with the same folder, it goes on where it was stopped.

    Parameters
    ----------
    job : Job
        Its ``validation`` is not used.
    tell : callable, optional

    Returns
    -------
    LosoResult
        Also written to ``loso.json`` and ``loso.txt`` in the job's folder.

    Raises
    ------
    InputError, OutputError
        When a set cannot be read or the folder cannot be written.
    UsageError
        With fewer than three people, or for adjacent flow, which the product's path does not measure.
    """
    if job.adjacent:
        raise UsageError("leave-one-subject-out: judges by the product's path, which has no adjacent flow")
    say = tell or (lambda *_: None)
    runs = read_runs(job.train, job.config, _windows(job), say)
    people = sorted({run.subject for run in runs})
    if len(people) < FEWEST_PEOPLE:
        raise UsageError(
            f"leave-one-subject-out: expects {FEWEST_PEOPLE} people or more with a face in their videos, got"
            f" {len(people)} ({', '.join(people)}); give more, or --validation instead of --loso"
        )
    folds = tuple(_fold(job, runs, people, number, say) for number in range(len(people)))
    unseen = {video.person for video in read_sets(job.train)} - set(people)
    result = LosoResult(folds, tuple(sorted(unseen)))
    write_summary(job.out / f"{TABLE}.json", result.as_dict())
    with replacing(job.out / f"{TABLE}.txt") as handle:
        handle.write(result.as_text() + "\n")
    return result


def put_aside(runs: Sequence[Run], left_out: str, seed: int) -> tuple[str, ...]:
    """Some of the other people, by chance; those who show an expression go first, the rest could not choose."""
    people = sorted({run.subject for run in runs})
    others = [person for person in people if person != left_out]
    shown = {run.subject for run in runs if run.timelines}
    order = np.random.default_rng((seed, people.index(left_out))).permutation(len(others))
    drawn = sorted((others[i] for i in order), key=lambda person: person not in shown)
    return tuple(sorted(drawn[: max(1, round(ASIDE_SHARE * len(others)))]))


def _fold(job: Job, runs: Sequence[Run], people: Sequence[str], number: int, say: Tell) -> Fold:
    subject = people[number]
    folder = job.out / "folds" / f"{number:02d}-{re.sub(r'[^A-Za-z0-9_-]+', '_', subject)}"
    if (folder / FOLD).is_file():
        return _read_fold(folder / FOLD)
    aside = put_aside(runs, subject, job.training.seed)
    seen = [run for run in runs if run.subject != subject and run.subject not in aside]
    network = _trained(job, seen, folder, f"{subject} ({number + 1} of {len(people)})", say)
    point = fit([judge(network, run) for run in runs if run.subject in aside])
    found = _judged(job, subject, NetworkRunner(network, point, job.alignment))
    fold = Fold(subject, aside, found.score, sum(found.quiet.values(), Alarms()))
    save_weights(network, folder / WEIGHTS)
    write_summary(folder / FOLD, {**fold.as_dict(), **asdict(point)})
    for state in (folder / "run.json", *folder.glob("state-*.safetensors")):
        state.unlink()  # three times the weights, and no longer of use
    return fold


def _trained(job: Job, runs: Sequence[Run], folder: Path, what: str, say: Tell) -> SpotFormer:
    simulator = simulator_of(job, runs)

    def batches(rng: np.random.Generator) -> Batch:
        return simulator.batch(rng, job.segments, job.windows, job.stride)

    def log(step: int, _: dict[str, float]) -> None:
        say(what, step, job.training.steps)

    return train(job.training, batches, folder, log=log).network


def _judged(job: Job, subject: str, runner: NetworkRunner) -> Figures:
    """By the product's own path and in the source's frames, as ``livespot evaluate`` does."""
    results = []
    for folder in job.train:
        for video in read_labelled(folder):
            if video.person != subject:
                continue
            try:
                kept = kept_in(_windows(job), folder)
                measured = measure_once(video.path, job.config, kept, name=video.name, fps=video.fps)
            except InputError:  # it could not be trained on either
                continue
            results.append(Result(video, measured, spot_measured(measured, job.config, runner)))
    return figures(results)


class NetworkRunner:
    """A trained network as an engine that never was a file.

    Parameters
    ----------
    network : SpotFormer
    point : OperatingPoint
    alignment : "nose" or "rigid"
    """

    def __init__(
        self,
        network: SpotFormer,
        point: OperatingPoint,
        alignment: Alignment,
    ) -> None:
        self._graph = EngineGraph(network, point.calibration)
        self.info = EngineInfo(
            name="network",
            description="PyTorch on the CPU",
            sha256="",
            thresholds=point.thresholds,
            min_scores=point.min_scores,
            score_calibrations=point.score_calibrations,
            alarm_table=point.alarm_table,
            alignment=alignment,
            regions=network.config.regions,
        )

    def warm_up(self) -> None:
        """Nothing to prepare."""

    @torch.inference_mode()
    def infer(self, windows: Float32Array) -> Float32Array:
        """(17, R, 2) -> (10,), as every runner."""
        return np.asarray(self._graph(torch.from_numpy(windows[None]))[0].numpy(), np.float32)

    def close(self) -> None:
        """Nothing to let go."""


def _read_fold(path: Path) -> Fold:
    found = read_summary(path)
    try:
        score = found["score"]
        counts = {
            kind: Counts(*(int(score[kind][n]) for n in ("tp", "fp", "fn"))) for kind in EXPRESSION_TYPES
        }
        alarms = found["false_alarms_in_quiet_spans"]
        quiet = Alarms(int(alarms["me"]), int(alarms["mae"]), float(alarms["minutes"]))
        total = SpottingScore(me=counts["ME"], mae=counts["MaE"])
        return Fold(str(found["subject"]), tuple(found["aside"]), total, quiet)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: is not a finished fold ({error}); delete it, and it is made anew"
        ) from error


def _rows(name: str, score: SpottingScore, pooled: bool) -> list[str]:
    return [
        f"{name + ' ' + kind:<28}{c.tp:>5}{c.fp:>6}{c.fn:>6}{c.precision:>11.4f}{c.recall:>8.4f}{c.f1:>8.4f}"
        for kind, c in counts_of(score)
        if pooled or kind == "overall"
    ]


def _windows(job: Job) -> Path:
    return job.out / "windows"
