"""Recordings side by side, each worker a process of its own with its own engine.

Each worker is a pool of one: when it dies (a decoder that crashes, no memory left), only its recording is concerned. It
is analysed once more by a new process; if that one dies too, the recording is given up and the others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from livespot.batch.job import Job, Outcome, analyse
from livespot.batch.schedule import longest_first
from livespot.config import Config
from livespot.errors import InputError, LivespotError
from livespot.inference import Runner, open_runner

Work = Callable[[Job, Config], Outcome]

_ATTEMPTS = 2


def one_after_the_other(
    jobs: Sequence[Job], config: Config, runner: Runner, analyse_one: Callable[[Job, Config, Runner], Outcome]
) -> Generator[tuple[Job, Outcome], None, None]:
    """Analyse in this process, in the order given; an error of one recording does not stop the others."""
    for job in jobs:
        try:
            yield job, analyse_one(job, config, runner)
        except LivespotError as error:
            yield job, error


def analyse_in_worker(job: Job, config: Config) -> Outcome:
    """Analyse in a worker, whose engine is loaded once."""
    try:
        if not _worker_runner:
            _worker_runner.append(open_runner(config.inference))
        return analyse(job, config, _worker_runner[0])
    except LivespotError as error:
        return error


_worker_runner: list[Runner] = []


def side_by_side(
    jobs: Sequence[Job],
    config: Config,
    workers: int,
    *,
    tell: Callable[[str], None],
    work: Work = analyse_in_worker,
) -> Generator[tuple[Job, Outcome], None, None]:
    """Analyse in so many processes, the longest recording first.

    Parameters
    ----------
    jobs : sequence of Job
    config : Config
    workers : int
    tell : callable
        Given one line when a worker has died.
    work : callable
        What a worker does with a job; importable by name.

    Yields
    ------
    (Job, Outcome)
        As they are done.
    """
    pools = [_Worker() for _ in range(min(workers, max(len(jobs), 1)))]
    idle = list(pools)
    waiting = deque((job, 1) for job in longest_first(jobs))
    running: dict[Future[Outcome], tuple[_Worker, Job, int]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                worker, (job, attempt) = idle.pop(), waiting.popleft()
                running[worker.submit(work, job, config)] = worker, job, attempt
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                worker, job, attempt = running.pop(future)
                idle.append(worker)
                try:
                    yield job, future.result()
                except BrokenProcessPool:
                    worker.begin_anew()
                    if attempt < _ATTEMPTS:
                        tell(f"{job.path}: the process that analysed it died; trying once more")
                        waiting.append((job, attempt + 1))
                    else:
                        yield job, _gave_up(job)
    finally:
        for worker in pools:
            worker.close(at_once=bool(running))


def _gave_up(job: Job) -> InputError:
    return InputError(
        f"{job.path}: the processes that analysed it died {_ATTEMPTS} times (no memory left, or a crash);"
        " try fewer --jobs, or convert the recording"
    )


class _Worker:
    """A pool of one process."""

    def __init__(self) -> None:
        self._pool = _new_pool()

    def submit(self, work: Work, job: Job, config: Config) -> Future[Outcome]:
        try:
            return self._pool.submit(work, job, config)
        except BrokenProcessPool:  # it died while it was idle
            self.begin_anew()
            return self._pool.submit(work, job, config)

    def begin_anew(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = _new_pool()

    def close(self, *, at_once: bool) -> None:
        """End the process; at once, when the batch was interrupted: what is not finished has no summary yet."""
        if at_once:
            # Public from Python 3.14 on (terminate_workers).
            for process in list((getattr(self._pool, "_processes", None) or {}).values()):
                with suppress(OSError, ValueError):
                    process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _new_pool() -> ProcessPoolExecutor:
    # Spawned, not forked: ONNX Runtime has threads that do not survive a fork.
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the main process, and end when that one is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), name="livespot parent", daemon=True).start()


def _end_after(join: Callable[[], None]) -> None:
    join()
    os._exit(1)
