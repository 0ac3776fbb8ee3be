"""From what a device grabs to frames and gaps: stamps, doubled and damaged pictures, changes of shape; no thread."""

from __future__ import annotations

from collections import deque

from livespot.capture.orientation import letterboxed
from livespot.capture.repeats import Repeats, repeats_text
from livespot.capture.stamps import ArrivalStamps
from livespot.types import Frame, Gap, Image

DAMAGED = "damaged pictures"
MISSING = "lost before they arrived"

_MENTIONED = 10  # doubled or damaged pictures, and this share of all, before a warning mentions them
_MENTIONED_SHARE = 0.02


class Intake:
    """Step: arrivals of one live source to frames and gaps.

    A picture identical to the one before is no frame: it takes no number and is counted. A damaged one takes a number,
    as a lost one does, and is counted too.

    Parameters
    ----------
    label : str
        How gaps call the source.
    fps : float
        Nominal rate, 0.0 when unknown.
    frozen_s : float
        Identical pictures for so long are a break in the stream.

    Attributes
    ----------
    frozen : bool
        Whether only repeats have been coming for longer than that.
    damaged : int
    """

    def __init__(self, label: str, fps: float, frozen_s: float) -> None:
        self._label = label
        self._frozen_s = frozen_s
        self._stamps = ArrivalStamps(fps)
        self._repeats = Repeats()
        self._undecided: deque[Image | None] = deque()  # pictures whose stamps are not certain yet
        self._size: tuple[int, int] | None = None  # that all frames have
        self._shape: tuple[int, int] | None = None  # of the newest picture
        self._fresh_s: float | None = None  # arrival of the newest picture that was not a repeat
        self._index = 0
        self._missing_before = 0
        self._repeats_in_a_row = 0
        self._frozen_repeats = 0
        self.frozen = False
        self.damaged = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every frame: that of the first picture."""
        return self._size or (0, 0)

    @property
    def rate_hz(self) -> float:
        """Different pictures per second, by count over the last seconds."""
        return self._stamps.rate_hz

    @property
    def repeated(self) -> int:
        """Pictures left out because they repeat the one before; those of frozen stretches aside."""
        return self._repeats.repeated - self._frozen_repeats

    @property
    def losses(self) -> dict[str, int]:
        """Frames that were lost, by reason."""
        return {DAMAGED: self.damaged, MISSING: max(self._stamps.lost - self._missing_before, 0)}

    @property
    def wait_until_s(self) -> float | None:
        """When :meth:`flush` is due; None when nothing waits."""
        return self._stamps.wait_until_s

    @property
    def warning(self) -> str:
        """One line about doubled and damaged pictures; empty when there are hardly any."""
        texts = []
        repeated = self.repeated
        seen = self._repeats.seen - self._frozen_repeats
        if repeated >= _MENTIONED and repeated > _MENTIONED_SHARE * seen:
            texts.append(repeats_text(self._repeats.cycle, repeated, seen, self.rate_hz))
        if self.damaged >= _MENTIONED and self.damaged > _MENTIONED_SHARE * seen:
            texts.append(
                f"{self.damaged} of {seen + self.damaged} pictures came damaged and were left out: "
                "check the cable or the network"
            )
        return f"{self._label}: {'; '.join(texts)}" if texts else ""

    def begin(self, index: int) -> None:
        """Count losses from here on, and number the next frame ``index``: what came before only showed the rate."""
        self._index = index
        self._missing_before = self._stamps.lost
        self.damaged = 0
        self._repeats.seen, self._repeats.repeated, self._frozen_repeats = index, 0, 0

    def add(self, arrival_s: float, image: Image | None) -> list[Frame | Gap]:
        """Take a picture, None when it came damaged; the frames that are certain now, and gaps."""
        out: list[Frame | Gap] = []
        if image is not None:
            if self._repeats.is_repeat(image):
                return self._repeat(arrival_s)
            self.frozen = False
            self._repeats_in_a_row = 0
            self._fresh_s = arrival_s
            shape = (image.shape[1], image.shape[0])
            if self._shape is not None and shape != self._shape:
                out += self.flush()
                out.append(
                    Gap(arrival_s, f"{self._label}: the picture changes its size to {shape[0]}x{shape[1]}")
                )
            self._shape = shape
            self._size = self._size or shape
            if shape != self._size:
                image = letterboxed(image, *self._size)
        self._undecided.append(image)
        return out + self._frames(self._stamps.push(arrival_s))

    def flush(self) -> list[Frame | Gap]:
        """The frame whose stamp waits for the next one's arrival, if there is one."""
        return self._frames(self._stamps.flush())

    def interrupted(self, time_s: float, reason: str) -> list[Frame | Gap]:
        """The stream breaks off: what was still undecided, and the gap."""
        out = self.flush()
        self._stamps.reset()
        return [*out, Gap(time_s, f"{self._label}: {reason}")]

    def _repeat(self, arrival_s: float) -> list[Frame | Gap]:
        self._repeats_in_a_row += 1
        if self.frozen:
            self._frozen_repeats += 1
            return []
        still_s = 0.0 if self._fresh_s is None else arrival_s - self._fresh_s
        if still_s <= self._frozen_s:
            return []
        self.frozen = True
        self._frozen_repeats += self._repeats_in_a_row
        return self.interrupted(arrival_s, f"camera frozen, the same picture for {still_s:.1f} s")

    def _frames(self, stamps: list[float]) -> list[Frame | Gap]:
        out: list[Frame | Gap] = []
        for time_s in stamps:
            image = self._undecided.popleft()
            if image is None:
                self.damaged += 1
            else:
                out.append(Frame(self._index, time_s, image))
            self._index += 1
        return out
