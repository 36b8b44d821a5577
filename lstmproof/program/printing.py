"""A Program as people and machines read it: plain text, LaTeX and JSON, always in the same order.

Forward programs read like the equations of a paper. Adjoints name the cotangent dL/dv of a value v `d_v`
(LaTeX: v with a bar), what the loss itself contributes `dL_v`, and what reaches a state from later steps `next_v`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.latex import LATEX
from lstmproof.program.nodes import Axes, Contract, Node, Program, Source
from lstmproof.program.printer import Printer, equations, printer_of, yielded
from lstmproof.program.text import TEXT

WIDTH = 80


def text(program: Program, primal: Program | None = None) -> str:
    """The program in plain text, at most 80 columns wide, ending in a newline.

    `primal` is the program whose run the tape of `program` holds; with it, saved values that have no name of their
    own are printed as what they are, `tanh(c(t))`.
    """
    printer = printer_of(program, primal, TEXT)
    lines = [f"{program.name}, {_direction(program)}", *(f"  {line}" for line in _legend(program)), ""]
    for title, entries in _header(printer, primal):
        lines += _wrapped(f"  {title:12}", ", ".join(entry.replace(" ", _HARD_SPACE) for entry in entries))
    lines += ["", *(f"  {line}" for line in _equation_lines(printer, WIDTH - 2))]
    return "\n".join(lines) + "\n"


def equation_lines(program: Program, width: int = WIDTH) -> list[str]:
    """The equations alone, in plain text."""
    return _equation_lines(printer_of(program, None, TEXT), width)


def _equation_lines(printer: Printer, width: int) -> list[str]:
    pairs = [(written.left, written.right) for written in equations(printer)]
    column = min(max((len(left) for left, _ in pairs), default=0), 16)
    lines = []
    for left, right in pairs:
        head = f"{left:{column}} = "
        lines += _wrapped(head, _breaking_at_signs(right, width - len(head)), width)
    return lines


_HARD_SPACE = "\N{NO-BREAK SPACE}"


def _wrapped(head: str, body: str, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` columns that begin with `head` and continue under `body`."""
    lines = textwrap.wrap(body, width - len(head), break_long_words=False, break_on_hyphens=False)
    heads = (head, *(" " * len(head) for _ in lines[1:]))
    return [(first + line).replace(_HARD_SPACE, " ") for first, line in zip(heads, lines, strict=True)]


def _breaking_at_signs(text: str, width: int) -> str:
    """`text` that breaks only before signs, outside all parentheses if that suffices; unchanged if it fits."""
    if len(text) <= width:
        return text
    for deepest, signs in ((0, "+-"), (len(text), "+-*/")):
        held = "".join(_held_together(text, deepest, signs))
        if max(map(len, held.split(" "))) <= width:
            return held
    return text


def _held_together(text: str, deepest: int, signs: str) -> Iterator[str]:
    depth = 0
    for char, after in zip(text, text[1:] + " ", strict=True):
        depth += (char in "([") - (char in ")]")
        yield _HARD_SPACE if char == " " and (depth > deepest or after not in signs) else char


def latex(program: Program, primal: Program | None = None) -> str:
    """The program as one LaTeX `align*` environment (package amsmath), after a comment that states its values."""
    printer = printer_of(program, primal, LATEX)
    plain = printer_of(program, primal, TEXT)
    lines = [f"% {program.name}, {_direction(program)}"]
    lines += [f"% {title}: {', '.join(entries)}" for title, entries in _header(plain, primal)]
    lines.append(r"\begin{align*}")
    lines.append(" \\\\\n".join(f"  {each.left} &= {each.right}" for each in equations(printer)))
    lines.append(r"\end{align*}")
    return "\n".join(lines) + "\n"


def expression_text(expr: Expr, program: Program) -> str:
    """One scalar expression over the values of `program`, as plain text: `1 - z` for the carousel of a GRU."""
    return printer_of(program, None, TEXT).expression(expr).text


