"""The version ranges of pyproject.toml, read from the installed package or from the checkout."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_CLAUSE = re.compile(r"(>=|<=|==|!=|<|>)\s*([0-9][0-9a-zA-Z.+!-]*)")
_MARKER = re.compile(r"python_version\s*(>=|<=|==|!=|<|>)\s*['\"]([0-9.]+)['\"]")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package and the versions that fit.

    Attributes
    ----------
    package : str
    clauses : tuple of (operator, version)
    """

    package: str
    clauses: tuple[tuple[str, str], ...]

    def fits(self, version: str) -> bool:
        """Whether a version lies within the range."""
        return all(compares(version, operator, bound) for operator, bound in self.clauses)

    @property
    def range(self) -> str:
        """As pip writes it, lower bound first."""
        return ",".join(operator + bound for operator, bound in sorted(self.clauses, reverse=True))

    def __str__(self) -> str:
        return self.package + self.range


def required() -> list[Requirement]:
    """What the core of livespot needs on this Python."""
    read = (parsed(text) for text in _texts())
    return [requirement for requirement in read if requirement is not None]


def parsed(text: str) -> Requirement | None:
    """One requirement; None when it belongs to an extra or to another Python."""
    wanted, _, marker = text.partition(";")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if "extra" in marker or not all(compares(here, *clause) for clause in _MARKER.findall(marker)):
        return None
    name = re.match(r"[A-Za-z0-9._-]+", wanted.strip())
    return None if name is None else Requirement(name[0], tuple(_CLAUSE.findall(wanted)))


def compares(version: str, operator: str, bound: str) -> bool:
    """Whether ``version operator bound`` holds, by the numbers of the release; 4.11 and 4.11.0 are equal."""
    left, right = _numbers(version), _numbers(bound)
    length = max(len(left), len(right))
    left += (0,) * (length - len(left))
    right += (0,) * (length - len(right))
    return {
        ">=": left >= right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        ">": left > right,
    }[operator]


def _numbers(version: str) -> tuple[int, ...]:
    release = re.match(r"[0-9]+(\.[0-9]+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def _texts() -> list[str]:
    if _CHECKOUT.is_file() and sys.version_info >= (3, 11):
        import tomllib

        project = tomllib.loads(_CHECKOUT.read_text(encoding="utf-8")).get("project", {})
        if project.get("name") == "livespot":
            return [str(text) for text in project["dependencies"]]
    return metadata.requires("livespot") or []
