"""Which recordings ``livespot spot`` is given, and the folder that the results of each belong into.

A recording's results go to ``DIR/STEM``. Where that name is another recording's, in this run or on the disk from an
earlier one, as many of its parent folders stand before it as tell them apart: ``DIR/subject01/video``. A folder that
holds a recording's results already is used again, so that every run gives the same names and can be resumed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from livespot.capture.images import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from livespot.errors import InputError, LivespotError
from livespot.interchange import read_summary
from livespot.session import is_session


@dataclass(frozen=True, slots=True)
class Placed:
    """A recording and the folder of its results; ``note`` says why it is not simply its name."""

    path: Path
    folder: Path
    note: str = ""


def recordings_in(given: Path, out: Path) -> list[Path]:
    """Find what is to be analysed: ``given`` itself, or all recordings in the folder and in the folders below it.

    A folder that holds videos or sessions is a folder of these, whatever pictures lie beside them; one that holds
    pictures and no video is one recording. Hidden folders, and ``out`` with the results, are left out.

    Raises
    ------
    InputError
        It does not exist, or the folder and those below it hold nothing that can be analysed.
    """
    if not given.exists():
        raise InputError(f"{given}: no such file; check the path")
    if not given.is_dir() or is_session(given):
        return [given]
    found = list(_walked(given, out.resolve(), set()))
    if not found:
        raise InputError(
            f"{given}: neither it nor the folders below it hold images, videos or recorded sessions; "
            "give a video file or a folder of images"
        )
    return found


def _walked(folder: Path, out: Path, seen: set[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in seen or real == out:  # a link may lead back to where we came from
        return
    seen.add(real)
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    videos = [path for path in inside if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES]
    sessions = [path for path in inside if is_session(path)]
    if videos:
        yield from videos
    elif any(path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES for path in inside):
        yield folder
    yield from sessions
    for path in inside:
        if path.is_dir() and path not in sessions:
            yield from _walked(path, out, seen)


def placed(paths: Sequence[Path], out: Path) -> list[Placed]:
    """Give each recording its folder below ``out``; one that is given twice, by whatever path, is there once."""
    once: dict[Path, Path] = {}
    for path in paths:
        once.setdefault(path.resolve(), path)
    chosen: dict[Path, Placed] = {}
    groups: dict[str, list[Path]] = {}
    for path in once.values():
        known = next(
            (folder for folder in _candidates(path, out) if owner_of(folder) == path.resolve()), None
        )
        if known is not None:
            chosen[path] = Placed(path, known)
        else:
            groups.setdefault(_stem(path).casefold(), []).append(path)
    taken = {_key(item.folder) for item in chosen.values()}
    for group in groups.values():
        for item in _apart(group, out, taken):
            chosen[item.path] = item
            taken.add(_key(item.folder))
    return [chosen[path] for path in once.values()]


def owner_of(folder: Path) -> Path | None:
    """Whose results a folder holds; None when it holds none that are complete."""
    try:
        told = read_summary(folder / "summary.json").get("path")
    except LivespotError:
        return None
    return Path(told) if isinstance(told, str) and told else None


def _apart(group: Sequence[Path], out: Path, taken: set[str]) -> Iterator[Placed]:
    """Recordings of one stem: as few parent folders as make all their folders different and free."""
    twins = {path for path in group if sum(_place(path) == _place(other) for other in group) > 1}
    names = {path: _names(path, ending=path in twins) for path in group}
    most = max(map(len, names.values()))
    for depth in range(1, most + 1):
        folders = {path: out.joinpath(*parts[-depth:]) for path, parts in names.items()}
        keys = {_key(folder) for folder in folders.values()}
        if len(keys) == len(group) and not keys & taken and all(map(_is_free, folders.values())):
            break
    else:  # nothing tells them apart but their order
        folders = {path: _numbered(out.joinpath(*names[path]), taken) for path in group}
    for path in group:
        plain = out / _stem(path)
        other = owner_of(plain)
        note = "" if folders[path] == plain or other is None else f"{plain} holds the results of {other}"
        yield Placed(path, folders[path], note)


def _numbered(folder: Path, taken: set[str]) -> Path:
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 10_000))
    free = next(path for path in numbered if _key(path) not in taken and _is_free(path))
    taken.add(_key(free))
    return free


def _candidates(path: Path, out: Path) -> Iterator[Path]:
    """Every folder that the results of a recording can have been put into, the shortest first."""
    for ending in (False, True):
        parts = _names(path, ending=ending)
        for depth in range(1, len(parts) + 1):
            yield out.joinpath(*parts[-depth:])


def _names(path: Path, *, ending: bool) -> list[str]:
    """Parent folders and name, as given and not as links resolve; without the root."""
    whole = _absolute(path)
    parents = [part.strip("\\/:") for part in whole.parent.parts]
    return [*(part for part in parents if part), whole.name if ending else _stem(whole)]


def _stem(path: Path) -> str:
    whole = _absolute(path)
    return whole.name.removesuffix(".livespot") if whole.is_dir() else whole.stem


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  # links stay: their names are the ones the user knows


def _place(path: Path) -> str:
    """Folder and stem: what a.mp4 and a.avi of one folder have in common."""
    return "/".join(_names(path, ending=False)).casefold()


def _is_free(folder: Path) -> bool:
    return owner_of(folder) is None


def _key(folder: Path) -> str:
    return str(folder).casefold()  # some file systems do not tell A from a
