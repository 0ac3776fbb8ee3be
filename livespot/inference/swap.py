"""A runner that can be exchanged between two windows: the next best runs while the best is being built.

The exchange is always of the same engine on another backend; another engine has another operating point, and is a new
runner. Whoever drives the stream calls ``infer`` from one thread; the build runs in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from livespot.errors import EngineError
from livespot.inference.runner import BatchRunner, EngineInfo
from livespot.inference.tensorrt_build import Progress
from livespot.types import Float32Array

OpenBetter = Callable[[Progress], BatchRunner]
_JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class BuildState:
    """How far the build in the background is.

    Attributes
    ----------
    share : float
        From 0 to 1.
    text : str
        What is being done, or how it ended.
    running : bool
    """

    share: float
    text: str
    running: bool


class SwapRunner:
    """Delegates to a runner and takes a better one when it is offered.

    Parameters
    ----------
    runner : BatchRunner
        The first; owned from now on.
    spare : callable, optional
        Opens what runs when the current runner fails and none came before it.
    on_change : callable, optional
        Told in words what changed, from the thread where it did: for a session's log.

    Notes
    -----
    Only ``infer``, ``represent`` and ``infer_batch`` exchange runners, before they compute. A runner that has been
    replaced is kept, to go on with should the better one fail (the GPU was lost), and closed with this one.
    """

    def __init__(
        self,
        runner: BatchRunner,
        spare: Callable[[], BatchRunner] | None = None,
        on_change: Callable[[str], None] | None = None,
    ) -> None:
        self._current = runner
        self._window_shape = runner.info.inputs[0].shape[1:]
        self._before: list[BatchRunner] = []
        self._spare = spare
        self._on_change = on_change
        self._waiting: BatchRunner | None = None
        self._handover = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._cancelled = threading.Event()
        self._state: BuildState | None = None
        self._history: tuple[str, ...] = (f"began with {runner.info.description}",)

    @property
    def current(self) -> BatchRunner:
        """The runner at work."""
        return self._current

    @property
    def history(self) -> tuple[str, ...]:
        """Which runners there were and why, oldest first, in words."""
        return self._history

    @property
    def progress(self) -> BuildState | None:
        """How far the build in the background is; None when there was none. May be asked from any thread."""
        return self._state

    @property
    def info(self) -> EngineInfo:
        """Of the runner at work; the operating point is the same for all of them."""
        return self._current.info

    def warm_up(self) -> None:
        """Warm the current runner up; one that is offered comes warm."""
        self._current.warm_up()

    def infer(self, windows: Float32Array) -> Float32Array:
        """See Runner; exchanges the runner first when a better one waits."""
        return self._computed(lambda runner: runner.infer(windows), windows.shape == self._window_shape)

    def represent(self, windows: Float32Array) -> Float32Array:
        """See TwoStageRunner; exchanges the runner first when a better one waits."""
        return self._computed(lambda runner: runner.represent(windows), windows.shape == self._window_shape)

    def refine(self, frames: Float32Array, present: Float32Array) -> Float32Array:
        """See TwoStageRunner; the second stage is the same in all runners of an engine."""
        return self._current.refine(frames, present)

    def infer_batch(self, windows: Float32Array) -> Float32Array:
        """See BatchRunner."""
        return self._computed(
            lambda runner: runner.infer_batch(windows), windows.shape[1:] == self._window_shape
        )

    def build(self, open_better: OpenBetter) -> None:
        """Open a better runner in the background and take it when it is ready.

        Parameters
        ----------
        open_better : callable
            Gets a :data:`~livespot.inference.tensorrt_build.Progress`; returns a runner whose answers have been
            checked, or raises EngineError.
        """
        if self._thread is not None and self._thread.is_alive():
            raise EngineError(f"engine {self.info.name}: a build is under way; wait until it ends")
        self._stopping.clear()
        self._cancelled.clear()
        self._state = BuildState(0.0, "beginning", True)
        # A daemon: TensorRT looks at the wish to stop between its steps only, and a program must be able to end.
        self._thread = threading.Thread(
            target=self._build, args=(open_better,), name="livespot-engine", daemon=True
        )
        self._thread.start()

    def cancel_build(self) -> None:
        """Have the build in the background end, which it does between two of its steps; the runner at work goes on."""
        self._cancelled.set()

    def offer(self, runner: BatchRunner) -> None:
        """Have ``runner`` take over before the next window; owned from now on.

        Raises
        ------
        EngineError
            When it is of another engine; it stays the caller's.
        """
        if runner.info.engine_sha256 != self.info.engine_sha256:
            raise EngineError(
                f"engine {runner.info.name}: is not {self.info.name}; it cannot go on where that stopped"
            )
        with self._handover:
            stale, self._waiting = self._waiting, runner
        if stale is not None:
            stale.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the build to end; whether it did."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    def close(self) -> None:
        """Stop the build, close all runners."""
        self._stopping.set()
        self.wait(_JOIN_S)
        with self._handover:
            waiting, self._waiting = self._waiting, None
        for runner in (self._current, *self._before, *([] if waiting is None else [waiting])):
            runner.close()
        self._before.clear()

    def _computed(self, compute: Callable[[BatchRunner], Float32Array], fits: bool) -> Float32Array:
        if self._waiting is not None:
            self._take()
        while True:
            try:
                return compute(self._current)
            except EngineError as error:
                if not fits or self._stopping.is_set() or not self._fall_back(error):
                    raise

    def _take(self) -> None:
        with self._handover:
            better, self._waiting = self._waiting, None
        if better is not None:
            self._before.append(self._current)
            self._current = better
            self._tell(f"went on with {better.info.description}")

    def _fall_back(self, error: EngineError) -> bool:
        """Go on with the runner before, or the spare; whether there was one."""
        if self._before:
            failed, self._current = self._current, self._before.pop()
        elif self._spare is not None:
            opened, self._spare = self._spare(), None
            failed, self._current = self._current, opened
        else:
            return False
        failed.close()
        self._tell(f"went back to {self._current.info.description}, since {error}")
        return True

    def _build(self, open_better: OpenBetter) -> None:
        try:
            better = open_better(self._progress)
        except EngineError as error:
            self._state = BuildState(1.0, str(error), False)
            if not self._stopping.is_set():
                self._tell(f"stayed with {self._current.info.description}, since {error}")
            return
        except Exception as error:  # a thread must not die in silence; the stream runs on
            self._state = BuildState(1.0, f"{type(error).__name__}: {error}", False)
            self._tell(f"stayed with {self._current.info.description}, since {type(error).__name__}: {error}")
            return
        if self._stopping.is_set() or self._cancelled.is_set():
            better.close()
            self._state = BuildState(1.0, "the build was stopped", False)
            return
        self.offer(better)
        self._state = BuildState(1.0, f"ready: {better.info.description}", False)

    def _progress(self, share: float, text: str) -> bool:
        self._state = BuildState(share, text, True)
        return not (self._stopping.is_set() or self._cancelled.is_set())

    def _tell(self, text: str) -> None:
        self._history = (*self._history, text)
        if self._on_change is not None:
            self._on_change(text)
