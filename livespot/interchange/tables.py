"""Reading and writing comma-separated tables whose columns have names; errors say file, line and cure."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from livespot.errors import InputError
from livespot.interchange.atomic import replacing


class Row:
    """One line of a table; its readers raise :class:`InputError` naming the file and the line."""

    __slots__ = ("_cells", "_where")

    def __init__(self, path: Path, line: int, cells: dict[str, str]) -> None:
        self._where = f"{path}, line {line}"
        self._cells = cells

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
            value = float(self.text(column))
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
            reader = csv.reader(handle, strict=True)
            names = [name.strip() for name in next(reader, [])]
            _check_header(file, names, columns)
            rows: list[Row] = []
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                row = Row(file, reader.line_num, dict(zip(names, cells, strict=False)))
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


def _check_header(file: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in names]
    if missing:
        raise InputError(
            f"{file}: column{'s' if len(missing) > 1 else ''} {', '.join(missing)} missing, "
            f"got {', '.join(names) or 'an empty file'}; the first line must read {','.join(columns)}"
        )


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table with its header; raises :class:`OutputError` when it cannot."""
    with replacing(path) as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
