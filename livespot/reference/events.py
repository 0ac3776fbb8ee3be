"""The lines that commands print with ``--json``, and their JSON Schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from livespot.reference.columns import CURVE_MEANINGS
from livespot.reference.docstrings import attribute_texts
from livespot.types import CURVES, Movement

SCHEMA_VERSION = 1
"""Raised when a key changes its name, its type or its meaning, or goes; a new key or event does not raise it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an event.

    Attributes
    ----------
    name : str
    kinds : tuple of str
        Types of JSON that its value may have.
    text : str
        What it means.
    always : bool
        Whether every event of this name has it.
    fields : tuple of Field
        The keys of an object, where they are fixed.
    """

    name: str
    kinds: tuple[str, ...]
    text: str
    always: bool = True
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line: its name, which commands print it and when, and its keys besides ``event``."""

    name: str
    commands: tuple[str, ...]
    about: str
    fields: tuple[Field, ...]


_TEXT, _NUMBER, _WHOLE, _TRUTH, _OBJECT = ("string",), ("number",), ("integer",), ("boolean",), ("object",)
_LIVE = ("live", "demo", "replay")
_PARTS = ("onset", "apex", "offset")
_MOVEMENT_KINDS = {"words": _TEXT, "action_units": ("array",)}
_UTC = Field("utc", _TEXT, "UTC of that moment, ISO 8601.")
_MONOTONIC = Field("monotonic_s", _NUMBER, "`time.perf_counter` of this computer at that moment, seconds.")
_LOST = Field("lost", _OBJECT, "What the recording lacks: reason to number of pictures or records.")
_ALARM = "What is wrong with the recording, in words; empty when nothing is."

