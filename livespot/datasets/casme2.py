"""CAS(ME)²: ``rawpic/s15/15_0101disgustingteeth/img001.jpg``, 30 fps, and ``CAS(ME)^2code_final.xlsx``.

The workbook has no header: its first sheet holds the expressions, ``naming rule1`` says which number is which
subject, ``naming rule2`` which name is which video (``0101`` is ``disgust1``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from livespot.datasets.cleaned import cleaned_tables, read_cleaned
from livespot.datasets.layout import VIDEO_SUFFIXES, AnnotatedRow, FoundVideo, Layout, walk
from livespot.datasets.workbook import Sheet, SheetRow, read_sheets, table_by_place
from livespot.errors import InputError
from livespot.types import ExpressionType

_VIDEO = re.compile(r"^(\d{2})_(\d{4})")
COLUMNS = ("subject", "video", "onset", "apex", "offset", "au", "emotion", "type", "self-report")


class Casme2(Layout):
    """CAS(ME)²; pictures (``rawpic``) go before videos (``rawvideo``), a table ``casme2*.csv`` before the workbook."""

    name = "casme2"
    title = "CAS(ME)²"
    rate_hz = 30.0
    size = (640, 480)
    first_number = 1
    published = (300, 57)
    expected = "rawpic/ (or rawvideo/) with s15/15_0101NAME and CAS(ME)^2code_final.xlsx"

    def annotation_files(self, folder: Path) -> list[Path]:
        """The cleaned table, or the workbook; the updated one where there are two."""
        if tables := cleaned_tables(folder, "casme2"):
            return tables
        return sorted(walk(folder, _is_workbook, 1, lambda path: False), key=lambda p: len(p.name))[-1:]

    def videos(self, folder: Path) -> list[FoundVideo]:
        """By the number in each video's own name, since one lies in another subject's folder."""
        found: dict[str, FoundVideo] = {}
        for part in ("rawpic", "rawvideo"):
            for path in walk(folder / part, _is_video, 3, lambda path: True):
                match = _VIDEO.match(path.name)
                assert match is not None
                key = f"{match[1]}_{match[2]}"
                name = path.name if path.is_dir() else path.stem
                found.setdefault(key, FoundVideo(key, f"s{match[1]}", name, path, self.first_number))
        return [found[key] for key in sorted(found)]

    def rows(self, folder: Path) -> list[AnnotatedRow]:
        """From the table or the workbook's three sheets."""
        files = self.annotation_files(folder)
        if not files:
            raise InputError(f"{folder}: holds no annotations of {self.title}; expected {self.expected}")
        if files[0].suffix.lower() == ".csv":
            return read_cleaned(files[0], self.rate_hz, _key)
        sheets = read_sheets(files[0])
        subjects, videos = _naming(sheets, "naming rule1", 3), _naming(sheets, "naming rule2", 2)
        people = {row.text("number"): row.text("folder").lstrip("sS") for row in subjects}
        codes = {row.text("folder"): row.text("code").zfill(4) for row in videos}
        return [_row(row, people, codes) for row in table_by_place(sheets[0], COLUMNS, 8)]


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() == ".xlsx" and "code_final" in path.name.lower()


def _is_video(path: Path) -> bool:
    if _VIDEO.match(path.name) is None:
        return False
    return path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES


def _key(name: str) -> str:
    """``casme_015_0401`` is video ``15_0401``."""
    _, _, rest = name.partition("_")
    subject, _, code = rest.partition("_")
    return f"{subject[-2:]}_{code}"


def _naming(sheets: list[Sheet], name: str, width: int) -> list[SheetRow]:
    """A sheet of naming rules: (code, folder, number) or (code, folder)."""
    wanted = name.replace(" ", "")
    for sheet in sheets:
        if sheet.name.casefold().replace("_", "").replace(" ", "") == wanted:
            return table_by_place(sheet, ("code", "folder", "number"), width)
    raise InputError(
        f"{sheets[0].path}: sheet {name} missing, got {', '.join(sheet.name for sheet in sheets)};"
        " use the workbook as it was given out"
    )


def _row(row: SheetRow, people: Mapping[str, str], codes: Mapping[str, str]) -> AnnotatedRow:
    # anger1_2 is the second expression of the video anger1.
    video = row.text("video").rpartition("_")[0] or row.text("video")
    subject = people.get(row.text("subject"))
    code = codes.get(video)
    if subject is None or code is None:
        which, sheet = (
            (f"subject {row.text('subject')}", "naming rule1")
            if subject is None
            else (f"video {video}", "naming rule2")
        )
        raise InputError(
            f"{row.where}: {which} is not in sheet {sheet}; use the workbook as it was given out"
        )
    frames = (row.frame("onset"), row.frame("apex"), row.frame("offset"))
    return AnnotatedRow(f"{subject}_{code}", *frames, _type(row), row.text("au"), row.where)


def _type(row: SheetRow) -> ExpressionType:
    text = row.text("type").casefold()
    if text.startswith("macro"):
        return "MaE"
    if text.startswith("micro"):
        return "ME"
    raise InputError(
        f"{row.where}: column type expects macro-expression or micro-expression, got {row.text('type')!r};"
        " correct it in the workbook"
    )
