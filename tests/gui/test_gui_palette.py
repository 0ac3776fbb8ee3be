from __future__ import annotations

import itertools

import pytest

from livespot.gui.painting import clock
from livespot.gui.palette import MINIMUM_CONTRAST, PHASES, THEMES, Theme, contrast

THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
GROUNDS = ("window", "panel", "raised")
INKS = ("text", "muted", "me", "mae", "onset", "apex", "offset", "expression", "attention")


def test_contrast_of_known_pairs():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@THEME
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_every_text_is_readable(theme: Theme, ink: str, ground: str):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= MINIMUM_CONTRAST


@THEME
def test_the_primary_button_is_readable(theme: Theme):
    assert contrast(theme.action, theme.on_action) >= MINIMUM_CONTRAST
    assert contrast(theme.muted, theme.on_action) >= MINIMUM_CONTRAST  # while the mouse is over it


@THEME
def test_no_two_meanings_share_a_colour(theme: Theme):
    meanings = {what: theme.of(what) for what in ("ME", "MaE", *PHASES)} | {"attention": theme.attention}
    for (a, first), (b, second) in itertools.combinations(meanings.items(), 2):
        assert first != second, f"{a} and {b} look the same"


def test_a_colour_in_another_notation_is_refused():
    with pytest.raises(ValueError, match="#RRGGBB"):
        contrast("white", "#000000")


@pytest.mark.parametrize(
    ("time_s", "decimals", "words"),
    [
        (0, 0, "0:00"),
        (64.4, 0, "1:04"),
        (59.996, 2, "1:00.00"),
        (12.346, 2, "0:12.35"),
        (3664.5, 1, "1:01:04.5"),
    ],
)
def test_clock(time_s: float, decimals: int, words: str):
    assert clock(time_s, decimals) == words
