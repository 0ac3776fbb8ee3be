"""CAS(ME)³, part A: ``spNO.1/a/color/0.jpg``, 30 fps, and a workbook each of micro- and macro-expressions.

The workbooks are ``cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx`` and, of macro-expressions,
``cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx``; their frames are the numbers of images. Folders are written
``spNO`` or ``spNo``, so letter case does not count.
"""

from __future__ import annotations

import re
from pathlib import Path

from livespot.datasets.layout import AnnotatedRow, FoundVideo, Layout, walk
from livespot.datasets.workbook import Sheet, SheetRow, read_sheets, table
from livespot.errors import InputError
from livespot.types import ExpressionType

_SUBJECT = re.compile(r"^spno\.?(\d+)$", re.IGNORECASE)
_WORKBOOKS: dict[ExpressionType, re.Pattern[str]] = {
    kind: re.compile(rf"^cas\(me\)\^?3.*_{kind.lower()}_label.*\.xlsx$", re.IGNORECASE)
    for kind in ("ME", "MaE")
}
_COLUMNS = {
    "subject": ("subject", "sub"),
    "filename": ("filename", "seq"),
    "onset": ("onset",),
    "apex": ("apex",),
    "offset": ("offset",),
    "au": ("au", "aus", "action units"),
}


class Casme3(Layout):
    """CAS(ME)³, part A; its colour images. Depth is not looked at."""

    name = "casme3"
    title = "CAS(ME)³"
    rate_hz = 30.0
    size = (1280, 720)
    first_number = 0
    expected = (
        "spNO.1/a/color/ with images, cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx and"
        " cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx"
    )

    def annotation_files(self, folder: Path) -> list[Path]:
        """The last workbook of each type, micro-expressions first."""
        known = list(walk(folder, _is_workbook, 3, _is_no_subject))
        found = []
        for pattern in _WORKBOOKS.values():
            found += sorted((p for p in known if pattern.match(p.name)), key=lambda p: p.name.casefold())[-1:]
        return found

    def videos(self, folder: Path) -> list[FoundVideo]:
        """The colour images of each sequence; the sequence's own folder where it has no folder of that name."""
        found: dict[str, FoundVideo] = {}
        for subject in walk(folder, _is_subject, 5, lambda path: True):
            match = _SUBJECT.match(subject.name)
            assert match is not None
            for sequence in walk(subject, Path.is_dir, 1, lambda path: False):
                colour = next(walk(sequence, _is_colour, 1, lambda path: False), sequence)
                key = _key(subject.name, sequence.name)
                person = f"spNO.{match[1]}"
                name = f"{person}_{sequence.name.lower()}"
                found.setdefault(key, FoundVideo(key, person, name, colour, self.first_number))
        return [found[key] for key in sorted(found, key=_natural)]

    def rows(self, folder: Path) -> list[AnnotatedRow]:
        """Of both workbooks."""
        files = self.annotation_files(folder)
        rows: list[AnnotatedRow] = []
        for kind, pattern in _WORKBOOKS.items():
            path = next((file for file in files if pattern.match(file.name)), None)
            if path is None:
                raise InputError(
                    f"{folder}: the workbook of {kind} is missing (…_part_A_{kind}_label_JpgIndex….xlsx);"
                    f" expected {self.expected}"
                )
            rows += [_row(row, kind) for row in table(_sheet(read_sheets(path)), _COLUMNS)]
        return rows


def _is_workbook(path: Path) -> bool:
    return any(pattern.match(path.name) for pattern in _WORKBOOKS.values())


def _is_subject(path: Path) -> bool:
    return path.is_dir() and _SUBJECT.match(path.name) is not None


def _is_no_subject(path: Path) -> bool:
    return not _is_subject(path)


def _is_colour(path: Path) -> bool:
    return path.is_dir() and path.name.casefold() in ("color", "colour")


def _key(subject: str, sequence: str) -> str:
    match = _SUBJECT.match(subject)
    return f"spno.{match[1] if match else subject}/{sequence.casefold()}"


def _natural(key: str) -> tuple[int, str]:
    match = re.search(r"\d+", key)
    return (int(match[0]) if match else 0, key)


def _sheet(sheets: list[Sheet]) -> Sheet:
    """The sheet ``label``, or the first."""
    return next((sheet for sheet in sheets if sheet.name.casefold() == "label"), sheets[0])


def _row(row: SheetRow, kind: ExpressionType) -> AnnotatedRow:
    if _SUBJECT.match(row.text("subject")) is None:
        raise InputError(
            f"{row.where}: column subject expects spNO.NUMBER, got {row.text('subject')!r}; correct it in the workbook"
        )
    key = _key(row.text("subject"), row.text("filename"))
    frames = (row.frame("onset"), row.frame("apex"), row.frame("offset"))
    return AnnotatedRow(key, *frames, kind, row.text("au"), row.where)
