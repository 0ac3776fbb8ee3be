"""Notices a stream that has stopped advancing, names the stage, and says where every stage stands.

Each stage notes what it is doing (:class:`Progress`): waiting for a packet, working on one, or handing one over. It has
stalled when it works on one packet for longer than the limit, when it waits although there is a packet in its inbox, or
when it waits to hand one over although there is room. A stage that waits for one that has stalled has not stalled.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum

FIRST_S = 120.0
"""How long the first packet of a stage may take: kernels are compiled and models loaded with it."""

_LOOK_S = 1.0

_log = logging.getLogger(__name__)


class Phase(StrEnum):
    """What a stage is doing."""

    READY = "not started"
    WAITING = "waiting for a packet"
    WORKING = "working on a packet"
    HANDING_OVER = "handing a packet over"
    ENDED = "ended"


class Progress:
    """What one stage is doing and since when; written by its thread, read by any.

    Parameters
    ----------
    name : str
    waits_in_vain : callable
        Whether there is a packet to be had, asked while the stage waits for one.
    room : callable
        Whether the packet being handed over could be put, asked while it is handed over.
    limit_s : float
        How long a phase may last, from the second packet on.
    """

    def __init__(
        self,
        name: str,
        waits_in_vain: Callable[[], bool],
        room: Callable[[], bool],
        limit_s: float,
    ) -> None:
        self.name = name
        self.limit_s = limit_s
        self.packets = 0
        self.thread: int | None = None
        self._waits_in_vain = waits_in_vain
        self._room = room
        self._now = Phase.READY, time.monotonic()

    @property
    def phase(self) -> Phase:
        """What the stage is doing."""
        return self._now[0]

    def enter(self, phase: Phase) -> None:
        """Note that a phase begins now; from the stage's thread."""
        if phase is Phase.WAITING:
            self.packets += 1
        self._now = phase, time.monotonic()

    def stalled_s(self, now_s: float) -> float:
        """For how long the stage has stood still without a reason; 0.0 while it has not for :attr:`limit_s`."""
        phase, since_s = self._now
        lasting_s = now_s - since_s
        limit_s = self.limit_s if self.packets > 1 else max(self.limit_s, FIRST_S)
        if lasting_s < limit_s or phase in (Phase.READY, Phase.ENDED):
            return 0.0
        if phase is Phase.WAITING and not self._waits_in_vain():
            return 0.0
        if phase is Phase.HANDING_OVER and not self._room():
            return 0.0
        return lasting_s

    def __str__(self) -> str:
        phase, since_s = self._now
        return f"{self.name}: {phase} for {time.monotonic() - since_s:.1f} s, {self.packets} packets so far"


class Watchdog:
    """Looks at all stages about once a second and reports a stall once.

    Parameters
    ----------
    stages : sequence of Progress
        From the source to the last stage.
    queues : callable
        The mailboxes as name to (held, size), for the report.
    """

    def __init__(self, stages: Sequence[Progress], queues: Callable[[], dict[str, tuple[int, int]]]) -> None:
        self._stages = tuple(stages)
        self._queues = queues
        self._looked_s = time.monotonic()
        self._reported: set[str] = set()
        self.stalled = ""
        """Which stage stands still and what it is doing, in words; empty when none does."""

    def look(self) -> None:
        """Look, unless that was done less than a second ago; from any thread."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_S:
            return
        self._looked_s = now_s
        found = [(stage, lasting_s) for stage in self._stages if (lasting_s := stage.stalled_s(now_s)) > 0.0]
        self.stalled = ", ".join(f"{stage.name} has been {stage.phase} for {s:.0f} s" for stage, s in found)
        standing = {stage.name for stage, _ in found}
        if new := standing - self._reported:
            _log.warning("the stream has stopped advancing: %s\n%s", self.stalled, self.report(new))
        self._reported = standing

    def report(self, of: set[str]) -> str:
        """Where every stage stands, how full the mailboxes are, and the stacks of the threads named in ``of``."""
        queues = ", ".join(f"{name} {held}/{size}" for name, (held, size) in self._queues().items())
        lines = [*(f"  {stage}" for stage in self._stages), f"  mailboxes: {queues}"]
        frames = sys._current_frames()
        for stage in self._stages:
            if stage.name in of and stage.thread in frames:
                stack = traceback.format_stack(frames[stage.thread])
                lines.append(f"  {stage.name} stands at\n{''.join(stack).rstrip()}")
        return "\n".join(lines)
