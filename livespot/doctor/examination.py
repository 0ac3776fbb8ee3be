"""All checks in their order; one that crashes is itself a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from livespot.doctor import packages, parts, system
from livespot.doctor.finding import Finding, Status, problem
from livespot.errors import EngineError

Check = Callable[[], Iterable[Finding]]

ENGINE = "engine"


def examine(missing_display: Callable[[], str]) -> Iterator[Finding]:
    """Run every check and hand out what it finds as soon as it does.

    Parameters
    ----------
    missing_display : callable
        What keeps Qt from opening a window, in words; empty when nothing does.
    """
    for name, check in checks(missing_display):
        yield from guarded(name, check)


def checks(missing_display: Callable[[], str]) -> list[tuple[str, Check]]:
    """Name and function of every check; the name is used when the function cannot tell its own."""
    return [
        ("python", system.python),
        ("packages", packages.installed),
        ("opencv", packages.opencv),
        ("face model", parts.face_model),
        ("flow kernels", parts.flow_kernels),
        (ENGINE, parts.engine),
        ("engine backends", parts.engine_backends),
        ("demo clip", parts.demo_clip),
        ("qt settings", system.qt_settings),
        ("window", lambda: system.window(missing_display)),
        ("cameras", system.cameras),
        ("this folder", system.this_folder),
    ]


def guarded(name: str, check: Check) -> Iterator[Finding]:
    """Findings of one check, its crash as a problem."""
    try:
        yield from check()
    except Exception as error:
        text = " ".join(str(error).split()) or "no message"
        cure = "install livespot again in a new virtual environment; if it stays, report this line"
        yield problem(name, f"{type(error).__name__}: {text}", cure)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 without a problem, 5 when the engine cannot run, 1 for any other."""
    sick = [finding.check for finding in findings if finding.status is Status.PROBLEM]
    if not sick:
        return 0
    return EngineError.exit_code if ENGINE in sick else 1
