"""Reading and writing tables of separated values whose columns have names; errors say file, line and cure.

They are written with commas and decimal points, or as spreadsheets of countries with a decimal comma open them by a
double click (:data:`EXCEL_EU`). Either is read.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from livespot.errors import InputError
from livespot.interchange.atomic import replacing


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes
    ----------
    name : str
        As ``--csv`` calls it.
    delimiter, decimal : str
        Between two cells, and in a number.
    line_end : str
    byte_order_mark : bool
        Without one, some spreadsheets do not take the text for UTF-8.
    """

    name: str
    delimiter: str
    decimal: str
    line_end: str
    byte_order_mark: bool


STANDARD = Dialect("standard", ",", ".", "\n", byte_order_mark=False)
EXCEL_EU = Dialect("excel-eu", ";", ",", "\r\n", byte_order_mark=True)
DIALECTS = {dialect.name: dialect for dialect in (STANDARD, EXCEL_EU)}

_NUMBER = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?")


class Row:
    """One line of a table; its readers raise :class:`InputError` naming the file and the line."""

    __slots__ = ("_cells", "_decimal", "_where")

    def __init__(self, path: Path, line: int, cells: dict[str, str], decimal: str = ".") -> None:
        self._where = f"{path}, line {line}"
        self._cells = cells
        self._decimal = decimal

    def text(self, column: str) -> str:
        """The cell without blanks around it."""
        return self._cells[column].strip()

    def has(self, column: str) -> bool:
        """Whether the table has this column."""
        return column in self._cells

    def integer(self, column: str) -> int:
        """The cell as a whole number."""
        try:
            return int(self.text(column))
        except ValueError:
            raise self.error(
                f"{column} expects a whole number, got {self.text(column)!r}", "correct it"
            ) from None

    def real(self, column: str) -> float:
        """The cell as a finite number."""
        try:
            value = float(self.text(column).replace(self._decimal, "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(f"{column} expects a number, got {self.text(column)!r}", "correct it")
        return value

    def error(self, fault: str, cure: str) -> InputError:
        """An error about this line."""
        return InputError(f"{self._where}: {fault}; {cure}")


def read_table(path: str | Path, columns: Sequence[str]) -> list[Row]:
    """Read a table that has at least ``columns``, in any order; empty lines are skipped.

    Raises
    ------
    InputError
        When the file is missing or not text, lacks a column, or has a line with too few cells.
    """
    file = Path(path)
    try:
        # utf-8-sig: spreadsheets put a byte order mark in front.
        with file.open(encoding="utf-8-sig", newline="") as handle:
            dialect = _dialect_of(handle.readline())
            handle.seek(0)
            reader = csv.reader(handle, strict=True, delimiter=dialect.delimiter)
            names = [name.strip() for name in next(reader, [])]
            _check_header(file, names, columns)
            rows: list[Row] = []
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                named = dict(zip(names, cells, strict=False))
                row = Row(file, reader.line_num, named, dialect.decimal)
                if len(cells) < len(names):
                    raise row.error(f"expected {len(names)} cells, got {len(cells)}", "is the file complete?")
                rows.append(row)
            return rows
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}); check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{file}: is not a table of comma-separated text ({error}); save it as CSV, UTF-8"
        ) from error


def _dialect_of(header: str) -> Dialect:
    """The dialect of a table by its first line: no column of ours has a comma or a semicolon in its name."""
    return EXCEL_EU if EXCEL_EU.delimiter in header and STANDARD.delimiter not in header else STANDARD


def _check_header(file: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in names]
    if missing:
        raise InputError(
            f"{file}: column{'s' if len(missing) > 1 else ''} {', '.join(missing)} missing, "
            f"got {', '.join(names) or 'an empty file'}; the first line must read {','.join(columns)}"
        )


def write_table(
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    dialect: Dialect = STANDARD,
) -> None:
    """Write a table with its header; raises :class:`OutputError` when it cannot.

    Cells that are numbers, or read as one, get the dialect's decimal sign.
    """
    with replacing(path) as handle:
        if dialect.byte_order_mark:
            handle.write("\ufeff")
        writer = csv.writer(handle, delimiter=dialect.delimiter, lineterminator=dialect.line_end)
        writer.writerow(columns)
        if dialect.decimal == ".":
            writer.writerows(rows)
        else:
            writer.writerows([_localized(cell, dialect.decimal) for cell in row] for row in rows)


def _localized(cell: object, decimal: str) -> object:
    text = str(cell)
    return text.replace(".", decimal) if _NUMBER.fullmatch(text) else cell
