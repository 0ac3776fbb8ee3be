"""Lab Streaming Layer: probabilities, intervals and markers out, foreign markers in, stamped with capture time.

Needs ``pip install livespot[lsl]``. Three outlets::

    NAME probabilities   float32 × 10, irregular (about 30 Hz), NaN where there is no face; stamp: capture of the frame
    NAME intervals       one JSON text per confirmed interval; stamp: capture of its onset frame
    NAME markers         the text of each of the user's markers; stamp: the moment it was set

LSL has a clock of its own. The session's clock and it are read one right after the other when a run begins; both
count the same oscillator, so one offset holds for the run.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from livespot.clock import Clock
from livespot.errors import UsageError
from livespot.interchange.results import interval_dict
from livespot.types import CURVES, CanonicalFace, Frame, Gap, Update, Window

PROBABILITIES, INTERVALS, MARKERS = "probabilities", "intervals", "markers"

_READINGS = 20  # of both clocks; the pair read with the least between counts
_WAIT_S = 0.2  # how long one pull or one search waits, so that closing never takes longer
_SEARCH_EVERY_S = 2.0
_OPEN_S = 1.0  # how long a stream may take to answer; the others are not heard meanwhile, their samples wait

OnMarker = Callable[[str, float], None]


def load_pylsl() -> Any:
    """The module ``pylsl``.

    Raises
    ------
    UsageError
        When it, or the library that it wraps, is not installed.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:  # RuntimeError: the wheel came without liblsl
        reason = " ".join(str(error).split())
        raise UsageError(f"--lsl: pylsl cannot be loaded ({reason}); pip install 'livespot[lsl]'") from error
    return pylsl


class LslClock:
    """Session time to LSL time and back.

    Parameters
    ----------
    clock : Clock
        The session's.
    """

    def __init__(self, clock: Clock) -> None:
        local_clock = load_pylsl().local_clock
        pairs = []
        for _ in range(_READINGS):
            before = clock.now_s()
            lsl = float(local_clock())
            after = clock.now_s()
            pairs.append((after - before, lsl - (before + after) / 2))
        self.offset_s = min(pairs)[1]

    def to_lsl(self, time_s: float) -> float:
        """LSL time of a session time."""
        return time_s + self.offset_s

    def to_session(self, lsl_s: float) -> float:
        """Session time of an LSL time."""
        return lsl_s - self.offset_s


class LslOutlets:
    """A sink that gives everything to LSL; one object serves any number of runs.

    Parameters
    ----------
    name : str
        Before the names of the streams.
    on_marker : callable, optional
        Called with (text, session time) for each marker of other programs, from a thread that listens while a run goes.

    Raises
    ------
    UsageError
        When pylsl is not installed.
    """

    def __init__(self, name: str = "livespot", on_marker: OnMarker | None = None) -> None:
        self._on_marker = on_marker
        self._listening: LslMarkers | None = None
        self._lsl = load_pylsl()
        self._probabilities = self._outlet(f"{name} {PROBABILITIES}", "Probabilities", len(CURVES), "float32")
        self._intervals = self._outlet(f"{name} {INTERVALS}", "Markers", 1, "string")
        self._markers = self._outlet(f"{name} {MARKERS}", "Markers", 1, "string")
        self._clock: Clock | None = None
        self._bridge: LslClock | None = None
        self._live = True
        self._shift_s = 0.0

    def use_clock(self, clock: Clock, live: bool) -> None:
        """A run begins; recordings count from their own 0, which is wherever their first frame comes."""
        self._clock, self._live, self._shift_s = clock, live, 0.0
        self._bridge = LslClock(clock)
        if self._on_marker is not None:
            if self._listening is not None:
                self._listening.close()
            self._listening = LslMarkers(clock, self._heard)

    def frame(self, item: Frame | Gap) -> None:
        """Learn from a recording's first frame where its 0 lies on the clock."""
        if not self._live and self._clock is not None:
            self._shift_s = self._clock.now_s() - item.time_s
            self._live = True

    def face(self, face: CanonicalFace) -> None:
        """Nothing of it goes out."""

    def window(self, window: Window) -> None:
        """Nothing of it goes out."""

    def gap(self, gap: Gap) -> None:
        """Nothing of it goes out: the stamps show it."""

    def update(self, update: Update) -> None:
        """Probabilities of one frame, and the intervals it confirmed."""
        if update.time_s is not None and update.probabilities is not None:
            self._probabilities.push_sample(update.probabilities.tolist(), self._stamp(update.time_s))
        for interval in update.confirmed:
            words = interval_dict(interval)
            for part in ("onset", "apex", "offset"):
                words[f"{part}_lsl_s"] = self._stamp(words[f"{part}_s"])
            self._intervals.push_sample([json.dumps(words)], self._stamp(interval.onset_s))

    def marker(self, label: str, time_s: float) -> None:
        """Send a marker of the user's, stamped with the time on the frames' axis at which it was set."""
        self._markers.push_sample([label], self._stamp(time_s))

    def close(self) -> None:
        """Take the streams off the network and listen no more; the object is of no use afterwards."""
        if self._listening is not None:
            self._listening.close()
        del self._probabilities, self._intervals, self._markers

    def _heard(self, label: str, time_s: float) -> None:
        if self._on_marker is not None:
            self._on_marker(label, time_s - self._shift_s)

    def _stamp(self, time_s: float) -> float:
        if self._bridge is None:
            raise RuntimeError("the outlets have no clock yet: call use_clock first")
        return self._bridge.to_lsl(time_s + self._shift_s)

    def _outlet(self, name: str, kind: str, channels: int, values: str) -> Any:
        info = self._lsl.StreamInfo(
            name, kind, channels, self._lsl.IRREGULAR_RATE, values, source_id=_own(name)
        )
        info.desc().append_child_value("manufacturer", "livespot")
        if channels == len(CURVES):
            listed = info.desc().append_child("channels")
            for label in CURVES:
                channel = listed.append_child("channel")
                channel.append_child_value("label", label)
                channel.append_child_value("unit", "probability")
        return self._lsl.StreamOutlet(info)


