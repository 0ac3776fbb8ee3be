"""Figures as a plain-text table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from livespot.bench.figures import Figures, LiveRun, PlainWay, Spread
from livespot.snapshot import LatencyStats
from livespot.types import HALF_WINDOW

_NAME = 38
_NUMBER = 9
_LABELS = {
    "decode": "decode (FFmpeg's own threads)",
    "face": "face, 478 landmarks",
    "crop": "canonical crop",
    "SW-MRO": "SW-MRO, incremental",
    "second stage": "second stage (0: the engine has none)",
}


def as_text(figures: Figures) -> str:
    """The whole report, for a terminal of 80 columns."""
    lines = [
        *_machine(figures),
        "",
        *_table("one thread, ms per model frame", _by_stage(figures)),
        "",
        *_plain_way(figures.flow),
        "",
        *_table("inference, ms per window", _by_threads(figures)),
        "",
        *_table("--every-frame, one thread, ms a frame", _by_rate(figures)),
        "",
        "the whole clip as `livespot spot`, all threads",
        f"  {figures.spot.frames_per_second:.1f} frames per second"
        f" ({figures.spot.frames} frames in {figures.spot.seconds:.1f} s)",
        "",
        *_live(figures.live),
    ]
    return "\n".join(lines)


def _by_stage(figures: Figures) -> dict[str, Spread | None]:
    return {_LABELS.get(name, name): spread for name, spread in figures.stages.items()}


def _by_threads(figures: Figures) -> dict[str, Spread | None]:
    spreads = figures.inference_threads.items()
    return {f"{n} thread" if n == "1" else f"{n} threads": spread for n, spread in spreads}


def _by_rate(figures: Figures) -> dict[str, Spread | None]:
    return {f"camera of {rate} fps": spread for rate, spread in figures.every_frame.items()}


def _machine(figures: Figures) -> Iterable[str]:
    machine, clip = figures.machine, figures.clip
    load = "" if machine.load is None else f", load {machine.load:.1f} before the run"
    yield f"{machine.processor}, {machine.cores} cores{load}"
    yield f"{machine.system}, Python {machine.python}"
    yield ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield figures.engine
    yield f"{clip.name}: {clip.width}×{clip.height}, {clip.fps:.4g} fps, {clip.frames} model frames"


def _table(title: str, spreads: Mapping[str, Spread | LatencyStats | None]) -> Iterable[str]:
    yield _row(title, ("p50", "p95", "p99", "count"))
    for name, spread in spreads.items():
        if spread is None:
            yield _row(f"  {name}", ("-",) * 3 + ("0",))
        else:
            values = [f"{ms:.2f}" for ms in (spread.p50_ms, spread.p95_ms, spread.p99_ms)]
            yield _row(f"  {name}", (*values, str(spread.count)))


def _row(name: str, cells: Iterable[str]) -> str:
    return name.ljust(_NAME) + "".join(cell.rjust(_NUMBER) for cell in cells)


def _plain_way(flow: PlainWay) -> Iterable[str]:
    title = "SW-MRO, same frames, ms of one core"
    yield from _table(title, {"plain: 16 whole-crop flows": flow.plain, "incremental": flow.incremental})
    if flow.ratio is None or flow.rms_px is None or flow.p50_px is None or flow.p99_px is None:
        yield "  no window could be measured both ways (no face for 17 frames in a row?)"
        return
    yield f"  plain / incremental: {flow.ratio:.1f}"
    yield (
        f"  difference: {flow.rms_px:.2g} px RMS over {flow.vectors} ROI vectors"
        f" (p50 {flow.p50_px:.1g}, p99 {flow.p99_px:.2g})"
    )


def _live(live: LiveRun) -> Iterable[str]:
    yield from _table(
        f"live, {live.seconds:.0f} s at {live.camera_fps:.1f} fps, ms",
        {
            "capture to probability *": live.capture_to_probability,
            "capture of the offset to confirmed": live.capture_to_confirmed,
            **{f"{name} (last minute)": stats for name, stats in live.stages.items()},
        },
    )
    yield f"  {live.frames} frames, {live.frames_with_face} with a face; dropped: {_counts(live.drops)}"
    if live.drops_while_starting:
        yield f"  dropped while starting: {_counts(live.drops_while_starting)}"
    if live.gaps:
        yield f"  {live.gaps} gaps"
    memory = ""
    if live.memory_begin_mb is not None and live.memory_end_mb is not None:
        memory = f"; memory {live.memory_begin_mb:.0f} MB before, {live.memory_end_mb:.0f} MB after"
    yield f"  processor: {live.cpu_share:.0%} of one core{memory}"
    yield f"  * beyond the look-ahead of {HALF_WINDOW} frames that every window needs"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "none"
