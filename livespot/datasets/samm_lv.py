"""SAMM Long Videos: ``SAMM_longvideos/006_1/006_1_0001.jpg``, 200 fps, and ``SAMM_LongVideos_V2_Release.xlsx``."""

from __future__ import annotations

import re
from pathlib import Path

from livespot.datasets.cleaned import cleaned_tables, read_cleaned
from livespot.datasets.layout import VIDEO_SUFFIXES, AnnotatedRow, FoundVideo, Layout, walk
from livespot.datasets.workbook import SheetRow, read_sheets, table
from livespot.errors import InputError
from livespot.types import ExpressionType

_VIDEO = re.compile(r"^(\d{3})_(\d+)$")
_WORKBOOK = re.compile(r"^samm_longvideos.*release.*\.xlsx$", re.IGNORECASE)
_COLUMNS = {
    "filename": ("filename",),
    "onset": ("onset", "onset frame"),
    "apex": ("apex", "apex frame"),
    "offset": ("offset", "offset frame"),
    "type": ("type", "micro/macro"),
    "au": ("action units", "aus"),
}


class SammLongVideos(Layout):
    """SAMM-LV; a cleaned table ``samm_lv*.csv`` in the folder goes before the workbook."""

    name = "samm-lv"
    title = "SAMM-LV"
    rate_hz = 200.0
    size = (2040, 1088)
    first_number = 1
    published = (343, 159)
    expected = (
        "SAMM_longvideos/ with a folder of images for each video (006_1) and SAMM_LongVideos_V2_Release.xlsx"
    )

    def annotation_files(self, folder: Path) -> list[Path]:
        """The cleaned table, or the newest release of the workbook."""
        if tables := cleaned_tables(folder, "samm_lv"):
            return tables
        books = list(walk(folder, lambda p: _WORKBOOK.match(p.name) is not None, 2, _is_no_video))
        return sorted(books, key=lambda p: p.name.casefold())[-1:]

    def videos(self, folder: Path) -> list[FoundVideo]:
        """Folders of images, or video files, that are called by subject and number."""
        found = walk(folder, _is_video, 3, lambda path: True)
        names = {path.stem if path.is_file() else path.name: path for path in found}
        return [
            FoundVideo(name, name.split("_")[0], name, path, self.first_number)
            for name, path in sorted(names.items())
        ]

    def rows(self, folder: Path) -> list[AnnotatedRow]:
        """From the table or the workbook's first sheet."""
        files = self.annotation_files(folder)
        if not files:
            raise InputError(f"{folder}: holds no annotations of {self.title}; expected {self.expected}")
        if files[0].suffix.lower() == ".csv":
            return read_cleaned(files[0], self.rate_hz, _key)
        return [_row(row) for row in table(read_sheets(files[0])[0], _COLUMNS)]


def _is_video(path: Path) -> bool:
    if path.is_dir():
        return _VIDEO.match(path.name) is not None
    return path.suffix.lower() in VIDEO_SUFFIXES and _VIDEO.match(path.stem) is not None


def _is_no_video(path: Path) -> bool:
    return not _is_video(path)


def _key(name: str) -> str:
    """``samm_006_1`` is video ``006_1``."""
    return name.removeprefix("samm_")


def _row(row: SheetRow) -> AnnotatedRow:
    # 006_1_2 is the second expression of video 006_1.
    parts = row.text("filename").split("_")
    if len(parts) < 2 or not parts[0].isdecimal():
        raise InputError(
            f"{row.where}: column filename expects SUBJECT_VIDEO_NUMBER such as 006_1_2, got {row.text('filename')!r};"
            " correct it in the workbook"
        )
    key = f"{int(parts[0]):03d}_{parts[1]}"
    frames = (row.frame("onset"), row.frame("apex"), row.frame("offset"))
    return AnnotatedRow(key, *frames, _type(row), row.text("au"), row.where)


def _type(row: SheetRow) -> ExpressionType:
    text = row.text("type").casefold()  # "Macro", "Micro - 1/2"
    if text.startswith("macro"):
        return "MaE"
    if text.startswith("micro"):
        return "ME"
    raise InputError(
        f"{row.where}: column type expects Macro or Micro, got {row.text('type')!r}; correct it in the workbook"
    )
