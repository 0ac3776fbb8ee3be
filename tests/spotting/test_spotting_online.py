from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livespot.config import SpottingConfig
from livespot.spotting import OnlineSpotter, SpottingParameters, TypeParameters, spot_offline
from livespot.types import CURVES, Float32Array, Proposal

CALIBRATED = {"ME": (1.7, 1.2, -0.4), "MaE": (0.8, 0.9, 0.6)}


def parameters(
    rate_hz: float = 30.0,
    threshold: float = 0.5,
    max_overlap: float = 0.5,
    min_score: float = 0.0,
    overlaps: str = "keep",
    merge_share: float = 0.0,
    calibrations: dict[str, tuple[float, float, float]] | None = None,
) -> SpottingParameters:
    config = SpottingConfig(
        me_apex_threshold=threshold,
        mae_apex_threshold=threshold,
        max_overlap=max_overlap,
        overlaps=overlaps,
        merge_share=merge_share,
    )
    minimum = {"ME": min_score, "MaE": min_score}
    return SpottingParameters.resolve(config, {}, rate_hz, minimum, calibrations)


def stream(
    curves: Float32Array, settings_: SpottingParameters, breaks: tuple[int, ...] = ()
) -> list[tuple[int, Proposal]]:
    """Push everything; returns (frame of confirmation, proposal), checking what must hold at every frame."""
    spotter = OnlineSpotter(settings_)
    seen: list[tuple[int, Proposal]] = []
    for frame, row in enumerate(curves):
        updates = [spotter.break_segment()] if frame in breaks else []
        updates.append(spotter.push(None if np.isnan(row).any() else row))
        for update in updates:
            seen += [(frame, proposal) for proposal in update.confirmed]
            certain = [proposal for _, proposal in seen]
            assert not set(update.provisional) & set(certain)
            assert list(update.confirmed) == sorted(update.confirmed, key=lambda p: p.onset)
        for proposal in updates[-1].provisional:
            assert proposal.onset < proposal.apex <= proposal.offset <= frame
            same = [other for other in certain if other.type == proposal.type]
            limit = 0.0 if settings_.me.longest else settings_.me.max_overlap
            assert all(proposal.iou(other) <= limit for other in same)
    seen += [(len(curves), proposal) for proposal in spotter.finish().confirmed]
    return seen


def white_noise(rng: np.random.Generator, frames: int, levels: int) -> Float32Array:
    values = rng.random((frames, len(CURVES)))
    return (np.round(values * levels) / levels if levels else values).astype(np.float32)


