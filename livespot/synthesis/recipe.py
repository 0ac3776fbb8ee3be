"""Everything about one clip before a single pixel is drawn: the same seed and number always give the same recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from livespot.errors import UsageError
from livespot.interchange import Annotation
from livespot.synthesis.encode import Codec
from livespot.synthesis.glasses import Glasses, draw_glasses
from livespot.synthesis.phone import Phone, draw_phone
from livespot.synthesis.portraits import PortraitSource
from livespot.synthesis.renderer import VARIANTS, Renderer, VariantName, drawn_renderer
from livespot.synthesis.script import KINDS, Kind, draw_timeline
from livespot.synthesis.sensor import Sensor
from livespot.synthesis.timeline import Expression, Timeline

Mixture = Literal["mixed", "calm", "blinking", "talking", "turning"]
RendererChoice = Literal["mixed", "a", "b", "c"]
_RATES_HZ = (24.0, 25.0, 29.97, 30.0, 30.0, 30.0, 50.0, 60.0)
_SLOW_RATES_HZ = (15.0, 18.0, 20.0, 23.976, 25.0)
_SHORTEST_S = 2.0
_SLOW, _REPEATED, _DIM, _SQUEEZED = 0.25, 0.1, 0.12, 0.25  # shares of clips of stills


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for.

    Attributes
    ----------
    seconds : float
        Length of a clip.
    seed : int
    kind : str
        One of :data:`~livespot.synthesis.script.KINDS` or ``"mixed"``, which takes them in turn.
    size : (int, int)
        Width and height of the picture, even.
    neutral : float
        Share of clips without any expression.
    fps : float or None
        None draws it from usual rates; a stretch of video always keeps its own.
    renderer : str
        Variant of :data:`~livespot.synthesis.renderer.VARIANTS`; ``"mixed"`` takes ``a`` and ``b`` by turns of chance,
        never ``c``, which is there to test on.
    """

    seconds: float = 20.0
    seed: int = 0
    kind: Mixture = "mixed"
    size: tuple[int, int] = (640, 480)
    neutral: float = 0.25
    fps: float | None = None
    renderer: RendererChoice = "mixed"

    def __post_init__(self) -> None:
        if self.seconds < _SHORTEST_S:
            raise UsageError(f"seconds: expected {_SHORTEST_S:g} or more, got {self.seconds:g}")
        if any(n % 2 or n < 120 for n in self.size):
            raise UsageError(f"size: expected even numbers from 120 up, got {self.size[0]}x{self.size[1]}")
        if not 0.0 <= self.neutral <= 1.0:
            raise UsageError(f"neutral: expected a share from 0 to 1, got {self.neutral:g}")
        if self.fps is not None and not 15.0 <= self.fps <= 240.0:
            raise UsageError(f"fps: expected 15 to 240, got {self.fps:g}")
        if self.renderer != "mixed" and self.renderer not in VARIANTS:
            raise UsageError(f"renderer: expected mixed, {', '.join(VARIANTS)}, got {self.renderer}")


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """One clip.

    Attributes
    ----------
    name : str
        Of the file, without ending.
    source : PortraitSource
    part : float
        Which part of a long stretch, 0 to 1.
    kind : str
    timeline : Timeline
        In frames of the nominal rate.
    taken : (n,) float64
        When each frame of the video was taken, in nominal frames: late ones lie between, dropped ones are missing, and
        a repeated one has the time of the one before.
    shown_s : (n,) float64
        Presentation times, from 0.
    size, eye_distance_px, eyes_at
        Framing.
    sensor : Sensor
    codec : Codec
    renderer : Renderer
    phone : Phone
    glasses : Glasses or None
    """

    name: str
    source: PortraitSource
    part: float
    kind: Kind
    timeline: Timeline
    taken: NDArray[np.float64]
    shown_s: NDArray[np.float64]
    size: tuple[int, int]
    eye_distance_px: float
    eyes_at: tuple[float, float]
    sensor: Sensor
    codec: Codec
    renderer: Renderer
    phone: Phone
    glasses: Glasses | None = None

    @property
    def file(self) -> str:
        """Name of the video."""
        return self.name + self.codec.suffix

    def annotations(self) -> list[Annotation]:
        """The ground truth in the video's own frames, by onset."""
        rows = [
            Annotation(
                self.source.person,
                self.name,
                self._own(e.onset),
                self._strongest(e),
                self._end(e.offset),
                e.type,
                e.label,
            )
            for e in self.timeline.expressions
        ]
        return sorted(rows, key=lambda row: (row.onset, row.offset))

    def entry(self) -> dict[str, Any]:
        """The manifest's line."""
        return {
            "name": self.name,
            "file": self.file,
            "portrait": self.source.name,
            "person": self.source.person,
            "kind": self.kind,
            "expressions": len(self.timeline.expressions),
            "rate_hz": self.timeline.rate_hz,
            "frames": len(self.taken),
            "dropped_frames": self.timeline.frames - len(self.taken),
            "size": list(self.size),
            "eye_distance_px": round(self.eye_distance_px, 2),
            "codec": self.codec.name,
            "quality": self.codec.quality,
            "noise": round(self.sensor.noise, 3),
            "shutter": round(self.sensor.shutter, 3),
            "glances": len(self.timeline.glances),
            "shadows": len(self.timeline.shadows),
            "renderer": self.renderer.name,
            "phone": self.phone.summary,
            "glasses": self.glasses is not None,
            "repeated_frames": int((np.diff(self.taken) == 0).sum()),
            "brightness": round(self.sensor.brightness, 3),
        }

    def _strongest(self, expression: Expression) -> int:
        """The apex among the frames that are there: where dropped or repeated ones leave several, the strongest."""
        near = self._own(expression.apex)
        onset, offset = self._own(expression.onset), self._end(expression.offset)
        others = [n for n in (near, near - 1, near + 1, near - 2, near + 2) if onset < n < offset]
        return max(others, key=lambda n: expression.strength(float(self.taken[n])), default=near)

    def _end(self, nominal: int) -> int:
        """The frame of an offset: where pictures are repeated, the first that shows the face at rest."""
        if (np.diff(self.taken) == 0).any():
            return min(int(np.searchsorted(self.taken, nominal)), len(self.taken) - 1)
        return self._own(nominal)

    def _own(self, nominal: int) -> int:
        return int(np.abs(self.taken - nominal).argmin())


