"""The split by person: nobody is on two sides, and the marks by eye belong to people of a known side."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FACES = ROOT.parent / "shared" / "faces"
SIDES = ("training", "validation", "test", "unused")


@pytest.fixture(scope="module")
def split() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "engines" / "split.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def side(split: dict[str, Any]) -> dict[str, str]:
    return {person: side for side, people in split["people"].items() for person in people}


def test_nobody_is_on_two_sides(split: dict[str, Any], side: dict[str, str]) -> None:
    assert set(split["people"]) == set(SIDES)
    assert sum(len(people) for people in split["people"].values()) == len(side)
    for one, other in split["same_person"].items():
        assert side[one] == side[other], f"{one} and {other} are one person"
    assert {side[person] for person in split["seen"]} == {"test"}


def test_every_file_has_a_person_and_no_file_is_named_twice(
    split: dict[str, Any], side: dict[str, str]
) -> None:
    assert all(file["person"] in side for file in split["files"])
    digests = [file["sha256"] for file in split["files"]]
    assert len(set(digests)) == len(digests)
    for kind in ("still", "clip"):
        for name in ("training", "validation", "test"):
            assert any(f["kind"] == kind and side[f["person"]] == name for f in split["files"])


def test_marked_expressions_belong_to_people_of_a_side(side: dict[str, str]) -> None:
    for table in ("visible_expressions.csv", "visible_spans.csv"):
        with (Path(__file__).parent / table).open(encoding="utf-8") as file:
            people = {row["person"] for row in csv.DictReader(file)}
        assert {side[person] for person in people} == {"training", "validation", "test"}


def test_the_files_at_hand_are_those_of_the_split(split: dict[str, Any]) -> None:
    if not FACES.is_dir():
        pytest.skip("the faces are not part of the repository")
    known = {file["sha256"] for file in split["files"]}
    there = [path for folder in ("stills", "videos") for path in (FACES / folder).iterdir()]
    assert there
    for path in there:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in known, path.name
