"""What a place of the timeline is, in words: its tooltips."""

from __future__ import annotations

from collections.abc import Sequence

from livespot.gui.painting import clock
from livespot.gui.verdicts import Verdicts
from livespot.snapshot import Snapshot
from livespot.types import Interval

LONG_NAMES = {"ME": "Micro-expression", "MaE": "Macro-expression"}


def interval_words(interval: Interval) -> str:
    """Type, times, frames and score in one sentence."""
    return (
        f"{LONG_NAMES[interval.type]}, onset {clock(interval.onset_s, 2)}, apex {clock(interval.apex_s, 2)}, "
        f"offset {clock(interval.offset_s, 2)}, frames {interval.onset}–{interval.offset}"
    )


def words_at(
    time_s: float,
    lane: str,
    slack_s: float,
    snapshot: Snapshot,
    truth: Sequence[Interval],
    verdicts: Verdicts,
    missing: Sequence[tuple[float, float, str, bool]],
) -> str:
    """Everything at ``time_s`` in ``lane``; markers in any; else the time and what a click does.

    Parameters
    ----------
    time_s, slack_s : float
        Where the mouse is, and how far from a thin bar it still counts as on it.
    lane : str
        ``ME``, ``ME truth``, ``MaE``, ``MaE truth``, ``face`` or ``axis``.
    snapshot, truth, verdicts, missing
        What the timeline shows.
    """

    def here(start_s: float, end_s: float) -> bool:
        return start_s - slack_s <= time_s <= end_s + slack_s

    told = [
        f"Marker: {m.label or 'mark'}, {clock(m.time_s, 2)}"
        for m in snapshot.markers
        if here(m.time_s, m.time_s)
    ]
    kind = lane.split(" ")[0]
    if lane.endswith("truth"):
        for item in (i for i in truth if i.type == kind and here(i.onset_s, i.offset_s)):
            verdict = verdicts.truth.get(item)
            told.append(f"Ground truth: {interval_words(item)}" + (f": {verdict.value}" if verdict else ""))
    elif lane == "face":
        told += [
            f"{reason or ('no stream' if gap else 'no face')}, {clock(start, 1)} to {clock(end, 1)}"
            for start, end, reason, gap in missing
            if here(start, end)
        ]
    elif lane != "axis":
        for item in (i for i in snapshot.confirmed if i.type == kind and here(i.onset_s, i.offset_s)):
            verdict = verdicts.found.get(item)
            ending = f": {verdict.value}" if verdict else ""
            told.append(f"{interval_words(item)}, score {item.score:.2f}{ending}")
        for item in (i for i in snapshot.provisional if i.type == kind and here(i.onset_s, i.offset_s)):
            told.append(f"Provisional: {interval_words(item)}; it may still change or vanish")
    return (
        "\n".join(told)
        or f"{clock(time_s, 2)}\nClick to see this moment; drag with Shift to choose a stretch"
    )
