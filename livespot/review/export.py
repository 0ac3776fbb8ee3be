"""Files of an export: which there are of each format, and how each is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from livespot.errors import OutputError
from livespot.interchange import write_curves, write_intervals
from livespot.interchange.csv import CLOCKS, clock_cells
from livespot.interchange.eaf import write_eaf
from livespot.interchange.json_file import write_results
from livespot.interchange.parquet import write_parquet
from livespot.interchange.report import write_report
from livespot.interchange.tables import STANDARD, Dialect, write_table
from livespot.review.export_source import Gathered


class ExistingExportError(OutputError):
    """Files of an earlier export are where this one is to be written; nothing was written.

    Attributes
    ----------
    paths : tuple of Path
        These files.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        more = f", and {len(paths) - 1} more" if len(paths) > 1 else ""
        super().__init__(
            f"{paths[0]}: exists already{more}; replace the earlier export or choose another folder"
        )


def folder_beside(recording: Path) -> Path:
    """Return the folder of an export whose user named none: ``NAME-export`` beside the recording."""
    whole = recording.resolve()
    stem = whole.name.removesuffix(".livespot") if whole.is_dir() else whole.stem
    return whole.with_name(f"{stem}-export")


def targets(formats: Sequence[str], out: Path, gathered: Gathered) -> list[Path]:
    """The files that these formats are written to."""
    return [out / name for chosen in formats for name in NAMES[chosen](gathered)]


def write_tables(out: Path, gathered: Gathered, dialect: Dialect = STANDARD) -> Sequence[Path]:
    """Write ``intervals.csv``, ``curves.csv`` and ``markers.csv``; the paths of all three."""
    results = gathered.results
    table = results.curves
    write_intervals(out / "intervals.csv", results.intervals, table, dialect)
    write_curves(out / "curves.csv", table, dialect)
    rows = (
        (repr(float(note.time_s)), " ".join(note.label.split()), *clock_cells(table.start, note.time_s))
        for note in results.markers
    )
    write_table(out / "markers.csv", ("time_s", "label", *CLOCKS), rows, dialect)
    return [out / name for name in ("intervals.csv", "curves.csv", "markers.csv")]


def _csv(out: Path, gathered: Gathered, blur: str) -> Sequence[Path]:
    return write_tables(out, gathered)


def _json(out: Path, gathered: Gathered, blur: str) -> Sequence[Path]:
    path = out / "results.json"
    write_results(path, gathered.results)
    return [path]


def _parquet(out: Path, gathered: Gathered, blur: str) -> Sequence[Path]:
    return write_parquet(out, gathered.results.intervals, gathered.results.curves)


def _eaf(out: Path, gathered: Gathered, blur: str) -> Sequence[Path]:
    path = out / _eaf_name(gathered)
    write_eaf(path, gathered.results)
    return [path]


def _eaf_name(gathered: Gathered) -> str:
    return f"{Path(gathered.results.name).stem or 'recording'}.eaf"


def _report(out: Path, gathered: Gathered, blur: str) -> Sequence[Path]:
    path = out / "report.html"
    write_report(
        path, gathered.results, gathered, "eyes" if blur == "eyes" else "face" if blur == "face" else "none"
    )
    return [path]


WRITERS: dict[str, Callable[[Path, Gathered, str], Sequence[Path]]] = {
    "csv": _csv, "json": _json, "parquet": _parquet, "eaf": _eaf, "report": _report,
}  # fmt: skip


NAMES: dict[str, Callable[[Gathered], Sequence[str]]] = {
    "csv": lambda gathered: ("intervals.csv", "curves.csv", "markers.csv"),
    "json": lambda gathered: ("results.json",),
    "parquet": lambda gathered: ("intervals.parquet", "curves.parquet"),
    "eaf": lambda gathered: (_eaf_name(gathered),),
    "report": lambda gathered: ("report.html",),
}
