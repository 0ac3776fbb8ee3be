"""The annotation workbooks of made-up data sets, with the sheets, headings and oddities of the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from livespot.datasets.layout import Layout
from livespot.errors import UsageError
from livespot.interchange import Annotation
from livespot.interchange.atomic import replacing
from livespot.synthesis.recipe import Recipe

Line = Sequence[object]

SAMM_WORKBOOK = "SAMM_LongVideos_V2_Release.xlsx"
CASME2_WORKBOOK = "CAS(ME)^2code_final.xlsx"
CASME3_WORKBOOKS = {
    "ME": "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx",
    "MaE": "cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx",
}
_SAMM_NOTES = 9  # rows above the header


@dataclass(frozen=True, slots=True, eq=False)
class MadeVideo:
    """One video of a replica.

    Attributes
    ----------
    recipe : Recipe
    rows : tuple of Annotation
        The truth, from frame 0.
    subject, name : str
        As the workbook writes them.
    folder : str
        Of its images, within the replica.
    pattern : str
        Of an image's name, by its number.
    first_number : int
        Of the first image.
    odd : bool
        Whether its annotations get the oddity of the data set.
    """

    recipe: Recipe
    rows: tuple[Annotation, ...]
    subject: str
    name: str
    folder: str
    pattern: str
    first_number: int
    odd: bool

    def written(self) -> list[Annotation]:
        """The rows in the numbers of the images."""
        return [
            replace(row, onset=row.onset + n, apex=row.apex + n, offset=row.offset + n)
            for row in self.rows
            for n in (self.first_number,)
        ]


def write_annotations_of(layout: Layout, videos: Sequence[MadeVideo], folder: Path) -> None:
    """Write the workbooks of a replica.

    Raises
    ------
    UsageError
        When openpyxl is not installed.
    OutputError
        When they cannot be written.
    """
    if layout.name == "samm-lv":
        _write(folder / SAMM_WORKBOOK, {"SAMM_LongVideos": _samm_lines(videos)})
    elif layout.name == "casme2":
        _write(folder / CASME2_WORKBOOK, _casme2_sheets(videos))
    else:
        for kind, name in CASME3_WORKBOOKS.items():
            _write(folder / name, {"label" if kind == "ME" else "Sheet1": _casme3_lines(videos, kind)})


def _samm_lines(videos: Sequence[MadeVideo]) -> list[Line]:
    lines: list[Line] = [("Made-up replica of SAMM Long Videos: no real person is seen",)]
    lines += [("Note",)] * (_SAMM_NOTES - 1)
    lines.append(
        ("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units",
         "Notes")
    )  # fmt: skip
    for video in videos:
        written = video.written()
        odd = next((row for row in written if row.type == "MaE"), None) if video.odd else None
        for number, row in enumerate(written):
            apex = -1 if row is odd else row.apex
            length = row.offset - row.onset + 1
            kind = "Macro" if row.type == "MaE" else "Micro - 1/2"
            lines.append(
                (video.subject, f"{video.name}_{number + 1}", int(video.name.split("_")[1]), row.onset, apex,
                 row.offset, length, kind, row.au, None)
            )  # fmt: skip
    return lines


def _casme2_sheets(videos: Sequence[MadeVideo]) -> dict[str, list[Line]]:
    people = sorted({video.subject for video in videos})
    lines: list[Line] = []
    for video in videos:
        written = video.written()
        odd = next((row for row in written if row.type == "MaE"), None) if video.odd else None
        for number, row in enumerate(written):
            offset = 0 if row is odd else row.offset
            kind = "macro-expression" if row.type == "MaE" else "micro-expression"
            lines.append(
                (people.index(video.subject) + 1, f"{video.name}_{number + 1}", row.onset, row.apex, offset, row.au,
                 "others", kind, "neutral")
            )  # fmt: skip
    codes = sorted({(Path(video.folder).name[3:7], video.name) for video in videos})
    subjects: list[Line] = [(int(person), f"s{person}", n + 1) for n, person in enumerate(people)]
    return {"CASFEcode_final": lines, "naming rule1": subjects, "naming rule2": list(codes)}


def _casme3_lines(videos: Sequence[MadeVideo], kind: str) -> list[Line]:
    head: Line = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion")
    if kind == "MaE":
        head = ("sub", "seq", "onset", "apex", "offset", "au", "emotion")
    extra = len(head) - 6
    lines: list[Line] = [head]
    for video in videos:
        for row in video.written():
            if row.type == kind:
                lines.append(
                    (video.subject, video.name, row.onset, row.apex, row.offset, row.au, *("others",) * extra)
                )
    return lines


def _write(path: Path, sheets: dict[str, list[Line]]) -> None:
    try:
        import openpyxl
    except ImportError:
        raise UsageError(
            f"{path}: writing workbooks takes openpyxl, which is not installed; pip install 'livespot[data]'"
        ) from None
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        _fill(book.create_sheet(name), lines)
    with replacing(path, binary=True) as handle:
        book.save(handle)


def _fill(sheet: object, lines: Iterable[Line]) -> None:
    for line in lines:
        sheet.append(list(line))  # type: ignore[attr-defined]
