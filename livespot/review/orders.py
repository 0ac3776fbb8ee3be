"""What a review window orders of an opened recording, and what it is given."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from livespot.types import Interval

if TYPE_CHECKING:
    from livespot.replay.player import Player
    from livespot.replay.recording import Analysis
    from livespot.session.review import Review

Progress = Callable[[int, "int | None"], None]
"""Called with (done, in all); what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Ground truth on this recording's frames and times.

    Attributes
    ----------
    name : str
        Of the file.
    intervals : tuple of Interval
    doubt : str
        Why it may belong to another recording; empty when nothing says so.
    """

    name: str = ""
    intervals: tuple[Interval, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Reanalysis:
    """How a recording is to be analysed again.

    Attributes
    ----------
    model : str
        Name of an engine or path of an .onnx file; empty: the same.
    thresholds, min_scores : dict
        θ of the apex and the minimum score for ``"ME"`` and ``"MaE"``; what is not named is the engine's own.
    """

    model: str = ""
    thresholds: dict[str, float] = field(default_factory=dict)
    min_scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be written.

    Attributes
    ----------
    folder : str
    formats : tuple of str
        Of ``csv``, ``json``, ``parquet``, ``eaf``, ``report``.
    reviewed : bool
        With the decisions of the review applied.
    blur : {"none", "face", "eyes"}
        Of the report's pictures.
    replace : bool
        Replace files of an earlier export; without it, an export over them is refused.
    """

    folder: str
    formats: tuple[str, ...]
    reviewed: bool = True
    blur: str = "none"
    replace: bool = False


class ReviewService(Protocol):
    """An opened recording, and what can be done with it.

    ``player`` and ``review`` are for the window's thread. The methods may take long and are called from a job's
    thread, one at a time; they raise :class:`~livespot.errors.LivespotError` with a sentence for the user, and pass on
    what ``progress`` raises.
    """

    @property
    @abstractmethod
    def player(self) -> Player:
        """The player of the recording."""

    @property
    @abstractmethod
    def review(self) -> Review:
        """The decisions about :attr:`Recording.base`'s intervals; a new one after :meth:`first_analysis`."""

    @property
    @abstractmethod
    def truth(self) -> GroundTruth:
        """Ground truth that was given when the recording was opened."""

    @property
    @abstractmethod
    def needs_analysis(self) -> bool:
        """Whether nothing has been found yet: a video."""

    @abstractmethod
    def first_analysis(self, progress: Progress) -> Analysis:
        """Analyse from the pictures; the player shows what there is so far meanwhile."""

    @abstractmethod
    def adopt(self, analysis: Analysis) -> None:
        """Take a first analysis as what the review is about; from the window's thread."""

    @abstractmethod
    def analyse(self, order: Reanalysis, progress: Progress) -> Analysis:
        """Analyse again; what is there stays."""

    @abstractmethod
    def models(self) -> Sequence[tuple[str, str]]:
        """Engines to choose from: (name for :meth:`analyse`, words)."""

    @abstractmethod
    def read_truth(self, path: str) -> GroundTruth:
        """Ground truth from a CSV or EAF file."""

    @abstractmethod
    def export(self, order: ExportOrder, truth: GroundTruth, progress: Progress) -> Sequence[str]:
        """Write an export and return the paths of its files.

        Raises
        ------
        ExistingExportError
            When files of an earlier export are there and the order does not replace them.
        """

    @abstractmethod
    def export_folder(self) -> str:
        """Where an export goes unless somebody says otherwise."""

    @abstractmethod
    def close(self) -> None:
        """End the threads and close the files."""