def _direction(program: Program) -> str:
    return (
        "forward in time: t = 1, 2, ..., T" if program.direction == "forward" else "backward in time: t = T, ..., 2, 1"
    )


def _legend(program: Program) -> tuple[str, ...]:
    if program.direction == "forward":
        return ()
    return (
        "d_v is dL/dv(t), dL_v what the loss itself gives v(t), and next_v(t) what",
        "reaches v(t) from later steps; at the end it is the initial state's gradient.",
    )


def _header(printer: Printer, primal: Program | None) -> Iterator[tuple[str, list[str]]]:
    """What the program is given and what it yields, each with its axes."""
    program = printer.program

    def entry(name: str, axes: Axes) -> str:
        return f"{printer.value(name).text} ({', '.join(axes)})" if axes else f"{printer.value(name).text} (scalar)"

    def sources(group: tuple[Source, ...]) -> list[str]:
        return [entry(source.name, source.axes) for source in group]

    rows = (
        ("inputs", sources(program.inputs)),
        ("states", [entry(state.old, state.axes) for state in program.states]),
        ("saved", _saved(printer, primal)),
        ("parameters", sources(program.parameters)),
        (
            "constants",
            [f"{printer.value(c.name).text} = {printer.notation.number(c.default).text}" for c in program.constants],
        ),
        ("outputs", [yielded(output, TEXT) for output in program.outputs]),
        ("totals", [yielded(output, TEXT) for output in program.totals]),
    )
    return (row for row in rows if row[1])


def _saved(printer: Printer, primal: Program | None) -> list[str]:
    """Values of the tape, each once; one that its author did not name with what it is."""
    entries = []
    origin = printer_of(primal, None, printer.notation) if primal is not None else None
    for source in printer.program.tape:
        text = printer.value(source.name).text
        if origin is not None and source.name in origin.plan.inlined and source.name not in printer.plan.inlined:
            text = f"{text} = {origin.value(source.name).text}"
        entries.append(text)
    return list(dict.fromkeys(entries))


def as_json(program: Program) -> dict[str, Any]:
    """The program as JSON, node by node and complete: nothing is merged, renamed or left out."""

    def sources(group: tuple[Source, ...]) -> list[dict[str, Any]]:
        return [{"name": source.name, "axes": list(source.axes), "label": source.label} for source in group]

    return {
        "name": program.name,
        "direction": program.direction,
        "inputs": sources(program.inputs),
        "states": [
            {"label": state.label, "old": state.old, "new": state.new, "axes": list(state.axes)}
            for state in program.states
        ],
        "tape": sources(program.tape),
        "parameters": sources(program.parameters),
        "constants": [
            {"name": constant.name, "axes": list(constant.axes), "default": str(constant.default)}
            for constant in program.constants
        ],
        "nodes": [_node_json(node) for node in program.nodes],
        "outputs": [{"label": output.label, "value": output.value} for output in program.outputs],
        "totals": [{"label": output.label, "value": output.value} for output in program.totals],
    }


def _node_json(node: Node) -> dict[str, Any]:
    head: dict[str, Any] = {"out": node.out, "axes": list(node.axes)}
    if isinstance(node, Contract):
        factors = [{"value": factor.name, "indices": list(factor.indices)} for factor in node.factors]
        return head | {"kind": "contract", "indices": list(node.indices), "factors": factors}
    return head | {"kind": "pointwise", "expr": expression_json(node.expr)}


def expression_json(expr: Expr) -> dict[str, Any]:
    """An expression as nested objects, each with one of the keys `number` (exact), `ref`, `size` and `apply`."""
    match expr:
        case Number(value):
            return {"number": str(value)}
        case Ref(name):
            return {"ref": name}
        case Size(axis):
            return {"size": axis}
        case Apply(function, arguments):
            return {"apply": function, "arguments": [expression_json(argument) for argument in arguments]}
