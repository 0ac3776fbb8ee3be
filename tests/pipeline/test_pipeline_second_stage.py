"""The second stage in the stream of windows: later by its look-ahead, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_runner import FixedRunner
from two_stage_engine import export_two_stages

from livespot.config import Config, GridConfig, InferenceConfig, SpottingConfig
from livespot.inference import open_runner
from livespot.inference.runner import SecondStageInfo
from livespot.pipeline import Spotting
from livespot.pipeline.context import ContextBuffer
from livespot.spotting import SpottingParameters, spot_offline
from livespot.types import CURVES, Gap, Reason, Window

MISSING = -1.0


class Describing(FixedRunner):
    """Represents a window by its first number, and describes a frame by what lies around it."""

    def __init__(self, look_ahead=8, context=20, sha256="0" * 64):
        self.sha256 = sha256
        self._second = SecondStageInfo("1" * 64, context, look_ahead, 2)
        self.closed = False

    @property
    def info(self):
        return replace(super().info, second_stage=self._second)

    def represent(self, windows):
        return np.array([windows[0, 0, 0], windows[0, 0, 1]], np.float32)

    def refine(self, frames, present):
        assert not self.closed
        first, value = frames[:, 0], frames[-1 - self._second.look_ahead_frames, 1]
        # The sum depends on every frame of the context; what counts as missing is its own kind of frame.
        context = np.where(present > 0, first, np.float32(MISSING)).astype(np.float64) @ np.arange(len(first))
        row = 0.5 + 0.45 * np.sin(np.arange(len(CURVES)) * 1.7 + value * 9.0 + context * 0.01)
        return row.astype(np.float32)

    def close(self):
        self.closed = True


def window(index, rate_hz=30.0, face=True):
    features = np.zeros((17, 10, 2), np.float32)
    features[0, 0] = np.random.default_rng(index).random(2)
    return Window(index, 3 * index, index / 30.0, rate_hz, features if face else None)


def expected_rows(runner, items):
    """Each segment by itself, from the definition: every frame's context, written out."""
    second, rows, segment = runner.info.second_stage, [], []

    def end():
        known = np.array([runner.represent(w.features) for w in segment], np.float32).reshape(-1, 2)
        for at in range(len(segment)):
            places = at + second.look_ahead_frames - np.arange(second.context_frames)[::-1]
            inside = (places >= 0) & (places < len(segment))
            frames = np.where(inside[:, None], known[np.clip(places, 0, len(segment) - 1)], 0.0)
            rows.append(runner.refine(frames.astype(np.float32), inside.astype(np.float32)))
        segment.clear()

    for before, item in zip([None, *items[:-1]], items, strict=True):
        if isinstance(item, Gap) or (isinstance(before, Window) and before.rate_hz != item.rate_hz):
            end()
        if isinstance(item, Window) and item.features is None:
            end()
            rows.append(np.full(len(CURVES), np.nan, np.float32))
        elif isinstance(item, Window):
            segment.append(item)
    end()
    return np.array(rows, np.float32)


def run(spotting, items, before=lambda item: None):
    updates = []
    for item in items:
        before(item)
        updates += spotting.step(item)
    return updates + spotting.finish()


def rows_of(updates):
    return [u for u in updates if u.frame is not None]


ITEMS = [
    *(window(n) for n in range(200)),
    Gap(6.6, "the cable was pulled"),
    *(window(n) for n in range(200, 205)),  # fewer than the look-ahead
    *(window(n, face=False) for n in range(205, 209)),
    *(window(n) for n in range(209, 300)),
    *(window(n, 25.0) for n in range(300, 400)),
]


@pytest.mark.parametrize("look_ahead", [0, 8, 19])
def test_curves_are_those_of_every_segment_by_itself(look_ahead):
    runner = Describing(look_ahead)
    rows = rows_of(run(Spotting(Config(), runner), ITEMS))
    assert [u.frame for u in rows] == [3 * n for n in range(400)]
    assert np.array_equal([u.probabilities for u in rows], expected_rows(runner, ITEMS), equal_nan=True)
    assert [u.reason for u in rows[205:209]] == [Reason.of_face(w.state) for w in ITEMS[206:210]]


def test_updates_come_later_by_the_look_ahead_and_at_once_where_none_will_follow():
    spotting = Spotting(Config(), Describing(8))
    counts = [len(rows_of(spotting.step(item))) for item in ITEMS]
    assert counts[:9] == [0] * 8 + [1] and counts[199] == 1
    assert counts[200] == 8  # the gap: all that were owed
    assert counts[201:206] == [0] * 5 and counts[206] == 6  # five in front of the hole, and the hole
    assert len(rows_of(spotting.finish())) == 8


