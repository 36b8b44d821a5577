"""Lowering: a simplified Program as instructions, phase by phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lstmproof.kernels.instructions import (
    Affine,
    Argument,
    Einsum,
    Fixed,
    Instruction,
    Literal,
    MatrixTerm,
    Ufunc,
)
from lstmproof.kernels.phases import Phase, latest_of, phases
from lstmproof.kernels.simplify import every_reference
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.build import Names
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size, references
from lstmproof.program.nodes import Axes, Contract, Pointwise, Program

_UFUNCS = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative"}
Signed = tuple[int, Expr]


@dataclass
class Lowered:
    """The instructions of a program, and what the planner must know of its values."""

    program: Program
    phase: dict[str, Phase]
    axes: dict[str, Axes]
    instructions: list[Instruction] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)
    same_row: dict[str, str] = field(default_factory=dict)
    """Values that take over the row of another, which nothing reads any more by then."""


def lower(program: Program, *, keep: Collection[str] = (), cotangents: Mapping[str, str] | None = None) -> Lowered:
    """Lower every node of `program`.

    Args:
        program: merged and inlined.
        keep: names that must be bound as they are, because another program reads them.
        cotangents: for an adjoint, the label of each input, which a caller may omit.
    """
    lowering = _Lowering(program, frozenset(keep), dict(cotangents or {}))
    for node in program.nodes:
        lowering.node(node)
    return lowering.result


def as_matrix_term(node: Contract, fixed: Callable[[str], bool]) -> MatrixTerm | None:
    """`node` as a fixed matrix times a vector whose every axis is summed; None if it is no such product."""
    if len(node.factors) != 2:
        return None
    first, second = node.factors
    if fixed(second.name):
        first, second = second, first
    if not fixed(first.name) or fixed(second.name):
        return None
    summed = set(second.indices)
    if summed & set(node.indices) or set(first.indices) != summed | set(node.indices):
        return None
    place = {index: at for at, index in enumerate(first.indices)}
    rows = tuple(place[index] for index in node.indices)
    return MatrixTerm(1, first.name, rows, tuple(place[index] for index in second.indices), second.name)


class _Lowering:
    """State of one lowering; the methods mirror the shapes of expressions."""

    def __init__(self, program: Program, keep: frozenset[str], cotangents: dict[str, str]) -> None:
        self.program = program
        self.cotangents = cotangents
        self.names = Names(program)
        self.result = Lowered(program, dict(phases(program)), dict(program.axes))
        self.uses = Counter(name for node in program.nodes for name in every_reference(node))
        new = {state.new for state in program.states}
        self.forced = set(keep) if cotangents else set(new)
        """Values whose row a product may not write, because it must lie elsewhere."""
        self.kept = set(keep) | {output.value for output in (*program.outputs, *program.totals)}
        self.bound = self.kept | new
        for node in program.nodes:
            if isinstance(node, Contract):
                self.bound |= set(node.operands)
                term = as_matrix_term(node, self._is_fixed)
                if term is not None:
                    self.forced.add(term.vector)
        self.products = {
            node.out: term
            for node in program.nodes
            if isinstance(node, Contract)
            and self.result.phase[node.out] > Phase.FIXED
            and (term := as_matrix_term(node, self._is_fixed)) is not None
        }
        self.affines: dict[tuple[object, ...], str] = {}
        self.late_uses = Counter(
            name for node in program.nodes if isinstance(node, Pointwise) for name in self._late_reads(node.expr)
        )

    def _is_fixed(self, name: str) -> bool:
        return self.result.phase[name] == Phase.FIXED

    def _phase(self, expr: Expr) -> Phase:
        return latest_of(self.result.phase, references(expr))

    def node(self, node: Pointwise | Contract) -> None:
        if self._is_fixed(node.out):
            self.result.fixed.append(Fixed(node.out, node.axes, node if isinstance(node, Contract) else node.expr))
        elif isinstance(node, Pointwise):
            self._into(node.out, node.axes, node.expr)
        elif node.out not in self.products:
            self.result.instructions.append(Einsum(self.result.phase[node.out], node.out, node))
        elif node.out in self.bound:
            self._bound_product(node.out, node.axes)

    def _bound_product(self, out: str, axes: Axes) -> None:
        """A product that others read by its name."""
        term = (1, self.products[out])
        if out not in self.forced:
            self._affine([term], [], out, self.result.phase[out])
        else:
            self._add_up(out, [(1, self._product([term], [], axes, out, alone=False))], last=True)

    def _value(self, wanted: str, axes: Axes, phase: Phase) -> str:
        """A new value."""
        name = self.names.fresh(wanted)
        self.result.axes[name] = axes
        self.result.phase[name] = phase
        return name

    def _emit(self, ufunc: str, out: str, *arguments: Argument, optional: str = "") -> None:
        """Append a ufunc. Not `negative`: NumPy 2.4 gets it wrong where rows lie 64 bytes apart; times -1 is exact."""
        if ufunc == "negative":
            ufunc, arguments = "multiply", (*arguments, Literal("-1"))
        self.result.instructions.append(Ufunc(self.result.phase[out], ufunc, out, arguments, optional))

    def _into(self, out: str, axes: Axes, expr: Expr) -> None:
        """Bind `out` to `expr`."""
        match expr:
            case Apply("add" | "sub", _) if self.cotangents or self._affine_parts(_signed_terms(expr), axes)[0]:
                self._sum_into(out, axes, _signed_terms(expr))
            case Apply("mul", (a, b)) if (split := self._coefficient(a, b, out)) is not None:
                self._scale_in_place(out, axes, *split)
            case Apply("pow", (base, Number(exponent))):
                self._power_into(out, axes, base, int(exponent))
            case Apply(function, arguments) if function in FUNCTIONS:
                self._function_into(out, axes, function, arguments)
            case Apply(function, arguments):
                self._emit(_UFUNCS[function], out, *(self._argument(a, axes, out) for a in arguments))
            case Ref(name) if name in self.products and name not in self.bound:
                self._sum_into(out, axes, [(1, expr)])
            case _:
                self._emit("positive", out, self._argument(expr, axes, out))

    def _argument(self, expr: Expr, axes: Axes, out: str) -> Argument:
        """`expr` as an operand of an instruction that binds `out`, computed in the earliest phase it can be."""
        match expr:
            case Number(value):
                return Literal(_decimal(value))
            case Size(axis):
                return Literal("", axis)
            case Ref(name) if name not in self.products or name in self.bound:
                return name
        phase = self._phase(expr)
        own = self._axes_of(expr, axes)
        if phase == Phase.FIXED:
            name = self._value(f"{out}.fixed", own, phase)
            self.result.fixed.append(Fixed(name, own, expr))
            return name
        target = self.result.phase[out]
        name = self._value(f"{out}.part", own, min(phase, target) if phase < Phase.LOOP else target)
        self._into(name, own, expr)
        return name

    def _axes_of(self, expr: Expr, axes: Axes) -> Axes:
        """Those of `axes` along which `expr` varies."""
        operands = [self.result.axes[name] for name in references(expr)]
        if axes in operands:
            return axes
        return tuple(axis for axis in axes if any(axis in own for own in operands))

    def _coefficient(self, a: Expr, b: Expr, out: str) -> tuple[Expr, Expr] | None:
        """For a product of the backward loop, the factor that is computed before the loop, and the other one."""
        if not self.cotangents or self.result.phase[out] != Phase.LOOP:
            return None
        for coefficient, other in ((a, b), (b, a)):
            if (
                self._phase(coefficient) == Phase.BEFORE
                and self._phase(other) == Phase.LOOP
                and self._is_free(coefficient)
            ):
                return coefficient, other
        return None

    def _is_free(self, coefficient: Expr) -> bool:
        """Whether the loop may overwrite a coefficient: none of the tape, and none that others read once it runs."""
        if not isinstance(coefficient, Ref):
            return True
        own = isinstance(self.program.node.get(coefficient.name), Pointwise)
        return own and self.late_uses[coefficient.name] == 1 and coefficient.name not in self.bound

    def _late_reads(self, expr: Expr) -> Iterator[str]:
        """Values from before the loop that `expr` reads once it runs, as they are."""
        if isinstance(expr, Ref) and self._phase(expr) <= Phase.BEFORE:
            yield expr.name
        elif isinstance(expr, Apply) and self._phase(expr) > Phase.BEFORE:
            for argument in expr.arguments:
                yield from self._late_reads(argument)

    def _scale_in_place(self, out: str, axes: Axes, coefficient: Expr, other: Expr) -> None:
        """Bind the coefficient, for all steps, in the row where the loop then leaves the product."""
        if isinstance(coefficient, Ref) and self.result.axes[coefficient.name] == axes:
            name = coefficient.name
        else:
            name = self._value(f"{out}.coefficient", axes, Phase.BEFORE)
            self._into(name, axes, coefficient)
        self.result.same_row[out] = name
        self._emit("multiply", out, name, self._argument(other, axes, out))

    def _power_into(self, out: str, axes: Axes, base: Expr, exponent: int) -> None:
        argument = self._argument(base, axes, out)
        match exponent:
            case 0:
                self._emit("positive", out, Literal("1"))
            case 1:
                self._emit("positive", out, argument)
            case 2:
                self._emit("multiply", out, argument, argument)
            case _:
                self._emit("power", out, argument, Literal(str(exponent)))

    def _function_into(self, out: str, axes: Axes, function: str, arguments: Sequence[Expr]) -> None:
        """A table function by its recipe: the first ufunc reads the arguments, the others work in place."""
        recipe = FUNCTIONS[function].ufuncs
        negated = recipe[0] == ("negative",)
        if negated and self._holds_product(arguments[0], axes):
            source: Argument = self._sum_of(arguments[0], axes, out, sign=-1)
            recipe = recipe[1:]
        elif negated and (opposite := _opposite(arguments[0])) is not None:
            self._into(out, axes, opposite)
            source, recipe = out, recipe[1:]
        elif self._holds_product(arguments[0], axes):
            source = self._sum_of(arguments[0], axes, out, sign=1)
        else:
            source = self._argument(arguments[0], axes, out)
        others = [self._argument(argument, axes, out) for argument in arguments[1:]]
        for ufunc, *literals in recipe:
            if ufunc == "reciprocal":
                self._emit("divide", out, Literal("1"), source)
            else:
                self._emit(ufunc, out, source, *others, *(Literal(text) for text in literals))
            source, others = out, []

    def _holds_product(self, expr: Expr, axes: Axes) -> bool:
        return bool(self._affine_parts(_signed_terms(expr), axes)[0])

    def _sum_of(self, expr: Expr, axes: Axes, out: str, *, sign: int) -> str:
        """A sum with matrix terms, or its negative, which costs no call, in the row of `out` if it may lie there."""
        target = out if out not in self.forced else self._value(f"{out}.part", axes, self.result.phase[out])
        self._sum_into(target, axes, [(sign * each, term) for each, term in _signed_terms(expr)])
        return target

    def _affine_parts(
        self, signed: Sequence[Signed], axes: Axes
    ) -> tuple[list[tuple[int, MatrixTerm]], list[tuple[int, str]], list[Signed]]:
        """A sum split into matrix terms of the axes `axes`, fixed biases of the same axes, and the rest."""
        terms: list[tuple[int, MatrixTerm]] = []
        biases: list[tuple[int, str]] = []
        rest: list[Signed] = []
        for sign, expr in signed:
            name = expr.name if isinstance(expr, Ref) else ""
            if name in self.products and name not in self.bound and self.result.axes[name] == axes:
                terms.append((sign, self.products[name]))
            elif name and self._is_fixed(name) and self.result.axes[name] == axes and axes:
                biases.append((sign, name))
            else:
                rest.append((sign, expr))
        if not terms:
            return [], [], list(signed)
        return terms, biases, rest

    def _affine_phase(self, terms: Sequence[tuple[int, MatrixTerm]], target: Phase) -> Phase:
        """The phase of an affine part that a value of phase `target` needs."""
        phase = latest_of(self.result.phase, (term.vector for _, term in terms))
        return target if phase >= Phase.LOOP else phase

    def _affine(
        self,
        terms: Sequence[tuple[int, MatrixTerm]],
        biases: Sequence[tuple[int, str]],
        out: str,
        phase: Phase,
    ) -> None:
        signed = tuple(MatrixTerm(sign, t.matrix, t.rows, t.columns, t.vector) for sign, t in terms)
        self.result.instructions.append(Affine(phase, out, signed, tuple(biases)))

    def _sum_into(self, out: str, axes: Axes, signed: list[Signed]) -> None:
        """A sum: matrix terms and biases as one product, the rest in order, cotangents that may be omitted last."""
        terms, biases, rest = self._affine_parts(signed, axes)
        optional = [term for term in rest if self._is_cotangent(term)]
        rest = [term for term in rest if term not in optional]
        if not rest and not terms:
            rest, optional = optional, []
        pending: list[tuple[int, Argument]] = []
        if terms:
            pending.append((1, self._product(terms, biases, axes, out, alone=not rest)))
        pending += [(sign, self._argument(expr, axes, out)) for sign, expr in rest]
        self._add_up(out, pending, last=not optional)
        for sign, expr in optional:
            assert isinstance(expr, Ref)
            ufunc = "add" if sign > 0 else "subtract"
            self._emit(ufunc, out, out, expr.name, optional=self.cotangents[expr.name])

    def _product(
        self,
        terms: Sequence[tuple[int, MatrixTerm]],
        biases: Sequence[tuple[int, str]],
        axes: Axes,
        out: str,
        *,
        alone: bool,
    ) -> str:
        """The value of the affine part of a sum: `out` where it may hold it, else a value that equal parts share."""
        target = self.result.phase[out]
        phase = self._affine_phase(terms, target)
        if alone and phase == target and out not in self.forced:
            self._affine(terms, biases, out, phase)
            return out
        key = (phase, tuple(terms), tuple(biases))
        if key not in self.affines:
            self.affines[key] = self._value(f"{out}.net", axes, phase)
            self._affine(terms, biases, self.affines[key], phase)
        return self.affines[key]

    def _add_up(self, out: str, pending: list[tuple[int, Argument]], *, last: bool) -> None:
        """out = the signed sum, left to right; a lone argument that is not `out` yet is taken over or copied."""
        (sign, first), *others = pending
        if not others:
            if first == out:
                return
            if sign > 0 and isinstance(first, str) and not last and self._may_take_over(out, first):
                self.result.same_row[out] = first
                return
            self._emit("positive" if sign > 0 else "negative", out, first)
            return
        current: Argument = first
        if sign < 0:
            self._emit("negative", out, first)
            current = out
        for sign, argument in others:
            self._emit("add" if sign > 0 else "subtract", out, current, argument)
            current = out

    def _is_cotangent(self, term: Signed) -> bool:
        return isinstance(term[1], Ref) and term[1].name in self.cotangents

    def _may_take_over(self, out: str, first: str) -> bool:
        """Whether `out` may live in the row of `first`: a temporary, or a carried cotangent that nothing else reads."""
        if first not in self.program.axes:
            return first not in self.affines.values()
        handed = [state.new for state in self.program.states if state.old == first]
        lasting = self.kept | {name for name in handed if self.uses[name]}
        alone = self.uses[first] == 1 and not lasting & {first, *handed}
        return bool(handed) and alone and out not in self.bound


def _signed_terms(expr: Expr) -> list[Signed]:
    """A sum flattened into signed terms, in order."""
    match expr:
        case Apply("add", (a, b)):
            return [*_signed_terms(a), *_signed_terms(b)]
        case Apply("sub", (a, b)):
            return [*_signed_terms(a), *((-sign, term) for sign, term in _signed_terms(b))]
        case Apply("neg", (a,)):
            return [(-sign, term) for sign, term in _signed_terms(a)]
        case _:
            return [(1, expr)]


def _opposite(expr: Expr) -> Expr | None:
    """-expr with as few roundings, where it costs no call more than `expr`: a difference the other way round."""
    match expr:
        case Apply("sub", (a, b)):
            return Apply("sub", (b, a))
        case Apply("neg", (Apply() as a,)):
            return a
    return None


def _decimal(value: Fraction) -> str:
    """The shortest text that reads back as the double nearest to `value`."""
    return str(value.numerator) if value.denominator == 1 and abs(value) < 2**53 else repr(float(value))
