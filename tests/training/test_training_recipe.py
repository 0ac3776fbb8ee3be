"""The shipped recipe, and an engine from a recipe's call."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from livespot.commands import train
from livespot.errors import InputError, UsageError
from livespot.training.recipe import read_recipe, stills_of

SHIPPED = Path(__file__).parents[2] / "engines" / "spotformer.recipe.toml"


def test_the_shipped_recipe_names_what_the_engine_was_made_of() -> None:
    recipe = read_recipe(SHIPPED)
    sidecar = json.loads(SHIPPED.with_name("spotformer.json").read_text(encoding="utf-8"))
    networks = {table["name"]: table for table in recipe.tables["networks"]}
    trained = sidecar["training"]["config"]
    assert networks[recipe.engine].items() <= trained.items()
    assert recipe.split_sha256 == sidecar["training"]["split_sha256"]
    assert recipe.look_ahead == sidecar["second_stage"]["look_ahead_frames"]
    assert {one.side for one in recipe.rendered} == {"training", "validation"}
    assert not [one for one in recipe.rendered if one.side == "training" and one.renderer == "c"]


def small_recipe(folder: Path) -> tuple[Path, Path]:
    """A recipe of two people, and the folder of faces in which they lie."""
    faces = folder / "faces" / "deep"
    faces.mkdir(parents=True)
    rows = []
    for person, kind, content in (("P1", "still", "neutral"), ("P2", "clip", "talking")):
        path = faces / f"{person}.bin"
        path.write_bytes(person.encode())
        digest = hashlib.sha256(person.encode()).hexdigest()
        rows.append({"person": person, "kind": kind, "content": content, "sha256": digest})
    people = {"training": ["P1"], "validation": ["P2"], "test": []}
    (folder / "split.json").write_text(json.dumps({"people": people, "files": rows}))
    header = "video,person,onset_frame,apex_frame,offset_frame,type,expression,au,visibility,note\n"
    (folder / "marks.csv").write_text(header + "P2,P2,5,9,30,MaE,smile,12,clear,\n", encoding="utf-8")
    text = """
        call = {}
        mix = {}
        networks = [{ name = "one" }]
        [data]
        split = "split.json"
        marks = "marks.csv"
        [engine]
        name = "one"
        [[rendered]]
        name = "t"
        side = "training"
        seed = 1
        clips = 2
    """
    (folder / "r.toml").write_text(text, encoding="utf-8")
    return folder / "r.toml", folder / "faces"


def test_faces_are_found_by_their_content(tmp_path: Path) -> None:
    path, faces = small_recipe(tmp_path)
    recipe = read_recipe(path)
    files = recipe.files(faces)
    assert [source.person for source in stills_of(files["training"])] == ["P1"]
    (clip,) = recipe.real_clips(files["validation"])
    assert clip.kind == "real talking" and [(mark.onset, mark.offset) for mark in clip.truth] == [(5, 30)]
    (faces / "deep" / "P2.bin").write_bytes(b"another")
    with pytest.raises(InputError, match="1 files of the split are missing"):
        recipe.files(faces)


def test_a_recipe_that_lacks_something_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("[data]\n", encoding="utf-8")
    with pytest.raises(InputError, match="KeyError"):
        read_recipe(tmp_path / "r.toml")


def test_a_recipe_wants_one_folder(tmp_path: Path) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = parser.parse_args(["one", "two", "--recipe", str(SHIPPED), "--out", str(tmp_path / "out")])
    with pytest.raises(UsageError, match="expects one folder"):
        train.run(options)
