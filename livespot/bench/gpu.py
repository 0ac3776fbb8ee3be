"""Measure and check the engines on a machine with a GPU: ``python -m livespot.bench.gpu --out gpu.json``.

Under eight minutes in all. Each section runs in a process of its own with a time limit, since a library may hang or
end its process, and the file is written anew after every figure: a run that is cut off keeps what it had. Exit: 0 when
every section ended and what could be compared agreed, 5 otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from livespot.bench import gpu_sections
from livespot.bench.gpu_sections import Bench, Tell
from livespot.errors import EngineError, LivespotError, OutputError
from livespot.inference.cuda import NoGpu
from livespot.inference.machine import Machine
from livespot.inference.plan_cache import write_whole

SECTIONS: dict[str, tuple[Callable[[Bench, Tell], None], float]] = {
    "device": (gpu_sections.device, 30.0),
    "cuda_graph": (gpu_sections.cuda_graph, 60.0),
    "tensorrt_rtx": (gpu_sections.tensorrt_rtx, 90.0),
    "tensorrt_rtx_portable_plan": (gpu_sections.portable_plan, 30.0),
    "tensorrt": (gpu_sections.tensorrt, 110.0),
    "demo_intervals": (gpu_sections.demo_intervals, 90.0),
    "fast_camera": (gpu_sections.fast_camera, 55.0),
    "batched_flow": (gpu_sections.batched_flow, 10.0),
}
"""Name, what it does, its limit in s; 475 s together."""

_LINE = "livespot.bench.gpu "
"""In front of each figure on a section's standard output, where libraries may print too."""


def run_section(name: str, bench: Bench, tell: Tell) -> dict[str, Any]:
    """Run one section in this process; how it ended: ``state`` is ``done``, ``no gpu`` or ``failed``."""
    try:
        SECTIONS[name][0](bench, tell)
    except NoGpu as error:
        return {"state": "no gpu", "reason": str(error)}
    except (LivespotError, RuntimeError, OSError) as error:
        return {"state": "failed", "reason": f"{type(error).__name__}: {error}"}
    return {"state": "done"}


def run_apart(
    command: Sequence[str], limit_s: float, on_line: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Run a section in a process of its own.

    Parameters
    ----------
    command : sequence of str
    limit_s : float
        The process is killed after so long.
    on_line : callable
        Gets each object that the section prints.

    Returns
    -------
    dict
        ``state`` and ``reason`` as :func:`run_section` gives them, or ``over its limit`` or ``crashed``.
    """
    ended: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, stop)
        timer.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if not line.startswith(_LINE):
                    continue
                with contextlib.suppress(ValueError):  # cut off while it was written
                    said = json.loads(line.removeprefix(_LINE))
                    if "state" in said:
                        ended = said
                    else:
                        on_line(said)
        finally:
            timer.cancel()
            timer.join()
        code = process.wait()
    if ended:
        return ended
    if late.is_set():
        return {"state": "over its limit", "reason": f"not done within {limit_s:.0f} s"}
    return {"state": "crashed", "reason": f"ended with code {code}"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all sections, or one in this process; see the module."""
    parser = argparse.ArgumentParser(prog="python -m livespot.bench.gpu", description=__doc__)
    parser.add_argument(
        "--out", metavar="FILE", default="gpu.json", help="figures as JSON (default: gpu.json)"
    )
    parser.add_argument("--model", metavar="NAME", default="spotformer", help="an engine's name or path")
    parser.add_argument(
        "--seconds", type=float, default=8.0, metavar="S", help="of each measurement of speed"
    )
    parser.add_argument("--only", choices=SECTIONS, nargs="+", metavar="SECTION", help="some sections")
    parser.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.section:
        bench = Bench(Machine(), options.model, options.seconds)
        _print(run_section(options.section, bench, lambda name, value: _print({name: value})))
        return 0
    try:
        return _all(options)
    except LivespotError as error:
        print(f"livespot.bench.gpu: {error}", file=sys.stderr)
        return error.exit_code


def _all(options: argparse.Namespace) -> int:
    out = Path(options.out)
    figures: dict[str, Any] = {"started": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "sections": {}}
    for name in options.only or SECTIONS:
        limit_s = SECTIONS[name][1]
        section: dict[str, Any] = {"state": "running"}
        figures["sections"][name] = section
        _write(out, figures)
        print(f"{name} (at most {limit_s:.0f} s)", file=sys.stderr, flush=True)

        def keep(said: dict[str, Any], section: dict[str, Any] = section) -> None:
            section.update(said)
            _write(out, figures)

        command = [sys.executable, "-m", "livespot.bench.gpu", "--section", name, "--model", options.model]
        began = time.monotonic()
        section |= run_apart([*command, "--seconds", str(options.seconds)], limit_s, keep)
        section["took_s"] = round(time.monotonic() - began, 1)
        _write(out, figures)
        print(
            f"  {section['state']}{': ' if 'reason' in section else ''}{section.get('reason', '')}",
            flush=True,
        )
    figures["passed"] = passed(figures["sections"])
    _write(out, figures)
    print(f"{'passed' if figures['passed'] else 'not passed'}; figures in {out}")
    return 0 if figures["passed"] else EngineError.exit_code


def passed(sections: dict[str, dict[str, Any]]) -> bool:
    """Whether every section ended and nothing that was compared differs; a backend that is missing is no fault."""
    compared = [
        value for section in sections.values() for value in section.values() if isinstance(value, dict)
    ]
    agree = all(
        one["parity"]["passed"] and one["parity"]["same_intervals"]
        if "parity" in one
        else one.get("same", True)
        for one in compared
    )
    return agree and all(section.get("state") == "done" for section in sections.values())


def _print(said: dict[str, Any]) -> None:
    print(f"{_LINE}{json.dumps(said)}", flush=True)


def _write(out: Path, figures: dict[str, Any]) -> None:
    try:
        write_whole(out, json.dumps(figures, indent=2).encode())
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}); give another --out") from error


if __name__ == "__main__":
    sys.exit(main())
