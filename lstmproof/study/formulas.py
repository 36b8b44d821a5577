"""A formula in both notations, and the printers of a cell's Programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lstmproof.program.expr import Expr
from lstmproof.program.indexed import entries, entry_of
from lstmproof.program.latex import LATEX
from lstmproof.program.nodes import Output, Program
from lstmproof.program.printer import Printer, Written, equations, printer_of, totalled, yielded
from lstmproof.program.text import TEXT


@dataclass(frozen=True, slots=True)
class Spelled:
    """Mathematics in LaTeX and in plain text."""

    latex: str
    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """An equation, or with `adds` a term that is added to its left side."""

    left: Spelled
    right: Spelled
    adds: bool = False


@dataclass(frozen=True)
class Speller:
    """The printers of one Program in both notations."""

    latex: Printer
    text: Printer

    @property
    def program(self) -> Program:
        return self.latex.program

    def _both(self, spell: Callable[[Printer], str]) -> Spelled:
        return Spelled(spell(self.latex), spell(self.text))

    def value(self, name: str) -> Spelled:
        """A value by its name, or as what it stands for."""
        return self._both(lambda printer: printer.value(name).text)

    def expression(self, expr: Expr) -> Spelled:
        """An expression over values of the Program, or of its primal's run."""
        return self._both(lambda printer: printer.expression(expr).text)

    def definition(self, name: str) -> Spelled:
        """The right side of a node's equation."""
        return self._both(lambda printer: printer.definition(printer.program.node[name]).text)

    def leaving(self, output: Output, time: str = "") -> Spelled:
        """The left side for what leaves the Program."""
        return self._both(lambda printer: yielded(output, printer.notation, time))

    def total(self, output: Output) -> Formula:
        """What is summed over all steps."""
        return _formula(totalled(self.latex, output), totalled(self.text, output))

    def entries(self) -> dict[str, Formula]:
        """One entry of each value, in index form, by the value."""
        latex, text = entries(self.latex), entries(self.text)
        return {name: _formula(latex[name], text[name]) for name in latex}

    def entry_of(self, output: Output, *, summed: bool) -> Formula:
        """One entry of what leaves the Program; `summed` over all steps."""
        return _formula(*(entry_of(printer, output, summed=summed) for printer in (self.latex, self.text)))

    def equations(self) -> tuple[Formula, ...]:
        """Every equation of the Program, in order."""
        return tuple(map(_formula, equations(self.latex), equations(self.text)))


def speller(program: Program, primal: Program | None = None) -> Speller:
    """The speller of `program`; `primal` is the Program whose run its tape holds."""
    latex, text = (printer_of(program, primal, notation) for notation in (LATEX, TEXT))
    tidy = program.direction == "backward"  # forward, products stand as their author wrote them
    return Speller(replace(latex, tidy=tidy), replace(text, tidy=tidy))


def _formula(latex: Written, text: Written) -> Formula:
    return Formula(Spelled(latex.left, text.left), Spelled(latex.right, text.right))


def over_time(term: Spelled, *, grouped: bool = False) -> Spelled:
    """The sum of a term over all steps."""
    inner = rf"\left({term.latex}\right)" if grouped else term.latex
    return Spelled(rf"\sum_{{t}} {inner}", f"sum over t of {term.text}")
