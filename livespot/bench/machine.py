"""The machine that gives the figures."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from livespot.bench.figures import Machine
from livespot.installation.versions import versions


def this_machine() -> Machine:
    """Describe this machine; never raises."""
    found = versions()
    return Machine(
        processor=_processor(),
        cores=_cores(),
        system=found.pop("system"),
        python=found.pop("python"),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        versions=found,
    )


def core_s() -> float:
    """Processor time of this thread in s, so that other programs do not count; wall time on Windows.

    Windows counts it in steps of 16 ms, which is longer than what is to be measured.
    """
    return time.perf_counter() if sys.platform == "win32" else time.thread_time()


def resident_mb() -> float | None:
    """Memory that this process holds now, in MB (10^6 bytes); None where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def _cores() -> int:
    """Cores that this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        if sys.platform.startswith("linux"):
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
            named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
            if named:
                return named[0]
        if sys.platform == "darwin":
            asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
            told = subprocess.run(
                asked, capture_output=True, text=True, timeout=5, check=False
            ).stdout.strip()
            if told:
                return told
    except (OSError, subprocess.SubprocessError):
        pass
    return platform.processor() or platform.machine() or "unknown"
