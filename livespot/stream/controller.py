"""All that a window can ask of a live run: the runs themselves, what can be turned, what can be seen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from livespot.config import Config
from livespot.errors import UsageError
from livespot.inference import SwapRunner
from livespot.pipeline import Spotting
from livespot.snapshot import Picture
from livespot.stream.engines import engine_choices, engine_config, exchange
from livespot.stream.opening import DEMO, Cameras, Opener, camera_words, open_live
from livespot.stream.ring import KeptPictures, PictureRing, Trio, write_picture
from livespot.stream.runs import MakeSinks, Runs
from livespot.stream.sinks import Sink
from livespot.stream.tuning import Tuning, standing_point
from livespot.stream.view import RunStatus
from livespot.types import ExpressionType, Interval


class Controller(Runs):
    """One stream at a time, with thresholds, engine and camera to choose, and pictures to look at again.

    Parameters
    ----------
    config, sinks, opener
        See :class:`livespot.stream.runs.Runs`.
    keep_pictures : bool
        Whether to keep small pictures of the last minute and of events, for a window to show again.
    """

    def __init__(
        self,
        config: Config,
        sinks: MakeSinks = tuple,
        opener: Opener = open_live,
        keep_pictures: bool = False,
    ) -> None:
        super().__init__(config, sinks, opener)
        self._keep_pictures = keep_pictures
        self._ring: PictureRing | None = None
        self._cameras = Cameras()
        self._tuning = Tuning()

    def _run_config(self) -> Config:
        return self._config if self._runner is None else self._tuning.config(self._config, self._runner)

    def _own_sinks(self) -> Sequence[Sink]:
        self._ring = PictureRing() if self._keep_pictures else None
        return () if self._ring is None else (self._ring,)

    def _run_ended(self) -> None:
        self._tuning.baseline = None
        if self._ring is not None:
            self._ring.close()

    def _status(self) -> RunStatus:
        status, baseline = super()._status(), self._tuning.baseline
        standing = {} if self._runner is None else standing_point(self._config, self._runner).thresholds
        return replace(
            status,
            thresholds=status.thresholds or {**standing, **self._tuning.own},
            engine_thresholds=dict(standing),
            baseline_left_s=0.0 if baseline is None else baseline.left_s,
        )

    @property
    def _spotting(self) -> Spotting | None:
        return None if self._stream is None else self._stream.spotting

    # --- what can be turned ---------------------------------------------------------------------------------

    def sources(self) -> list[tuple[str, str]]:
        """The demo and the cameras that are there: (specification, label)."""
        running = self._stream is not None
        cameras = [(str(c.index), camera_words(c, running)) for c in self._cameras.look(running)]
        return [(DEMO, "Demo clip"), *cameras]

    def modes(self, source: str) -> list[tuple[int, int, float]]:
        """Sizes and rates of a camera of the last listing: (width, height, fps)."""
        return self._cameras.modes(source)

    def use_mode(self, width: int, height: int, fps: float) -> None:
        """Ask the next camera that is opened for this size and rate."""
        capture = replace(self._config.capture, width=width, height=height, fps=fps or 30.0)
        self._config = replace(self._config, capture=capture)

    def set_threshold(self, kind: ExpressionType, value: float) -> None:
        """Be as sensitive to one type as θ = ``value`` says, in this run and the next ones; a recording notes it.

        The least score moves with it (:mod:`livespot.spotting.sensitivity`).
        """
        standing = None if self._runner is None else standing_point(self._config, self._runner)
        self._tuning.set(kind, value, self._spotting, standing)

    def reset_thresholds(self) -> None:
        """Go back to the operating point of configuration or engine."""
        self._tuning.reset(self._config, self._runner, self._spotting)

    def baseline(self, seconds: float) -> None:
        """Watch a neutral face for ``seconds``, then raise the thresholds to what it asks; 0 cancels.

        Raises
        ------
        UsageError
            When nothing runs.
        """
        stream, before = self._stream, self._tuning.baseline
        self._tuning.baseline = None
        if before is not None and stream is not None:
            before.finished = True
            stream.detach(before)
        if seconds == 0.0:
            return
        if stream is None:
            raise UsageError("neutral baseline: nothing runs; start a camera first")
        grid = stream.vision.grid
        taker = self._tuning.take_baseline(seconds, lambda: grid.rate_hz, stream.spotting, self._config)
        stream.attach(taker)

    def engines(self) -> list[tuple[str, str, bool]]:
        """What can compute: (name for :meth:`use_engine`, words, whether it can run here)."""
        return engine_choices(self._config.inference)

    def use_engine(self, name: str) -> None:
        """Go on with another engine or model, between two frames; the old one runs until the new one is warm.

        Raises
        ------
        LivespotError
            It cannot be loaded; the old one goes on.
        """
        config = replace(self._config, inference=engine_config(name, self._config.inference))
        runner = self._warm_runner(config)
        with self._orders:
            self._config, before, self._runner = config, self._runner, runner
            if before is not None:
                exchange(before, runner, self._spotting)
            self._tuning.follow(standing_point(config, runner), self._spotting)
        self._note_setting(f"engine: {runner.info.description}")

    def cancel_build(self) -> None:
        """Stop building a faster engine in the background; the present one goes on."""
        if isinstance(self._runner, SwapRunner):
            self._runner.cancel_build()

    # --- what there is to see again -------------------------------------------------------------------------

    def moment(self, time_s: float) -> Picture | None:
        """The kept picture nearest to ``time_s``."""
        return None if self._ring is None else self._ring.moment(time_s)

    def last_seconds(self, seconds: float) -> Sequence[Picture]:
        """The kept pictures of the last ``seconds``, oldest first; each is unpacked when it is asked for."""
        return KeptPictures(()) if self._ring is None else self._ring.last_seconds(seconds)

    def pictures_of(self, interval: Interval) -> Trio:
        """Onset, apex and offset of a confirmed interval."""
        return (None, None, None) if self._ring is None else self._ring.pictures_of(interval)

    def save_picture(self, path: str | Path) -> None:
        """Write the newest picture, as the camera gave it, to a PNG or JPEG file.

        Raises
        ------
        UsageError
            There is no picture yet, or the file's name ends in neither.
        OutputError
            The file cannot be written.
        """
        write_picture(self._view.newest, Path(path))
