"""The stand-in has no attribute that the real bindings lack, in either generation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tensorrt_stand_in import make_tensorrt

REAL = json.loads((Path(__file__).parent / "tensorrt_attributes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", REAL)
def test_every_attribute_is_one_of_the_real_bindings(version):
    trt = make_tensorrt(version)
    for name, cls in vars(trt).items():
        if isinstance(cls, type):
            public = {a for a in dir(cls) if not a.startswith("_")} - set(dir(int))
            if not hasattr(cls, "__members__"):
                public -= {"num_errors", "num_io_tensors", "progress_monitor", "logger"}
            assert public <= set(REAL[version][name]), name


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("OnnxParser", "num_errors"),
        ("ICudaEngine", "num_io_tensors"),
        ("IBuilderConfig", "progress_monitor"),
        ("Builder", "logger"),
    ],
)
def test_attributes_that_are_set_when_it_is_made(name, attribute):
    assert all(attribute in REAL[version][name] for version in REAL)


def test_the_flags_that_are_gone_are_not_used():
    assert "FP16" in REAL["10.16.1.11"]["BuilderFlag"]
    assert "FP16" not in REAL["11.4.0.106"]["BuilderFlag"]
    assert not hasattr(make_tensorrt("10.16.1.11").BuilderFlag, "FP16")
