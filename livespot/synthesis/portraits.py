"""Faces to make videos of: stills, folders of stills, and neutral stretches of videos.

A person is given as ``PATH``, or ``NAME=PATH`` so that several pictures of one person stay one person; a stretch
is ``VIDEO@START-END`` in seconds. What leaves is a rig that can be posed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livespot.capture import open_source
from livespot.capture.images import IMAGE_SUFFIXES
from livespot.capture.video import VideoSource
from livespot.config import FaceConfig
from livespot.cv import cv2
from livespot.errors import InputError, UsageError
from livespot.face.tracker import FaceTracker
from livespot.synthesis.action_units import face_axes
from livespot.synthesis.framing import Framing
from livespot.synthesis.renderer import VARIANTS, Renderer
from livespot.synthesis.warp import FaceRig
from livespot.types import Float32Array, Frame, Image, ModelFrame

_RATE_HZ = 30.0
_LOOKS = 5  # the tracker looks at a still until it has settled
VIDEO_LOOKS = 40
"""Frames of a video looked at for a face."""

_LONGEST_PX = 1600  # of a still; more detail than is shown only costs time
_STRETCH_FRAMES = 150  # held in memory; run forth and back for as long as the clip lasts
_STRETCH_EYES_PX = 200.0  # outer eye corners; a stretch is kept no finer
_AROUND = (3.6, 2.8, 3.6)  # eye distances kept beside, above and below the eyes
_SPAN = re.compile(r"@(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$")


@dataclass(frozen=True, slots=True)
class PortraitSource:
    """Where a face comes from: ``span_s`` is the neutral stretch of a video, None for a still."""

    name: str
    person: str
    path: Path
    span_s: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face in px of its own pictures; ``rate_hz`` is 0 for a still.

    Attributes
    ----------
    images : tuple of (height, width, 3) uint8
        One, or the frames of a stretch.
    mesh : (478, 3) float32
        Of the first one.
    """

    source: PortraitSource
    images: tuple[Image, ...]
    mesh: Float32Array
    rate_hz: float = 0.0

    def frame(self, number: int) -> Image:
        """Frame of a stretch that is run forth and back without end."""
        last = len(self.images) - 1
        turn = number % (2 * last) if last else 0
        return self.images[turn if turn <= last else 2 * last - turn]


def find_portraits(specs: Sequence[str]) -> list[PortraitSource]:
    """Faces named on a command line, in the order given, those of a folder by name.

    Raises
    ------
    InputError
        When a path is missing, a folder holds no image, or a video is given without its stretch.
    UsageError
        When a stretch ends before it begins.
    """
    found: list[PortraitSource] = []
    for spec in specs:
        found.extend(_found(spec))
    names: dict[str, int] = {}
    unique: list[PortraitSource] = []
    for source in found:
        number = names[source.name] = names.get(source.name, 0) + 1
        name = source.name if number == 1 else f"{source.name}-{number}"
        unique.append(PortraitSource(name, source.person, source.path, source.span_s))
    return unique


def _found(spec: str) -> list[PortraitSource]:
    person, _, rest = spec.partition("=") if "=" in spec and not Path(spec).exists() else ("", "", spec)
    if (match := _SPAN.search(rest)) and not Path(rest).exists():
        path, span = Path(rest[: match.start()]), (float(match[1]), float(match[2]))
        if span[1] <= span[0]:
            raise UsageError(f"{spec}: the stretch ends before it begins; write VIDEO@START-END in seconds")
        if not path.is_file():
            raise InputError(f"{path}: no such video; check the path")
        return [PortraitSource(path.stem, person or path.stem, path, span)]
    path = Path(rest)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        if not files:
            raise InputError(f"{path}: holds no image (png, jpg, bmp, tif, webp); give a folder of portraits")
        return [PortraitSource(p.stem, person or p.stem, p) for p in files]
    if not path.is_file():
        raise InputError(f"{path}: no such portrait; give an image, a folder of images, or VIDEO@START-END")
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(
            f"{path}: is no image; of a video name a neutral stretch: {path}@START-END, in seconds"
        )
    return [PortraitSource(path.stem, person or path.stem, path)]


