"""``livespot doctor``: what is wrong with this installation, and the cure."""

from __future__ import annotations

import argparse
import dataclasses
import json

from livespot.doctor import Finding, Status, examine, exit_code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes to its parser."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(options: argparse.Namespace) -> int:
    """Print one line per check; 0 without a problem, 5 when the engine cannot run, 1 for any other."""
    findings = []
    for finding in examine(_missing_display):
        findings.append(finding)
        print(json.dumps(dataclasses.asdict(finding)) if options.json else _line(finding), flush=True)
    if not options.json:
        print(_summary(findings))
    return exit_code(findings)


def _missing_display() -> str:
    # Imported when its check runs: it needs the packages that were checked before.
    from livespot.commands.live import missing_display

    return missing_display()


def _line(finding: Finding) -> str:
    cure = f" → {finding.cure}" if finding.cure else ""
    return f"{finding.status.value:<8} {finding.check}: {finding.found}{cure}"


def _summary(findings: list[Finding]) -> str:
    counts = {status: sum(f.status is status for f in findings) for status in Status}
    told = ", ".join(_counted(status, count) for status, count in counts.items() if count)
    verdict = "livespot cannot run well here" if counts[Status.PROBLEM] else "livespot can run here"
    return f"{verdict}: {told}"


def _counted(status: Status, count: int) -> str:
    return f"{count} {status.value}{'s' if count > 1 and status is not Status.OK else ''}"
