"""From a Program to the graph that is drawn of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lstmproof.program.expr import Apply, Expr, Number, Ref, references, walk
from lstmproof.program.layout import is_authored, taken_apart
from lstmproof.program.nodes import Contract, Pointwise, Program
from lstmproof.program.nodes import Node as Equation
from lstmproof.program.notation import Form, Piece, decimal, recognised
from lstmproof.program.printing import expression_text
from lstmproof.report.pictures.graph import DIVISOR, Graph, Node, Wire, new_key

_SYMBOLS = {"sigmoid": "σ", "maximum": "max", "minimum": "min", "hard_sigmoid": "hard σ"}
_CONTRACTIONS: dict[Form, str] = {"outer": "⊗", "sum": "Σ", "pointwise": "×", "repeat": "="}
_POWERS = {2: "z²", 3: "z³"}


def graph_of(program: Program) -> Graph:
    """The graph of one step of a forward Program."""
    reader = _Reader(program)
    for source in program.inputs:
        reader.nodes.append(Node(source.name, "input", source.name))
    for state in program.states:
        reader.nodes.append(Node(state.old, "old", state.label))
    for state in program.states:
        source_key = reader.value(state.new)
        reader.nodes.append(Node(new_key(state.label), "new", state.label, wires=(Wire(source_key),)))
    states = {state.label for state in program.states}
    for output in program.outputs:
        if output.label not in states:
            wire = Wire(reader.value(output.value))
            reader.nodes.append(Node(f"output {output.label}", "output", output.label, wires=(wire,)))
    return Graph(tuple(reader.nodes))


@dataclass(frozen=True, slots=True)
class _Term:
    """A summand."""

    expr: Expr
    minus: bool = False


@dataclass
class _Reader:
    """The graph under way."""

    program: Program
    nodes: list[Node] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """The node of each value that has one."""

    def __post_init__(self) -> None:
        program = self.program
        self.parameters = {source.name for source in program.parameters}
        self.steady = self.parameters | {constant.name for constant in program.constants}
        built = set(self.parameters)
        for node in program.nodes:
            if self.steady.issuperset(node.operands):
                self.steady.add(node.out)
                built.update({node.out} if built.intersection(node.operands) else ())
        self.built = built
        self.sources = {source.name for source in program.inputs} | {state.old for state in program.states}
        self.leaving = {state.new for state in program.states} | {output.value for output in program.outputs}
        uses = Counter(name for node in program.nodes for name in _occurrences(node))
        self.read_once = {name for name, count in uses.items() if count == 1} - self.leaving - self.sources

    def value(self, name: str) -> str:
        """The key of the node of a value that changes from step to step."""
        if name in self.sources:
            return name
        if name not in self.keys:
            node = self.program.node[name]
            shown = taken_apart(name).base if is_authored(name, self.program) and name not in self.leaving else ""
            if isinstance(node, Contract):
                self.keys[name] = self._contraction(node, shown)
            else:
                self.keys[name] = self._expression(node.expr, shown, name)
        return self.keys[name]

    def _add(self, node: Node) -> str:
        """Add a node under its key and, if that is taken, a number."""
        taken = {each.key for each in self.nodes}
        key, count = node.key, 2
        while key in taken:
            key, count = f"{node.key} ({count})", count + 1
        self.nodes.append(replace(node, key=key))
        return key

    def _expression(self, expr: Expr, name: str, key: str) -> str:
        """The node of a Pointwise expression, or of a part of one."""
        match expr:
            case Ref(inner) if not name and not self._is_steady(expr):
                return self.value(inner)
            case Ref() | Apply("stop" | "cut", _):
                return self._add(Node(key, "operation", "=", name, (self._wire(_Term(expr)),)))
            case Apply("add" | "sub" | "neg", _):
                return self._sum(expr, name, key)
            case Apply("mul", _):
                return self._product(expr, name, key)
            case Apply("div", (a, b)) if self._is_steady(b):
                over = Wire("", f"1/{self._text(b)}")
                return self._add(Node(key, "product", "×", name, (self._wire(_Term(a)), over)))
            case Apply("div", (a, b)):
                divisor = self._wire(_Term(b))
                marked = replace(divisor, factor=f"{DIVISOR} {divisor.factor}".rstrip())
                return self._add(Node(key, "operation", "÷", name, (self._wire(_Term(a)), marked)))
            case Apply("pow", (base, Number(exponent))):
                symbol = _POWERS.get(int(exponent), f"z^{exponent}")
                return self._add(Node(key, "operation", symbol, name, (self._wire(_Term(base)),)))
            case Apply(function, (argument,)):
                wires = tuple(self._wire(term) for term in self._summands(argument))
                return self._add(Node(key, "function", _SYMBOLS.get(function, function), name, wires))
            case Apply(function, arguments):
                wires = tuple(self._wire(_Term(argument)) for argument in arguments)
                return self._add(Node(key, "function", _SYMBOLS.get(function, function), name, wires))
            case _:
                return self._add(Node(key, "operation", self._text(expr), name))

    def _sum(self, expr: Expr, name: str, key: str) -> str:
        summands = list(self._summands(expr))
        moving = [term for term in summands if not self._is_steady(term.expr)]
        rest = [term for term in summands if self._is_steady(term.expr)]
        if len(moving) == 1 and all(isinstance(term.expr, Number) for term in rest):
            numbers = [(-1 if term.minus else 1) * _value(term.expr) for term in rest]
            return self._shifted(moving[0], sum(numbers, Fraction(0)), name, key)
        return self._add(Node(key, "sum", "+", name, tuple(self._wire(term) for term in summands)))

    def _shifted(self, term: _Term, shift: Fraction, name: str, key: str) -> str:
        """A number added to one value: `1 −` of a gate; `4σ − 2` where the value is a function read here alone."""
        scale, inner = _scaled(term)
        node = self.program.node.get(inner.name) if isinstance(inner, Ref) else None
        if node is not None and self._is_folded_function(node):
            assert isinstance(node, Pointwise)
            own = self._expression(node.expr, name, key)
            last = self.nodes[-1]
            self.nodes[-1] = replace(last, symbol=_affine(scale, last.symbol, shift))
            return own
        wire = self._wire(replace(term, minus=False))
        if term.minus:
            symbol = f"{_number(shift)} −" if shift else "−"
        else:
            symbol = f"{'+' if shift >= 0 else '−'} {_number(abs(shift))}"
        return self._add(Node(key, "operation", symbol, name, (wire,)))

    def _is_folded_function(self, node: Equation) -> bool:
        """Whether a value is a function of one argument that its author did not name, read in one place."""
        if node.out not in self.read_once or is_authored(node.out, self.program) or isinstance(node, Contract):
            return False
        expr = node.expr
        known = isinstance(expr, Apply) and len(expr.arguments) == 1
        return known and isinstance(expr, Apply) and expr.function not in ("neg", "stop", "cut")

    def _product(self, expr: Expr, name: str, key: str) -> str:
        moving, steady, net = self._factors(expr)
        wires = [replace(wire, net=wire.net or net) for wire in (self._wire(_Term(factor)) for factor in moving)]
        if steady:
            wires.append(Wire("", " ".join(self._text(factor) for factor in steady)))
        return self._add(Node(key, "product", "×", name, tuple(wires)))

    def _factors(self, expr: Expr) -> tuple[list[Expr], list[Expr], bool]:
        """Factors that change from step to step, those that do not, and whether a parameter is one of these."""
        factors = list(_flattened(expr))
        steady = [factor for factor in factors if self._is_steady(factor)]
        net = any(isinstance(factor, Ref) and factor.name in self.parameters for factor in steady)
        return [factor for factor in factors if not self._is_steady(factor)], steady, net

    def _contraction(self, node: Contract, name: str) -> str:
        form = recognised(node, self.program.axes, Piece).form
        net = any(factor.name in self.built for factor in node.factors)
        moving = [factor.name for factor in node.factors if factor.name not in self.steady]
        steady = [self._text(Ref(factor.name)) for factor in node.factors if factor.name in self.steady]
        symbol = "Σ" if steady and len(moving) == 1 else _CONTRACTIONS.get(form, "·")
        mixing = form not in ("pointwise", "repeat")
        if len(moving) == 1:
            wires = [replace(self._wire(_Term(Ref(moving[0]))), factor=" ".join(steady), net=net)]
        else:
            wires = [replace(self._wire(_Term(Ref(each))), net=net) for each in moving]
            wires += [Wire("", " ".join(steady))] if steady else []
        return self._add(Node(node.out, "operation", symbol, name, tuple(wires), mixing))

    def _wire(self, term: _Term) -> Wire:
        """One operand: of sums, products and functions alike."""
        expr = term.expr
        if self._is_steady(expr):
            return Wire("", self._text(expr), term.minus)
        match expr:
            case Apply(("stop" | "cut") as barrier, (inner,)):
                return replace(self._wire(replace(term, expr=inner)), barrier=barrier)
            case Apply("neg", (inner,)):
                return self._wire(_Term(inner, not term.minus))
            case Apply("mul", _):
                moving, steady, net = self._factors(expr)
                if len(moving) == 1 and steady:
                    return self._multiplied(self._wire(replace(term, expr=moving[0])), steady, net)
            case Ref(name) if name in self.read_once:
                node = self.program.node[name]
                if isinstance(node, Contract) and not self._is_mixing_many(node):
                    return self._weighted(node, term.minus)
                if isinstance(node, Pointwise) and _is_barrier(node.expr) and not is_authored(name, self.program):
                    return self._wire(replace(term, expr=node.expr))
        if isinstance(expr, Ref):
            return Wire(self.value(expr.name), minus=term.minus)
        return Wire(self._expression(expr, "", self._text(expr)), minus=term.minus)

    def _multiplied(self, wire: Wire, steady: list[Expr], net: bool) -> Wire:
        factors = [*(self._text(factor) for factor in steady), *([wire.factor] if wire.factor else [])]
        return replace(wire, factor=" ".join(factors), net=wire.net or net)

    def _is_mixing_many(self, node: Contract) -> bool:
        """Whether a contraction is drawn as a node: unless one value that changes is multiplied by what does not."""
        moving = [factor for factor in node.factors if factor.name not in self.steady]
        return len(moving) != 1 or len(node.factors) == 1

    def _weighted(self, node: Contract, minus: bool) -> Wire:
        """The term of a net input."""
        steady = [Ref(factor.name) for factor in node.factors if factor.name in self.steady]
        (moving,) = [factor.name for factor in node.factors if factor.name not in self.steady]
        net = any(factor.name in self.built for factor in node.factors)
        return self._multiplied(self._wire(_Term(Ref(moving), minus)), [*steady], net)

    def _summands(self, expr: Expr, minus: bool = False) -> Iterator[_Term]:
        """The terms of a sum; a sum that is read here alone is part of it."""
        match expr:
            case Apply("add" | "sub", (a, b)) if not self._is_steady(expr):
                yield from self._summands(a, minus)
                yield from self._summands(b, minus != (expr.function == "sub"))
            case Apply("neg", (a,)) if not self._is_steady(expr):
                yield from self._summands(a, not minus)
            case Ref(name) if name in self.read_once and not self._is_steady(expr):
                node = self.program.node[name]
                if isinstance(node, Pointwise) and _is_sum(node.expr):
                    yield from self._summands(node.expr, minus)
                else:
                    yield _Term(expr, minus)
            case _:
                yield _Term(expr, minus)

    def _is_steady(self, expr: Expr) -> bool:
        return self.steady.issuperset(references(expr))

    def _text(self, expr: Expr) -> str:
        return expression_text(expr, self.program)


def _occurrences(node: Equation) -> Iterator[str]:
    if isinstance(node, Contract):
        yield from (factor.name for factor in node.factors)
    else:
        yield from (part.name for part in walk(node.expr) if isinstance(part, Ref))


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.function in ("add", "sub")


def _is_barrier(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.function in ("stop", "cut")


def _flattened(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Apply) and expr.function == "mul":
        for factor in expr.arguments:
            yield from _flattened(factor)
    else:
        yield expr


def _scaled(term: _Term) -> tuple[Fraction, Expr]:
    """A number times an expression."""
    sign = Fraction(-1 if term.minus else 1)
    match term.expr:
        case Apply("mul", (Number(value), inner)) | Apply("mul", (inner, Number(value))):
            return sign * value, inner
        case expr:
            return sign, expr


def _value(expr: Expr) -> Fraction:
    assert isinstance(expr, Number)
    return expr.value


def _affine(scale: Fraction, symbol: str, shift: Fraction) -> str:
    """`4σ − 2`, `1 − σ`."""
    size = "" if abs(scale) == 1 else _number(abs(scale))
    scaled = f"{size}{symbol}" if len(symbol) == 1 or not size else f"{size} {symbol}"
    if scale < 0 < shift:
        return f"{_number(shift)} − {scaled}"
    ending = f" {'+' if shift > 0 else '−'} {_number(abs(shift))}" if shift else ""
    return ("−" if scale < 0 else "") + scaled + ending


def _number(value: Fraction) -> str:
    return (decimal(value) or str(value)).replace("-", "−")