def load_portrait(source: PortraitSource, start: float = 0.0) -> Portrait:
    """Read a face and measure its mesh.

    Parameters
    ----------
    source : PortraitSource
    start : float
        0 to 1: which part of a stretch longer than is held in memory.

    Raises
    ------
    InputError
        When it cannot be read or shows no frontal face.
    """
    try:
        if source.span_s is not None:
            return _stretch(source, start)
        content = np.fromfile(source.path, np.uint8)
        decoded = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
        if decoded is None:
            raise InputError(f"{source.path}: is not a readable image; remove it or save it again")
        image = np.asarray(decoded, np.uint8)
        image = _at_most(image, _LONGEST_PX / max(image.shape[:2]))
        return Portrait(source, (image,), mesh_of(image))
    except OSError as error:
        raise InputError(f"{source.path}: cannot be read ({error.strerror}); check the path") from error
    except InputError as error:
        if str(source.path) in str(error):
            raise
        raise InputError(f"{source.path}: {error}") from error


def make_rig(
    portrait: Portrait,
    size: tuple[int, int],
    eye_distance_px: float,
    eyes_at: tuple[float, float],
    renderer: Renderer = VARIANTS["a"],
) -> FaceRig:
    """The portrait framed for a picture of ``size`` (width, height), its mesh measured as it is shown there."""
    framing = Framing.around(portrait.mesh, size, eye_distance_px, eyes_at)
    shown = FaceRig(portrait.images[0], portrait.mesh, framing).neutral()
    return FaceRig(portrait.images[0], framing.to_portrait(mesh_of(shown)), framing, renderer)


def mesh_of(image: Image) -> Float32Array:
    """Mesh (478, 3) of the face in a still picture, px; the tracker looks at it until it has settled.

    Raises
    ------
    InputError
        When there is no frontal face.
    """
    with FaceTracker(FaceConfig()) as tracker:
        for index in range(_LOOKS):
            face = tracker.step(ModelFrame(index, index, index / _RATE_HZ, image, _RATE_HZ))
    if face.landmarks is None:
        raise InputError(
            f"portrait: expected one frontal face, got: {face.state.value}; give another picture"
        )
    return face.landmarks.mesh


def first_mesh(video: Path) -> Float32Array | None:
    """Mesh (478, 3) of the first face of a video once the tracker has settled on it, px; None without a face."""
    seen = 0
    with open_source(video) as source, FaceTracker(FaceConfig()) as tracker:
        for index in range(VIDEO_LOOKS):
            item = source.read()
            if not isinstance(item, Frame):
                break
            face = tracker.step(ModelFrame(index, index, item.time_s, item.image, _RATE_HZ))
            seen += face.landmarks is not None
            if face.landmarks is not None and seen >= _LOOKS:
                return face.landmarks.mesh
    return None


def _stretch(source: PortraitSource, start: float) -> Portrait:
    assert source.span_s is not None
    first_s, last_s = source.span_s
    images: list[Image] = []
    cut: tuple[slice, slice, float] | None = None
    with VideoSource(source.path) as video:
        rate = video.info.fps or _RATE_HZ
        # The part is chosen among those that begin early enough to be full.
        spare_s = max(0.0, last_s - first_s - _STRETCH_FRAMES / rate)
        first_s += start * spare_s
        while len(images) < _STRETCH_FRAMES and (item := video.read()) is not None:
            if not isinstance(item, Frame) or item.time_s < first_s - 0.5 / rate:
                continue
            if item.time_s > last_s:
                break
            cut = cut or _cut(mesh_of(item.image), item.image)
            images.append(_at_most(np.ascontiguousarray(item.image[cut[0], cut[1]]), cut[2]))
    if len(images) < 2:
        raise InputError(
            f"{source.path}: has no frames from {first_s:g} to {last_s:g} s; correct the stretch after the @"
        )
    return Portrait(source, tuple(images), mesh_of(images[0]), rate)


def _cut(mesh: Float32Array, image: Image) -> tuple[slice, slice, float]:
    """Lines and columns around the head, and the scale at which they are kept."""
    axes = face_axes(mesh)
    side, above, below = (share * axes.eye_distance_px for share in _AROUND)
    x, y = axes.origin
    rows = slice(max(0, int(y - above)), min(image.shape[0], int(y + below)))
    columns = slice(max(0, int(x - side)), min(image.shape[1], int(x + side)))
    return rows, columns, _STRETCH_EYES_PX / axes.eye_distance_px


def _at_most(image: Image, scale: float) -> Image:
    """The picture made smaller by ``scale``; as it is when that is 1 or more."""
    if scale >= 1.0:
        return image
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
