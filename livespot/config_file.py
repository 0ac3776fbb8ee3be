"""Reads a configuration from a TOML file, or from nested dictionaries.

A file has one table per room::

    [spotting]
    me_apex_threshold = 0.6

Unknown tables and keys are refused with the nearest known name.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from livespot.config import Config
from livespot.errors import ConfigError
from livespot.settings import keys_of

_REMOVED = {
    "face.hand_check_frames": "is no longer used: a hand over the face is now noticed from the flow; remove the line",
}
"""Keys that earlier versions had, and what to do about them."""


def load_config(path: str | Path) -> Config:
    """Read a TOML file over the defaults.

    Raises
    ------
    ConfigError
        When the file is missing, is not TOML, or holds an unknown table or key, or a value of the wrong kind or outside
        its range.
    """
    file = Path(path)
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"configuration {file}: cannot be read ({error.strerror}); check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration {file}: is not valid TOML ({error}); correct that line") from error
    return config_from_dict(tables, name=f"configuration {file}")


def config_from_dict(tables: Mapping[str, Any], name: str = "configuration") -> Config:
    """Build a :class:`Config` from nested dictionaries; see :func:`load_config` for the errors.

    Parameters
    ----------
    tables : mapping
        Table to key to value.
    name : str
        What the values came from, for messages.
    """
    rooms = {item.name: item.default_factory for item in dataclasses.fields(Config)}
    built: dict[str, Any] = {}
    for table, values in tables.items():
        if table not in rooms:
            raise ConfigError(f"{name}: unknown table [{table}]{_nearest(table, rooms)}")
        if not isinstance(values, Mapping):
            raise ConfigError(
                f"{name}: {table} must be a table, got {values!r}; write [{table}] and keys below it"
            )
        built[table] = _table(rooms[table], table, values, name)
    return Config(**built)


def _table(room: Any, table: str, values: Mapping[str, Any], name: str) -> Any:
    known = keys_of(room)
    for key in values:
        if removed := _REMOVED.get(f"{table}.{key}"):
            raise ConfigError(f"{name}: {table}.{key} {removed}")
        if key not in known:
            raise ConfigError(f"{name}: unknown key {table}.{key}{_nearest(key, known)}")
    try:
        return room(**values)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
    return f"; did you mean {close[0]}? (known: {', '.join(names)})"
