"""The reference page and the schema are those of the code, and what commands write and print is in them."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from capture_makers import encode_video

import livespot
from livespot.cli import main
from livespot.config import Config
from livespot.reference.columns import FEATURES, TABLES
from livespot.reference.docstrings import key_texts
from livespot.reference.events import EVENTS, schema_text
from livespot.reference.page import page
from livespot.reference.summary_keys import SOMETIMES, SUMMARY
from livespot.settings import keys_of

PACKAGE = Path(livespot.__file__).parent
SCHEMA = PACKAGE / "reference" / "events.schema.json"
STALE = "is not up to date: livespot docs --out livespot/REFERENCE.md; livespot docs --schema --out "


def test_the_page_and_the_schema_in_the_package_are_those_of_the_code(tmp_path, capsys):
    written = (PACKAGE / "REFERENCE.md").read_text(encoding="utf-8")
    assert written == page(), f"REFERENCE.md {STALE}livespot/reference/events.schema.json"
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), f"{SCHEMA.name} {STALE}{SCHEMA}"
    assert main(["docs"]) == 0
    assert capsys.readouterr().out == written
    assert main(["docs", "--schema", "--out", str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_bytes() == SCHEMA.read_bytes()
    assert main(["docs", "--out", str(tmp_path)]) == 3


def test_every_column_key_and_field_is_explained():
    for table in TABLES:
        assert all(table.meanings.get(column) for column in table.columns), table.name
    for section in dataclasses.fields(Config):
        kind = type(getattr(Config(), section.name))
        texts = key_texts(kind)
        assert set(texts) == set(keys_of(kind)) and all(texts.values()), kind.__name__
    assert all(field.text for event in EVENTS for field in event.fields)
    assert all(FEATURES.values()) and all(SUMMARY.values())


def printed_events() -> set[str]:
    """The names that the commands' sources give to ``"event"``."""
    names = set()
    for file in (PACKAGE / "commands").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                names |= {
                    ast.literal_eval(v)
                    for k, v in pairs
                    if isinstance(k, ast.Constant) and k.value == "event"
                }
    return names


def test_every_event_that_a_command_prints_is_explained_and_no_other():
    assert printed_events() == {event.name for event in EVENTS}


@pytest.fixture(scope="module")
def clip(tmp_path_factory, demo_images):
    folder = tmp_path_factory.mktemp("reference")
    return encode_video(folder / "clip.mkv", demo_images[:150], codec="ffv1", pixels="bgr0")


def check(value, schema: dict, where: str) -> None:
    """Structure by the keywords of JSON Schema that the file uses."""
    kinds = {
        "string": str, "number": (int, float), "integer": int, "boolean": bool, "object": dict, "array": list,
        "null": type(None),
    }  # fmt: skip
    if "const" in schema:
        assert value == schema["const"], where
        return
    allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    truth = isinstance(value, bool)
    assert any(isinstance(value, kinds[kind]) and truth == (kind == "boolean") for kind in allowed), (
        where,
        value,
    )
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value), where
        assert set(value) <= set(schema["properties"]), f"{where}: a key that the schema does not explain"
        for key, item in value.items():
            check(item, schema["properties"][key], f"{where}.{key}")


def check_lines(text: str) -> set[str]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    by_name = {one["title"]: one for one in schema["oneOf"]}
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        check(line, by_name[line["event"]], line["event"])
    try:
        import jsonschema
    except ImportError:
        pass
    else:
        validator = jsonschema.Draft202012Validator(schema)
        for line in lines:
            validator.validate(line)
    return {line["event"] for line in lines}


def test_what_spot_writes_and_prints_is_explained(clip, tmp_path, capsys):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    out = tmp_path / "out"
    assert main(["spot", str(bad), str(clip), "--out", str(out), "--features", "--json"]) == 3
    assert check_lines(capsys.readouterr().out) == {"error", "result"}
    summary = json.loads((out / "clip" / "summary.json").read_text(encoding="utf-8"))
    assert set(summary) <= set(SUMMARY)
    assert set(SUMMARY) - set(summary) <= SOMETIMES
    with np.load(out / "clip" / "features.npz") as arrays:
        assert set(arrays) == set(FEATURES)
    for table in TABLES:
        file = next(out.rglob(table.name))
        assert file.read_text(encoding="utf-8").splitlines()[0].split(",") == list(table.columns)


def test_what_a_run_and_a_replay_print_is_explained(clip, tmp_path, capsys):
    order = [
        "live",
        "--camera",
        str(clip),
        "--json",
        "--record",
        str(tmp_path),
        "--name",
        "one",
        "--consent",
        "c",
    ]
    assert main(order) == 0
    assert {"start", "frame", "recorded"} <= check_lines(capsys.readouterr().out)
    assert main(["replay", str(tmp_path / "one.livespot"), "--json"]) == 0
    assert {"frame", "end"} <= check_lines(capsys.readouterr().out)
