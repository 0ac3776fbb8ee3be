"""Every key of every table has a type and a range, and both are held wherever a configuration is made."""

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pytest

from livespot.config import Config, SpottingConfig, StreamConfig
from livespot.config_file import config_from_dict, load_config
from livespot.errors import ConfigError
from livespot.settings import keys_of

TABLES = {item.name: item.default_factory for item in dataclasses.fields(Config)}
KEYS = [(table, key) for table, made in TABLES.items() for key in keys_of(made)]
NUMBERS = [(table, key) for table, key in KEYS if keys_of(TABLES[table])[key].range is not None]

# What else has to move so that one key alone can stand at its end.
PARTNERS = {
    "reconnect_first_s": "reconnect_max_s",
    "me_minimum_frames": "me_average_frames",
    "mae_minimum_frames": "mae_average_frames",
}
PARTNERS |= {partner: key for key, partner in PARTNERS.items()}


def known(table, key):
    return keys_of(TABLES[table])[key]


def made(table, key, value, with_partner=False):
    """The value of a key once through a file's dictionary; the same through the class must agree."""
    values = {key: value}
    if with_partner and key in PARTNERS:
        values[PARTNERS[key]] = value
    by_file = getattr(getattr(config_from_dict({table: dict(values)}), table), key)
    by_class = getattr(getattr(Config(**{table: TABLES[table](**values)}), table), key)
    assert by_file == by_class and type(by_file) is type(by_class)
    return by_file


def refused(table, key, value):
    for make in (
        lambda: config_from_dict({table: {key: value}}),
        lambda: TABLES[table](**{key: value}),
        lambda: dataclasses.replace(TABLES[table](), **{key: value}),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        text = str(caught.value)
        assert f"{table}.{key}: expected {known(table, key).expected}, got {value!r}" in text
        assert "\n" not in text


def test_tables_have_their_own_names_and_no_other_fields():
    for name, made_by in TABLES.items():
        assert made_by.table == name
        assert list(keys_of(made_by)) == [item.name for item in dataclasses.fields(made_by)]


@pytest.mark.parametrize(("table", "key"), NUMBERS)
def test_both_ends_are_allowed_and_what_lies_outside_is_refused(table, key):
    kind, limits = known(table, key).kind, known(table, key).range
    step = 1 if kind is int else 1e-6 * max(abs(limits.low), 1.0)
    low = kind(limits.low)
    high = kind(limits.high) if not limits.below else math.nextafter(limits.high, limits.low)
    for value in (low, high):
        found = made(table, key, value, with_partner=True)
        assert found == value and type(found) is kind
    refused(table, key, kind(limits.low) - step)
    refused(table, key, limits.high if limits.below else kind(limits.high) + step)
    for value in (math.nan, math.inf, -math.inf, "8", True, [8]):
        refused(table, key, value)
    if kind is int:
        refused(table, key, low + 0.5)


@pytest.mark.parametrize(("table", "key"), [pair for pair in KEYS if pair not in NUMBERS])
def test_keys_that_are_no_numbers(table, key):
    expected = known(table, key)
    for value in (1, 0.5, None, []):
        if not (value is None and expected.optional):
            refused(table, key, value)
    if expected.kind is bool:
        assert made(table, key, True) is True
        refused(table, key, "true")
    elif expected.values:
        for value in expected.values:
            assert made(table, key, value) == value
        refused(table, key, "no such value")
    else:
        refused(table, key, "")


def test_only_unset_thresholds_may_be_none():
    optional = {(table, key) for table, key in KEYS if known(table, key).optional}
    assert optional == {
        ("spotting", key)
        for key in (
            *("me_apex_threshold", "mae_apex_threshold", "me_min_score", "mae_min_score"),
            "alarms_a_minute",
        )
    }


def test_equal_settings_are_equal_however_their_numbers_were_written():
    whole, numpy = SpottingConfig(me_average_frames=16), SpottingConfig(me_average_frames=np.float32(16.0))
    assert whole == numpy == SpottingConfig() and type(whole.me_average_frames) is float
    assert type(StreamConfig(queue_frames=np.int64(8)).queue_frames) is int
    assert type(StreamConfig(queue_frames=8.0).queue_frames) is int


@pytest.mark.parametrize(
    ("table", "values", "said"),
    [
        ("spotting", {"mae_minimum_frames": 90.0}, "spotting.mae_minimum_frames: expected at most"),
        ("spotting", {"me_average_frames": 4}, "spotting.me_minimum_frames: expected at most"),
        ("capture", {"reconnect_first_s": 9.0}, "capture.reconnect_first_s: expected at most"),
    ],
)
def test_values_that_contradict_each_other_are_refused(table, values, said):
    with pytest.raises(ConfigError, match=said):
        config_from_dict({table: values})


def test_a_dictionary_instead_of_a_table_is_refused():
    with pytest.raises(ConfigError, match=r"stream: expected a StreamConfig, got \{'queue_frames': 8\}"):
        Config(stream={"queue_frames": 8})


def test_an_error_names_the_file_the_key_the_range_and_the_value(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[stream]\nqueue_frames = 0\n")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert str(caught.value) == (
        f"configuration {file}: stream.queue_frames: expected a whole number from 1 to 1000, got 0"
    )


@pytest.mark.parametrize(
    "command", [("live", "--camera", "demo", "--headless"), ("spot", "nothing.mp4", "--out", "o")]
)
def test_a_command_ends_with_2_before_anything_is_opened(tmp_path, command):
    (tmp_path / "mine.toml").write_text("[stream]\nqueue_frames = 0\n")
    done = subprocess.run(
        [sys.executable, "-m", "livespot", *command, "--config", "mine.toml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "livespot: configuration mine.toml: stream.queue_frames: expected a whole number from 1 to 1000, got 0\n"
    )
