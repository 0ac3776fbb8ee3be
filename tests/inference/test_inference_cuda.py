from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from livespot.inference import cuda
from livespot.inference.cuda import NoGpu, Unavailable, find_cuda


class Driver:
    """libcuda's functions, with its return codes."""

    def __init__(self, starts: int = 0, devices: int = 1, answers: int = 0) -> None:
        self._starts, self._devices, self._answers = starts, devices, answers

    def cuInit(self, flags):
        return self._starts

    def cuDeviceGetCount(self, count):
        count._obj.value = self._devices
        return 0

    def cuDeviceGet(self, device, ordinal):
        return self._answers

    def cuDeviceGetName(self, name, size, device):
        name.value = b"NVIDIA Stand-in 1"
        return 0

    def cuDeviceGetAttribute(self, value, attribute, device):
        value._obj.value = {75: 8, 76: 6}[attribute]
        return 0

    def cuDriverGetVersion(self, version):
        version._obj.value = 13010
        return 0

    def cuGetErrorString(self, code, text):
        text._obj.value = b"unknown error" if code == 999 else None
        return 0


class Nvml:
    def nvmlInit_v2(self):
        return 0

    def nvmlSystemGetDriverVersion(self, text, size):
        text.value = b"580.65.06"
        return 0

    def nvmlShutdown(self):
        return 0


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(cuda.sys, "platform", "linux")


def loader(**libraries):
    def load(name: str):
        for part, library in libraries.items():
            if part in name:
                return library
        raise OSError(f"{name}: cannot open shared object file")

    return load


def test_the_first_gpu():
    device = find_cuda(loader(libcuda=Driver(), nvidia=Nvml()))
    assert (device.name, device.capability, device.driver) == ("NVIDIA Stand-in 1", "8.6", "580.65.06")
    assert find_cuda(loader(libcuda=Driver())).driver == "CUDA 13.1"


def test_no_driver():
    with pytest.raises(NoGpu, match=r"no NVIDIA driver here \(libcuda\.so\.1 is missing\)"):
        find_cuda(loader())


def test_no_gpu():
    with pytest.raises(NoGpu, match="sees no GPU"):
        find_cuda(loader(libcuda=Driver(devices=0)))


def test_macos(monkeypatch):
    monkeypatch.setattr(cuda.sys, "platform", "darwin")
    with pytest.raises(NoGpu, match="macOS"):
        find_cuda(loader(libcuda=Driver()))


@pytest.mark.parametrize(("code", "words"), [(999, "unknown error"), (803, "error 803")])
def test_a_driver_that_does_not_start(code, words):
    with pytest.raises(Unavailable, match=words) as caught:
        find_cuda(loader(libcuda=Driver(starts=code)))
    assert not isinstance(caught.value, NoGpu)


def test_a_gpu_that_does_not_answer():
    with pytest.raises(Unavailable, match="does not answer"):
        find_cuda(loader(libcuda=Driver(answers=101)))


def test_asking_this_machine_ends_well():
    try:
        assert find_cuda(ctypes.CDLL).name
    except Unavailable as error:
        assert str(error).startswith("CUDA: ")


def test_nothing_heavy_is_imported_to_open_the_room():
    script = (
        "import sys, livespot.inference, livespot.inference.choose;"
        "print([m for m in ('torch', 'onnx', 'onnxruntime', 'tensorrt') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
