"""TensorRT and TensorRT-RTX plans on the disk, in the user's cache folder; none is given out that was not checked.

A plan ``NAME-DIGEST.plan`` lies beside ``NAME-DIGEST.json``, which holds the whole key it was built for and the plan's
own sha256. Both are compared before a byte of the plan reaches TensorRT, which may crash on a damaged one. Beside a
TensorRT-RTX plan lies ``NAME-DIGEST-GPU.jit``, the code that was compiled for one GPU when the plan was loaded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from livespot.inference.cuda import CudaDevice

FORMAT = 2
FOLDER_VARIABLE = "LIVESPOT_CACHE_DIR"
KEPT_PLANS = 8
"""Of one engine: a few GPUs, precisions and TensorRT versions; plans of engines and drivers long gone make room."""

ANY = "any"

_TIMING = "timing-{}.cache"
_COMPILED = ".jit"
_DIGITS = 16
_SHA256_BYTES = 32


@dataclass(frozen=True, slots=True)
class PlanKey:
    """All that a plan is tied to.

    Attributes
    ----------
    engine : str
        The engine's name.
    onnx_sha256 : str
        Of the graph that was compiled.
    library : str
        What compiled it: ``TensorRT 11.4.0.106``.
    gpu, capability, driver, system : str
        What it runs on; :data:`ANY` where that does not matter.
    precision, profiles : str
        How.
    """

    engine: str
    onnx_sha256: str
    library: str
    gpu: str
    capability: str
    driver: str
    system: str
    precision: str
    profiles: str

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that stand for the key in file names."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]

    def differences(self, other: dict[str, Any]) -> list[str]:
        """What another key has otherwise, in words."""
        words = {
            "engine": "engine",
            "onnx_sha256": "ONNX file",
            "library": "library",
            "gpu": "GPU",
            "capability": "compute capability",
            "driver": "driver",
            "system": "system",
            "precision": "precision",
            "profiles": "batch sizes",
        }
        mine = dataclasses.asdict(self)
        return [
            f"{word} {_short(other.get(key))}, not {_short(mine[key])}"
            for key, word in words.items()
            if other.get(key) != mine[key]
        ]


@dataclass(frozen=True, slots=True)
class Cached:
    """An answer of the cache: the plan, or why there is none.

    Attributes
    ----------
    plan : bytes or None
    reason : str
        Empty when there is simply none yet.
    """

    plan: bytes | None
    reason: str


class PlanCache:
    """The folder of plans.

    Parameters
    ----------
    folder : Path, optional
        By default ``plans`` in :func:`user_cache`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or user_cache() / "plans"

    def plan_path(self, key: PlanKey) -> Path:
        """Where the plan of ``key`` lies or will lie."""
        return self.folder / f"{key.engine}-{key.digest}.plan"

    def lock_path(self, key: PlanKey) -> Path:
        """The file whose lock a process holds while it builds this plan."""
        return self.folder / f"{key.engine}-{key.digest}.lock"

    def load(self, key: PlanKey) -> Cached:
        """The checked plan of ``key``, or what is wrong with it; nothing is deleted, that is for who holds the lock."""
        path = self.plan_path(key)
        if not path.exists() and not path.with_suffix(".json").exists():
            return Cached(None, self._of_others(key))
        found = Cached(*_checked(path, key))
        if found.plan is not None:
            with contextlib.suppress(OSError):
                path.touch()  # used last; see _tidy
        return found

    def store(self, key: PlanKey, plan: bytes, record: dict[str, Any]) -> str:
        """Keep a plan; returns why it could not be kept, in words, or nothing.

        Parameters
        ----------
        key : PlanKey
        plan : bytes
        record : dict
            For people: when and how long it was built. JSON.
        """
        path = self.plan_path(key)
        note = {
            "format": FORMAT,
            "key": dataclasses.asdict(key),
            "sha256": hashlib.sha256(plan).hexdigest(),
            "bytes": len(plan),
            **record,
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # The plan first: a crash in between leaves a pair that load() refuses.
            write_whole(path, plan)
            write_whole(path.with_suffix(".json"), json.dumps(note, indent=2).encode())
            self._tidy(key.engine)
        except OSError as error:
            self.remove(key)
            return (
                f"the plan cannot be kept in {self.folder} ({error.strerror or error}); it is built anew at every "
                f"start, unless {FOLDER_VARIABLE} names another folder"
            )
        return ""

    def remove(self, key: PlanKey) -> None:
        """Delete a plan; a folder that cannot be written keeps it, and it is refused again next time."""
        _delete(self.plan_path(key))

    def load_compiled(self, key: PlanKey, device: CudaDevice) -> bytes:
        """The code compiled for ``device`` from the plan of ``key``; empty when there is none, or a damaged one."""
        try:
            content = self._compiled_path(key, device).read_bytes()
        except OSError:
            return b""
        digest, code = content[:_SHA256_BYTES], content[_SHA256_BYTES:]
        return code if hashlib.sha256(code).digest() == digest else b""

    def store_compiled(self, key: PlanKey, device: CudaDevice, code: bytes) -> None:
        """Keep that code, with its digest in front; it only saves seconds, so a failure is no news."""
        with contextlib.suppress(OSError):
            write_whole(self._compiled_path(key, device), hashlib.sha256(code).digest() + code)

    def _compiled_path(self, key: PlanKey, device: CudaDevice) -> Path:
        gpu = hashlib.sha256(str(device).encode()).hexdigest()[:8]
        plan = self.plan_path(key)
        return plan.with_name(f"{plan.stem}-{gpu}{_COMPILED}")

    def load_timing(self, key: PlanKey) -> bytes:
        """TensorRT's timing cache for this GPU; empty when there is none. TensorRT itself checks what it holds."""
        try:
            return (self.folder / _timing_name(key)).read_bytes()
        except OSError:
            return b""

    def store_timing(self, key: PlanKey, timing: bytes) -> None:
        """Keep the timing cache; it only saves time, so a failure is no news."""
        with contextlib.suppress(OSError):
            write_whole(self.folder / _timing_name(key), timing)

    def note(self, key: PlanKey) -> dict[str, Any]:
        """What the note beside a plan says that :meth:`load` has just given out; empty where it is gone again."""
        with contextlib.suppress(OSError, ValueError):
            content: dict[str, Any] = json.loads(
                self.plan_path(key).with_suffix(".json").read_text(encoding="utf-8")
            )
            return content
        return {}

    def notes(self, engine: str) -> list[dict[str, Any]]:
        """What the notes beside this engine's plans say, unchecked, for people to read."""
        read = []
        for path in sorted(self.folder.glob(f"{glob.escape(engine)}-*.json")):
            with contextlib.suppress(OSError, ValueError):
                note = json.loads(path.read_text(encoding="utf-8"))
                if (
                    isinstance(note, dict)
                    and isinstance(note.get("key"), dict)
                    and note["key"].get("engine") == engine
                ):
                    read.append(note)
        return read

    def _tidy(self, engine: str) -> None:
        """Delete all of an engine's plans but those used last; a process that is just reading one builds it anew."""
        paths = [
            path for path in self.folder.glob(f"{glob.escape(engine)}-*.plan") if _is_plan_of(engine, path)
        ]
        used: dict[Path, float] = {}
        for path in paths:
            with contextlib.suppress(OSError):  # another process tidies too
                used[path] = path.stat().st_mtime
        for path in sorted(used, key=lambda p: used[p], reverse=True)[KEPT_PLANS:]:
            _delete(path)

    def _of_others(self, key: PlanKey) -> str:
        """Why the plans that are there do not fit, from the one that differs least."""
        differences = [key.differences(note["key"]) for note in self.notes(key.engine)]
        nearest = min((d for d in differences if d), key=len, default=[])
        return f"the plan at hand is for {'; '.join(nearest)}" if nearest else ""


def user_cache() -> Path:
    """The user's cache folder for livespot; ``LIVESPOT_CACHE_DIR`` names another."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("livespot", appauthor=False)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _checked(path: Path, key: PlanKey) -> tuple[bytes | None, str]:
    try:
        note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        plan = path.read_bytes()
    except (OSError, ValueError) as error:
        return None, f"the plan {path.name} or its note cannot be read ({error})"
    if not isinstance(note, dict) or note.get("format") != FORMAT or not isinstance(note.get("key"), dict):
        return None, f"the note of the plan {path.name} is damaged or of another format"
    if differences := key.differences(note["key"]):
        return None, f"the plan {path.name} is for {'; '.join(differences)}"
    if hashlib.sha256(plan).hexdigest() != note.get("sha256"):
        return None, f"the plan {path.name} is damaged ({len(plan)} of {note.get('bytes')} bytes)"
    return plan, ""


def _short(value: Any) -> str:
    """A digest by its first digits; anything else as it is."""
    text = str(value)
    return f"{text[:12]}…" if len(text) == 2 * _SHA256_BYTES else text


def _delete(plan: Path) -> None:
    """Delete a plan, its note and what was compiled from it; not its lock, at which somebody may wait."""
    for path in (
        plan,
        plan.with_suffix(".json"),
        *plan.parent.glob(f"{glob.escape(plan.stem)}-*{_COMPILED}"),
    ):
        with contextlib.suppress(OSError):
            path.unlink()


def _is_plan_of(engine: str, path: Path) -> bool:
    """Whether what follows the engine's name is a digest: ``a-b-DIGEST`` belongs to ``a-b``, not to ``a``."""
    return len(path.stem.removeprefix(f"{engine}-")) == _DIGITS


def _timing_name(key: PlanKey) -> str:
    where = "/".join((key.library, key.gpu, key.capability, key.driver, key.system))
    return _TIMING.format(hashlib.sha256(where.encode()).hexdigest()[:_DIGITS])
