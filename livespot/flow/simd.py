"""Eight floats at a time: what the flow kernels compute with.

The five coefficients of a pixel lie beside each other, padded to eight, so that one vector operation of the processor
handles a pixel. The compiler does not find that by itself: it must assume that any two arrays overlap. Here it is
told. In a kernel an *octet* is a value like a float; on processors with narrower vectors an operation becomes two or
four.

Indices are not checked and never wrap around.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

LANES = 8

_FLOAT = ir.FloatType()
_INT = ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_NOTHING = ir.Constant(_VECTOR, ir.Undefined)
_FAST = ("contract",)  # fused multiply-add is allowed


class _OctetType(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="octet")


_OCTET = _OctetType()


@register_model(_OctetType)
class _OctetModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, _VECTOR)


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Eight floats of a contiguous float32 array from ``index`` on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_address(context, builder, array, args[0], args[1]), align=4)

    return _OCTET(array, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, array: Any, index: Any, octet: Any) -> Any:
    """Write eight floats into a contiguous float32 array from ``index`` on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _address(context, builder, array, args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _OCTET), codegen


@intrinsic  # type: ignore[untyped-decorator]
def spread(typing_context: Any, value: Any) -> Any:
    """The same float in all lanes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        one = builder.insert_element(_NOTHING, args[0], ir.Constant(_INT, 0))
        return builder.shuffle_vector(one, _NOTHING, ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES))

    return _OCTET(types.float32), codegen


def constant(*values: float) -> Any:
    """Make a function that gives these eight floats."""

    @intrinsic  # type: ignore[untyped-decorator]
    def octet(typing_context: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return ir.Constant(_VECTOR, [ir.Constant(_FLOAT, float(v)) for v in values])

        return _OCTET(), codegen

    return octet


def pick(*lanes: int) -> Any:
    """Make a function that puts these lanes of an octet side by side; the rest is filled with its last lane."""
    order = [*lanes, *[LANES - 1] * (LANES - len(lanes))]

    @intrinsic  # type: ignore[untyped-decorator]
    def picked(typing_context: Any, octet: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.shuffle_vector(
                args[0], _NOTHING, ir.Constant(ir.VectorType(_INT, LANES), list(order))
            )

        return _OCTET(_OCTET), codegen

    return picked


def lane(number: int) -> Any:
    """Make a function that gives one lane of an octet as a float."""

    @intrinsic  # type: ignore[untyped-decorator]
    def value(typing_context: Any, octet: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.extract_element(args[0], ir.Constant(_INT, number))

        return types.float32(_OCTET), codegen

    return value


def _elementwise(emit: Callable[..., Any], operands: int) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return emit(builder, *args)

    return _OCTET(*[_OCTET] * operands), codegen


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
    return _elementwise(
        lambda builder, x, y, z: builder.fadd(builder.fmul(x, y, flags=_FAST), z, flags=_FAST), 3
    )


@intrinsic  # type: ignore[untyped-decorator]
def store_pixels(typing_context: Any, array: Any, index: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Write eight pixels of five coefficients, each followed by three zeros: ``a`` holds the first of all eight."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def join(x: Any, y: Any, order: list[int]) -> Any:
            return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_INT, LANES), order))

        rows = [*args[2:], *[ir.Constant(_VECTOR, [ir.Constant(_FLOAT, 0.0)] * LANES)] * 3]
        # A transposition in three rounds of pairs: single lanes, then twos, then fours.
        low, high = [0, 8, 1, 9, 4, 12, 5, 13], [2, 10, 3, 11, 6, 14, 7, 15]
        ones = [join(rows[i], rows[i + 1], order) for i in (0, 2, 4, 6) for order in (low, high)]
        low, high = [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]
        twos = [join(ones[i], ones[i + 2], order) for i in (0, 1, 4, 5) for order in (low, high)]
        low, high = [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]
        pixels = [join(twos[i], twos[i + 4], order) for order in (low, high) for i in range(4)]
        for number, pixel in enumerate(pixels):
            at = builder.add(args[1], ir.Constant(args[1].type, LANES * number))
            builder.store(pixel, _address(context, builder, array, args[0], at), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, *[_OCTET] * 5), codegen
