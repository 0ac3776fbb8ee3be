"""A video's SW-MRO windows by the product's own steps, kept on disk, so that another engine is scored in seconds."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from livespot import __version__
from livespot.capture import open_source
from livespot.config import Config
from livespot.errors import InputError
from livespot.findings import stacked
from livespot.interchange.atomic import replacing
from livespot.pipeline import Vision
from livespot.regions import LAYOUTS, PAPER
from livespot.types import HALF_WINDOW, WINDOW_FRAMES, FaceState, Float32Array, Gap, Window

FrameProgress = Callable[[int, "int | None"], None]
"""Called with (camera frames read, frames declared)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What vision made of a video.

    Attributes
    ----------
    items : tuple of Window or Gap
        In order; a gap parts what must not be compared.
    fps : float
        Nominal rate of the source.
    stride : int
        Camera frames per model frame.
    regions : str
        Name of the layout of the windows' regions.
    """

    items: tuple[Window | Gap, ...]
    fps: float
    stride: int
    regions: str = PAPER.name

    @property
    def windows(self) -> list[Window]:
        """Without the gaps."""
        return [item for item in self.items if isinstance(item, Window)]

    @property
    def minutes(self) -> float:
        """Length by the model's frames."""
        windows = self.windows
        return len(windows) / windows[0].rate_hz / 60.0 if windows else 0.0

    def time_of(self, frame: int) -> float:
        """Time of the model frame that lies nearest to a frame of the source, seconds."""
        return min(self.windows, key=lambda w: abs(w.source_index - frame)).time_s


def measure(
    path: Path, config: Config, progress: FrameProgress | None = None, fps: float | None = None
) -> Measured:
    """Grid, face, crop and flow over a video or a folder of images at ``fps``; 15-25 ms a frame.

    Raises
    ------
    InputError
        When the video cannot be used or is shorter than one window.
    """
    items: list[Window | Gap] = []
    with open_source(path, fps=fps) as source:
        vision = Vision(config, source.info.fps, source.info.live)
        try:
            read = 0
            while (frame := source.read()) is not None:
                items.extend(vision.step(frame))
                read += 1
                if progress is not None:
                    progress(read, source.info.frames)
            items.extend(vision.finish())
        finally:
            vision.close()
        fps = source.info.fps or vision.grid.rate_hz
    measured = Measured(tuple(items), fps, vision.grid.stride, config.flow.layout.name)
    if len(measured.windows) < WINDOW_FRAMES:
        raise InputError(
            f"{path}: {len(measured.windows)} frames at the model rate, a window takes {WINDOW_FRAMES};"
            " give a longer recording (0.6 s at least)"
        )
    return measured


def measure_once(
    path: Path,
    config: Config,
    folder: Path | None,
    progress: FrameProgress | None = None,
    *,
    name: str = "",
    fps: float | None = None,
) -> Measured:
    """Like :func:`measure`, but what ``folder`` holds of the same file and settings is read instead.

    Parameters
    ----------
    path : Path
    config : Config
    folder : Path or None
        None: nothing is kept.
    progress : callable, optional
    name : str
        Under which the windows are kept, where the path's own does not tell videos apart.
    fps : float, optional
        As of :func:`livespot.capture.open_source`.
    """
    if folder is None:
        return measure(path, config, progress, fps)
    name = name or path.name
    key = _key(path, config, name, fps)
    kept = folder / f"{name}.npz"
    if (found := _read(kept, key)) is not None:
        return found
    measured = measure(path, config, progress, fps)
    _keep(kept, key, measured)
    return measured


def _key(path: Path, config: Config, name: str, fps: float | None) -> str:
    """Changes when the video or anything that makes windows changes."""
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    rooms = {name: asdict(getattr(config, name)) for name in ("grid", "face")}
    rooms["flow"] = asdict(config.flow.settled())
    given = [] if fps is None else [fps]
    text = json.dumps([name, stat.st_size, stat.st_mtime_ns, __version__, rooms, *given], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(file: Path, key: str, measured: Measured) -> None:
    windows, layout = measured.windows, LAYOUTS[measured.regions]
    gaps = [(n, item.time_s, item.reason) for n, item in enumerate(measured.items) if isinstance(item, Gap)]
    about = {"key": key, "fps": measured.fps, "stride": measured.stride, "regions": layout.name, "gaps": gaps}
    with replacing(file, binary=True) as handle:
        np.savez(
            handle,
            about=np.array(json.dumps(about)),
            features=stacked((w.features for w in windows), layout),
            states=np.array([w.state.name for w in windows]),
            quality=_estimates([w.quality for w in windows], len(layout)),
            noise_px=_estimates([w.noise_px for w in windows], len(layout)),
            numbers=np.array([(w.index, w.source_index) for w in windows], np.int64),
            times=np.array([(w.time_s, w.rate_hz) for w in windows], np.float64),
        )


def _estimates(rows: Sequence[Float32Array | None], regions: int) -> Float32Array:
    """(n, R), NaN where there is no estimate."""
    unknown = np.full(regions, np.nan, np.float32)
    return np.array([unknown if row is None else row for row in rows], np.float32).reshape(-1, regions)


def _read(file: Path, key: str) -> Measured | None:
    """None when the file is not there, is damaged, or belongs to something else: then it is measured anew."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            about = json.loads(str(archive["about"]))
            if about["key"] != key:
                return None
            columns = [
                archive[name] for name in ("features", "numbers", "times", "states", "quality", "noise_px")
            ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    items: list[Window | Gap] = [
        Window(
            int(i),
            int(s),
            float(t),
            float(r),
            None if np.isnan(f).any() else f,
            FaceState[str(state)],
            quality=None if np.isnan(quality).all() else quality,
            noise_px=None if np.isnan(noise_px).all() else noise_px,
        )
        for f, (i, s), (t, r), state, quality, noise_px in zip(*columns, strict=True)
    ]
    for place, time_s, reason in about["gaps"]:
        items.insert(place, Gap(time_s, reason))
    return Measured(tuple(items), about["fps"], about["stride"], about["regions"])


def known_at_s(window: Window) -> float:
    """When a window was complete: its look-ahead later."""
    return window.time_s + HALF_WINDOW / window.rate_hz
