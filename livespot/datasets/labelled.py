"""One labelled video, whatever set it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livespot.interchange import Annotation


@dataclass(frozen=True, slots=True)
class LabelledVideo:
    """One video and its ground truth.

    Attributes
    ----------
    path : Path
        A video file or a folder of images.
    person : str
        Who is seen; leave-one-subject-out goes by it.
    kind : str
        What the person does besides, ``unknown`` where nobody said.
    truth : tuple of Annotation
        By onset, in the video's own frames, from 0.
    given_name : str
        Name within the set, where the name of the file or folder does not tell videos apart.
    fps : float or None
        Rate of a folder of images, which does not know its own; None for the rate that the file declares.
    """

    path: Path
    person: str
    kind: str
    truth: tuple[Annotation, ...]
    given_name: str = ""
    fps: float | None = None

    @property
    def name(self) -> str:
        """Name that is unique in the set."""
        return self.given_name or self.path.name
