"""A video file as a source: every frame that decodes, upright, at its own presentation time.

PyAV reads it, since OpenCV knows neither the true times of a video with a varying rate nor a frame-exact
position. Non-square pixels are left as stored: a face needs no exact aspect, and resampling would blur the
motion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from livespot.capture.array import check_size, checked_fps
from livespot.capture.diagnosis import file_reason, is_animated_webp
from livespot.capture.images import IMAGE_SUFFIXES
from livespot.capture.intake import DAMAGED
from livespot.capture.jpeg import is_whole
from livespot.capture.orientation import UPRIGHT, Turn, letterboxed, turn_of_matrix, turned
from livespot.capture.repeats import Repeats
from livespot.capture.source import RecordedSource
from livespot.errors import InputError
from livespot.types import Frame, Gap, Image, SourceInfo

_DECODER_THREADS = 2  # a third gains nothing at 640x480 and takes a core from the flow
_BACKWARD_S = 1.0  # presentation times that fall back further begin a new recording in the same file
_SLOWEST_HZ = 0.5  # below this, times are suspected of a wrong unit
_USUAL_HZ = (5.0, 1000.0)
_COUNTED = 5  # frames
_UNITS = ((1e3, "milliseconds"), (1e6, "microseconds"))
_UNKNOWN_FPS = 30.0  # spacing of frames without any time in a file without any rate
_JUDGED = 60  # frames after which doubled ones are judged
_ERRORS_IN_A_ROW = 50  # of the container, before the rest of the file is given up
_REFUSED_AT_FIRST = 15  # JPEGs: then their encoder is trusted, and the check is not


class VideoSource(RecordedSource):
    """Frames of the first real video stream of a file.

    ``info.fps`` is the average rate (0.0 when unknown), ``info.frames`` the declared count (None when the
    container does not say). A damaged packet costs its frame number; a file that is cut off ends where
    decoding ends. :attr:`warning` then says so, and also when pictures come doubled, as after a change of rate, or
    when presentation times stand still, fall back or are not in seconds; a file's doubled pictures stay where they are,
    since a still picture may be meant.

    Parameters
    ----------
    path : str or Path
        The file.
    fps : float, optional
        Frames that were really taken in a second, where the file is played slower or faster; its times are scaled.

    Raises
    ------
    InputError
        When the file is missing, a folder, empty, not a video, without a video stream, without a frame that
        decodes, or smaller than 64x64 px.
    UsageError
        When ``fps`` is not a positive number.
    """

    def __init__(self, path: str | Path, fps: float | None = None) -> None:
        file = Path(path)
        real = None if fps is None else checked_fps(fps)
        self._name = str(path)
        self._decoded = self._skipped = self._cut_away = 0
        self._check_jpegs = True
        self._repeats = Repeats()
        self._cycles: Counter[int] = Counter()  # of doubled pictures, judged every sixty frames
        self._container = _opened(file, self._name)
        try:
            self._stream = _video_stream(self._container, self._name)
            self._frames = self._decoded_frames()
            first = next(self._frames, None)
            if first is None:
                raise InputError(f"{self._name}: no frame decodes; the file is damaged, copy it again")
            self._held: VideoFrame | None = first
            image = _upright_bgr(first)
            height, width = image.shape[:2]
            check_size(self._name, width, height)
        except BaseException:
            self._container.close()
            raise
        declared = self._stream.frames or None
        rate = _rate(self._stream)
        self._stretch = rate / real if real and rate else 1.0
        self._timed = real is None or rate > 0
        super().__init__(SourceInfo(self._name, "video", width, height, real or rate, declared, live=False))
        self._stored_size = (first.width, first.height)
        self._origin_s: float | None = None
        self._time_s = 0.0
        self._standing = self._back = self._restarts = 0  # presentation times that cannot be right

    def _next(self) -> Frame | Gap | None:
        held = self._held if self._held is not None else next(self._frames, None)
        self._held = None
        if held is None:
            self._warning = self._what_is_wrong()
            return None
        if (gap := self._break_before(held)) is not None:
            self._held = held
            return gap
        self._time_s = self._time_of(held)
        index = self._decoded + self._skipped
        self._decoded += 1
        image = self._fitted(held)
        self._repeats.is_repeat(image)
        if self._decoded % _JUDGED == 0:
            self._cycles[self._repeats.cycle] += 1
        return Frame(index, self._time_s, image)

    @property
    def losses(self) -> Mapping[str, int]:
        """Frames that do not decode."""
        return {DAMAGED: self._skipped} if self._skipped else {}

    def _release(self) -> None:
        self._held = None
        self._frames = iter(())
        self._container.close()

    def _decoded_frames(self) -> Iterator[VideoFrame]:
        """All frames that decode, in order of presentation; packets that do not are counted and left out."""
        for packet in self._packets():
            self._cut_away += packet.is_discard  # by an edit list
            if not self._is_whole(packet):
                self._skipped += 1
                continue
            try:
                yield from packet.decode()
            except av.error.EOFError:
                return
            except NotImplementedError:  # a codec that this FFmpeg lacks
                return
            except av.FFmpegError:
                self._skipped += 1

    def _packets(self) -> Iterator[Any]:
        """All packets of the stream; a container that is damaged in one place is read on behind it."""
        errors = 0
        packets = self._container.demux(self._stream)
        while errors < _ERRORS_IN_A_ROW:
            try:
                packet = next(packets)
            except (StopIteration, av.error.EOFError):  # cut-off files end in either
                return
            except av.FFmpegError:
                errors += 1
                packets = self._container.demux(self._stream)
                continue
            errors = 0
            yield packet

    def _is_whole(self, packet: Any) -> bool:
        """Whether a packet is no damaged JPEG, as far as that can be told before decoding."""
        if not self._check_jpegs or packet.size == 0 or self._stream.codec_context.name != "mjpeg":
            return True
        whole = is_whole(bytes(packet))
        if not whole and self._decoded == 0 and self._skipped >= _REFUSED_AT_FIRST:
            self._check_jpegs = False
        return whole or not self._check_jpegs

    def _break_before(self, frame: VideoFrame) -> Gap | None:
        """A gap when the file holds a second recording from here on: another size, or time starts again."""
        if (frame.width, frame.height) != self._stored_size:
            self._stored_size = (frame.width, frame.height)
            return Gap(self._time_s, f"the picture changes its size to {frame.width}x{frame.height}")
        if self._presented_s(frame) < self._time_s - _BACKWARD_S:
            self._origin_s = None
            self._restarts += 1
            return Gap(self._time_s, "the presentation times start again")
        return None

    def _presented_s(self, frame: VideoFrame) -> float:
        """Presentation time since the first frame, or one frame after the last when there is none."""
        step_s = 1.0 / (self._info.fps or _UNKNOWN_FPS) if self._decoded else 0.0
        expected_s = self._time_s + step_s
        if frame.pts is None or frame.time_base is None or not self._timed:
            return expected_s
        stamp_s = float(frame.pts * frame.time_base)
        if self._stretch != 1.0:
            stamp_s *= self._stretch
        if self._origin_s is None:
            self._origin_s = stamp_s - expected_s
        return stamp_s - self._origin_s

    def _time_of(self, frame: VideoFrame) -> float:
        """Like :meth:`_presented_s`, but never before the last frame: small faults of containers end here."""
        presented_s = self._presented_s(frame)
        if self._decoded:
            self._standing += presented_s == self._time_s
            self._back += presented_s < self._time_s
        return max(presented_s, self._time_s)

    def _fitted(self, frame: VideoFrame) -> Image:
        """The picture in the size that the source announced."""
        image = _upright_bgr(frame)
        if image.shape[:2] == (self._info.height, self._info.width):
            return image
        return letterboxed(image, self._info.width, self._info.height)

    def _what_is_wrong(self) -> str:
        """One line about what is missing, damaged or doubled; what an edit list cuts away is not missing."""
        missing = self._missing_text()
        found = (missing or self._damaged_text(), self._times_text(), self._doubled_text())
        texts = [text for text in found if text]
        return f"{self._name}: {'; '.join(texts)}" if texts else ""

    def _missing_text(self) -> str:
        declared, decoded = self._info.frames, self._decoded
        if declared is not None:
            there = decoded + self._skipped + self._cut_away
            if there < declared - max(5, declared // 50):
                return f"ended early: {decoded} of {declared} declared frames decode"
            return ""
        only_video = all(s.type == "video" for s in self._container.streams)
        length_s = (self._container.duration or 0) / 1_000_000 * self._stretch if only_video else 0.0
        if self._time_s < 0.99 * length_s - 0.5:
            return f"ended early: {self._time_s:.1f} s of {length_s:.1f} s decode"
        return ""

    def _damaged_text(self) -> str:
        return f"{self._skipped} damaged pictures were left out" if self._skipped else ""

    def _times_text(self) -> str:
        """One line with the counts of all presentation times that cannot be right."""
        counted = (
            (self._standing, "stand still"),
            (self._back, "fall back a little"),
            (self._restarts, "start again"),
        )
        faults = [f"{text} at {count} frames" for count, text in counted if count]
        texts = [f"its times {', '.join(faults)} of {self._decoded}"] if faults else []
        counted_hz = (self._decoded - 1) / self._time_s if self._time_s > 0 else _USUAL_HZ[0]
        unit = next((u for factor, u in _UNITS if _USUAL_HZ[0] <= counted_hz * factor < _USUAL_HZ[1]), "")
        if unit and counted_hz < _SLOWEST_HZ and self._decoded >= _COUNTED:
            rate = f"{self._decoded} frames in {self._time_s:.4g} s"
            texts.append(f"its times seem to be {unit} taken for seconds ({rate}); write the file again")
        return "; ".join(texts)

    def _doubled_text(self) -> str:
        judged, doubled = self._cycles.total(), self._cycles.total() - self._cycles[0]
        if not doubled or 2 * doubled < judged:
            return ""
        cycle = max((c for c in self._cycles if c), key=lambda c: self._cycles[c])
        often = (
            "every picture comes twice" if cycle == 2 else f"every {cycle}th picture repeats the one before"
        )
        counts = f"{self._repeats.repeated} of {self._decoded}"
        really = self._info.fps * (cycle - 1) / cycle
        return f"{often} ({counts}): really {really:.4g} pictures a second; use the film before its rate was changed"


def _opened(file: Path, name: str) -> InputContainer:
    """Open a file after all the questions whose answer FFmpeg would hide behind one error."""
    if not file.exists():
        raise InputError(f"{name}: no such file; check the path")
    if file.is_dir():
        raise InputError(f"{name}: is a folder, expected a video file")
    try:
        if file.stat().st_size == 0:
            raise InputError(f"{name}: is empty (0 bytes); copy it again")
        if is_animated_webp(file):
            raise InputError(
                f"{name}: is an animated WebP, which FFmpeg cannot read; convert it to MP4 or GIF"
            )
        if file.suffix.lower() in IMAGE_SUFFIXES:
            raise InputError(f"{name}: is a single image; give a video, or the folder when it holds a series")
        # An absolute path can never be taken for one of FFmpeg's protocols, whatever colons the name holds.
        container = av.open(str(file.resolve()))
    except PermissionError as error:
        raise InputError(f"{name}: may not be read; check its permissions") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        what = file_reason(file) or "is not a video; check the file, or convert it to MP4"
        raise InputError(f"{name}: {what}") from error
    if container.format.name == "tty":  # FFmpeg draws any text file as a film of a terminal
        container.close()
        raise InputError(f"{name}: is a text file, expected a video")
    return container


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    """First video stream that is not the cover picture of a sound file, ready to decode."""
    for stream in container.streams.video:
        if stream.disposition & av.stream.Disposition.attached_pic:
            continue
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _DECODER_THREADS
        if stream.codec_context.name == "mjpeg":
            stream.codec_context.options = {"err_detect": "explode"}
        return stream
    raise InputError(f"{name}: holds no video stream (sound only?); give a file with a picture")


def _rate(stream: VideoStream) -> float:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return float(rate) if rate else 0.0


def _turn(frame: VideoFrame) -> Turn:
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    return UPRIGHT if matrix is None else turn_of_matrix(bytes(matrix))


def _bgr(frame: VideoFrame) -> Image:
    return np.ascontiguousarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _upright_bgr(frame: VideoFrame) -> Image:
    return turned(_bgr(frame), _turn(frame))
