"""Each check against the failure that it looks for; the failures are put in place by monkeypatch."""

from __future__ import annotations

import builtins
import importlib
import json
import shutil
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from livespot import cli
from livespot.doctor import (
    Finding,
    Status,
    examination,
    examine,
    exit_code,
    libraries,
    packages,
    parts,
    system,
)
from livespot.doctor.requirement import Requirement
from livespot.errors import EngineError, InputError
from livespot.installation import shipped_files

CV = "opencv-contrib-python"


def only(findings: Iterable[Finding]) -> Finding:
    (finding,) = findings
    return finding


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_this_installation_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livespot.capture.list_cameras", list)
    findings = list(examine(lambda: ""))
    assert [f for f in findings if f.status is Status.PROBLEM] == []
    assert {"python", "numpy", "opencv", "face model", "flow kernels", "engine", "demo clip"} <= {
        f.check for f in findings
    }
    assert all(f.found for f in findings)
    assert all(bool(f.cure) is (f.status is not Status.OK) for f in findings)


# packages


def test_a_missing_package_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", raising(metadata.PackageNotFoundError("numba")))
    finding = packages.package(Requirement("numba", ((">=", "0.60"),)))
    assert finding == Finding("numba", Status.PROBLEM, "not installed", "pip install 'numba>=0.60'")


def test_a_version_that_is_too_new_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.1.0")
    finding = packages.package(Requirement("numpy", (("<", "2"), (">=", "1.26"))))
    assert finding.status is Status.PROBLEM
    assert "2.1.0" in finding.found and "<2" in finding.found
    assert finding.cure == "pip install 'numpy>=1.26,<2'"


def test_a_package_that_does_not_import_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib, "import_module", raising(OSError("broken\nwheel")))
    finding = packages.package(Requirement("numba", ()))
    assert finding.status is Status.PROBLEM
    assert "broken wheel" in finding.found and "--force-reinstall" in finding.cure


def test_a_missing_system_library_is_named_by_its_debian_package(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
    monkeypatch.setattr(importlib, "import_module", raising(lost))
    finding = packages.package(Requirement(CV, ()))
    assert finding.status is Status.PROBLEM and "apt install libgl1" in finding.cure
    assert packages.package(Requirement("pyqtgraph", ())).status is Status.WARNING


class Distribution:
    def __init__(self, name: str) -> None:
        self.metadata = {"Name": name}


@pytest.mark.parametrize("beside", ["opencv-python", "opencv_python_headless"])
def test_a_second_opencv_is_a_problem(monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    there = [Distribution(CV), Distribution(beside)]
    monkeypatch.setattr(metadata, "distributions", lambda: there)
    finding = only(packages.opencv())
    assert finding.status is Status.PROBLEM
    assert "pip uninstall -y opencv-contrib-python opencv-python" in finding.cure
    assert f"pip install '{CV}" in finding.cure


# livespot's own parts


def test_a_face_model_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "livespot.face.tracker.open_landmarkers", raising(RuntimeError("no such graph\nat all"))
    )
    finding = only(parts.face_model())
    assert (
        finding.status is Status.PROBLEM
        and "no such graph" in finding.found
        and "onnxruntime" in finding.cure
    )


def test_kernels_that_do_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livespot.flow.warm.warm_up", raising(RuntimeError("no locator available")))
    finding = only(parts.flow_kernels())
    assert finding.status is Status.PROBLEM and "NUMBA_CACHE_DIR" in finding.cure


def test_kernels_that_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("livespot.flow.warm.warm_up", lambda config: None)
    monkeypatch.setattr(parts, "kernel_folder", lambda: tmp_path / "not" / "there")
    monkeypatch.setattr(parts.os, "access", lambda *_: False)
    finding = only(parts.flow_kernels())
    assert finding.status is Status.WARNING and "NUMBA_CACHE_DIR" in finding.cure


def test_numba_tells_where_it_keeps_the_kernels() -> None:
    folder = parts.kernel_folder()
    assert folder is not None and folder.is_absolute()


def test_an_engine_that_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "livespot.inference.open_runner", raising(EngineError("engine x: expected sha256 12, got 34"))
    )
    finding = only(parts.engine())
    assert finding.status is Status.PROBLEM and "sha256" in finding.found
    assert exit_code([finding]) == 5


def test_an_engine_that_lost_its_8_bit_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = shipped_files.engine_path("spotformer")
    files = (whole.with_suffix(".json"), shipped_files.second_stage_path(whole), *whole.parent.glob("*.npz"))
    for file in (whole, *files):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(shipped_files, "shipped_dir", lambda kind: tmp_path)
    finding = only(parts.engine())
    assert finding.status is Status.WARNING and "spotformer.int8.onnx: cannot be read" in finding.found
    assert "install livespot again" in finding.cure and exit_code([finding]) == 0
    shutil.copy(shipped_files.int8_path(whole), tmp_path)
    assert only(parts.engine()).status is Status.OK


