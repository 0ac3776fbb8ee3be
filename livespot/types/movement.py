"""What is said of the movement in an interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOVEMENT_NUMBERS = ("amplitude_px", "asymmetry", "onset_speed_px_s", "offset_speed_px_s")


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved in an interval; of movement alone, left and right being the person's own.

    Attributes
    ----------
    words : str
        Which parts of the face moved and which way from onset to apex, the strongest first.
    amplitude_px : float
        Largest displacement of a region from onset to apex, canonical px (outer eye corners 90 px apart).
    asymmetry : float
        (left − right) / (left + right) of the displacements of regions that have a twin: −1 right only, 1 left only.
    onset_speed_px_s : float
        Steepest rise before the apex, canonical px a second.
    offset_speed_px_s : float
        Steepest fall after the apex, canonical px a second.
    action_units : tuple of str
        Candidates, the strongest first: FACS numbers with ``L`` or ``R`` for one side, ``14/20`` where these two
        cannot be told apart.
    """

    words: str
    amplitude_px: float
    asymmetry: float
    onset_speed_px_s: float
    offset_speed_px_s: float
    action_units: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values by name, which JSON gives back with the same bits."""
        numbers = {name: float(getattr(self, name)) for name in _MOVEMENT_NUMBERS}
        return {"words": self.words, **numbers, "action_units": list(self.action_units)}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Movement:
        """Back from :meth:`as_dict`; raises KeyError, TypeError or ValueError where that makes no sense."""
        numbers = {name: float(value[name]) for name in _MOVEMENT_NUMBERS}
        if not all(math.isfinite(number) for number in numbers.values()):
            raise ValueError(f"a movement expects finite numbers, got {numbers}")
        return cls(words=str(value["words"]), **numbers, action_units=tuple(map(str, value["action_units"])))
