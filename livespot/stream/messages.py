"""Sentences about a run: its engine, and what the user should know of its stream."""

from __future__ import annotations

from livespot.inference import Runner, SwapRunner
from livespot.snapshot import RunState
from livespot.stream.stream import Stream

BUSY_HZ = 2.0
"""Frames lost in a second from which on the user is told."""


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


def stream_message(stream: Stream, state: RunState, alarm: str, lost_hz: float) -> str:
    """What the user should know of a running stream, the gravest first; empty when there is nothing.

    Parameters
    ----------
    stream : Stream
    state : RunState
    alarm : str
        What a recording loses.
    lost_hz : float
        Frames that the analysis was too late for, per second.
    """
    if state is RunState.RECONNECTING:
        name = stream.source.info.name
        return f"{name}: no picture any more; check plug and network, it goes on by itself when it is back"
    if alarm:
        return alarm
    if stalled := stream.stalled:
        return f"the analysis has stopped: {stalled}; stop and start again, the log says where it stands"
    if lost_hz >= BUSY_HZ:  # the camera is not to blame for a low rate
        return (
            f"this computer is too busy: {lost_hz:.0f} frames a second are lost; close other programs, "
            "or choose a smaller picture"
        )
    return stream.vision.grid.warning or stream.source.warning or stream.vision.grid.irregularities
