"""``session.json``: what was recorded, with what, by whose leave; the way from an old version to the newest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livespot.clock import StartTime
from livespot.errors import SessionError
from livespot.regions import PAPER
from livespot.session.records import FEATURES_FILE, LOG_FILE, VERSION, Kind
from livespot.session.scan import Scan

FORMAT = "livespot session"
HEADER_FILE = "session.json"
NOT_STATED = "not stated"

Info = dict[str, Any]
Migration = Callable[[Info], Info]

START_UNKNOWN: Info = {"utc": "", "monotonic_s": 0.0, "time_s": 0.0}
"""``start`` of a session of version 1: its times are those of the run, and nothing tells what time of day they were."""


def _to_2(info: Info) -> Info:
    """Version 1 had no ``start``."""
    return {**info, "start": dict(START_UNKNOWN)}


MIGRATIONS: dict[int, Migration] = {1: _to_2}
"""From version n to n + 1, one step each; all of them stay for ever."""

_DEFAULTS: Info = {
    "format": FORMAT,
    "name": "",
    "mode": "features",
    "consent": NOT_STATED,
    "started": "",
    "from_start": True,
    "start": {"utc": "", "monotonic_s": 0.0},
    "source": {"name": "", "kind": "camera", "width": 0, "height": 0, "fps": 0.0, "live": True},
    "video": None,
    "engine": {"name": "", "description": "", "sha256": ""},
    "thresholds": {},
    "min_scores": {},
    "config": {},
    "versions": {},
    "regions": PAPER.name,
}


def is_session(path: str | Path) -> bool:
    """Whether ``path`` is a folder that looks like a recorded session; it need not be whole."""
    folder = Path(path)
    return folder.is_dir() and any((folder / name).is_file() for name in (HEADER_FILE, LOG_FILE))


def read_header(path: Path) -> tuple[Info | None, str]:
    """What ``session.json`` holds; None, and a sentence that says why, when it holds nothing usable."""
    try:
        value = json.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return None, f"{path.name}: missing"
    except OSError as error:
        return None, f"{path.name}: cannot be read ({error.strerror or error})"
    except (ValueError, RecursionError):
        return None, f"{path.name}: is damaged (not JSON)"
    if not isinstance(value, dict):
        return None, f"{path.name}: is damaged (no JSON object)"
    return value, ""


def version_of(info: Info) -> int | None:
    """The format's version that a header states; None when it states none that makes sense."""
    version = info.get("format_version")
    return version if isinstance(version, int) and not isinstance(version, bool) and version >= 1 else None


def migrated(info: Info, name: str) -> Info:
    """The header as the newest version has it, every key present and of its kind.

    Raises
    ------
    SessionError
        When the session was written by a newer format.
    """
    version = version_of(info) or VERSION
    if version > VERSION:
        raise SessionError(
            f"{name}: is a session of format {version}, this livespot reads formats 1 to {VERSION}; update livespot"
        )
    info = dict(info)
    for step in range(version, VERSION):
        info = MIGRATIONS[step](info)
    return _with_defaults(info, _DEFAULTS) | {"format_version": VERSION}


def _with_defaults(info: Info, defaults: Info) -> Info:
    """A damaged header must not make its readers stumble: what is missing or of another kind is the default."""
    whole = dict(info)
    for key, default in defaults.items():
        value = whole.get(key)
        if default is None:
            whole[key] = value if isinstance(value, dict) else None
        elif isinstance(default, dict):
            whole[key] = _with_defaults(value if isinstance(value, dict) else {}, default)
        elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
            whole[key] = float(value)
        elif type(value) is not type(default):
            whole[key] = default
    return whole


def chosen_header(folder: Path, log: Scan, features: Scan, problems: list[str]) -> Info:
    """Return ``session.json``, or the log's copy of it, which its CRC vouches for, as the newest version has it.

    Parameters
    ----------
    folder : Path
        The session's.
    log, features : Scan
        Of its two files.
    problems : list of str
        Gets what was wrong, one sentence each.

    Raises
    ------
    SessionError
        When there is neither and no record either, or it was written by a newer format.
    """
    stated, fault = read_header(folder / HEADER_FILE)
    copy = next(iter(log.objects(Kind.START)), None)
    if copy is not None and stated is not None and "start" in copy and "start" in stated:
        copy["start"] = stated["start"]  # it is replaced when the first frame is known, see ORIGIN
    if stated is None:
        problems.append(f"{fault}; {'the copy in the log is used' if copy else 'the log has no copy either'}")
    elif copy is not None and stated != copy:
        problems.append(f"{HEADER_FILE}: differs from the copy in the log, which is used")
    chosen = copy or stated
    if chosen is None:
        if not (log.payloads or features.index):
            raise SessionError(f"{folder}: nothing in it can be read; is it a recorded session?")
        chosen = {}
    elif (version := version_of(chosen)) is None:
        problems.append(f"{HEADER_FILE}: states no version of the format")
    else:
        for name, found in ((LOG_FILE, log), (FEATURES_FILE, features)):
            if found.version not in (None, version):
                problems.append(f"{name}: the version in its first bytes is damaged")
    return migrated(chosen, str(folder))


def origin(info: Info, log: Scan) -> tuple[float, StartTime | None]:
    """Find where the session's 0 s lies on the frames' own axis, and on the computer's clocks."""
    found = next(iter(log.objects(Kind.ORIGIN)), None) or info["start"]
    zero_s, utc = found.get("time_s"), found.get("utc")
    if not isinstance(zero_s, int | float):  # killed before the first frame, or damaged
        frames = log.rows(Kind.FRAMES)
        zero_s = frames["time_s"][0] if len(frames) and log.version != 1 else 0.0
    monotonic_s = found.get("monotonic_s")
    if not isinstance(utc, str) or not utc or not isinstance(monotonic_s, int | float):
        return float(zero_s), None
    return float(zero_s), StartTime(utc, float(monotonic_s))
