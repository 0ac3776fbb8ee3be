from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livespot.config import Config
from livespot.errors import InputError, OutputError
from livespot.interchange import read_features, read_summary, write_features, write_summary

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("archives")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=4).filter(lambda d: "\ud800" not in repr(d)))
def test_summary_survives_the_file(folder, summary):
    write_summary(folder / "summary.json", summary)
    assert read_summary(folder / "summary.json") == summary


def test_summary_is_sorted_and_knows_no_nan(tmp_path):
    summary = {
        "z": float("nan"), "a": np.float32(0.5), "b": np.array([1.0, np.inf]), "path": Path("x"),
        "c": (1, 2), "config": Config().as_dict(), "n": np.int64(3), "t": np.bool_(True),
    }  # fmt: skip
    write_summary(tmp_path / "s.json", summary)
    text = (tmp_path / "s.json").read_text()
    assert "NaN" not in text
    read = json.loads(text)
    assert list(read) == sorted(read)
    assert (read["z"], read["a"], read["b"], read["c"]) == (None, 0.5, [1.0, None], [1, 2])
    assert (read["path"], read["n"], read["t"]) == ("x", 3, True)
    assert read["config"]["spotting"]["max_overlap"] == 0.3


def test_summary_of_other_things_is_refused(tmp_path):
    with pytest.raises(TypeError, match="set"):
        write_summary(tmp_path / "s.json", {"a": {1, 2}})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not JSON"), ("[1]", "expected a JSON object, got list")]
)
def test_wrong_summary_is_named(tmp_path, text, message):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read_summary(tmp_path / "s.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_summary(tmp_path / "none.json")


@pytest.mark.parametrize("n", [0, 1, 5])
def test_features_survive_the_file_bit_for_bit(tmp_path, n):
    rng = np.random.default_rng(n)
    features = rng.normal(size=(n, 17, 10, 2)).astype(np.float32)
    features[n // 2 : n // 2 + 1] = np.nan
    frames, times_s = np.arange(n) * 7, np.arange(n) / 28.57
    write_features(tmp_path / "features.npz", features, frames, times_s)
    table = read_features(tmp_path / "features.npz")
    assert (table.features.dtype, table.frames.dtype, table.times_s.dtype) == (
        np.float32,
        np.int64,
        np.float64,
    )
    assert table.features.tobytes() == features.tobytes()
    assert table.frames.tolist() == frames.tolist()
    assert table.times_s.tobytes() == times_s.tobytes()
    assert [p.name for p in tmp_path.iterdir()] == ["features.npz"]


def test_features_say_of_which_regions_they_are(tmp_path):
    path = tmp_path / "features.npz"
    write_features(path, np.zeros((2, 17, 24, 2)), [0, 1], [0.0, 0.1], "face")
    assert read_features(path).regions == "face" and read_features(path).features.shape == (2, 17, 24, 2)
    np.savez(path, features=np.zeros((1, 17, 10, 2)), frames=np.zeros(1), times_s=np.zeros(1))
    assert read_features(path).regions == "paper"  # as files were before there were other layouts
    with pytest.raises(ValueError, match=r"expected features \(n, 17, 10, 2\)"):
        write_features(path, np.zeros((2, 17, 24, 2)), [0, 1], [0.0, 0.1])
    np.savez(path, features=np.zeros((1, 17, 9, 2)), frames=np.zeros(1), times_s=np.zeros(1), regions="hands")
    with pytest.raises(InputError, match="expected regions to be one of paper, face, got 'hands'"):
        read_features(path)


def test_wrong_features_are_refused(tmp_path):
    path = tmp_path / "features.npz"
    with pytest.raises(ValueError, match=r"\(n, 17, 10, 2\)"):
        write_features(path, np.zeros((2, 15, 10, 2)), [0, 1], [0.0, 0.1])
    with pytest.raises(InputError, match="cannot be read"):
        read_features(path)
    path.write_bytes(b"not an archive")
    with pytest.raises(InputError, match="no zip archive"):
        read_features(path)
    np.savez(path, features=np.zeros((1, 17, 10, 2)), frames=np.zeros(1))
    with pytest.raises(InputError, match="times_s is not a file"):
        read_features(path)
    np.savez(path, features=np.zeros((1, 15, 10, 2)), frames=np.zeros(1), times_s=np.zeros(1))
    with pytest.raises(InputError, match="expected features"):
        read_features(path)
    np.savez(path, features=np.array([{}], dtype=object), frames=np.zeros(1), times_s=np.zeros(1))
    with pytest.raises(InputError, match=r"is not a features\.npz"):
        read_features(path)
    whole = tmp_path / "whole.npz"
    write_features(whole, np.ones((3, 17, 10, 2)), [0, 1, 2], [0.0, 0.1, 0.2])
    damaged = bytearray(whole.read_bytes())
    damaged[500] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"is not a features\.npz"):
        read_features(path)


def test_target_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose a folder"):
        write_summary(tmp_path / "file" / "summary.json", {})
    with pytest.raises(OutputError, match="choose a folder"):
        write_features(tmp_path / "file" / "features.npz", np.zeros((0, 17, 10, 2)), [], [])
