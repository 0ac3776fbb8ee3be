"""Orders through the real controller: what they do in each state of the run, and what they never wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from loopback_camera import LoopbackCamera, away, steady
from made_up_runner import FixedRunner

from livespot.capture import ArraySource, CameraListing
from livespot.capture.paced import PacedSource
from livespot.config import CaptureConfig, Config, FlowConfig, SpottingConfig
from livespot.errors import CameraError, ConfigError, OutputError, UsageError
from livespot.session import SessionReader
from livespot.snapshot import RunState
from livespot.stream import Controller, opening
from livespot.stream.run import Cancelled, State
from livespot.stream.sinks import QuietSink
from livespot.types import CURVES, Update

pytestmark = pytest.mark.usefixtures("no_leaked_threads")

ROW = np.full(len(CURVES), 0.65, np.float32)


class Engine(FixedRunner):
    thresholds = {"ME": 0.6, "MaE": 0.7}  # noqa: RUF012

    def __init__(self, name: str = "spotformer") -> None:
        self.name, self.description, self.closed = name, f"engine {name}", 0

    def close(self):
        self.closed += 1


class Engines:
    """In place of the engines' files: opens a made-up engine by its name, at once or when it is let."""

    def __init__(self) -> None:
        self.opened: list[Engine] = []
        self.waiting, self.let = threading.Event(), threading.Event()
        self.let.set()

    def __call__(self, config, **_):
        engine = NoseEngine(config.model) if config.model == "nose" else Engine(config.model)
        self.opened.append(engine)
        self.waiting.set()
        assert self.let.wait(60)
        return engine


class NoseEngine(Engine):
    alignment = "nose"


class Source(PacedSource):
    def __init__(self, frames, clock, speed=1.0):
        blank = [np.full((96, 128, 3), 40, np.uint8)] * frames
        super().__init__(ArraySource(blank, 30.0), clock, speed)
        self.closed = 0

    def close(self):
        self.closed += 1
        super().close()


class Sources:
    """Opens ``N`` pictures in real time; ``wait N`` only when it is let; ``no`` cannot be opened."""

    def __init__(self) -> None:
        self.opened: list[Source] = []
        self.asked: list[str] = []
        self.waiting, self.let = threading.Event(), threading.Event()

    def __call__(self, spec, config, clock):
        self.asked.append(spec)
        if spec == "no":
            raise CameraError("camera no: cannot be opened; plug it in")
        if spec.startswith("wait"):
            self.waiting.set()
            assert self.let.wait(60)
        self.opened.append(Source(int(spec.split()[-1]), clock))
        return self.opened[-1]


@pytest.fixture
def engines(monkeypatch):
    made = Engines()
    monkeypatch.setattr("livespot.stream.engines.open_live_runner", made)
    yield made
    made.let.set()


@pytest.fixture
def sources():
    made = Sources()
    yield made
    made.let.set()


@pytest.fixture
def controller(engines, sources):
    made = Controller(Config(), opener=sources, keep_pictures=True)
    yield made
    engines.let.set()
    sources.let.set()
    made.close()