def draw_recipe(wish: Wish, number: int, source: PortraitSource, rate_hz: float) -> Recipe:
    """Clip ``number`` of a wish; ``rate_hz`` is the portrait's own, 0 for a still."""
    random = np.random.default_rng([wish.seed, number])
    kind = KINDS[number % len(KINDS)] if wish.kind == "mixed" else wish.kind
    still = rate_hz == 0
    circumstances = np.random.default_rng([wish.seed, number, 2])
    renderer = _renderer(circumstances, wish.renderer)
    slow, repeated = (bool(circumstances.random() < share) for share in (_SLOW, _REPEATED))
    rates = _SLOW_RATES_HZ if slow else _RATES_HZ
    rate = rate_hz or wish.fps or float(random.choice(rates))
    frames = round(wish.seconds * rate)
    expressive = bool(random.random() >= wish.neutral)
    timeline = draw_timeline(
        random, kind, rate, frames, expressive, own_blinks=not still, course=renderer.course
    )
    taken, shown_s = _camera_times(random, frames, rate, steady=not still)
    if still and repeated and not slow:
        taken = _repeated(circumstances, taken)
    eyes = wish.size[0] * float(random.uniform(0.15, 0.23))
    eyes_at = (float(random.uniform(0.44, 0.56)), float(random.uniform(0.36, 0.44)))
    part = float(random.random())
    sensor, codec = _camera(random, still)
    if still:  # a stretch of video has its own exposure
        shutter = float(np.random.default_rng([wish.seed, number, 1]).uniform(0.1, 0.9))
        sensor = _dimmed(circumstances, replace(sensor, shutter=shutter))
    codec = _squeezed(circumstances, codec)
    return Recipe(
        f"{number:04d}-{kind}-{source.name}", source, part, kind, timeline, taken, shown_s, wish.size, eyes, eyes_at,
        sensor, codec, renderer, draw_phone(circumstances, wish.seconds), draw_glasses(circumstances),
    )  # fmt: skip


