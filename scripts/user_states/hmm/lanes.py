"""A vector type of eight numbers, for functions that numba compiles.

numba cannot prove that two arrays do not overlap, so it does not vectorise a short loop
over their last axis. Here the vector is explicit: `load(a, (i, j))` is the eight
numbers `a[i, j, :]`, arithmetic and comparisons act on all eight, and `store` writes
them back. LLVM compiles each to one instruction, or to two or four on processors with
narrower registers.

This works inside compiled functions only, and bounds are not checked.
"""

from __future__ import annotations

import hashlib
import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.extending import intrinsic, lower_builtin, type_callable
from numba.np.arrayobj import make_array

from user_states.hmm.arrays import FloatArray

WIDTH = 8

_INT32, _INT64 = ir.IntType(32), ir.IntType(64)
_DOUBLES = ir.VectorType(ir.DoubleType(), WIDTH)
_INTEGERS = ir.VectorType(_INT64, WIDTH)
_BITS = ir.VectorType(ir.IntType(1), WIDTH)
# Arrays begin at a multiple of this many bytes, so that no load of eight numbers
# touches two cache lines. That saves a third of the time of an EM iteration.
_ALIGNMENT = 64


class Lanes(types.Type):
    """The type of eight doubles."""


class Mask(types.Type):
    """The type of eight truth values."""


_lanes, _mask = Lanes("Lanes"), Mask("Mask")


@register_default(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _DOUBLES)


@register_default(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _BITS)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function at its first call, without the GIL, and keep the result.

    The compiled code is cached on disk in a folder whose name changes with this file,
    because numba itself only checks the file of the function. If no folder is
    writable, each process compiles again.
    """
    options = {"nogil": True, "error_model": "numpy"}
    source = Path(__file__)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(source.parent / "__pycache__" / f"lanes-{digest}")
    kernel: Callable[..., Any]
    try:
        kernel = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        kernel = numba.njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = before
    return kernel


def aligned_zeros(*shapes: tuple[int, ...]) -> tuple[FloatArray, ...]:
    """Return arrays of zeros for `load` and `store`; their last axis has length 8.

    They share one block, which takes as long to allocate as one array.
    """
    sizes = [math.prod(shape) for shape in shapes]
    raw = np.zeros(8 * sum(sizes) + _ALIGNMENT, dtype=np.uint8)
    first = -raw.ctypes.data % _ALIGNMENT
    block = raw[first : first + 8 * sum(sizes)].view(np.float64)
    arrays, start = [], 0
    for shape, size in zip(shapes, sizes, strict=True):
        arrays.append(block[start : start + size].reshape(shape))
        start += size
    return tuple(arrays)


def _define_operator(function: Any, result: types.Type, emit: Any) -> None:
    """Define a Python operator for two vectors."""

    @type_callable(function)
    def type_of(context: Any) -> Any:
        def typer(a: Any, b: Any) -> Any:
            return result if a == _lanes and b == _lanes else None

        return typer

    @lower_builtin(function, _lanes, _lanes)
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return emit(builder, *args)


_define_operator(operator.add, _lanes, lambda builder, a, b: builder.fadd(a, b))
_define_operator(operator.sub, _lanes, lambda builder, a, b: builder.fsub(a, b))
_define_operator(operator.mul, _lanes, lambda builder, a, b: builder.fmul(a, b))
_define_operator(operator.truediv, _lanes, lambda builder, a, b: builder.fdiv(a, b))
_define_operator(
    operator.gt, _mask, lambda builder, a, b: builder.fcmp_ordered(">", a, b)
)
_define_operator(
    operator.lt, _mask, lambda builder, a, b: builder.fcmp_ordered("<", a, b)
)


def _address(context: Any, builder: Any, types_: Any, args: Any) -> Any:
    """Return the address of `array[index]` as a pointer to a vector."""
    array = make_array(types_[0])(context, builder, args[0])
    index = cgutils.unpack_tuple(builder, args[1], len(types_[1]))
    pointer = cgutils.get_item_pointer(
        context,
        builder,
        types_[0],
        array,
        [*index, ir.Constant(_INT64, 0)],
        wraparound=False,
        boundscheck=False,
    )
    return builder.bitcast(pointer, _DOUBLES.as_pointer())


@intrinsic
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Return the eight numbers `array[index]`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args, args)
        return builder.load(address, align=8)

    return _lanes(array, index), generate


@intrinsic
def gather(typing_context: Any, array: Any, starts: Any, offset: Any) -> Any:
    """Return the eight numbers `array[starts + offset]`; both arrays are contiguous."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        numbers, firsts = (
            make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args[:2], args[:2], strict=True)
        )
        result = ir.Constant(_DOUBLES, ir.Undefined)
        for lane in range(WIDTH):
            first = builder.load(builder.gep(firsts, [ir.Constant(_INT64, lane)]))
            place = builder.gep(numbers, [builder.add(first, args[2])])
            at = ir.Constant(_INT32, lane)
            result = builder.insert_element(result, builder.load(place), at)
        return result

    return _lanes(array, starts, offset), generate


@intrinsic
def store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Set the eight numbers `array[index]`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = _address(context, builder, signature.args, args)
        builder.store(args[2], address, align=8)
        return context.get_dummy_value()

    return types.void(array, index, value), generate


@intrinsic
def spread(typing_context: Any, number: Any) -> Any:
    """Return a vector of one number, repeated."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined = ir.Constant(_DOUBLES, ir.Undefined)
        first = builder.insert_element(undefined, args[0], ir.Constant(_INT32, 0))
        zeros = ir.Constant(ir.VectorType(_INT32, WIDTH), None)
        return builder.shuffle_vector(first, undefined, zeros)

    return _lanes(types.float64), generate


@intrinsic
def multiply_add(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once if the processor can."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(_DOUBLES, [_DOUBLES] * 3),
            f"llvm.fmuladd.v{WIDTH}f64",
        )
        return builder.call(function, args)

    return _lanes(a, b, c), generate


@intrinsic
def choose(typing_context: Any, mask: Any, a: Any, b: Any) -> Any:
    """Return a where the mask is true, b elsewhere."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return _lanes(mask, a, b), generate


@intrinsic
def any_lane(typing_context: Any, mask: Any) -> Any:
    """Return whether any value of the mask is true."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(mask), generate


@intrinsic
def power_of_two(typing_context: Any, shifted: Any) -> Any:
    """Return 2**n, given n + 1.5 * 2**52, whose last bits are those of n."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _INTEGERS)
        exponents = builder.shl(bits, ir.Constant(_INTEGERS, [52] * WIDTH))
        one = ir.Constant(_INTEGERS, [1023 << 52] * WIDTH)
        return builder.bitcast(builder.add(exponents, one), _DOUBLES)

    return _lanes(shifted), generate
