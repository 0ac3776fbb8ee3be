"""The page ``REFERENCE.md``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from livespot.config import Config
from livespot.errors import INTERRUPTED, LivespotError
from livespot.reference.columns import FEATURES, TABLES
from livespot.reference.docstrings import key_texts, summary_of
from livespot.reference.events import EVENTS, SCHEMA_VERSION, Field
from livespot.reference.summary_keys import SOMETIMES, SUMMARY
from livespot.settings import Key, keys_of

_HEAD = """# Reference

Every column of every table, every key of the configuration, every line of `--json` and every exit code.
`livespot docs` writes this page from the code of the installed version; it is not edited by hand.
"""


def page() -> str:
    """The whole page, Markdown."""
    return "\n".join([_HEAD, *_tables(), *_configuration(), *_events(), *_exit_codes()])


def _tables() -> Iterator[str]:
    yield "## Tables\n"
    yield (
        "Numbers have a decimal point and as many digits as read back to the same bits; `--csv excel-eu` writes"
        " semicolons and decimal commas. Later versions add columns only behind these.\n"
    )
    for table in TABLES:
        yield f"### {table.name}\n\n{table.about}\n"
        yield _rows(("column", "meaning"), ((f"`{c}`", table.meanings[c]) for c in table.columns))
    yield "### features.npz\n\nThe windows that the engine saw, with `spot --features`.\n"
    yield _named("array", FEATURES)
    yield "### summary.json\n\nWhat was done, with what, and how fast.\n"
    yield _named(
        "key", {k: text + (" Not in every file." if k in SOMETIMES else "") for k, text in SUMMARY.items()}
    )


def _configuration() -> Iterator[str]:
    yield "## Configuration\n"
    yield (
        "A TOML file for `--config`, a table for each section. A key that is left out has its default; None stands for"
        " a key that is left out. Unknown keys and values out of range end with exit code 2.\n"
    )
    for section in dataclasses.fields(Config):
        made = getattr(Config(), section.name)
        kind: Any = type(made)
        texts = key_texts(kind)
        yield f"### [{made.table}]\n\n{summary_of(kind)}\n"
        rows = (
            (f"`{name}`", _kind(key), _expected(key), f"`{_toml(getattr(made, name))}`", texts[name])
            for name, key in keys_of(kind).items()
        )
        yield _rows(("key", "type", "values", "default", "meaning"), rows)


def _kind(key: Key) -> str:
    return f"{key.kind.__name__}{' or None' if key.optional else ''}"


def _expected(key: Key) -> str:
    if key.kind is str and key.values:
        return ", ".join(f"`{value}`" for value in key.values)
    return key.expected if key.range is None else str(key.range)


def _toml(value: Any) -> str:
    return "None" if value is None else json.dumps(value)


def _events() -> Iterator[str]:
    yield "## Lines of --json\n"
    yield (
        "Each line on stdout is one JSON object; `event` says which. `events.schema.json` in the package"
        f" (`livespot docs --schema`) is their JSON Schema, version {SCHEMA_VERSION}. Later versions may add keys and"
        " events.\n"
    )
    for event in EVENTS:
        printed = ", ".join(f"`livespot {command}`" for command in event.commands)
        yield f"### {event.name}\n\n{event.about} Printed by {printed}.\n"
        yield _rows(("key", "type", "meaning"), _fields(event.fields))


def _fields(fields: Sequence[Field], within: str = "") -> Iterator[tuple[str, ...]]:
    for field in fields:
        text = field.text if field.always or "absent" in field.text else f"{field.text} Not in every line."
        yield f"`{within}{field.name}`", " or ".join(field.kinds), text
        yield from _fields(field.fields, f"{within}{field.name}.")


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "Errors are one line on stderr, which names the thing and the cure; `--debug` shows the traceback.\n"
    yield _rows(("code", "error", "meaning"), exit_codes())


def exit_codes() -> list[tuple[str, str, str]]:
    """Code, class of the error and meaning, by code."""
    rows = [
        (0, "", "Done."),
        (
            LivespotError.exit_code,
            "",
            "An unexpected error, or something that `livespot doctor` found wrong.",
        ),
        (INTERRUPTED, "", "Interrupted by Ctrl-C or SIGTERM; what was finished is on disk."),
    ]
    rows += [(error.exit_code, error.__name__, summary_of(error)) for error in _errors(LivespotError)]
    return [(str(code), f"`{name}`" if name else "", text) for code, name, text in sorted(rows, key=_by_code)]


def _by_code(row: tuple[int, str, str]) -> int:
    return row[0]


def _errors(base: type[LivespotError]) -> Iterator[type[LivespotError]]:
    for error in base.__subclasses__():
        if error.__module__ == LivespotError.__module__:
            yield error
        yield from _errors(error)


def _named(kind: str, texts: Mapping[str, str]) -> str:
    return _rows((kind, "meaning"), ((f"`{name}`", text) for name, text in texts.items()))


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
        + "\n"
    )
