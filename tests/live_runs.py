"""A real Controller over a loopback camera with faults, and what became of its pictures.

Run as a script, it prints the table of frames sent, analysed, dropped by reason, and gaps for every kind of camera::

    PYTHONPATH=tests python tests/live_runs.py [--seconds 10]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import loopback_camera as cameras
from loopback_camera import LoopbackCamera, Script, number_in

from livespot.capture.live import LATE
from livespot.config import CaptureConfig, Config
from livespot.snapshot import RunState
from livespot.stream import Controller
from livespot.stream.sinks import QuietSink
from livespot.types import CanonicalFace, Frame, Gap, Update

QUICK = CaptureConfig(reconnect_first_s=0.05, reconnect_max_s=0.2)


@dataclass
class Ledger(QuietSink):
    """Everything that came out of a run."""

    camera: LoopbackCamera
    frames: list[tuple[int, float, int | None]] = field(default_factory=list)  # index, time, burned-in number
    ticks: list[tuple[int, bool, float]] = field(default_factory=list)  # source index, held, rate
    gaps: list[Gap] = field(default_factory=list)
    rows: list[Update] = field(default_factory=list)
    states: set[RunState] = field(default_factory=set)
    drops: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    warning: str = ""
    message: str = ""
    shape: tuple[int, ...] = ()

    def frame(self, item: Frame | Gap) -> None:
        """A frame that goes into the analysis."""
        if isinstance(item, Frame):
            self.frames.append((item.index, item.time_s, number_in(item.image)))
            self.shape = item.image.shape

    def face(self, face: CanonicalFace) -> None:
        """A model frame."""
        self.ticks.append((face.frame.source_index, face.frame.held, face.frame.rate_hz))

    def gap(self, gap: Gap) -> None:
        """A break."""
        self.gaps.append(gap)

    def update(self, update: Update) -> None:
        """A row."""
        self.rows.append(update)

    @property
    def numbers(self) -> list[int | None]:
        """Burned into the analysed pictures."""
        return [number for _, _, number in self.frames]

    @property
    def held(self) -> int:
        """Ticks without a frame of their own."""
        return sum(held for _, held, _ in self.ticks)

    @property
    def sent(self) -> list[int]:
        """Numbers of the whole, new pictures sent since the first analysed one."""
        first = self.numbers[0]
        return [number for number in self.camera.numbers if first is not None and number >= first]

    @property
    def late(self) -> int:
        """Pictures that came, but for which this computer was too busy."""
        return self.drops.get(LATE, 0)

    @property
    def lost(self) -> dict[str, int]:
        """Pictures that the camera or its connection lost, by reason."""
        return {reason: count for reason, count in self.drops.items() if reason != LATE}

    def check_accounted(self, unseen: int = 0) -> None:
        """Each picture sent was analysed in its order, or is counted as too late; but for ``unseen`` ones."""
        assert None not in self.numbers and self.numbers == sorted(set(self.numbers))
        until_last = [number for number in self.sent if number <= (self.numbers[-1] or 0)]
        assert set(self.numbers) <= set(until_last)
        assert len(until_last) - len(self.numbers) <= self.late + unseen


def watched(script: Script, config: CaptureConfig = QUICK, **options: object) -> Ledger:
    """Run a Controller on a loopback camera until its script is over."""
    with LoopbackCamera(script, **options) as camera:  # type: ignore[arg-type]
        ledger = Ledger(camera)
        controller = Controller(Config(capture=config), lambda: (ledger,))
        try:
            stream = controller.run(camera.url)
            while not camera.wait(0.02):
                snapshot = controller.snapshot()
                ledger.states.add(snapshot.state)
                if snapshot.message:
                    ledger.message = snapshot.message
            time.sleep(0.2)
            ledger.repeated = stream.source.repeated  # type: ignore[attr-defined]
            ledger.warning = stream.source.warning
        finally:
            controller.stop()
        ledger.drops = {reason: count for reason, count in stream.telemetry().drops.items() if count}
    return ledger


def without_the_end(ledger: Ledger) -> list[Gap]:
    """Gaps but for that when the script is over and the camera hangs up, and those of pictures that came too late."""
    gaps = ledger.gaps
    if gaps and "connection was lost" in gaps[-1].reason:
        gaps = gaps[:-1]
    return [gap for gap in gaps if not (ledger.late and "frames missing before" in gap.reason)]


def scripts(seconds: float) -> Iterator[tuple[str, Script]]:
    """Every kind of camera, for so long."""
    s = seconds + 2.0  # warm-up and connecting
    yield "steady 30 fps", cameras.steady(30.0, s)
    yield "bursts of 3 every 100 ms", cameras.in_bursts(30.0, s)
    yield "bursts of 6 every 200 ms", cameras.in_bursts(30.0, s, burst=6)
    yield "jitter 0-10 ms", cameras.jittered(30.0, s, spread_s=0.010)
    yield "jitter 0-25 ms", cameras.jittered(30.0, s, spread_s=0.025)
    yield "every 40th JPEG damaged", cameras.damaged(cameras.steady(30.0, s), 40)
    yield "silent for 2 s", cameras.stalled(cameras.steady(30.0, s), s / 2, 2.0)
    yield "frozen for 3 s", cameras.frozen(cameras.steady(30.0, s), s / 2, 3.0)
    yield "away for 2 s", cameras.away(cameras.steady(30.0, s), s / 2, 2.0)
    yield (
        "away, back as 16:9",
        cameras.resized(cameras.away(cameras.steady(30.0, s), s / 2, 1.0), s / 2, (640, 360)),
    )
    yield "rate wanders by 4 %", cameras.wandering(30.0, s, share=0.04)
    yield "30, then 15 fps", cameras.changing_rate([(30.0, s / 2), (15.0, s / 2)])
    yield "every picture doubled (15 as 30)", cameras.doubled(cameras.steady(15.0, s))
    yield "24 brought to 30", cameras.pulled_down(30.0, s)
    yield "every 20th lost in the camera", cameras.thinned(cameras.steady(30.0, s), 20)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    print("| camera | sent | analysed | repeats left out | lost, by reason | held ticks | rate | gaps |")
    print("|---|---|---|---|---|---|---|---|")
    for name, script in scripts(seconds):
        found = watched(script)
        lost = ", ".join(f"{count} {reason}" for reason, count in found.drops.items()) or "none"
        gaps = "; ".join(gap.reason.rpartition("/video: ")[2] for gap in without_the_end(found)) or "none"
        rates = sorted({f"{rate:.4g}" for _, _, rate in found.ticks})
        print(
            f"| {name} | {len(found.sent)} | {len(found.frames)} | {found.repeated} | {lost} | {found.held} "
            f"| {', '.join(rates)} | {gaps} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
