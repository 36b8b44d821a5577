"""Products that are summed: an elementwise product and the sum over it as one contraction, which no row has to hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from lstmproof.kernels.simplify import every_reference
from lstmproof.program.expr import Apply, Ref
from lstmproof.program.nodes import Axes, Contract, Operand, Pointwise, Program
from lstmproof.program.passes import pruned


def fused(program: Program) -> Program:
    """`program` with each product of two values that only one contraction reads as two factors of that contraction.

    Of use backward: forward, an author's product is rounded as written before it is summed.
    """
    uses = Counter(name for node in program.nodes for name in every_reference(node))
    held = {output.value for output in (*program.outputs, *program.totals)} | {state.new for state in program.states}
    products = {
        node.out: product
        for node in program.nodes
        if isinstance(node, Pointwise) and uses[node.out] == 1 and node.out not in held
        if (product := as_contract(node, program.axes)) is not None
    }
    nodes = [_with_products(node, products) if isinstance(node, Contract) else node for node in program.nodes]
    return pruned(replace(program, nodes=tuple(nodes)))


def as_contract(node: Pointwise, axes: Mapping[str, Axes]) -> Contract | None:
    """An elementwise product of two values as a contraction that sums over nothing; None for anything else.

    An axis name that appears twice could line up in two ways, and is left alone.
    """
    match node.expr:
        case Apply("mul", (Ref(a), Ref(b))) if len(set(node.axes)) == len(node.axes):
            index = {axis: f"{axis}{at}" for at, axis in enumerate(node.axes)}
            factors = tuple(Operand(name, tuple(index[axis] for axis in axes[name])) for name in (a, b))
            if {i for factor in factors for i in factor.indices} == set(index.values()):
                return Contract(node.out, node.axes, tuple(index.values()), factors)
    return None


def _with_products(node: Contract, products: Mapping[str, Contract]) -> Contract:
    """`node` with factors that are products replaced by theirs, under the indices that `node` gives them."""
    factors: list[Operand] = []
    for factor in node.factors:
        product = products.get(factor.name)
        if product is None:
            factors.append(factor)
            continue
        index = dict(zip(product.indices, factor.indices, strict=True))
        factors += (replace(each, indices=tuple(index[i] for i in each.indices)) for each in product.factors)
    return replace(node, factors=tuple(factors))
