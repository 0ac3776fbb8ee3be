"""A PyTorch whose CUDA is the CPU: streams do nothing, and a captured graph is a tape that runs again at ``replay``.

As with the real one, a replay reads and writes the very memory that was captured.
"""

from __future__ import annotations

import contextlib
import types

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class _Tape(TorchDispatchMode):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def __torch_dispatch__(self, func, kinds, args=(), kwargs=None):
        kwargs = kwargs or {}
        made = func(*args, **kwargs)

        def again():
            anew = func(*args, **kwargs)
            for old, new in zip(_tensors(made), _tensors(anew), strict=True):
                if old.data_ptr() != new.data_ptr():
                    old.copy_(new)

        given = {t.untyped_storage().data_ptr() for t in _tensors([*args, *kwargs.values()])}
        if any(t.untyped_storage().data_ptr() not in given for t in _tensors(made)):  # a view needs no work
            self.steps.append(again)
        return made


def _tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for t in value if isinstance(t, torch.Tensor)] if isinstance(value, tuple | list) else []


class _Stream:
    cuda_stream = 4711

    def wait_stream(self, other):
        pass

    def synchronize(self):
        pass


class _Graph:
    def __init__(self):
        self.steps = []

    def replay(self):
        assert self.steps, "nothing was captured"
        with torch.no_grad():
            for step in self.steps:
                step()


def make_torch(capturing=None, available=True, fails=""):
    """The module ``torch``; ``capturing`` is the stack of tapes that the TensorRT stand-in looks at."""
    capturing = [] if capturing is None else capturing
    torch.set_num_threads(1)  # thousands of tiny operators

    @contextlib.contextmanager
    def graph(captured, stream, capture_error_mode):
        assert capture_error_mode == "thread_local"
        capturing.append(captured.steps)
        with _Tape(captured.steps):
            yield
        capturing.pop()

    @contextlib.contextmanager
    def in_stream(stream):
        if fails:
            raise RuntimeError(fails)
        yield

    def zeros(shape, pin_memory=False, device="cpu"):
        assert device in ("cpu", "cuda")
        return torch.zeros(shape)

    def tensor(values, dtype, device):
        return torch.tensor(values, dtype=dtype)

    fake = types.ModuleType("torch")
    fake.__getattr__ = lambda name: getattr(torch, name)
    fake.__version__ = "2.13.0 (stand-in)"
    fake.zeros = zeros
    fake.tensor = tensor
    fake.cuda = types.SimpleNamespace(
        is_available=lambda: available,
        Stream=_Stream,
        default_stream=_Stream,
        stream=in_stream,
        CUDAGraph=_Graph,
        graph=graph,
    )
    return fake
