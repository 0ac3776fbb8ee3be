"""A labelled set and an engine in, an evaluation out; with the rule-based baseline beside it where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from livespot.config import Config
from livespot.errors import InputError
from livespot.evaluation.figures import Figures, Result, figures
from livespot.evaluation.labelled import LabelledVideo, read_labelled
from livespot.evaluation.measured import Measured, measure_once
from livespot.evaluation.published import PublishedScore, score_published
from livespot.evaluation.rules import Rules, spot_by_rules, tune_rules
from livespot.evaluation.spotted import proposals_of, spot_measured
from livespot.inference import Runner
from livespot.installation.versions import versions

SetProgress = Callable[[str, int, "int | None"], None]
"""Called with (video, frames read, frames declared)."""

ENGINE, RULES = "engine", "rules"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that a report shows.

    Attributes
    ----------
    folder : str
        Name of the set.
    about : dict
        Engine, thresholds, versions, configuration, counts of videos and minutes.
    spotters : dict of Figures
        ``engine``, and ``rules`` where asked for.
    rules : Rules or None
        What was tuned, and on what: see ``about``.
    left_out : tuple of str
        Videos that could not be used, with the reason.
    published : PublishedScore or None
        The engine's curves by the published code's rules, where asked for.
    """

    folder: str
    about: dict[str, Any]
    spotters: dict[str, Figures]
    rules: Rules | None = None
    left_out: tuple[str, ...] = ()
    published: PublishedScore | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain nested values, as ``evaluation.json`` holds them."""
        rules = None if self.rules is None else {kind: asdict(rule) for kind, rule in self.rules.items()}
        return {
            "set": self.folder,
            **self.about,
            "left_out": list(self.left_out),
            "rules": rules,
            "spotters": {name: found.as_dict() for name, found in self.spotters.items()},
            **({} if self.published is None else {"published_rules": self.published.as_dict()}),
        }


def evaluate(
    folder: str | Path,
    config: Config,
    runner: Runner,
    *,
    baseline: str | Path | None = None,
    keep: Path | None = None,
    progress: SetProgress | None = None,
    published: bool = False,
) -> Evaluation:
    """Score an engine on a labelled set.

    Parameters
    ----------
    folder : str or Path
        Videos with ``annotations.csv``, or a data set as it is given out.
    config : Config
    runner : Runner
        A loaded engine.
    baseline : str or Path, optional
        Another labelled set, on which the rule-based spotter is tuned; it must hold none of the people of ``folder``
        for an honest comparison.
    keep : Path, optional
        Where windows are kept; a broken-off run goes on from there.
    progress : callable, optional
    published : bool
        Also score by the optimistic rules of the published code.

    Raises
    ------
    InputError
        When a set cannot be read, or none of its videos can be used.
    EngineError
        When the engine fails.
    """
    left_out: list[str] = []
    known = _measured(read_labelled(folder), config, keep, progress, left_out)
    found = [
        Result(v, m, spot_measured(m, config, runner), proposals_of(m, config, runner)) for v, m in known
    ]
    spotters = {ENGINE: figures(found)}
    rules: Rules | None = None
    about = _about(config, runner, known)
    if baseline is not None:
        training = _measured(read_labelled(baseline), config, keep and keep / "baseline", progress, left_out)
        rules = tune_rules(training)
        spotters[RULES] = figures([Result(v, m, spot_by_rules(m, rules)) for v, m in known])
        shared = sorted({v.person for v, _ in training} & {v.person for v, _ in known})
        about |= {"baseline_set": Path(baseline).name, "people_in_both_sets": shared}
    by_published = score_published(found, spotters[ENGINE].score) if published else None
    return Evaluation(Path(folder).resolve().name, about, spotters, rules, tuple(left_out), by_published)


def _measured(
    videos: Sequence[LabelledVideo],
    config: Config,
    keep: Path | None,
    progress: SetProgress | None,
    left_out: list[str],
) -> list[tuple[LabelledVideo, Measured]]:
    known: list[tuple[LabelledVideo, Measured]] = []
    for video in videos:

        def told(read: int, declared: int | None, name: str = video.name) -> None:
            if progress is not None:
                progress(name, read, declared)

        try:
            measured = measure_once(video.path, config, keep, told, name=video.name, fps=video.fps)
            known.append((video, measured))
        except InputError as error:
            left_out.append(str(error))
    if not known:
        raise InputError(f"{videos[0].path.parent}: none of {len(videos)} videos can be used: {left_out[-1]}")
    return known


def _about(config: Config, runner: Runner, known: Sequence[tuple[LabelledVideo, Measured]]) -> dict[str, Any]:
    frames = sum(len(m.windows) for _, m in known)
    faces = sum(w.features is not None for _, m in known for w in m.windows)
    thresholds: dict[str, float] = dict(runner.info.thresholds)
    for kind in ("ME", "MaE"):
        if (given := getattr(config.spotting, f"{kind.lower()}_apex_threshold")) is not None:
            thresholds[kind] = given
    return {
        "engine": runner.info.facts(),
        "thresholds": thresholds,
        "videos": len(known),
        "people": len({v.person for v, _ in known}),
        "minutes": sum(m.minutes for _, m in known),
        "face_share": faces / max(frames, 1),
        "versions": versions(),
        "config": config.as_dict(),
    }
