"""Ground truth for a recording on the service, from CSV or EAF, with what speaks against its being for this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from livespot.errors import InputError
from livespot.interchange import read_annotations
from livespot.interchange.eaf import read_eaf
from livespot.replay.of_session import SessionRecording
from livespot.replay.recording import Recording
from livespot.review.export_source import by_onset
from livespot.review.ground_truth import in_source_frames
from livespot.review.orders import GroundTruth
from livespot.types import Interval


def truth_of(path: str, recording: Recording) -> GroundTruth:
    """Ground truth for a recording, with what speaks against its being for this one.

    Raises
    ------
    InputError
        When the file cannot be read, holds nothing, or speaks of several recordings and not of this one.
    """
    file = Path(path)
    found, doubts = (_from_eaf if file.suffix.lower() == ".eaf" else _from_csv)(file, recording)
    if not found:
        raise InputError(f"{path}: holds no expression; is it the right file?")
    last = int(recording.numbers[-1])
    beyond = sum(i.offset > last for i in found)
    if beyond:
        doubts.append(f"{beyond} of {len(found)} expressions lie beyond the last frame, {last}")
    doubt = f"{file.name}: {'; '.join(doubts)}. Is it for another recording?" if doubts else ""
    return GroundTruth(file.name, tuple(by_onset(found)), doubt)


def _from_csv(file: Path, recording: Recording) -> tuple[list[Interval], list[str]]:
    rows = read_annotations(file)
    if isinstance(recording, SessionRecording):
        rows = in_source_frames(rows, recording.session, recording.name)
    names = _names(recording)
    mine = [row for row in rows if {row.video.casefold(), Path(row.video).stem.casefold()} & names]
    videos = sorted({row.video for row in rows})
    if not mine and len(videos) > 1:
        shown = ", ".join(videos[:5]) + (" …" if len(videos) > 5 else "")
        raise InputError(
            f"{file}: has no rows for {recording.name}, got {shown}; put its name into the column video"
        )
    time_of: Callable[[int], float] = recording.time_of
    found = [
        Interval(r.type, r.onset, r.apex, r.offset, time_of(r.onset), time_of(r.apex), time_of(r.offset), 1.0)
        for r in mine or rows
    ]
    return found, [] if mine or not rows else [f"it speaks of “{videos[0]}”, not of “{recording.name}”"]


def _from_eaf(file: Path, recording: Recording) -> tuple[list[Interval], list[str]]:
    def frame_of(time_s: float) -> int:
        return int(recording.numbers[recording.place_at(time_s)])

    held = read_eaf(file, frame_of)
    return list(held.truth or held.intervals), []


def _names(recording: Recording) -> set[str]:
    """What annotations may call it."""
    known = {recording.name, recording.path.name, recording.path.stem}
    if isinstance(recording, SessionRecording):
        known.add(Path(str(recording.session.info["source"]["name"])).name)
    return {name.casefold() for name in known} | {Path(name).stem.casefold() for name in known}
