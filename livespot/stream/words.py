"""What is said of a run, in words."""

from __future__ import annotations

from livespot.inference import Runner, SwapRunner
from livespot.snapshot import RunState
from livespot.stream.stream import Stream


def build_share(runner: Runner | None) -> float | None:
    """How much of a faster engine is built; None when none is being built."""
    progress = runner.progress if isinstance(runner, SwapRunner) else None
    return progress.share if progress is not None and progress.running else None


def engine_words(runner: Runner) -> str:
    """Which engine runs, and that a faster one is being built."""
    progress = runner.progress if isinstance(runner, SwapRunner) else None
    if progress is None or not progress.running:
        return runner.info.description
    return f"{runner.info.description}; a faster one is being built ({progress.share:.0%}, {progress.text})"


def message_of(stream: Stream, state: RunState) -> str:
    """What the state of a stream asks the user to know; empty when nothing."""
    if state is RunState.FAILED:
        return str(stream.error) or type(stream.error).__name__
    if state is RunState.RECONNECTING:
        name = stream.source.info.name
        return f"{name}: no picture any more; check plug and network, it goes on by itself when it is back"
    return ""
