"""Movements for tests of what stores and shows them."""

from __future__ import annotations

from hypothesis import strategies as st

from livespot.types import Movement

SMILE = Movement(
    "lip corners up and out, left more than right; cheeks up", 2.5, 0.12, 31.25, 17.75, ("L12", "6", "14/20")
)


def movements():
    """Movements or None, with numbers that JSON and CSV can hold."""
    reals = st.floats(-1e6, 1e6, allow_nan=False)
    units = st.lists(st.sampled_from(["1", "L12", "R14/20", "16/25/26/27"]), max_size=4).map(tuple)
    words = st.sampled_from([SMILE.words, "brows up", 'jaw dropped; "said, with commas"'])
    return st.none() | st.builds(Movement, words, reals, reals, reals, reals, units)
