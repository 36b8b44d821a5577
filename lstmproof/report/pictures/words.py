"""A graph in words and as a table: what its drawing says, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lstmproof.document.blocks import Code, Line, Table
from lstmproof.program.nodes import Program
from lstmproof.report.pictures.graph import DIVISOR, Graph, Node, Wire

_OPERATIONS = {"+": "the sum of", "×": "the product of", "÷": "the quotient of", "·": "the contraction of",
               "⊗": "the outer product of", "Σ": "the sum over units of", "=": ""}  # fmt: skip


def in_words(graph: Graph, carousels: Mapping[str, str]) -> str:
    """One sentence for what enters, one for each value, one for each carousel."""
    node = graph.node
    entering = [_name(graph, each.key) for each in graph.nodes if each.kind in ("input", "old")]
    sentences = [f"One step reads {_listed(entering)}."]
    for each in graph.nodes:
        if each.kind in ("new", "output"):
            source = node[each.wires[0].source]
            alone = source.kind in ("input", "old") or source.name
            right = _operand(graph, each.wires[0]) if alone else _definition(graph, source)
            sentences.append(f"{_ending(each)} is {right}.")
        elif each.name:
            sentences.append(f"{each.name} is {_definition(graph, each)}.")
    for state, factor in carousels.items():
        sentences.append(f"The carousel leads straight from {state}(t-1) to {state}(t); its factor is {factor}.")
    if not carousels:
        sentences.append("There is no carousel.")
    return " ".join(sentences)


def as_table(graph: Graph, program: Program, carousels: Mapping[str, str]) -> Table:
    """Every node with what it does and what it reads."""
    head: tuple[Line, ...] = (("value",), ("operation",), ("operands",))
    rows = []
    for each in graph.nodes:
        operands = ", ".join(_operand(graph, wire) for wire in each.wires)
        rows.append(((Code(_name(graph, each.key)),), (_operation(each, carousels),), (operands,)))
    return Table(head, tuple(rows), f"The data flow of one step of {program.name}, node by node")


def _operation(node: Node, carousels: Mapping[str, str]) -> str:
    match node.kind:
        case "input":
            return "input"
        case "old":
            factor = carousels.get(node.symbol)
            return f"state, before the step; carousel × {factor}" if factor else "state, before the step"
        case "new":
            return "state, after the step"
        case "output":
            return "output"
        case _:
            return node.symbol


def _definition(graph: Graph, node: Node) -> str:
    operands = [_operand(graph, wire) for wire in node.wires]
    if node.kind == "function":
        joined = ", ".join(operands) if node.symbol in ("max", "min") else _sum(operands)
        return f"{node.symbol} of ({joined})"
    if node.symbol in _OPERATIONS:
        said = _OPERATIONS[node.symbol]
        plain = [operand.replace(f"{DIVISOR} ", "", 1) for operand in operands]
        return f"{said} {_listed(plain)}" if said else operands[0]
    return f"({node.symbol} {operands[0]})" if node.symbol.endswith("−") else f"({node.symbol}, z = {operands[0]})"


def _operand(graph: Graph, wire: Wire) -> str:
    """`W_f x(t)`, `-beta`, or in parentheses how an unnamed value comes about."""
    sign = "-" if wire.minus else ""
    if not wire.source:
        return f"{sign}{wire.factor}"
    node = graph.node[wire.source]
    known = node.kind in ("input", "old") or node.name or _leaves_as(graph, node.key)
    value = _name(graph, wire.source) if known else f"[{_definition(graph, node)}]"
    barrier = f"{wire.barrier} " if wire.barrier else ""
    return f"{sign}{wire.factor + ' ' if wire.factor else ''}{barrier}{value}"


def _sum(operands: list[str]) -> str:
    return " + ".join(operands).replace("+ -", "- ")


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else "nothing"


def _name(graph: Graph, key: str) -> str:
    node = graph.node[key]
    if node.kind in ("new", "output"):
        return _ending(node)
    if node.kind == "old":
        return f"{node.symbol}(t-1)"
    if node.kind == "input":
        return f"{node.symbol}(t)"
    return node.name or _leaves_as(graph, key) or key


def _ending(node: Node) -> str:
    return f"{node.symbol}(t)"


def _leaves_as(graph: Graph, key: str) -> str:
    """The state or output that a value is handed on as, if it is."""
    return next(_endings(graph, key), "")


def _endings(graph: Graph, key: str) -> Iterator[str]:
    for node in graph.nodes:
        if node.kind in ("new", "output") and node.wires[0].source == key:
            yield _ending(node)
