"""The short version of the kill harness: a few recordings ended by SIGKILL at random moments."""

from __future__ import annotations

import pytest
from kill_harness import one_kill, report


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_recording_opens_with_all_but_the_last_second(seed, monkeypatch):
    result = one_kill(seed, longest_s=1.5)
    assert "error" not in result, result
    assert result["opened"] and result["markers_lost"] == 0 and result["late"] == [], result
    assert report([result])["failures"] == []
