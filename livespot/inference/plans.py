"""A runner from a plan: from the cache when it passes its checks, else built; rebuilt once when TensorRT refuses it."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livespot.inference.file_lock import locked
from livespot.inference.float16 import float16_graph
from livespot.inference.plan_cache import Cached, PlanCache, PlanKey
from livespot.inference.precisions import GpuPrecision
from livespot.inference.sidecar import Sidecar, read_engine
from livespot.inference.tensorrt_build import (
    PROFILE_TEXT,
    BuildError,
    Progress,
    build_plan,
    go_on,
)
from livespot.inference.tensorrt_library import TensorRT
from livespot.inference.tensorrt_runner import PlanRefusedError, TensorRTRunner


@dataclass(frozen=True, slots=True)
class PlanMaker:
    """All that it takes to make one engine's plan and run it.

    Attributes
    ----------
    path : Path
        Of the .onnx file.
    library : TensorRT
    torch : module
        With CUDA.
    precision : "fp32" or "fp16"
    cache : PlanCache
    clock : callable
        Seconds, for the time a build took.
    """

    path: Path
    library: TensorRT
    torch: Any
    precision: GpuPrecision
    cache: PlanCache
    clock: Callable[[], float] = time.perf_counter

    def open(self, reason: str, progress: Progress = go_on, anew: bool = False) -> TensorRTRunner:
        """The runner; its description says where the plan came from.

        Parameters
        ----------
        reason : str
            Why TensorRT was chosen.
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

        def waiting() -> bool:
            return progress(0.0, "waiting for another livespot that builds this plan")

        with locked(self.cache.lock_path(key), waiting) as held:
            if not held and not progress(0.0, "building the TensorRT plan"):
                raise BuildError("TensorRT: the build was stopped")
            found = Cached(None, "it was asked for") if anew else self.cache.load(key)
            why = found.reason
            if found.plan is not None:
                try:
                    return self._load(sidecar, found.plan, f"{reason}; plan from the cache")
                except PlanRefusedError as error:
                    why = str(error)
            self.cache.remove(key)
            plan, not_kept = self._build(key, graph, sidecar, progress)
            notes = (reason, f"plan built now, since {why}" if why else "plan built now", not_kept)
            try:
                return self._load(sidecar, plan, "; ".join(note for note in notes if note))
            except PlanRefusedError:
                self.cache.remove(key)  # a second build would end the same way
                raise

    def is_ready(self) -> tuple[bool, str]:
        """Whether the cache holds a checked plan; when not, why, in words."""
        graph, _ = self._graph()
        found = self.cache.load(self._key(graph))
        return found.plan is not None, found.reason or "no plan for this GPU yet"

    def _build(self, key: PlanKey, graph: bytes, sidecar: Sidecar, progress: Progress) -> tuple[bytes, str]:
        began = self.clock()
        timing = self.cache.load_timing(key)
        built = build_plan(self.library.trt, graph, sidecar, timing, progress)
        not_kept = self.cache.store(key, built.plan, {"build_s": round(self.clock() - began, 1)})
        if built.timing:
            self.cache.store_timing(key, built.timing)
        return built.plan, not_kept

    def _load(self, sidecar: Sidecar, plan: bytes, reason: str) -> TensorRTRunner:
        return TensorRTRunner(self.path, sidecar, plan, self.library, self.torch, self.precision, reason)

    def _graph(self) -> tuple[bytes, Sidecar]:
        graph, sidecar = read_engine(self.path)
        return (float16_graph(graph) if self.precision == "fp16" else graph), sidecar

    def _key(self, graph: bytes) -> PlanKey:
        device = self.library.device
        return PlanKey(
            engine=self.path.stem,
            onnx_sha256=hashlib.sha256(graph).hexdigest(),
            tensorrt=self.library.version,
            gpu=device.name,
            capability=device.capability,
            driver=device.driver,
            system=f"{platform.system()} {platform.machine()}",
            precision=self.precision,
            profiles=PROFILE_TEXT,
        )
