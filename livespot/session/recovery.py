"""Makes a whole session of what is left of a broken one, beside it; the broken one is only read."""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.stream import VideoStream

from livespot.errors import OutputError
from livespot.session.create import SUFFIX, fill
from livespot.session.reader import SessionReader
from livespot.session.records import (
    FEATURES_FILE,
    FEATURES_MAGIC,
    LOG_FILE,
    LOG_MAGIC,
    VIDEO_FILE,
    Kind,
    encode,
    encode_json,
)
from livespot.session.scan import Scan, whole_records


@dataclass(frozen=True, slots=True)
class Recovered:
    """What :func:`recover` found.

    Attributes
    ----------
    path : Path
        The whole session: the new one, or the given one when it was whole already.
    changed : bool
        Whether a new one had to be made.
    problems : tuple of str
        What was wrong with the given one.
    frames, windows, intervals, markers, pictures : int
        What the whole session holds; ``pictures`` is counted only when a new one was made.
    """

    path: Path
    changed: bool
    problems: tuple[str, ...]
    frames: int
    windows: int
    intervals: int
    markers: int
    pictures: int = 0


def recover(session: str | Path, target: str | Path | None = None) -> Recovered:
    """Copy all that is good of a session into a new one whose files are whole.

    Parameters
    ----------
    session : str or Path
        Only read, never changed.
    target : str or Path, optional
        Folder of the new session; by default ``NAME-recovered.livespot`` beside the old one.

    Raises
    ------
    SessionError
        There is nothing to recover: no session, or nothing in it can be read.
    OutputError
        The new folder cannot be written, or exists.
    """
    with SessionReader(session) as reader:
        counts = (len(reader.frames), reader.window_count, len(reader.intervals), len(reader.markers))
        if reader.complete:
            return Recovered(reader.path, False, (), *counts)
        path = Path(target) if target is not None else _free_name(reader.path)
        if path.exists():
            raise OutputError(f"{path}: exists already; give another --to, or remove it")
        hidden = path.parent / f".{uuid.uuid4().hex}{SUFFIX}.part"
        try:
            hidden.mkdir(parents=True)
            pictures = _copy(reader, hidden)
            hidden.rename(path)
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be written ({error.strerror or error}); give a folder with --to that you may write to"
            ) from error
        finally:
            with suppress(OSError):
                shutil.rmtree(hidden)
        return Recovered(path, True, tuple(reader.problems), *counts, pictures)


def _free_name(path: Path) -> Path:
    stem = path.resolve().name.removesuffix(SUFFIX)
    parent = path.resolve().parent
    names = (f"{stem}-recovered{f'-{n}' if n > 1 else ''}{SUFFIX}" for n in range(1, 1000))
    return next(
        (parent / name for name in names if not (parent / name).exists()),
        parent / f"{stem}-recovered{SUFFIX}",
    )


def _copy(reader: SessionReader, hidden: Path) -> int:
    pictures = _copy_video(reader, hidden / VIDEO_FILE)
    info = {**reader.info, "recovered_from": reader.path.name}
    if reader.mode != "features" and not pictures:
        info = {**info, "mode": "features", "video": None}  # nothing is left of the picture
    fill(hidden, info)
    _copy_records(reader.path / LOG_FILE, LOG_MAGIC, hidden / LOG_FILE)
    _copy_records(reader.path / FEATURES_FILE, FEATURES_MAGIC, hidden / FEATURES_FILE)
    with (hidden / LOG_FILE).open("ab") as log:
        log.write(encode_json(Kind.STOP, {"recovered": True, "problems": reader.problems}))
    return pictures


def _copy_records(source: Path, magic: bytes, target: Path) -> None:
    if not source.is_file():
        return
    with source.open("rb") as old, target.open("ab") as new:
        for kind, _, payload in whole_records(old, magic, Scan()):
            if kind not in (Kind.START, Kind.STOP):
                new.write(encode(kind, payload))


def _copy_video(reader: SessionReader, target: Path) -> int:
    """Copy the packets without decoding them, so that the new file has an index and a length; returns how many."""
    if reader.video_path is None:
        return 0
    copied = 0
    try:
        with (
            av.open(str(reader.video_path.resolve())) as old,
            av.open(str(target), "w", format="matroska") as new,
        ):
            source = old.streams.video[0]
            stream = new.add_stream_from_template(source)
            assert isinstance(stream, VideoStream)
            for packet in old.demux(source):
                if packet.dts is None or packet.is_corrupt:
                    continue
                packet.stream = stream
                new.mux(packet)
                copied += 1
    except (av.FFmpegError, IndexError):  # the cut-off end, or no video from the start
        pass
    if not copied:
        target.unlink(missing_ok=True)
    return copied