EVENTS: tuple[Event, ...] = (
    Event(
        "start",
        _LIVE,
        "A run begins; ties the times of all later lines to the clocks.",
        (
            Field("schema", _WHOLE, "Version of this schema."),
            Field("time_s", _NUMBER, "Now, in the time of the run, seconds; 0 for a recording."),
            _UTC,
            _MONOTONIC,
            Field("live", _TRUTH, "Whether the source is a camera."),
        ),
    ),
    Event(
        "frame",
        _LIVE,
        "A model frame with its probabilities, null where there is no face.",
        (
            Field("frame", _WHOLE, "Frame of the source, from 0."),
            Field("time_s", _NUMBER, "Its time, seconds."),
            *(Field(name, ("number", "null"), CURVE_MEANINGS[name]) for name in CURVES),
        ),
    ),
    Event(
        "interval",
        _LIVE,
        "An expression, as soon as it is confirmed; it does not change any more.",
        (
            Field("type", _TEXT, "`ME` (micro-expression) or `MaE` (macro-expression)."),
            *(
                Field(
                    f"{part}_frame",
                    _WHOLE,
                    f"Frame of the {part}, counted from 0 in the source's own frames.",
                )
                for part in _PARTS
            ),
            *(Field(f"{part}_s", _NUMBER, f"Time of the {part}, seconds.") for part in _PARTS),
            Field(
                "score",
                _NUMBER,
                "From 0 to 1: a probability of being right where the engine brings a calibration.",
            ),
            Field(
                "movement",
                _OBJECT,
                "What moved; absent where it was not measured.",
                always=False,
                fields=tuple(
                    Field(name, _MOVEMENT_KINDS.get(name, _NUMBER), text)
                    for name, text in attribute_texts(Movement).items()
                ),
            ),
        ),
    ),
    Event(
        "gap",
        _LIVE,
        "The stream was interrupted.",
        (
            Field("time_s", _NUMBER, "When that was noticed, seconds."),
            Field("reason", _TEXT, "Why, in words."),
        ),
    ),
    Event(
        "status",
        _LIVE,
        "How the run goes, once a second.",
        (
            Field("state", _TEXT, "`opening`, `running`, `reconnecting`, `ended` or `failed`."),
            Field("face", _TEXT, "State of the face, in words."),
            Field("camera_fps", _NUMBER, "Frames a second that come."),
            Field("model_fps", _NUMBER, "Model frames a second."),
            Field("frames", _WHOLE, "Frames so far."),
            Field("drops", _OBJECT, "Lost camera frames: reason to number."),
            Field("gaps", _WHOLE, "Interruptions so far."),
            Field(
                "latency_ms",
                ("object", "null"),
                "From the picture's capture to its probabilities, ms; null until there are some.",
                fields=(Field("p50", _NUMBER, "Median."), Field("p99", _NUMBER, "99th percentile.")),
            ),
            Field(
                "recording",
                _OBJECT,
                "The recording in progress; absent where there is none.",
                always=False,
                fields=(
                    Field("session", _TEXT, "Its folder."),
                    Field("seconds", _NUMBER, "Its length so far."),
                    Field("frames", _WHOLE, "Pictures in it."),
                    Field("bytes", _WHOLE, "Its size."),
                    _LOST,
                    Field("alarm", _TEXT, _ALARM),
                ),
            ),
        ),
    ),
    Event(
        "recorded",
        ("live",),
        "The recording has ended.",
        (
            Field("session", _TEXT, "Its folder."),
            Field("alarm", _TEXT, _ALARM),
            Field(
                "zero_s", ("number", "null"), "Time of the run at which the session's own time is 0, seconds."
            ),
            Field("utc", _TEXT, "UTC at 0 s of the session, ISO 8601.", always=False),
            Field("monotonic_s", _NUMBER, "`time.perf_counter` at 0 s of the session.", always=False),
            _LOST,
        ),
    ),
    Event(
        "end",
        ("replay",),
        "The replay has ended.",
        (
            Field("intervals", _WHOLE, "Expressions found."),
            Field(
                "engine_as_recorded",
                _TRUTH,
                "Of a session: whether the engine is that of its live run.",
                always=False,
            ),
            Field(
                "intervals_as_live",
                _TRUTH,
                "Of a session: whether the expressions are those found live.",
                always=False,
            ),
            Field("live_intervals", _WHOLE, "Of a session: expressions found live.", always=False),
            Field("score", _OBJECT, "With `--annotations`: counts and F1 by type and overall.", always=False),
        ),
    ),
    Event(
        "result",
        ("spot",),
        "A recording was analysed, or had been before; what is null is in its `summary.json`.",
        (
            Field("path", _TEXT, "Of the recording."),
            Field("out", _TEXT, "Folder of its results."),
            Field("note", _TEXT, "`done before` where results were there already; else empty."),
            Field("frames", ("integer", "null"), "Model frames."),
            Field("face_share", ("number", "null"), "Share of them in which the face could be measured."),
            Field("intervals", ("object", "null"), "Number of expressions by type."),
            Field("frames_per_second", ("number", "null"), "Model frames analysed a second."),
        ),
    ),
    Event(
        "error",
        ("spot",),
        "A recording could not be analysed; the others are all the same.",
        (Field("path", _TEXT, "Of the recording."), Field("error", _TEXT, "What is wrong, and the cure.")),
    ),
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line; unknown keys are allowed, as later versions may add some."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line that livespot prints with --json",
        "version": SCHEMA_VERSION,
        "oneOf": [_event_schema(event) for event in EVENTS],
    }


def schema_text() -> str:
    """The file ``events.schema.json``."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _event_schema(event: Event) -> dict[str, Any]:
    schema = _object(event.fields)
    named = {"event": {"const": event.name}} | schema["properties"]
    return {
        "title": event.name,
        "description": event.about,
        "type": "object",
        "properties": named,
        "required": ["event", *schema["required"]],
    }


def _object(fields: tuple[Field, ...]) -> dict[str, Any]:
    properties = {}
    for field in fields:
        kind: Any = field.kinds[0] if len(field.kinds) == 1 else list(field.kinds)
        inner = _object(field.fields) if field.fields else {}
        properties[field.name] = {"type": kind, "description": field.text, **inner}
    return {"properties": properties, "required": [field.name for field in fields if field.always]}
