"""What each key of ``summary.json`` means."""

from __future__ import annotations

SUMMARY: dict[str, str] = {
    "source": "Name of the recording.",
    "kind": "`video`, `images`, `session` or a kind of camera.",
    "path": "Whole path of the recording.",
    "stamp": "Number of its files, bytes, last change (ns): tells whether it is still the one.",
    "csv": "Dialect of the tables beside it (`--csv`).",
    "size": "Width and height of the picture, px.",
    "fps": "Frames a second of the source, as it says or as `--fps` says.",
    "declared_frames": "Frames that the source says it has; null where it does not say.",
    "frames": "Model frames: rows of `curves.csv`, those of gaps not counted.",
    "length_s": "Length of the recording, seconds.",
    "model_rate_hz": "Model frames a second.",
    "stride": "Source frames for each model frame.",
    "held_frames": "Model frames that repeat the picture before them, because no frame came in time.",
    "surplus_frames": "Source frames left out because their model frame had one already.",
    "gaps": "Stretches without a stream: `time_s`, `reason`, and `row`, the number of rows before it.",
    "face_share": "Share of the model frames in which the face could be measured, from 0 to 1.",
    "frames_without_face": "What stood in the way of the others, in words, to the number of frames.",
    "intervals": "Number of expressions by type, `ME` and `MaE`; a type without one is absent.",
    "warnings": "Sentences about the recording for the user.",
    "engine": "`name`, `description` and `sha256` of the engine, and of its second stage where it is used.",
    "recorded_engine": "Of a session: the same of the engine of its live run.",
    "thresholds": "Smallest apex probability by type.",
    "versions": "Versions of livespot, of Python, of the system and of the libraries.",
    "config": "Every key of the configuration, resolved.",
    "seconds": "How long the analysis took.",
    "seconds_per_stage": "Seconds of work of each stage.",
    "frames_per_second": "Model frames analysed a second.",
}
"""By key; those of one kind of recording only are not in every file."""

SOMETIMES: frozenset[str] = frozenset(
    {"recorded_engine", "stride", "held_frames", "surplus_frames", "seconds_per_stage"}
)
"""Keys of sessions only, and keys that sessions lack."""
