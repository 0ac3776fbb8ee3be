"""Eight floats at a time: what the flow kernels compute with.

The five coefficients of a pixel lie beside each other, padded to eight, so that one vector operation of the processor
handles a pixel. The compiler does not find that by itself: it must assume that two arrays overlap, and it does not join
scalars into vectors. Here it is told. A pixel is a tuple of eight float32 in a kernel, ``pixel[2]`` is its third
coefficient, and any tuple of eight float32 will do as an operand; on processors with narrower vectors an operation
becomes two or four.

Indices are not checked and never wrap around.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8

_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_LANES = types.UniTuple(types.float32, LANES)
_FAST = ("fast",)  # reordering and fused multiply-add are allowed, as in all kernels of this room


def _vector(builder: Any, pixel: Any) -> Any:
    vector = ir.Constant(_VECTOR, ir.Undefined)
    for lane in range(LANES):
        value = builder.extract_value(pixel, lane)
        vector = builder.insert_element(vector, value, ir.Constant(ir.IntType(32), lane))
    return vector


def _pixel(builder: Any, vector: Any) -> Any:
    pixel = ir.Constant(ir.ArrayType(_FLOAT, LANES), ir.Undefined)
    for lane in range(LANES):
        value = builder.extract_element(vector, ir.Constant(ir.IntType(32), lane))
        pixel = builder.insert_value(pixel, value, lane)
    return pixel


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


def _elementwise(emit: Callable[..., Any], operands: int) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _pixel(builder, emit(builder, *(_vector(builder, a) for a in args)))

    return _LANES(*[_LANES] * operands), codegen


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Eight floats of a contiguous float32 array from ``index`` on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _pixel(builder, builder.load(_address(context, builder, array, *args), align=4))

    return _LANES(array, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, array: Any, index: Any, pixel: Any) -> Any:
    """Write eight floats into a contiguous float32 array from ``index`` on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, array, args[0], args[1])
        builder.store(_vector(builder, args[2]), address, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _LANES), codegen


@intrinsic  # type: ignore[untyped-decorator]
def spread(typing_context: Any, value: Any) -> Any:
    """The same float in all lanes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return cgutils.pack_array(builder, [args[0]] * LANES)

    return _LANES(types.float32), codegen


@intrinsic  # type: ignore[untyped-decorator]
def add(typing_context: Any, a: Any, b: Any) -> Any:
    """Return a + b."""
    return _elementwise(lambda builder, x, y: builder.fadd(x, y, flags=_FAST), 2)


@intrinsic  # type: ignore[untyped-decorator]
def sub(typing_context: Any, a: Any, b: Any) -> Any:
    """Return a - b."""
    return _elementwise(lambda builder, x, y: builder.fsub(x, y, flags=_FAST), 2)


@intrinsic  # type: ignore[untyped-decorator]
def mul(typing_context: Any, a: Any, b: Any) -> Any:
    """Return a · b."""
    return _elementwise(lambda builder, x, y: builder.fmul(x, y, flags=_FAST), 2)


@intrinsic  # type: ignore[untyped-decorator]
def muladd(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a · b + c."""

    def emit(builder: Any, x: Any, y: Any, z: Any) -> Any:
        return builder.fadd(builder.fmul(x, y, flags=_FAST), z, flags=_FAST)

    return _elementwise(emit, 3)
