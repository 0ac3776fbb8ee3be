"""Sheets of an annotation workbook (.xlsx), and the tables in them: by their header, or by place without one."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from livespot.errors import InputError, UsageError

Cell = object
_HEADER_ROWS = 40
"""A header stands within the first so many rows: SAMM-LV's workbook has its notes above it."""
_NOTHING = frozenset(("", "-", "/", "n/a", "na", "nan", "none"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells of one sheet, and where they came from."""

    path: Path
    name: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a table; its readers name file, sheet and row in their errors."""

    sheet: Sheet
    number: int
    cells: Mapping[str, Cell]

    @property
    def where(self) -> str:
        """File, sheet and row, counted from 1 as a spreadsheet does."""
        return f"{self.sheet.path}, sheet {self.sheet.name}, row {self.number}"

    def text(self, column: str) -> str:
        """The cell as text; whole numbers without a decimal point."""
        return as_text(self.cells[column])

    def frame(self, column: str) -> int:
        """The cell as a frame number; 0 where it says that there is none.

        Raises
        ------
        InputError
            When it is neither a number nor empty.
        """
        text = self.text(column)
        if text.casefold() in _NOTHING:
            return 0
        try:
            return round(float(text))
        except (ValueError, OverflowError):
            raise InputError(
                f"{self.where}: column {column} expects a frame number, got {text!r}; correct it in the workbook"
            ) from None


def as_text(cell: Cell) -> str:
    """A cell as its reader sees it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def read_sheets(path: Path) -> list[Sheet]:
    """All sheets in their order.

    Raises
    ------
    UsageError
        When openpyxl is not installed.
    InputError
        When the file is missing or no .xlsx workbook.
    """
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise UsageError(
            f"{path}: reading workbooks takes openpyxl, which is not installed; pip install 'livespot[data]'"
        ) from None
    try:
        with warnings.catch_warnings():
            # About formatting that is not read anyway.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                return [
                    Sheet(path, sheet.title, tuple(tuple(row) for row in sheet.iter_rows(values_only=True)))
                    for sheet in book.worksheets
                ]
            finally:
                book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise InputError(
            f"{path}: is no .xlsx workbook ({error}); use the file as it was given out, or save it as .xlsx"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from error


def table(sheet: Sheet, columns: Mapping[str, Sequence[str]]) -> list[SheetRow]:
    """Rows below the header of a sheet; rows without any cell are left out.

    Parameters
    ----------
    sheet : Sheet
    columns : mapping
        Our name of each column, and the headings that it may have; letter case does not matter.

    Raises
    ------
    InputError
        When there is no header, or it lacks a column.
    """
    best: tuple[int, int, dict[str, int]] = (0, 0, {})
    for number, cells in enumerate(sheet.cells[:_HEADER_ROWS]):
        headings = [as_text(cell).casefold() for cell in cells]
        places = {
            ours: headings.index(heading)
            for ours, known in columns.items()
            for heading in [next((k for k in known if k in headings), None)]
            if heading is not None
        }
        if len(places) > best[0]:
            best = (len(places), number, places)
    _, header, places = best
    missing = [columns[ours][0] for ours in columns if ours not in places]
    if missing:
        what = f"column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        got = [text for cell in (sheet.cells[header] if sheet.cells else ()) if (text := as_text(cell))]
        raise InputError(
            f"{sheet.path}, sheet {sheet.name}: {what} missing, got {', '.join(got)[:120] or 'an empty sheet'};"
            " use the workbook as it was given out"
        )
    return [
        SheetRow(sheet, header + 2 + n, {ours: _cell(cells, place) for ours, place in places.items()})
        for n, cells in enumerate(sheet.cells[header + 1 :])
        if any(as_text(cell) for cell in cells)
    ]


def table_by_place(sheet: Sheet, columns: Sequence[str], least: int) -> list[SheetRow]:
    """Rows of a sheet without a header, its columns by their place.

    Parameters
    ----------
    sheet : Sheet
    columns : sequence of str
        Names in their order.
    least : int
        So many of them must be there.

    Raises
    ------
    InputError
        When the sheet is empty or has fewer columns.
    """
    width = max((len(row) for row in sheet.cells), default=0)
    if width < least:
        raise InputError(
            f"{sheet.path}, sheet {sheet.name}: column {columns[width]} missing, expected {', '.join(columns[:least])},"
            f" got {width} columns; use the workbook as it was given out"
        )
    return [
        SheetRow(sheet, n + 1, {name: _cell(cells, place) for place, name in enumerate(columns)})
        for n, cells in enumerate(sheet.cells)
        if any(as_text(cell) for cell in cells)
    ]


def _cell(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None