def _renderer(random: np.random.Generator, choice: RendererChoice) -> Renderer:
    mixed: VariantName = "a" if random.random() < 0.5 else "b"
    return drawn_renderer(random, mixed if choice == "mixed" else choice)


def _repeated(random: np.random.Generator, taken: NDArray[np.float64]) -> NDArray[np.float64]:
    """A slower camera's pictures in a faster video: those in between show the last one again."""
    ratio = float(random.uniform(0.5, 0.85))
    turn = np.floor(np.arange(len(taken)) * ratio)
    first = np.concatenate([[True], np.diff(turn) > 0])
    return taken[np.maximum.accumulate(np.where(first, np.arange(len(taken)), 0))]


def _dimmed(random: np.random.Generator, sensor: Sensor) -> Sensor:
    """Some rooms are dark: little light and much noise."""
    dim, brightness, louder = random.random() < _DIM, random.uniform(0.3, 0.7), random.uniform(1.5, 4.0)
    if not dim:
        return sensor
    return replace(sensor, brightness=float(brightness), noise=min(float(louder) * sensor.noise, 9.0))


def _squeezed(random: np.random.Generator, codec: Codec) -> Codec:
    """Some videos are compressed far more strongly than a recorder does."""
    squeezed, share = random.random() < _SQUEEZED, random.random()
    if not squeezed:
        return codec
    return replace(codec, quality=round(27 + 9 * share) if codec.name == "h264" else round(9 + 9 * share))


def _camera_times(
    random: np.random.Generator, frames: int, rate_hz: float, steady: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When frames were taken (nominal frames) and are shown (s): half of the cameras drop and delay a few."""
    taken = np.arange(frames, dtype=np.float64)
    unsteady = random.random() < 0.5
    drop, jitter_s = float(random.uniform(0.0, 0.02)), float(random.uniform(0.0003, 0.003))
    if steady or not unsteady:
        return taken, taken / rate_hz
    kept = random.random(frames) >= drop
    kept[[0, -1]] = True
    late = np.abs(random.standard_normal(frames)) * jitter_s * rate_hz
    late[random.random(frames) < 0.02] += random.uniform(0.2, 0.5)
    late[0] = 0.0
    # Never so late that the next frame is overtaken.
    taken = (taken + np.minimum(late, 0.7))[kept]
    stamp_s = taken / rate_hz + np.abs(random.standard_normal(len(taken))) * 0.0005
    stamp_s = np.maximum.accumulate(stamp_s) + np.arange(len(taken)) * 1e-5
    return taken, stamp_s - stamp_s[0]


def _camera(random: np.random.Generator, still: bool) -> tuple[Sensor, Codec]:
    """Noise, light and compression; a stretch of video brings its own noise along."""
    noise = float(np.clip(1.3 * np.exp(0.45 * random.standard_normal()), 0.4, 4.0))
    sensor = Sensor(
        noise=noise if still else 0.3 * noise,
        grain_px=float(random.uniform(0.4, 0.9)),
        flicker=float(random.uniform(0.0, 0.01)),
        flicker_hz=float(random.uniform(0.6, 6.0)),
        seed=int(random.integers(2**31)),
        drift=float(random.uniform(0.0, 0.06)),
        drift_s=float(random.uniform(4.0, 12.0)),
        rolling=float(random.uniform(0.0, 0.015)) if random.random() < 0.5 else 0.0,
        rolling_hz=float(random.uniform(0.2, 2.0)),
    )
    if random.random() < 0.35:
        return sensor, Codec("mjpeg", int(random.integers(3, 9)))
    return sensor, Codec("h264", int(random.integers(18, 27)))
