"""Ground truth as ``subject,video,onset_frame,apex_frame,offset_frame,type,au``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from livespot.interchange.csv import expression_type
from livespot.interchange.tables import Row, read_table, write_table
from livespot.types import EXPRESSION_TYPES, ExpressionType

ANNOTATION_COLUMNS = ("subject", "video", "onset_frame", "apex_frame", "offset_frame", "type", "au")


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotated expression; it is checked when it is made.

    Attributes
    ----------
    subject, video : str
        Names, without blanks around them.
    onset, apex, offset : int
        Frames of the source, from 0, inclusive, onset ≤ apex ≤ offset.
    type : ``"ME"`` or ``"MaE"``
    au : str
        Action units as the annotator wrote them (``4+7B``); may be empty.

    Raises
    ------
    ValueError
        When the frames are out of order or the type is another.
    """

    subject: str
    video: str
    onset: int
    apex: int
    offset: int
    type: ExpressionType
    au: str = ""

    def __post_init__(self) -> None:
        if self.type not in EXPRESSION_TYPES:
            raise ValueError(f"type expects MaE or ME, got {self.type!r}")
        if self.offset < self.onset:
            raise ValueError(f"interval is reversed: onset {self.onset} comes after offset {self.offset}")
        if not self.onset <= self.apex <= self.offset:
            raise ValueError(f"apex {self.apex} lies outside of {self.onset} to {self.offset}")
        if self.onset < 0:
            raise ValueError(f"frames count from 0, got onset {self.onset}")


def write_annotations(path: str | Path, annotations: Iterable[Annotation]) -> None:
    """Write annotations in the order given; line breaks in a text become blanks.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_table(
        path,
        ANNOTATION_COLUMNS,
        (
            (_line(a.subject), _line(a.video), int(a.onset), int(a.apex), int(a.offset), a.type, _line(a.au))
            for a in annotations
        ),
    )


def _line(text: str) -> str:
    # Python's own reader stumbles over a lone carriage return in a cell, other programs over any line break.
    return " ".join(text.splitlines())


def read_annotations(path: str | Path) -> list[Annotation]:
    """Read annotations; further columns are ignored.

    Raises
    ------
    InputError
        When the file cannot be read, lacks a column, or a line is wrong: not a number, a reversed interval,
        another type. The message names the line.
    """
    return [_annotation(row) for row in read_table(path, ANNOTATION_COLUMNS)]


def _annotation(row: Row) -> Annotation:
    onset, apex, offset = (row.integer(f"{name}_frame") for name in ("onset", "apex", "offset"))
    kind = expression_type(row)
    try:
        return Annotation(row.text("subject"), row.text("video"), onset, apex, offset, kind, row.text("au"))
    except ValueError as error:
        raise row.error(str(error), "correct the frames") from None
