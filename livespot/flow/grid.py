"""Camera frames to model frames: the one place where a source's rate becomes the model's.

``stride = max(1, round(fps / 30))`` and the model rate is ``fps / stride``. Frames are put on ticks by their time
stamps: a phase-locked loop follows them in phase and period, so that a camera whose clock is off by a few per cent, or
wanders, neither doubles nor drops frames. A tick with no frame is bridged by the frame before, up to a limit, and
marked as held; beyond it the stream is broken in two.

With ``every_frame`` each camera frame is a model frame and the model rate is ``fps``; the stride then says how far
apart the frames of one window are: ``stride`` windows lie interleaved, in as many phases.
"""

from __future__ import annotations

from livespot.config import GridConfig
from livespot.flow.timing import RateCount, TimeFaults
from livespot.types import Frame, Gap, ModelFrame

_FOLLOW = 0.1  # share of the phase error taken over at each frame: averages jitter over about ten frames
_FOLLOW_PERIOD = _FOLLOW**2 / 4  # of the period: critically damped
_RATE_TOLERANCE = 1.2  # the loop follows so far; further off, the rate has changed
_HELD_MENTIONED = 10  # held ticks, and this share of all, before the user is told
_HELD_SHARE = 0.02


class Grid:
    """Step: :class:`Frame` or :class:`Gap` to a list of :class:`ModelFrame` and :class:`Gap`.

    Parameters
    ----------
    config : GridConfig
    fps : float
        Nominal camera rate; 0.0 when unknown (then the target rate is assumed until the time stamps tell better).
    adaptive : bool
        Whether frames counted over a second that disagree with the nominal rate change it: cameras halve their rate in
        dim light, files mean what they declare.

    Attributes
    ----------
    surplus, held : int
        Camera frames left out because their tick was taken; ticks bridged by the frame before.
    faults : TimeFaults
        Times that cannot be right.
    """

    def __init__(self, config: GridConfig, fps: float, adaptive: bool = True) -> None:
        self._config = config
        self._adaptive = adaptive or fps <= 0
        self._count = RateCount()
        self._period_s = 0.0  # from one tick of the camera to the next, as followed
        self.faults = TimeFaults()
        self._set_rate(fps if fps > 0 else config.target_hz)
        self._index = 0
        self.surplus = 0
        self.held = 0
        self._last: Frame | None = None  # the newest one that stands on the grid
        self._last_time_s = 0.0  # of the newest one at all
        self._phase_s = 0.0  # when the newest tick of the camera was due
        self._tick = 0  # camera frames since the start, lost ones too
        self._slot = 0  # the same in model frames

    @property
    def rate_hz(self) -> float:
        """Model frames per second."""
        return self._fps / self._stride

    @property
    def stride(self) -> int:
        """Camera frames per model frame."""
        return self._stride

    @property
    def phases(self) -> int:
        """Model frames from one frame of a window to the next: 1, unless every camera frame is a model frame."""
        return self._phases

    @property
    def warning(self) -> str:
        """What cannot be seen at this rate, in words; empty when all can."""
        if self.rate_hz >= self._config.min_observable_hz:
            return ""
        return (
            f"camera gives {self._fps:.0f} fps: micro-expressions can't be seen below"
            f" {self._config.min_observable_hz:.0f} fps; use more light or a faster mode"
        )

    @property
    def irregularities(self) -> str:
        """What was odd about the frames' times, with counts, in one line; empty when nothing was."""
        return "; ".join(text for text in (self.faults.text, self.held_text) if text)

    @property
    def held_text(self) -> str:
        """How many ticks had no frame of their own, in one line; empty when there are hardly any."""
        if self.held <= _HELD_SHARE * self._index or self.held < _HELD_MENTIONED:
            return ""
        return f"{self.held} of {self._index} model frames repeat the one before: no frame came in time"

    def step(self, item: Frame | Gap) -> list[ModelFrame | Gap]:
        """Put one camera frame on the grid; mostly one model frame comes back."""
        if isinstance(item, Gap):
            self._restart()
            return [item]
        if self._last is None:
            return [self._begin(item)]
        if (back_s := self.faults.step(item.time_s - self._last_time_s, self._fps)) is not None:
            if back_s <= 0:
                return []
            self._count.clear()
            return [Gap(item.time_s, f"the time jumps back by {back_s:.1f} s"), self._begin(item)]
        self._last_time_s = item.time_s
        self._count.add(item.index, item.time_s)
        changed = self._changed_rate(item)
        if changed is not None:
            return [changed, self._begin(item)]
        ticks = round((item.time_s - self._phase_s) / self._period_s)
        if ticks <= 0:
            self.surplus += 1
            return []
        self._phase_s += ticks * self._period_s
        error_s = item.time_s - self._phase_s
        self._phase_s += _FOLLOW * error_s
        nominal_s = 1.0 / self._fps
        period_s = self._period_s + _FOLLOW_PERIOD * error_s
        self._period_s = min(max(period_s, nominal_s / _RATE_TOLERANCE), nominal_s * _RATE_TOLERANCE)
        self._tick += ticks
        return self._emit(item)

    def reset(self) -> None:
        """Forget the phase; frame numbers go on."""
        self._restart()

    def _emit(self, frame: Frame) -> list[ModelFrame | Gap]:
        slot = self._tick // self._stride
        missed = slot - self._slot - 1
        if missed < 0:  # between two model frames
            return []
        # A frame just after its tick stands in for the one that was dropped on it; one that is exact is the rule.
        if missed > self._config.max_hold_frames * self._phases:
            self._count.clear()
            gap = Gap(frame.time_s, f"{missed} frames missing before {frame.time_s:.2f} s")
            return [gap, self._begin(frame)]
        assert self._last is not None
        out: list[ModelFrame | Gap] = []
        for k in range(missed):
            self.held += 1
            late = (missed - k) / self.rate_hz
            out.append(self._model_frame(self._last, frame.time_s - late, held=True))
        self._slot = slot
        self._last = frame
        out.append(self._model_frame(frame, frame.time_s))
        return out

    def _begin(self, frame: Frame) -> ModelFrame:
        self._tick = 0
        self._slot = 0
        self._phase_s = frame.time_s
        self._last_time_s = frame.time_s
        self._last = frame
        return self._model_frame(frame, frame.time_s)

    def _model_frame(self, frame: Frame, time_s: float, held: bool = False) -> ModelFrame:
        made = ModelFrame(self._index, frame.index, time_s, frame.image, self.rate_hz, self._phases, held)
        self._index += 1
        return made

    def _changed_rate(self, frame: Frame) -> Gap | None:
        counted_hz = self._count.rate_hz if self._adaptive else 0.0
        if counted_hz <= 0 or 1 / _RATE_TOLERANCE < counted_hz / self._fps < _RATE_TOLERANCE:
            return None
        before = self._fps
        self._set_rate(counted_hz)
        return Gap(frame.time_s, f"rate changed from {before:.1f} to {self._fps:.1f} fps")

    def _set_rate(self, fps: float) -> None:
        self._fps = fps
        self._period_s = 1.0 / fps
        stride = max(1, round(fps / self._config.target_hz))
        self._stride, self._phases = (1, stride) if self._config.every_frame else (stride, 1)
        self._count.clear()

    def _restart(self) -> None:
        self._last = None
        self._count.clear()