def smooth_peaks(rng: np.random.Generator, frames: int, levels: int) -> Float32Array:
    """Expressions as a trained network shows them: onset, apex and offset humps over a little noise."""
    curves = 0.08 * rng.random((frames, len(CURVES)))
    time = np.arange(frames)
    for _ in range(max(1, frames // 25)):
        kind = rng.integers(2)
        apex = rng.uniform(0, frames)
        half = rng.uniform(4, 8) if kind == 0 else rng.uniform(8, 28)
        width = rng.uniform(1, 3) if kind == 0 else rng.uniform(2, 9)
        for column, centre in ((0, apex - half), (1, apex), (2, apex + half)):
            curves[:, 5 * kind + column] += rng.uniform(0.3, 1.0) * np.exp(
                -0.5 * ((time - centre) / width) ** 2
            )
    curves = np.minimum(curves, 1.0)
    return (np.round(curves * levels) / levels if levels else curves).astype(np.float32)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    frames=st.integers(0, 160),
    make=st.sampled_from([white_noise, smooth_peaks]),
    levels=st.sampled_from([0, 0, 3, 10]),
    missing=st.sampled_from([0.0, 0.01, 0.1]),
    breaking=st.sampled_from([0.0, 0.02]),
    rate_hz=st.sampled_from([7.0, 20.0, 25.0, 200 / 7, 29.97, 30.0, 60.0]),
    threshold=st.sampled_from([0.0, 0.3, 0.5, 0.9]),
    max_overlap=st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
    min_score=st.sampled_from([0.0, 0.05, 0.3]),
    overlaps=st.sampled_from(["keep", "suppress", "merge", "merge", "merge"]),
    merge_share=st.sampled_from([0.0, 0.3, 1.0]),
    calibrations=st.sampled_from([None, CALIBRATED]),
)
def test_online_confirms_exactly_what_offline_finds(
    seed,
    frames,
    make,
    levels,
    missing,
    breaking,
    rate_hz,
    threshold,
    max_overlap,
    min_score,
    overlaps,
    merge_share,
    calibrations,
):
    rng = np.random.default_rng(seed)
    curves = make(rng, frames, levels)
    curves[rng.random(frames) < missing] = np.nan
    breaks = tuple(np.flatnonzero(rng.random(frames) < breaking).tolist())
    settings_ = parameters(rate_hz, threshold, max_overlap, min_score, overlaps, merge_share, calibrations)
    confirmed = [proposal for _, proposal in stream(curves, settings_, breaks)]
    assert len(confirmed) == len(set(confirmed))
    assert set(confirmed) == set(spot_offline(curves, settings_, breaks))
    assert all(proposal.onset < proposal.apex < proposal.offset for proposal in confirmed)
    assert all(0.0 <= proposal.score <= 1.0 for proposal in confirmed)
    if overlaps != "keep":
        for kind in ("ME", "MaE"):
            spans = sorted((p.onset, p.offset) for p in confirmed if p.type == kind)
            assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def pulse(frames: int, kind: int, onset: int, apex: int, offset: int, width: float) -> Float32Array:
    curves = np.full((frames, len(CURVES)), 0.01, np.float32)
    for column, centre in ((0, onset), (1, apex), (2, offset)):
        curves[:, 5 * kind + column] += 0.9 * np.exp(-0.5 * ((np.arange(frames) - centre) / width) ** 2)
    return curves


@pytest.mark.parametrize(
    ("kind", "onset", "apex", "offset", "width"), [(0, 40, 46, 52, 1.0), (1, 40, 60, 80, 3.0)]
)
def test_clean_pulse_is_confirmed_long_before_the_bound(kind, onset, apex, offset, width):
    settings_ = parameters()
    ((frame, proposal),) = stream(pulse(160, kind, onset, apex, offset, width), settings_)
    assert (proposal.onset, proposal.apex, proposal.offset) == (onset, apex, offset)
    half = settings_.types[kind].far
    assert frame <= offset + half, "half the average duration already settles a clean pulse"


def test_provisional_shows_the_expression_before_it_ends():
    spotter = OnlineSpotter(parameters())
    curves = pulse(80, 0, 40, 46, 52, 1.0)
    shown = [spotter.push(row).provisional for row in curves]
    assert shown[44] == ()
    (under_way,) = shown[46]
    assert (under_way.onset, under_way.apex, under_way.offset) == (40, 46, 46)
    (ended,) = shown[53]  # apex 45 is complete by now, 46 is not, but better
    assert (ended.onset, ended.apex, ended.offset) == (40, 46, 52)


@pytest.mark.parametrize(("kind", "half"), [(0, 6), (1, 20)])
def test_merging_confirms_a_lone_pulse_hardly_later_than_suppression_alone(kind, half):
    curves = pulse(200, kind, 60 - half, 60, 60 + half, 1.0 + 2 * kind)
    ((alone, found),) = stream(curves, parameters(min_score=0.1))
    ((united, same),) = stream(curves, parameters(min_score=0.1, overlaps="merge"))
    assert found == same
    assert united <= alone + 3


def test_missing_face_and_break_settle_everything_at_once():
    curves = pulse(56, 0, 40, 46, 52, 1.0)[:54]
    for end in (lambda s: s.push(None), lambda s: s.break_segment(), lambda s: s.finish()):
        spotter = OnlineSpotter(parameters())
        confirmed = [p for row in curves for p in spotter.push(row).confirmed]
        confirmed += end(spotter).confirmed
        assert [(p.onset, p.apex, p.offset) for p in confirmed] == [(40, 46, 52)]


def test_no_proposal_reaches_across_a_missing_row():
    curves = pulse(100, 0, 40, 46, 52, 1.0)
    curves[43] = np.nan
    assert all(not p.onset <= 43 <= p.offset for _, p in stream(curves, parameters()))


def test_certain_offset_is_confirmed_without_waiting_for_the_whole_range():
    curves = pulse(80, 0, 40, 46, 50, 0.3)
    curves[40, 0] = curves[50, 2] = 1.0  # nothing can be better than certain
    ((frame, _),) = stream(curves, parameters())
    assert frame < 46 + 8


def test_memory_is_bounded_on_a_long_stream():
    rng = np.random.default_rng(5)
    spotter = OnlineSpotter(parameters(threshold=0.2))
    curves = white_noise(rng, 3000, 0)
    largest = 0
    for row in curves:
        spotter.push(row)
        for stage in spotter._stages:
            track = stage.track
            largest = max(largest, len(track._open) + len(track._waiting) + len(track._kept))
    assert largest < 250


def test_reset_and_finish():
    spotter = OnlineSpotter(parameters())
    curves = pulse(80, 0, 40, 46, 52, 1.0)
    runs = []
    for _ in range(2):
        confirmed = [p for row in curves for p in spotter.push(row).confirmed] + list(
            spotter.finish().confirmed
        )
        runs.append(confirmed)
        assert spotter.frames == 80
        assert spotter.finish().confirmed == ()
        with pytest.raises(RuntimeError, match="reset"):
            spotter.push(curves[0])
        spotter.reset()
    assert runs[0] == runs[1] != []


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(10,\)"):
        OnlineSpotter(parameters()).push(np.zeros(9, np.float32))


TINY = SpottingParameters(
    me=TypeParameters("ME", 0.5, far=2, near=1, max_overlap=0.5),
    mae=TypeParameters("MaE", 1.0, far=2, near=1, max_overlap=0.5),
    rate_hz=30.0,
)
ROWS = [  # (onset, apex, offset) of ME, coarse
    (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (0.0, 1.0, 0.0),
    None,
]  # fmt: skip


def tiny(rows) -> Float32Array:
    curves = np.zeros((len(rows), len(CURVES)), np.float32)
    for i, row in enumerate(rows):
        curves[i, :3] = np.nan if row is None else row
    return curves


def certain_now(past: list, horizon: int) -> set[Proposal]:
    """What every future of ``horizon`` more coarse frames has in common (the segment may also end)."""
    common: set[Proposal] | None = None
    for future in itertools.product(ROWS, repeat=horizon):
        found = set(spot_offline(tiny([*past, *future]), TINY))
        common = found if common is None else common & found
        if not common:
            return set()
    return common or set()


@pytest.mark.parametrize("seed", range(12))
def test_confirmed_by_brute_force_over_all_futures(seed):
    """Confirmed is in every future; what is in every future is confirmed."""
    rng = np.random.default_rng(seed)
    past = [tuple(np.round(rng.random(3) * 4) / 4) for _ in range(9)]
    spotter = OnlineSpotter(TINY)
    confirmed: set[Proposal] = set()
    for frame, row in enumerate(tiny(past)):
        confirmed |= set(spotter.push(row).confirmed)
        horizon = 3
        truth = {p for p in certain_now(past[: frame + 1], horizon) if p.type == "ME" and p.offset <= frame}
        assert confirmed <= truth
        assert truth <= confirmed, f"could have been confirmed at frame {frame}"
