"""Net inputs that the backward pass reads: whole on the tape, and only where nothing reads a part of them."""

from __future__ import annotations

import pytest

from lstmproof.kernels.layout import ProductCall
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.plan import Plan, plan
from lstmproof.readings.flow import Flow
from tests.calculus.scans import cell
from tests.kernels.test_random_cells import assert_kernel_agrees

WHOLE = """def whole(x, h, *, W, U, V, d, e):
    r = sigmoid(W @ x)
    h = tanh(r * (U @ h + V @ x - d + e))
    return h
"""
TWICE = """def twice(x, h, *, W, U, d):
    r = sigmoid(W @ x)
    h = r * (U @ h + d) + r ** 2 * tanh(U @ h + d)
    return h
"""
IN_PART = """def in_part(x, h, *, W, U, d):
    r = sigmoid(W @ x)
    s = r * (U @ h + d)
    h = s + r * (U @ h)
    return h
"""
HANDED_OUT = """def handed_out(x, h, *, W, U, d):
    r = sigmoid(W @ x)
    u = U @ h
    h = r * (u + d)
    return h, u
"""


def planned(text: str) -> Plan:
    return plan(cell(text).program)


@pytest.mark.parametrize("text", [WHOLE, TWICE])
def test_a_net_input_is_kept_with_its_biases_and_nothing_adds_them_again(text: str) -> None:
    found = planned(text)
    [product] = [call for call in found.forward.calls[Phase.LOOP] if isinstance(call, ProductCall)]
    [affine] = product.blocks
    assert affine.biases
    assert affine.out in found.forward.record_rows
    assert not {"d", "e"} & set(found.backward.fixed_rows)


@pytest.mark.parametrize("text", [IN_PART, HANDED_OUT])
def test_a_product_that_something_reads_by_itself_is_not(text: str) -> None:
    products = [call for call in planned(text).forward.calls[Phase.LOOP] if isinstance(call, ProductCall)]
    assert not any(affine.biases for call in products for affine in call.blocks)


@pytest.mark.parametrize("text", [WHOLE, TWICE, IN_PART, HANDED_OUT])
@pytest.mark.parametrize("flow", ["full", "truncated"])
def test_kernels_agree_with_the_interpreter(text: str, flow: Flow) -> None:
    assert_kernel_agrees(cell(text), 7, flow)
