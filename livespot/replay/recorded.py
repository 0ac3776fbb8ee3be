"""What a session was recorded with, in this version's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from livespot.config import Config
from livespot.config_file import config_from_dict
from livespot.inference.precisions import engine_of
from livespot.regions import PAPER
from livespot.session import SessionReader


def recorded_config(session: SessionReader, over: Mapping[str, Mapping[str, Any]] | None = None) -> Config:
    """The configuration of the live run, so that a replay gives what it gave.

    Tables and keys that this version no longer knows are left out: an old session stays usable.

    Parameters
    ----------
    session : SessionReader
    over : mapping, optional
        Tables and keys that are to differ, as in a TOML file.

    Raises
    ------
    ConfigError
        When a value in it is impossible.
    """
    known = Config()
    tables: dict[str, dict[str, Any]] = {}
    for room in fields(known):
        names = {item.name for item in fields(getattr(known, room.name))}
        recorded = session.info["config"].get(room.name)
        values = recorded if isinstance(recorded, Mapping) else {}
        # None is how an unset threshold is written; TOML has no word for it.
        tables[room.name] = {k: v for k, v in values.items() if k in names and v is not None}
        if room.name == "flow":  # sessions from before there were other regions or "auto"
            tables["flow"] = {"regions": PAPER.name, "alignment": "rigid"} | tables["flow"]
        tables[room.name] |= dict((over or {}).get(room.name, {}))
    config = config_from_dict(tables, f"{session.path}: recorded configuration")
    # Which make may run is a question of this machine; which file ran live is not, whatever it is called here.
    inference = replace(config.inference, engine=known.inference.engine)
    if "model" in (over or {}).get("inference", {}):
        return replace(config, inference=inference)
    model, precision = engine_of(recorded_engine(session), inference.model)
    if inference.precision == known.inference.precision:
        inference = replace(inference, precision=precision)
    return replace(config, inference=replace(inference, model=model))


def recorded_engine(session: SessionReader) -> str:
    """The sha256 of the engine that ran live; empty when the session does not say."""
    return str(session.info["engine"].get("sha256", ""))
