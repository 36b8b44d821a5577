"""The full error flow against the truncated one, term by term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstmproof.program.expr import ZERO, Apply, Expr, Ref
from lstmproof.program.nodes import Output, Pointwise, Program
from lstmproof.study.formulas import Spelled, Speller, speller


@dataclass(frozen=True)
class Terms:
    """One cotangent or gradient: the terms of its sum in either flow."""

    left: Spelled
    both: tuple[Spelled, ...]
    full: tuple[Spelled, ...]
    """Terms that the truncated flow lacks."""
    truncated: tuple[Spelled, ...]
    """Terms that stand in the truncated flow alone."""

    @property
    def agree(self) -> bool:
        return not (self.full or self.truncated)


def term_by_term(
    full: Program, backward: Program, truncated: Program, backward_truncated: Program
) -> tuple[Terms, ...]:
    """Every cotangent and gradient of the full flow, then those that only the truncated one has."""
    whole = dict(_sums(speller(backward, full)))
    cut = dict(_sums(speller(backward_truncated, truncated)))
    lefts = {left.text: left for left in (*whole, *cut)}
    by_text = ({left.text: terms for left, terms in each.items()} for each in (whole, cut))
    ours, theirs = by_text
    return tuple(_compared(left, ours.get(text, ()), theirs.get(text, ())) for text, left in lefts.items())


def _compared(left: Spelled, full: tuple[Spelled, ...], truncated: tuple[Spelled, ...]) -> Terms:
    there = {term.text for term in truncated}
    here = {term.text for term in full}
    return Terms(
        left,
        tuple(term for term in full if term.text in there),
        tuple(term for term in full if term.text not in there),
        tuple(term for term in truncated if term.text not in here),
    )


def _sums(back: Speller) -> Iterator[tuple[Spelled, tuple[Spelled, ...]]]:
    """The left side and the terms of every equation."""
    program, plan = back.program, back.latex.plan
    for node in plan.equations:
        expr = node.expr if isinstance(node, Pointwise) else None
        terms = _terms(_opened(expr, back)) if expr is not None else None
        yield back.value(node.out), _spelled(terms, back) if terms is not None else (back.definition(node.out),)
    for output in (*program.outputs, *program.totals):
        summed = output in program.totals
        yield back.leaving(output, "" if summed else "t"), tuple(_of_output(output, back))


def _of_output(output: Output, back: Speller) -> Iterator[Spelled]:
    terms = _terms(_opened(Ref(output.value), back))
    yield from _spelled(terms, back)


def _opened(expr: Expr, back: Speller) -> Expr:
    """`expr` with those of its terms that have no name of their own written out."""
    plan = back.latex.plan
    match expr:
        case Ref(name):
            node = plan.inlined.get(plan.same.get(name, name))
            return _opened(node.expr, back) if isinstance(node, Pointwise) else expr
        case Apply("add" | "sub" | "neg" as function, arguments):
            return Apply(function, tuple(_opened(part, back) for part in arguments))
        case _:
            return expr


def _terms(expr: Expr, sign: int = 1) -> list[tuple[int, Expr]]:
    match expr:
        case Apply("add", (a, b)):
            return [*_terms(a, sign), *_terms(b, sign)]
        case Apply("sub", (a, b)):
            return [*_terms(a, sign), *_terms(b, -sign)]
        case Apply("neg", (a,)):
            return _terms(a, -sign)
        case _ if expr == ZERO:
            return []
        case _:
            return [(sign, expr)]


def _spelled(terms: list[tuple[int, Expr]], back: Speller) -> tuple[Spelled, ...]:
    found = []
    for sign, term in terms:
        said = back.expression(term)
        found.append(said if sign > 0 else Spelled(f"-{said.latex}", f"-{said.text}"))
    return tuple(found)
