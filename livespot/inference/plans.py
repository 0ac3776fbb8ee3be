"""A runner from a plan: from the cache when that passes its checks, else built; built anew once if it is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import filelock

from livespot.inference.cuda import CudaDevice
from livespot.inference.float16 import float16_graph
from livespot.inference.plan_cache import ANY, Cached, PlanCache, PlanKey
from livespot.inference.precisions import GpuPrecision
from livespot.inference.runner import BatchRunner, TensorSpec
from livespot.inference.sidecar import Sidecar, read_engine
from livespot.inference.tensorrt_build import (
    CURRENT,
    BuildError,
    Progress,
    build_plan,
    capabilities_for,
    go_on,
    profile_text,
)
from livespot.inference.tensorrt_engine import PlanRefusedError
from livespot.inference.tensorrt_library import Library

_POLL_S = 0.2


class LoadPlan(Protocol):
    """Makes a runner of a plan whose bytes have been checked, or raises Unavailable."""

    def __call__(self, plan: bytes, key: PlanKey, reason: str) -> BatchRunner:
        """``reason`` goes into the runner's description."""
        ...


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan in the cache, or one that could not be kept.

    Attributes
    ----------
    path : Path
        Where it lies or would lie.
    plan : bytes
    key : PlanKey
    inputs, outputs : tuple of TensorSpec
        As its library read them from the graph.
    reason : str
        Why it was built now; empty when it was taken from the cache, or when there was none.
    built : bool
        Whether it was built now.
    not_kept : str
        Why it could not be kept; empty when it was.
    """

    path: Path
    plan: bytes
    key: PlanKey
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    reason: str = ""
    built: bool = False
    not_kept: str = ""

    @property
    def sha256(self) -> str:
        """Of the plan."""
        return hashlib.sha256(self.plan).hexdigest()

    @property
    def origin(self) -> str:
        """Where the plan comes from, in words."""
        if not self.built:
            return "plan from the cache"
        origin = f"plan built now, since {self.reason}" if self.reason else "plan built now"
        return f"{origin}; {self.not_kept}" if self.not_kept else origin


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """The plan of one engine for one library, precision and GPU: looked up, built, and made a runner of.

    Attributes
    ----------
    path : Path
        Of the .onnx file.
    library : Library
    precision : "fp32" or "fp16"
    device : CudaDevice or None
        The GPU; None builds a portable plan that cannot be run here.
    cache : PlanCache
    load : LoadPlan
    clock : callable
        Seconds, for the time a build took.
    """

    path: Path
    library: Library
    precision: GpuPrecision
    device: CudaDevice | None
    cache: PlanCache
    load: LoadPlan
    clock: Callable[[], float] = time.perf_counter

    def open(self, reason: str, progress: Progress = go_on, anew: bool = False) -> BatchRunner:
        """Open the runner; its description says where the plan came from.

        Parameters
        ----------
        reason : str
            Why this backend was chosen.
        progress : callable, optional
        anew : bool
            Build even where there is a plan.

        Raises
        ------
        Unavailable
            When the plan can neither be loaded nor built, or the build was stopped.
        EngineError
            When the engine's file is missing or damaged.
        """
        graph, sidecar = self._graph()
        key = self._key(graph)
        with self._alone(key, progress):
            found = self._found_or_built(key, graph, sidecar, progress, anew)
            try:
                return self._loaded(found, reason)
            except PlanRefusedError as error:
                self.cache.remove(key)
                if found.built:
                    raise  # a second build would end the same way
                refused = str(error)
            try:
                return self._loaded(self._built(key, graph, sidecar, progress, refused), reason)
            except PlanRefusedError:
                self.cache.remove(key)
                raise

    def build(self, progress: Progress = go_on, anew: bool = False) -> PlanFile:
        """Have the plan in the cache without loading it, which needs no GPU where the plan is portable.

        Raises
        ------
        Unavailable, EngineError
            As :meth:`open`.
        """
        graph, sidecar = self._graph()
        key = self._key(graph)
        with self._alone(key, progress):
            return self._found_or_built(key, graph, sidecar, progress, anew)

    def is_ready(self) -> tuple[bool, str]:
        """Whether the cache holds a checked plan; when not, why, in words."""
        graph, _ = self._graph()
        found = self.cache.load(self._key(graph))
        where = "" if self.device is None else " for this GPU"
        return found.plan is not None, found.reason or f"no plan{where} yet"

    def _loaded(self, found: PlanFile, reason: str) -> BatchRunner:
        return self.load(found.plan, found.key, "; ".join(filter(None, (reason, found.origin))))

    def _found_or_built(
        self, key: PlanKey, graph: bytes, sidecar: Sidecar, progress: Progress, anew: bool
    ) -> PlanFile:
        found = Cached(None, "it was asked for") if anew else self.cache.load(key)
        if found.plan is None:
            self.cache.remove(key)
            return self._built(key, graph, sidecar, progress, found.reason)
        note = self.cache.note(key)
        inputs, outputs = _specs(note.get("inputs")), _specs(note.get("outputs"))
        return PlanFile(self.cache.plan_path(key), found.plan, key, inputs, outputs)

    def _built(
        self, key: PlanKey, graph: bytes, sidecar: Sidecar, progress: Progress, reason: str
    ) -> PlanFile:
        began = self.clock()
        timing = self.cache.load_timing(key)
        built = build_plan(self.library, graph, sidecar, self._capabilities(), timing, progress)
        record = {
            "build_s": round(self.clock() - began, 1),
            "inputs": [dataclasses.asdict(spec) for spec in built.inputs],
            "outputs": [dataclasses.asdict(spec) for spec in built.outputs],
        }
        not_kept = self.cache.store(key, built.plan, record)
        if built.timing:
            self.cache.store_timing(key, built.timing)
        path = self.cache.plan_path(key)
        return PlanFile(path, built.plan, key, built.inputs, built.outputs, reason, True, not_kept)

    @contextlib.contextmanager
    def _alone(self, key: PlanKey, progress: Progress) -> Iterator[None]:
        """One process builds, the others wait; where the folder cannot be written or locked, each builds its own."""
        lock = filelock.FileLock(self.cache.lock_path(key), fallback_to_soft=False)
        held = False
        try:
            self.cache.folder.mkdir(parents=True, exist_ok=True)
            while not held:
                try:
                    lock.acquire(timeout=_POLL_S, poll_interval=_POLL_S / 4)
                    held = True
                except filelock.Timeout:
                    if not progress(0.0, "waiting for another livespot that builds this plan"):
                        raise BuildError(f"{self.library.product.name}: the build was stopped") from None
        except (OSError, NotImplementedError):
            pass
        try:
            yield
        finally:
            if held:
                lock.release()

    def _graph(self) -> tuple[bytes, Sidecar]:
        graph, sidecar = read_engine(self.path)
        return (float16_graph(graph) if self.precision == "fp16" else graph), sidecar

    def _capabilities(self) -> tuple[str, ...]:
        return capabilities_for(self.library.product, self.precision, self.device)

    def _key(self, graph: bytes) -> PlanKey:
        capabilities = self._capabilities()
        # A plan of TensorRT, or one that TensorRT-RTX built for the GPU at hand only.
        bound = self.device if capabilities in ((), CURRENT) else None
        return PlanKey(
            engine=self.path.stem,
            onnx_sha256=hashlib.sha256(graph).hexdigest(),
            library=str(self.library),
            gpu=bound.name if bound else ANY,
            capability=bound.capability if bound else ", ".join(capabilities),
            driver=bound.driver if bound else ANY,
            system=f"{platform.system()} {platform.machine()}" if bound else ANY,
            precision=self.precision,
            profiles=profile_text(self.library.product),
        )


def _specs(noted: Any) -> tuple[TensorSpec, ...]:
    """Inputs or outputs as the note beside a plan has them."""
    return tuple(TensorSpec(one["name"], tuple(one["shape"]), one["dtype"]) for one in noted or ())
