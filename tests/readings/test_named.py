"""Named axes: what lines up with what, and what a product sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstmproof.readings.named import (
    BATCH,
    DIRECTION,
    Axes,
    AxisError,
    NamedArray,
    dot_plan,
    negated,
    outer_plan,
    product_plan,
    sum_plan,
)


def array(axes: Axes, sizes: dict[str, int], seed: int = 0) -> NamedArray:
    shape = tuple(sizes[axis] for axis in axes)
    return NamedArray(np.random.default_rng(seed).normal(size=shape), axes)


SIZES = {"block": 2, "unit": 2, "hidden": 2, BATCH: 2, DIRECTION: 2}
"""All sizes equal: a wrong alignment has the right shape."""


def test_a_gate_of_blocks_multiplies_every_cell_of_its_block() -> None:
    gate, cells = array(("block",), SIZES), array((BATCH, "block", "unit"), SIZES, 1)
    for product in (gate * cells, cells * gate):
        assert product.axes == (BATCH, "block", "unit")
        np.testing.assert_array_equal(product.data, gate.data[None, :, None] * cells.data)


def test_a_value_per_unit_lines_up_with_the_last_axis() -> None:
    unit, cells = array(("unit",), SIZES), array(("block", "unit"), SIZES, 1)
    np.testing.assert_array_equal((unit + cells).data, unit.data[None, :] + cells.data)


def test_carried_axes_line_up_by_name_in_one_order() -> None:
    batched, moved = array((BATCH, "hidden"), SIZES), array((DIRECTION, "hidden"), SIZES, 1)
    difference = batched - moved
    assert difference.axes == (DIRECTION, BATCH, "hidden")
    np.testing.assert_array_equal(difference.data, batched.data[None] - moved.data[:, None])


def test_repeated_names_line_up_by_position_only() -> None:
    square = array(("hidden", "hidden"), SIZES)
    np.testing.assert_array_equal((square * square).data, square.data**2)
    with pytest.raises(AxisError, match="do not line up"):
        square * array(("hidden",), SIZES)


def test_axes_in_another_order_do_not_line_up() -> None:
    with pytest.raises(AxisError, match="do not line up"):
        array(("block", "unit"), SIZES) + array(("unit", "block"), SIZES)


@pytest.mark.parametrize(
    ("left", "right", "subscripts"),
    [
        (("hidden", "hidden"), (BATCH, "hidden"), "ab,zb->za"),
        ((BATCH, "hidden"), ("hidden", "hidden"), "za,ab->zb"),
        (("block", "unit", "block", "unit"), (BATCH, "block", "unit"), "abcd,zcd->zab"),
        ((BATCH, "block", "unit"), ("block", "unit", "block"), "zab,abc->zc"),
        ((DIRECTION, "block", "unit"), (BATCH, "unit"), "yab,zb->yza"),
        (("hidden",), (BATCH, "hidden"), "a,za->z"),
    ],
)
def test_a_product_sums_by_position(left: Axes, right: Axes, subscripts: str) -> None:
    a, b = array(left, SIZES), array(right, SIZES, 1)
    expected = np.einsum(subscripts, a.data, b.data)
    np.testing.assert_allclose(a.contract(product_plan(left, right), b).data, expected, rtol=1e-14)
    objects = [NamedArray(each.data.astype(object), each.axes) for each in (a, b)]
    found = objects[0].contract(product_plan(left, right), objects[1])
    np.testing.assert_allclose(found.data.astype(float), expected, rtol=1e-14)


def test_a_product_refuses_axes_of_another_name() -> None:
    with pytest.raises(AxisError, match="sums axes"):
        product_plan(("block", "unit"), ("block",))


def test_outer_dot_and_sums() -> None:
    a, b = array((BATCH, "hidden"), SIZES), array((BATCH, "hidden"), SIZES, 1)
    product = a.contract(outer_plan(a.axes, b.axes), b)
    assert product.axes == (BATCH, "hidden", "hidden")
    np.testing.assert_array_equal(product.data, np.einsum("zi,zj->zij", a.data, b.data))
    np.testing.assert_allclose(a.contract(dot_plan(a.axes, b.axes), b).data, (a.data * b.data).sum(axis=1))
    cells = array((BATCH, "block", "unit"), SIZES)
    assert cells.contract(sum_plan(cells.axes, "block")).axes == (BATCH, "unit")
    np.testing.assert_allclose(cells.contract(sum_plan(cells.axes, "block")).data, cells.data.sum(axis=1))
    np.testing.assert_allclose(cells.contract(sum_plan(cells.axes, None)).data, cells.data.sum(axis=(1, 2)))
    with pytest.raises(AxisError, match="dot of axes"):
        dot_plan(("block",), ("unit",))
    with pytest.raises(AxisError, match="sum over hidden"):
        sum_plan(("hidden", "hidden"), "hidden")


def test_objects_without_axes_stay_arrays() -> None:
    one: Any = NamedArray(np.array(3, dtype=object), ())
    for result in (one + one, -one, one**2, one.contract(sum_plan((), None))):
        assert result.data.shape == ()


def test_minus_is_right_where_elements_lie_64_bytes_apart() -> None:
    """NumPy 2.4.6's `negative` is not."""
    whole = np.arange(1.0, 17.0).reshape(2, 8)
    for data in (whole[:, :1], (whole + 1j)[:, ::4], whole[:, ::8].T):
        found = -NamedArray(data, ("a", "b"))
        np.testing.assert_array_equal(found.data, -1.0 * data.copy())
        np.testing.assert_array_equal(negated(data), -1.0 * data.copy())