class LslMarkers:
    """Listens to every marker stream of other programs, on a thread of its own.

    Parameters
    ----------
    clock : Clock
        The session's.
    on_marker : callable
        Called from the thread with (text, session time) for each marker.
    stream : str
        Only streams of this name; empty for all of type ``Markers``.

    Raises
    ------
    UsageError
        When pylsl is not installed.
    """

    def __init__(self, clock: Clock, on_marker: OnMarker, stream: str = "") -> None:
        self._lsl = load_pylsl()
        self._bridge = LslClock(clock)
        self._on_marker = on_marker
        self._stream = stream
        self._inlets: dict[str, Any] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livespot lsl markers", daemon=True)
        self._thread.start()

    @property
    def streams(self) -> int:
        """How many streams are listened to."""
        return len(self._inlets)

    def close(self) -> None:
        """Stop listening and wait for the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        searched_s = -_SEARCH_EVERY_S
        while not self._closing.is_set():
            if self._lsl.local_clock() - searched_s >= _SEARCH_EVERY_S:
                self._search()
                searched_s = self._lsl.local_clock()
            heard = [
                self._pull(inlet) for inlet in self._inlets.values()
            ]  # each of them, not up to the first
            if not any(heard):
                self._closing.wait(0.02)
        for inlet in self._inlets.values():
            inlet.close_stream()
        self._inlets.clear()

    def _search(self) -> None:
        prop, value = ("name", self._stream) if self._stream else ("type", "Markers")
        for info in self._lsl.resolve_byprop(prop, value, minimum=1, timeout=_WAIT_S):
            key = str(info.uid())
            text = info.channel_format() == self._lsl.cf_string and info.channel_count() == 1
            if key not in self._inlets and text and info.source_id() != _own(info.name()):
                # dejitter is not asked for: markers are irregular by nature
                inlet = self._lsl.StreamInlet(info, recover=True, processing_flags=self._lsl.proc_clocksync)
                try:
                    inlet.open_stream(timeout=_OPEN_S)
                except RuntimeError:  # pylsl's TimeoutError and LostError: announced, but not to be reached
                    continue  # it is tried again with the next search
                self._inlets[key] = inlet

    def _pull(self, inlet: Any) -> bool:
        try:
            values, stamp = inlet.pull_sample(timeout=0.0)
        except RuntimeError:  # the stream was lost; the others go on
            return False
        if not values:
            return False
        self._on_marker(str(values[0]), self._bridge.to_session(float(stamp)))
        return True


def _own(name: str) -> str:
    """The source id of our own outlets, by which our inlet leaves them alone."""
    return f"livespot:{socket.gethostname()}:{name}"
