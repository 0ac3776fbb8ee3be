"""Which recording comes first: the longest, so that no worker is left with a long one when the others have ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av

from livespot.batch.job import Job
from livespot.capture.images import IMAGE_SUFFIXES
from livespot.session import is_session

_UNKNOWN_FPS = 30.0
_WINDOW_BYTES = 1500  # of a session's logged features
_SESSION_SHARE = 0.1  # of a video's work: there is nothing to decode, and no face to look for


def longest_first(jobs: Sequence[Job]) -> list[Job]:
    """In order of the work they are, as far as that can be told without decoding; equal ones stay in their order."""
    return sorted(jobs, key=lambda job: -work_of(job.path))


def work_of(path: Path) -> float:
    """About how many frames are to be analysed; 0.0 where that cannot be told, as for a file that is no video."""
    try:
        if is_session(path):
            features = path / "features.bin"
            return _SESSION_SHARE * (features.stat().st_size / _WINDOW_BYTES if features.exists() else 0.0)
        if path.is_dir():
            return float(sum(file.suffix.lower() in IMAGE_SUFFIXES for file in path.iterdir()))
        with av.open(str(path.resolve())) as container:
            stream = container.streams.video[0]
            if stream.frames:
                return float(stream.frames)
            return (container.duration or 0) / 1e6 * float(stream.average_rate or _UNKNOWN_FPS)
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return 0.0
