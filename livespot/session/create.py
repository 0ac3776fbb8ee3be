"""Makes the folder of a new session; it appears under its name only when it can be opened."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from livespot.clock import StartTime, start_time
from livespot.errors import OutputError, UsageError
from livespot.installation.versions import versions
from livespot.session.header import FORMAT, HEADER_FILE, NOT_STATED, Info
from livespot.session.records import (
    FEATURES_FILE,
    FEATURES_MAGIC,
    LOG_FILE,
    LOG_MAGIC,
    VERSION,
    Kind,
    encode_json,
    file_header,
)

SUFFIX = ".livespot"
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_MAX_NAME = 100
_MAX_CONSENT = 20_000


def check_target(folder: str | Path, name: str | None = None) -> None:
    """Find out beforehand whether a session can be made there.

    Raises
    ------
    UsageError
        The name cannot be the name of a folder.
    OutputError
        The folder cannot be written.
    """
    target = Path(folder)
    if name is not None:
        _check_name(name)
    probe = target / f".{uuid.uuid4().hex}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise _unwritable(target, error) from error


def create_session(folder: Path, info: Info, consent: str, name: str | None) -> Path:
    """Make ``folder/NAME.livespot`` with the beginnings of its files; a number is added when the name is taken.

    ``start`` is a first reading of the clocks, with no ``time_s`` yet: :func:`note_start` replaces it when the first
    frame is known. Errors are those of :func:`check_target`.
    """
    check_target(folder, name)
    started = datetime.now().astimezone()
    now = start_time()
    header: Info = {
        "format": FORMAT,
        "format_version": VERSION,
        "name": name or started.strftime("%Y-%m-%d_%H-%M-%S"),
        "mode": "features",
        "consent": " ".join(consent.split())[:_MAX_CONSENT] or NOT_STATED,
        "started": started.isoformat(),
        "from_start": True,
        "start": start_dict(now, None),
        "versions": versions(),
        **info,
    }
    hidden = folder / f".{uuid.uuid4().hex}{SUFFIX}.part"
    try:
        hidden.mkdir()
        fill(hidden, header)
        return _renamed(hidden, folder, header["name"])
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(hidden)


def start_dict(start: StartTime, time_s: float | None) -> Info:
    """``start`` of a header: the clocks at the session's 0 s, and the frames' own time there (None: not known yet)."""
    return {"utc": start.utc, "monotonic_s": start.monotonic_s, "time_s": time_s}


def note_start(folder: Path, start: Info) -> None:
    """Replace ``start`` in ``session.json``, in one step; does nothing where the file cannot be read or written.

    The log's ORIGIN record says the same and counts; this is for people and programs that read the JSON only.
    """
    file, temporary = folder / HEADER_FILE, folder / f".{uuid.uuid4().hex}.part"
    with suppress(OSError, ValueError):
        header = json.loads(file.read_text(encoding="utf-8"))
        text = json.dumps({**header, "start": start}, indent=2, ensure_ascii=False)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def fill(folder: Path, header: Info) -> None:
    """Write ``session.json`` and the beginnings of ``log.bin`` and ``features.bin``; raises OSError."""
    # Through JSON and back, so that the copy in the log equals what a reader makes of the file.
    text = json.dumps(header, indent=2, ensure_ascii=False)
    start = encode_json(Kind.START, json.loads(text))
    for file, data in (
        (HEADER_FILE, text.encode()),
        (LOG_FILE, file_header(LOG_MAGIC) + start),
        (FEATURES_FILE, file_header(FEATURES_MAGIC)),
    ):
        with (folder / file).open("xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())


def _renamed(hidden: Path, folder: Path, name: str) -> Path:
    for number in range(1, 1000):
        path = folder / (f"{name}{SUFFIX}" if number == 1 else f"{name}-{number}{SUFFIX}")
        if not path.exists():
            return hidden.rename(path)
    raise OutputError(f"{folder / name}{SUFFIX}: exists already; choose another --name")


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or name[0] == "." or name[-1] == "." or len(name) > _MAX_NAME:
        raise UsageError(
            f"--name {name!r}: expected 1 to {_MAX_NAME} characters, no dot or blank at either end; choose another"
        )
    if odd := _FORBIDDEN.search(name):
        raise UsageError(
            f"--name {name!r}: {odd.group()!r} cannot stand in the name of a folder; choose another"
        )
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"--name {name!r}: is not valid text; choose another") from None


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{folder}: cannot be written ({error.strerror or error}); choose a folder you may write to, with free space"
    )