def until(met: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "waited for nothing"
        time.sleep(0.01)


def shows(controller: Controller, state: RunState) -> None:
    until(lambda: controller.snapshot().state is state)


def in_background(order: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    raised: list[BaseException] = []

    def work():
        try:
            order()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, raised


def prompt(order: Callable[[], object]) -> object:
    """The answer of an order that must not wait for the one that is held up for a minute."""
    answers: list[object] = []
    thread, raised = in_background(lambda: answers.append(order()))
    thread.join(20.0)
    assert not thread.is_alive(), "it waits for the long order"
    if raised:
        raise raised[0]
    return answers[0]


# --- the states -------------------------------------------------------------------------------------------------


def test_every_transition_of_the_table(controller, sources):
    run = controller._run
    assert run.state is State.IDLE
    controller.stop()
    assert run.state is State.IDLE

    starting, raised = in_background(lambda: controller.run("wait 900"))
    assert sources.waiting.wait(60)
    assert run.state is State.OPENING and controller.snapshot().state is RunState.OPENING
    assert controller.snapshot().message == "opening wait 900"
    sources.let.set()
    starting.join()
    assert not raised and run.state is State.RUNNING
    shows(controller, RunState.RUNNING)

    controller.stop()
    assert run.state is State.IDLE and controller.snapshot().state is RunState.IDLE

    with pytest.raises(CameraError):
        controller.run("no")
    assert run.state is State.FAILED
    assert controller.snapshot().message == "camera no: cannot be opened; plug it in"

    controller.run("30")
    shows(controller, RunState.ENDED)
    assert run.state is State.ENDED and controller.snapshot().message == ""
    controller.run("900")
    assert run.state is State.RUNNING
    controller.run("900")
    assert run.state is State.RUNNING and [s.closed > 0 for s in sources.opened] == [True, True, True, False]
    controller.stop()
    controller.run("30")
    shows(controller, RunState.ENDED)
    controller.stop()
    assert run.state is State.IDLE
    with pytest.raises(CameraError):
        controller.run("no")
    controller.stop()
    assert run.state is State.IDLE and controller.snapshot().message == ""
    controller.close()
    with pytest.raises(UsageError, match="closed"):
        controller.run("30")


def test_a_stage_that_fails_fails_the_run_and_the_next_start_works(controller):
    stream = controller.run("900")
    stream.attach(Raising("update"))
    shows(controller, RunState.FAILED)
    assert controller.snapshot().message == "in update"
    assert stream._reader.join(0.0)
    controller.run("900")
    shows(controller, RunState.RUNNING)


def test_another_start_replaces_one_that_is_still_opening(controller, sources):
    first, raised = in_background(lambda: controller.run("wait 900"))
    assert sources.waiting.wait(60)
    second, _ = in_background(lambda: controller.run("600"))
    until(lambda: controller._run._opening is not None and controller._run._opening.message == "")
    sources.let.set()
    first.join()
    second.join()
    assert isinstance(raised[0], Cancelled)
    assert sources.opened[0].closed and not sources.opened[1].closed
    shows(controller, RunState.RUNNING)


# --- starts that fail leave nothing open ------------------------------------------------------------------------


class Raising(QuietSink):
    def __init__(self, at: str) -> None:
        self.at = at

    def __getattribute__(self, name):
        if name == object.__getattribute__(self, "at"):

            def fail(*_):
                raise RuntimeError(f"in {name}")

            return fail
        return object.__getattribute__(self, name)

    def use_clock(self, clock, live):
        pass


@pytest.mark.parametrize("at", ["sinks", "use_clock", "prepare", "record"])
def test_a_start_that_fails_late_closes_its_source(engines, sources, tmp_path, at):
    def fail(*_):
        raise RuntimeError(f"in {at}")

    made = Controller(
        Config(),
        fail if at == "sinks" else lambda: (Raising(at),),
        sources,
        keep_pictures=True,
        prepare=fail if at == "prepare" else None,
    )
    if at == "record":
        made.record(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        (tmp_path / "gone").touch()
    with pytest.raises(OutputError if at == "record" else RuntimeError):
        made.run("900")
    assert sources.opened[0].closed
    assert made.snapshot().state is RunState.FAILED and made.snapshot().message
    assert not made._run.uses_source
    made.close()
    assert engines.opened[0].closed == 1


@pytest.mark.parametrize("config", [Config(flow=FlowConfig(alignment="rigid"))])
def test_an_engine_made_for_another_alignment_is_refused_before_anything_is_opened(engines, sources, config):
    made = Controller(
        Config(flow=config.flow, inference=config.inference.__class__(model="nose")), opener=sources
    )
    with pytest.raises(ConfigError, match="nose"):
        made.run("30")
    assert sources.asked == [] and made.snapshot().state is RunState.FAILED
    made.close()


def test_an_exchange_for_an_engine_of_another_alignment_is_refused_and_the_old_one_goes_on(engines, sources):
    made = Controller(Config(flow=FlowConfig(alignment="rigid")), opener=sources)
    stream = made.run("900")
    shows(made, RunState.RUNNING)
    with pytest.raises(ConfigError, match="nose"):
        made.use_engine("onnx nose")
    old, refused = engines.opened
    assert refused.closed == 1 and old.closed == 0 and stream.spotting.runner is old
    assert made.snapshot().engine == "engine spotformer" and made.snapshot().state is RunState.RUNNING
    made.close()


# --- nothing immediate waits for anything long ------------------------------------------------------------------


def test_a_stop_gives_up_an_opening_at_once_and_what_it_opens_is_closed(controller, sources):
    starting, raised = in_background(lambda: controller.run("wait 900"))
    assert sources.waiting.wait(60)
    prompt(controller.stop)
    assert controller.snapshot().state is RunState.IDLE and starting.is_alive()
    sources.let.set()
    starting.join()
    assert isinstance(raised[0], Cancelled)
    assert sources.opened[0].closed and controller.snapshot().state is RunState.IDLE
    controller.start("wait 900")
    shows(controller, RunState.RUNNING)


@pytest.mark.parametrize("held_up", ["opening", "engine"])
def test_markers_stop_thresholds_and_recordings_wait_for_nothing(
    controller, engines, sources, tmp_path, held_up
):
    controller.run("900")
    shows(controller, RunState.RUNNING)
    if held_up == "engine":
        engines.let.clear()
        engines.waiting.clear()
        thread, _ = in_background(lambda: controller.use_engine("onnx other"))
        assert engines.waiting.wait(60)
        path = prompt(lambda: controller.record(tmp_path, "features"))
        before_s = controller.moment_s()
        assert prompt(lambda: controller.mark("now")) is True
        after_s = controller.moment_s()
        prompt(controller.stop_recording)
        (marker,) = SessionReader(path).markers
        assert marker.label == "now"
        # The axis of the frames is fitted anew as they come, so "now" on it may step back by milliseconds.
        assert before_s - 0.02 <= controller.snapshot().markers[-1].time_s <= after_s + 0.02
    else:
        thread, _ = in_background(lambda: controller.run("wait 900"))
        assert sources.waiting.wait(60)
        assert prompt(lambda: controller.record(tmp_path, "features")) is None
        prompt(lambda: controller.mark("now"))
        prompt(controller.stop_recording)
    prompt(lambda: controller.set_threshold("ME", 0.9))
    prompt(controller.snapshot)
    prompt(controller.reset_thresholds)
    prompt(controller.stop)
    assert thread.is_alive() and controller.snapshot().state is RunState.IDLE
    engines.let.set()
    sources.let.set()
    thread.join()


@pytest.mark.parametrize("held_up", ["opening", "engine"])
def test_closing_during_a_long_order_leaves_nothing_behind(controller, engines, sources, held_up):
    if held_up == "engine":
        controller.run("900")
        engines.let.clear()
        engines.waiting.clear()
        thread, raised = in_background(lambda: controller.use_engine("onnx other"))
        assert engines.waiting.wait(60)
    else:
        thread, raised = in_background(lambda: controller.run("wait 900"))
        assert sources.waiting.wait(60)
    prompt(controller.close)
    engines.let.set()
    sources.let.set()
    thread.join()
    assert isinstance(raised[0], UsageError)
    assert controller.snapshot().state is RunState.IDLE
    assert all(source.closed for source in sources.opened)
    assert [engine.closed for engine in engines.opened] == [1] * len(engines.opened)
    with pytest.raises(UsageError, match="closed"):
        controller.use_engine("onnx third")


# --- engines and sensitivity ------------------------------------------------------------------------------------


def test_an_engine_is_exchanged_after_a_run_has_ended(controller, engines, tmp_path):
    path = controller.record(tmp_path, "features")
    assert path is None
    stream = controller.run("30")
    shows(controller, RunState.ENDED)
    path = controller.recording.path
    prompt(lambda: controller.use_engine("onnx other"))
    old, new = engines.opened
    assert old.closed == 1 and new.closed == 0
    assert controller.snapshot().engine == "engine other" and controller.snapshot().state is RunState.ENDED
    assert stream.spotting.runner is old  # that run is over
    session = SessionReader(path)
    assert session.complete and session.markers == []
    controller.stop_recording()
    assert controller.run("900").spotting.runner is new
    controller.stop()
    controller.close()
    assert [engine.closed for engine in engines.opened] == [1, 1]


def test_a_replaced_engine_is_freed_once_no_window_can_reach_it(controller, engines):
    stream = controller.run("900")
    shows(controller, RunState.RUNNING)
    controller.use_engine("onnx other")
    old, new = engines.opened
    assert stream.spotting.runner is new and old.closed == 1
    controller.close()
    assert (old.closed, new.closed) == (1, 1)


def test_an_engine_that_is_replaced_while_no_window_comes_is_freed_when_the_run_ends(engines):
    class Stuck(QuietSink):
        let = threading.Event()

        def window(self, window):
            assert self.let.wait(60)

    def opened(spec, config, clock):
        return Source(900, clock)

    made = Controller(Config(), lambda: (Stuck(),), opened)
    made.run("x")
    until(lambda: made.stream.telemetry().frames > 10)
    prompt(lambda: made.use_engine("onnx other"))
    old, new = engines.opened
    assert old.closed == 0
    Stuck.let.set()
    made.stop()
    assert old.closed == 1 and new.closed == 0
    made.close()
    assert (old.closed, new.closed) == (1, 1)


def feed(controller, value=0.65, rows=20):
    taker = controller._set.tuning._baseline
    for index in range(rows):
        taker.update(Update(index, index / 30, np.full(len(CURVES), value, np.float32)))


def test_a_baseline_does_not_survive_going_back_to_the_engines_own(controller):
    controller.run("900")
    controller.baseline(0.3)
    taker = controller._set.tuning._baseline
    controller.reset_thresholds()
    assert controller.snapshot().baseline_left_s == 0.0
    for index in range(20):
        taker.update(Update(index, index / 30, ROW))
    assert taker not in controller.stream._sinks
    assert controller.snapshot().thresholds == {"ME": 0.6, "MaE": 0.7}


def test_a_baseline_does_not_survive_an_exchange_of_the_engine(controller):
    controller.run("900")
    shows(controller, RunState.RUNNING)
    controller.baseline(500.0)
    controller.use_engine("onnx other")
    assert controller.snapshot().baseline_left_s == 0.0


def test_a_baseline_ends_with_its_run(controller):
    controller.run("30")
    controller.baseline(500.0)
    shows(controller, RunState.ENDED)
    assert controller.snapshot().baseline_left_s == 0.0
    with pytest.raises(UsageError, match="start a camera"):
        controller.baseline(10.0)


def test_a_baseline_never_lowers_a_configured_or_chosen_threshold(engines, sources):
    made = Controller(Config(spotting=SpottingConfig(me_apex_threshold=0.8)), opener=sources)
    made.set_threshold("MaE", 0.75)
    made.run("900")
    made.baseline(0.3)
    feed(made, 0.3)
    assert made.snapshot().thresholds == {"ME": 0.8, "MaE": 0.75}
    made.baseline(0.3)
    feed(made, 0.9)
    assert made.snapshot().thresholds == pytest.approx({"ME": 0.92, "MaE": 0.92})
    made.baseline(0.3)
    feed(
        made, 0.78
    )  # another one takes the place of what the first has set, down to what the user has chosen
    assert made.snapshot().thresholds == pytest.approx({"ME": 0.8, "MaE": 0.8})
    made.close()


def test_thresholds_set_after_the_end_of_a_run_hold_for_the_next(controller):
    controller.run("30")
    shows(controller, RunState.ENDED)
    controller.set_threshold("ME", 0.9)
    assert controller.snapshot().thresholds == {"ME": 0.9, "MaE": 0.7}
    assert controller.run("30").spotting.thresholds == {"ME": 0.9, "MaE": 0.7}


# --- cameras that are looked for, lost and recorded ---------------------------------------------------------------


def test_no_camera_is_probed_while_one_is_opened_or_runs(controller, sources, monkeypatch):
    probed: list[int] = []
    in_probe, let = threading.Event(), threading.Event()

    def probe(index, name, backend):
        probed.append(index)
        in_probe.set()
        assert let.wait(60)
        return CameraListing(index, name, "V4L2", 640, 480, 30.0, ((640, 480, 30.0),))

    monkeypatch.setattr(opening, "named_cameras", lambda: [(0, "Built-in", 0)])
    monkeypatch.setattr(opening, "probed", probe)
    # While it is being opened, and while it runs:
    thread, _ = in_background(lambda: controller.run("wait 900"))
    assert sources.waiting.wait(60)
    assert prompt(controller.sources)[1] == ("0", "Built-in")
    sources.let.set()
    thread.join()
    assert prompt(controller.sources)[1] == ("0", "Built-in")
    assert probed == []
    controller.stop()
    # A probe that is under way ends before a camera is opened:
    listing, _ = in_background(controller.sources)
    assert in_probe.wait(20)
    asked = len(sources.asked)
    thread, _ = in_background(lambda: controller.run("900"))
    until(lambda: controller.snapshot().message == "opening 900")
    time.sleep(0.2)
    assert len(sources.asked) == asked
    let.set()
    listing.join()
    thread.join()
    assert len(sources.asked) == asked + 1 and probed == [0]


def test_record_from_the_next_start_after_a_run_has_ended_records_the_next_start(controller, tmp_path):
    controller.run("30")
    shows(controller, RunState.ENDED)
    assert controller.record(tmp_path, "features", "agreed") is None
    assert controller.snapshot().recording is None and list(tmp_path.iterdir()) == []
    controller.start("no")  # it does not get lost with a start that fails
    assert controller.snapshot().state is RunState.FAILED
    controller.run("60")
    assert controller.snapshot().recording is not None
    shows(controller, RunState.ENDED)
    assert controller.snapshot().recording is None  # complete without anybody's order
    (folder,) = tmp_path.iterdir()
    session = SessionReader(folder)
    assert session.complete and session.info["from_start"] and session.window_count == 60


def test_an_order_to_record_while_a_camera_is_opened_holds_from_its_first_frame(
    controller, sources, tmp_path
):
    thread, _ = in_background(lambda: controller.run("wait 60"))
    assert sources.waiting.wait(60)
    assert controller.record(tmp_path, "features") is None
    sources.let.set()
    thread.join()
    shows(controller, RunState.ENDED)
    session = SessionReader(controller.recording.path)
    assert session.complete and session.info["from_start"] and session.window_count == 60


def test_a_camera_that_is_lost_comes_back_and_is_lost_for_good(engines, tmp_path):
    config = CaptureConfig(stall_s=0.5, reconnect_first_s=0.05, reconnect_max_s=0.2, give_up_s=3.0)
    made = Controller(Config(capture=config))
    script = away(away(steady(30.0, 30.0), 3.0, 1.5), 8.0, 1000.0)
    states: list[RunState] = []
    with LoopbackCamera(script) as camera:
        made.start(camera.url)

        def see(state):
            shown = made.snapshot().state
            if states[-1:] != [shown]:
                states.append(shown)
            return shown is state

        until(lambda: see(RunState.RUNNING))
        until(lambda: see(RunState.RECONNECTING))
        assert "no picture any more" in made.snapshot().message
        assert made.mark("while it is away") is False and made.snapshot().markers
        until(lambda: see(RunState.RUNNING))
        until(lambda: see(RunState.RECONNECTING))
        until(lambda: see(RunState.FAILED))
        assert "gone" in made.snapshot().message
        assert states == [
            *([RunState.OPENING] if states[0] is RunState.OPENING else []),
            RunState.RUNNING, RunState.RECONNECTING, RunState.RUNNING, RunState.RECONNECTING, RunState.FAILED,
        ]  # fmt: skip
        assert not made._run.uses_source
        assert made.record(tmp_path, "features") is None  # for the next start, not for the dead stream
    made.close()


# --- listeners that raise -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["frame", "face", "window", "gap", "update", "setting"])
def test_a_listener_that_raises_ends_the_run_and_its_exception_is_shown(engines, at):
    def opened(spec, config, clock):
        return Source(900, clock, speed=20.0) if at != "gap" else WithGap(900, clock)

    class WithGap(Source):
        def read(self):
            from livespot.types import Gap

            item = super().read()
            return Gap(item.time_s, "a hole") if item is not None and item.index == 50 else item

    made = Controller(Config(), lambda: (Raising(at),), opened)
    stream = made.run("x")
    shows(made, RunState.FAILED)
    assert made.snapshot().message == f"in {at}"
    with pytest.raises(RuntimeError, match=f"in {at}"):
        stream.wait(0.0)
    began = time.monotonic()
    made.close()
    assert time.monotonic() - began < 20
