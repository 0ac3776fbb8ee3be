"""What each column of each table means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livespot.batch.combined import ALL_INTERVALS, ALL_RECORDINGS, COLUMNS, RECORDING_COLUMNS
from livespot.interchange.csv import (
    CLOCKS,
    CURVE_COLUMNS,
    INTERVAL_COLUMNS,
    MOVEMENT_COLUMNS,
    ONSET_CLOCKS,
    ROW_COLUMNS,
    VIDEO_COLUMNS,
)
from livespot.interchange.features import FeatureTable
from livespot.reference.docstrings import attribute_texts
from livespot.types import CURVES, Movement

_PARTS = ("onset", "apex", "offset")
_KINDS = {"me": "micro-expression", "mae": "macro-expression"}
_PLACES = {part: f"the {part} of a" for part in _PARTS} | {"none": "no", "expression": "the inside of a"}

CURVE_MEANINGS: dict[str, str] = {
    name: f"Probability that the frame is {_PLACES[name.split('_')[1]]} {_KINDS[name.split('_')[0]]}."
    for name in CURVES
    if not name.endswith("none")
} | {f"{kind}_none": f"Probability that the frame belongs to no {text}." for kind, text in _KINDS.items()}

_INTERVALS: dict[str, str] = (
    {"type": "`ME` (micro-expression) or `MaE` (macro-expression)."}
    | {f"{part}_frame": f"Frame of the {part}, counted from 0 in the source's own frames." for part in _PARTS}
    | {f"{part}_s": f"Time of the {part}, seconds." for part in _PARTS}
    | {"score": "From 0 to 1: a probability of being right where the engine brings a calibration."}
    | {
        f"{part}_video_frame": f"Frame of the {part} in the recording's own video, from 0; empty where there is none."
        for part in _PARTS
    }
    | {
        "onset_utc": "UTC of the onset, ISO 8601; empty where it is not known.",
        "onset_monotonic_s": "`time.perf_counter` of the computer at the onset, seconds; empty where it is not known.",
        "movement": attribute_texts(Movement)["words"],
    }
    | {name: text for name, text in attribute_texts(Movement).items() if name != "words"}
)
_CURVES: dict[str, str] = CURVE_MEANINGS | {
    "frame": "Frame of the source that the row describes, from 0; of a gap, the one before it.",
    "time_s": "Its time, seconds.",
    "face": "1 where the row has probabilities, 0 where their cells are empty.",
    "status": "`ok`, `held` (the picture before was repeated), why there are no probabilities, or `gap: ` and the"
    " reason in a row that stands for a stretch without a stream.",
    "video_frame": "Its frame in the recording's own video, from 0; empty where there is none.",
    "utc": "UTC, ISO 8601; empty where it is not known.",
    "monotonic_s": "`time.perf_counter` of the computer, seconds; empty where it is not known.",
}
_RECORDING: dict[str, str] = {
    "subject": "Who is seen: the name of the folder that the recording lies in, or what `--subject-from` finds.",
    "recording": "Folder of its results below `--out`; of a recording that failed, its file's name.",
    "fps": "Frames a second of the source.",
    "model_rate_hz": "Rows of `curves.csv` a second.",
    "recording_s": "Length of the recording, seconds.",
    "path": "Of the recording.",
}
_COUNTS: dict[str, str] = {
    "MaE": "Macro-expressions.",
    "ME": "Micro-expressions.",
    "frames": "Rows of `curves.csv`.",
    "face_share": "Share of the model frames in which the face could be measured, from 0 to 1.",
    "error": "Why the recording could not be analysed; empty when it was.",
}


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The columns of one table.

    Attributes
    ----------
    name : str
        Of the file.
    about : str
        What one row is.
    columns : sequence of str
        As the code writes them, in order.
    meanings : mapping of str to str
        By column.
    """

    name: str
    about: str
    columns: Sequence[str]
    meanings: Mapping[str, str]


TABLES: tuple[TableColumns, ...] = (
    TableColumns(
        "intervals.csv",
        "A row for each expression, sorted by onset.",
        (*INTERVAL_COLUMNS, *VIDEO_COLUMNS, *ONSET_CLOCKS, *MOVEMENT_COLUMNS),
        _INTERVALS,
    ),
    TableColumns(
        "curves.csv",
        "A row for each model frame, and one for each stretch without a stream.",
        (*CURVE_COLUMNS, *ROW_COLUMNS, *CLOCKS),
        _CURVES,
    ),
    TableColumns(
        ALL_INTERVALS,
        "A row for each expression of each recording below `--out`.",
        COLUMNS,
        _INTERVALS | _RECORDING | {"length_s": "From onset to offset, seconds."},
    ),
    TableColumns(
        ALL_RECORDINGS,
        "A row for each recording below `--out`, those without an expression and those that failed included.",
        RECORDING_COLUMNS,
        _RECORDING | _COUNTS,
    ),
)
FEATURES: Mapping[str, str] = attribute_texts(FeatureTable)
"""Arrays of ``features.npz``."""