@pytest.mark.parametrize("look_ahead", [0, 8, 19])
def test_confirmed_intervals_are_the_offline_run_s(look_ahead):
    items = ITEMS[:301]  # one rate
    runner = Describing(look_ahead)
    updates = run(Spotting(Config(), runner), items)
    found = sorted((i for u in updates for i in u.confirmed), key=lambda i: (i.onset, i.offset, i.type))
    curves = expected_rows(runner, items)
    parameters = SpottingParameters.resolve(SpottingConfig(), runner.thresholds, 30.0, runner.min_scores)
    wanted = sorted(spot_offline(curves, parameters, breaks=[200]), key=lambda p: (p.onset, p.offset, p.type))
    assert [(i.type, i.onset, i.apex, i.offset, i.score) for i in found] == [
        (p.type, 3 * p.onset, 3 * p.apex, 3 * p.offset, p.score) for p in wanted
    ]
    assert len(found) > 5


def test_a_threshold_holds_from_the_window_on_before_which_it_was_set():
    """Whether windows wait or not: the same intervals as with an engine that describes at once."""
    runner = Describing(8)
    curves = iter(expected_rows(runner, ITEMS[:200]))

    class Now(FixedRunner):
        def infer(self, windows):
            return next(curves)

    def turned(spotting):
        def before(item):
            if item.index == 100:
                spotting.set_threshold("ME", 0.94)
                spotting.set_threshold("MaE", 0.2, 0.5)

        return before

    found = []
    for each in (runner, Now()):
        spotting = Spotting(Config(), each)
        updates = run(spotting, ITEMS[:200], turned(spotting))
        found.append([i for u in updates for i in u.confirmed])
        assert spotting.setting.model_index == 100 and spotting.setting.thresholds == {"ME": 0.94, "MaE": 0.2}
    assert found[0] == found[1] and found[0]
    assert found[0] != [i for u in run(Spotting(Config(), runner), ITEMS[:200]) for i in u.confirmed]


def test_another_engine_takes_over_and_what_waited_is_the_first_one_s():
    first, second = Describing(8), Describing(4, context=10, sha256="2" * 64)
    spotting = Spotting(Config(), first)
    updates = [u for item in ITEMS[:100] for u in spotting.step(item)]
    spotting.use_runner(second)
    updates += spotting.step(ITEMS[100])
    assert spotting.runner is second
    first.close()  # as its owner does from now on
    updates += run(spotting, ITEMS[101:200])
    first.closed = False
    expected = np.concatenate([expected_rows(first, ITEMS[:100]), expected_rows(second, ITEMS[100:200])])
    assert np.array_equal([u.probabilities for u in rows_of(updates)], expected)
    confirmed = [i for u in updates for i in u.confirmed]
    assert confirmed and not any(i.onset < 300 <= i.offset for i in confirmed)


def test_every_frame_of_a_fast_camera_is_described_by_frames_a_thirtieth_of_a_second_apart():
    runner, config = Describing(2, context=5), Config(grid=GridConfig(every_frame=True))
    items = [window(n, 90.0) for n in range(60)]
    rows = rows_of(run(Spotting(config, runner), items))
    assert [u.frame for u in rows] == [3 * n for n in range(60)]
    phases = [expected_rows(runner, items[first::3]) for first in range(3)]
    values = np.array([u.probabilities for u in rows])
    for first in range(3):
        assert np.array_equal(values[first::3], phases[first])


@given(
    st.integers(1, 9), st.integers(0, 8), st.integers(1, 3),
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
)  # fmt: skip
def test_the_buffer_gives_each_frame_its_context(frames, ahead, phases, segments):
    ahead = min(ahead, frames - 1)
    buffer, number = ContextBuffer(frames, ahead, 1, phases), 0
    for length in segments:
        values = [float(number + n + 1) for n in range(length)]
        number += length
        contexts = []
        for value in values:
            contexts += [
                (c.frames.ravel().copy(), c.present.copy()) for c in buffer.push(np.float32([value]))
            ]
        contexts += [(c.frames.ravel().copy(), c.present.copy()) for c in buffer.flush()]
        assert len(contexts) == length
        for at, (known, present) in enumerate(contexts):
            places = [at + (ahead - k) * phases for k in reversed(range(frames))]
            expected = [values[p] if 0 <= p < length else 0.0 for p in places]
            assert known.tolist() == expected
            assert present.tolist() == [float(0 <= p < length) for p in places]


@pytest.mark.parametrize("look_ahead", [0, 32])
def test_a_real_engine_gives_the_same_bits_however_long_the_stream_was_before(tmp_path, look_ahead):
    """The context is all that counts: a stream that began earlier by more than it gives the same bits."""
    engine = export_two_stages(tmp_path, look_ahead)
    runner = open_runner(InferenceConfig(model=str(engine)))
    rng = np.random.default_rng(0)
    items = [
        Window(n, n, n / 30.0, 30.0, rng.normal(size=(17, 10, 2)).astype(np.float32)) for n in range(300)
    ]
    whole = np.array([u.probabilities for u in rows_of(run(Spotting(Config(), runner), items))])
    later = np.array([u.probabilities for u in rows_of(run(Spotting(Config(), runner), items[100:]))])
    assert np.array_equal(whole[226:], later[126:]) and not np.array_equal(whole[100:220], later[:120])
    runner.close()