def test_what_the_engine_could_run_on_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from livespot.inference import choose

    made = [
        choose.Candidate(
            "tensorrt", True, False, False, "TensorRT 10 on a GPU; to be built: there is no plan"
        ),
        choose.Candidate("cuda", False, False, False, "no NVIDIA GPU"),
        choose.Candidate("onnx", True, True, True, "ONNX Runtime on the CPU"),
    ]
    monkeypatch.setattr(choose, "survey", lambda config: made)
    findings = list(parts.engine_backends())
    assert [f.check for f in findings] == ["engine on tensorrt", "engine on cuda", "engine on onnx"]
    assert all(f.status is Status.OK for f in findings)
    assert "livespot engine build" in findings[0].found and findings[1].found == "not here: no NVIDIA GPU"
    assert findings[2].found == "chosen: ONNX Runtime on the CPU"


def test_an_engine_that_gives_no_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    class Runner:
        def infer(self, window: object) -> object:
            return np.full(10, np.nan, np.float32)

        def close(self) -> None: ...

    monkeypatch.setattr("livespot.inference.open_runner", lambda config: Runner())
    assert "no probabilities" in only(parts.engine()).found


def test_a_lost_demo_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = raising(InputError("asset demo.mp4: missing"))
    monkeypatch.setattr("livespot.installation.shipped_files.asset_path", missing)
    assert only(parts.demo_clip()).status is Status.PROBLEM


# the system


@pytest.mark.parametrize("version", [(3, 10, 1), (3, 15, 0)])
def test_a_python_without_wheels(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    monkeypatch.setattr(system.sys, "version_info", version)
    assert only(system.python()).status is Status.PROBLEM


def test_a_32_bit_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.sys, "maxsize", 2**31 - 1)
    assert "64-bit" in only(system.python()).cure


def test_qt_pointed_to_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/x/cv2/qt/plugins")
    finding = only(system.qt_settings())
    assert finding.status is Status.PROBLEM and "QT_QPA_PLATFORM_PLUGIN_PATH" in finding.cure


def test_windows_that_nobody_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen:size=1")
    assert only(system.qt_settings()).status is Status.WARNING


def test_no_display_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(libraries, "missing", lambda wanted: [])
    finding = only(system.window(lambda: "no display"))
    assert finding.status is Status.WARNING and "--headless" in finding.cure


def test_a_display_without_the_libraries_of_qt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(libraries.sys, "platform", "linux")
    monkeypatch.setattr(libraries.ctypes, "CDLL", raising(OSError("not found")))
    finding = only(system.window(lambda: "Qt cannot open a window here"))
    assert finding.status is Status.PROBLEM
    assert "libegl1" in finding.cure and "libxcb-cursor0" in finding.cure


def test_a_display_that_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(libraries, "missing", lambda wanted: [])
    assert only(system.window(lambda: "Qt does not start")).status is Status.PROBLEM
    assert only(system.window(lambda: "")).status is Status.OK


def test_cameras_are_told_each(monkeypatch: pytest.MonkeyPatch) -> None:
    from livespot.capture import CameraListing

    there = [CameraListing(0, "Cam", "V4L2", 640, 480, 30.0), CameraListing(1, "Busy", "V4L2", 0, 0, 0.0)]
    monkeypatch.setattr("livespot.capture.list_cameras", lambda: there)
    first, second = system.cameras()
    assert first == Finding("camera 0", Status.OK, "Cam, 640×480 at 30 fps")
    assert second.status is Status.WARNING and second.cure
    monkeypatch.setattr("livespot.capture.list_cameras", list)
    assert only(system.cameras()).status is Status.WARNING


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.tempfile, "TemporaryFile", raising(PermissionError(13, "Permission denied")))
    finding = only(system.this_folder())
    assert finding.status is Status.WARNING and "Permission denied" in finding.found


# the whole


def test_a_check_that_crashes_is_a_problem_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Finding("b", Status.OK, "fine")
    monkeypatch.setattr(
        examination, "checks", lambda _: [("a", raising(ValueError("two\nlines"))), ("b", lambda: [good])]
    )
    first, second = examine(lambda: "")
    assert first.check == "a" and first.status is Status.PROBLEM
    assert first.found == "ValueError: two lines"
    assert second is good


def test_an_import_that_fails_inside_a_check_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "livespot.inference":
            raise ImportError("No module named 'onnxruntime'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    finding = only(examination.guarded("engine", parts.engine))
    assert "onnxruntime" in finding.found and exit_code([finding]) == 5


def test_exit_codes() -> None:
    ok, sick = Finding("a", Status.OK, ""), Finding("b", Status.PROBLEM, "", "")
    engine = Finding("engine", Status.PROBLEM, "", "")
    warned = Finding("c", Status.WARNING, "", "")
    assert [exit_code(f) for f in ([ok, warned], [ok, sick], [sick, engine])] == [0, 1, 5]


@pytest.mark.parametrize("status", list(Status))
def test_the_command_prints_a_line_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: Status
) -> None:
    cure = "" if status is Status.OK else "do this"
    monkeypatch.setattr(
        "livespot.commands.doctor.examine", lambda _: [Finding("thing", status, "found", cure)]
    )
    expected = 1 if status is Status.PROBLEM else 0
    assert cli.main(["doctor"]) == expected
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2
    assert out[0].startswith(status.value) and out[0].endswith("found" + (f" → {cure}" if cure else ""))
    assert cli.main(["doctor", "--json"]) == expected
    assert json.loads(capsys.readouterr().out) == {
        "check": "thing", "status": status.value, "found": "found", "cure": cure,
    }  # fmt: skip
