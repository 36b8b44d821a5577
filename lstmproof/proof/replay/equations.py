"""Terms and the step of a cell in SymPy: a function of k, the steps before t, with a line for each equation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lstmproof.calculus.truncate import parameter_built
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size, walk
from lstmproof.program.nodes import Contract, Node, Pointwise, Program
from lstmproof.proof.replay.forms import Symbols, Unspoken, rational
from lstmproof.proof.symbolic.normal import size_name
from lstmproof.proof.symbolic.values import CellValues

_OPERATORS = {"add": "+", "sub": "-", "mul": "*"}
_FUNCTIONS = {
    **{name: name for name in ("sigmoid", "tanh", "softplus", "relu", "maximum", "minimum", "stop")},
    "exp": "E",
    "abs": "A",
    "log": "L",
    "cut": "",
}

Named = Callable[[str], str]
Word = Callable[[Apply], str | None]


def term(expr: Expr, named: Named, word: Word = lambda _: None) -> str:
    """An expression; `named` spells names and sizes of axes, `word` what has a spelling of its own.

    Raises:
        Unspoken: a function that scripts do not know.
    """

    def inner(part: Expr) -> str:
        return term(part, named, word)

    match expr:
        case Number(value):
            return rational(value) if value >= 0 else f"({rational(value)})"
        case Ref(name):
            return named(name)
        case Size(axis):
            return named(size_name(axis))
        case Apply() if (own := word(expr)) is not None:
            return own
        case Apply("add" | "sub" | "mul" as operator, (a, b)):
            return f"({inner(a)} {_OPERATORS[operator]} {inner(b)})"
        case Apply("div", (a, b)):
            return f"over({inner(a)}, {inner(b)})"
        case Apply("neg", (a,)):
            return f"(-{inner(a)})"
        case Apply("pow" | "power", (a, Number(exponent))) if exponent.denominator == 1 and exponent >= 0:
            return f"sp.S({inner(a)})**{exponent}"
        case Apply(function, arguments) if function in _FUNCTIONS:
            return f"{_FUNCTIONS[function]}({', '.join(map(inner, arguments))})"
    raise Unspoken(f"{expr.function}(...)")


def defined_everywhere(program: Program) -> None:
    """Refuse a cell in which an operation may have no value: its step alone does not show that it has one.

    Raises:
        Unspoken: it divides, or takes a logarithm or a root.
    """
    if any(isinstance(each, Pointwise) and _may_fail(each.expr) for each in program.nodes):
        raise Unspoken("a cell that divides, or takes a logarithm or a root")


def _may_fail(expr: Expr) -> bool:
    """Whether an operation may have no value."""
    for part in walk(expr):
        match part:
            case Apply("div", (_, Number())):
                pass
            case Apply("div" | "log" | "sqrt" | "power", _):
                return True
            case Apply("pow", (_, Number(exponent))) if exponent < 0:
                return True
    return False


def stripped(text: str) -> str:
    """Without the parentheses around the whole.

    >>> stripped("((a + b) * c)"), stripped("(a) + (b)")
    ('(a + b) * c', '(a) + (b)')
    """
    if not text.startswith("("):
        return text
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return text[1:-1] if at == len(text) - 1 else text
    return text


@dataclass(frozen=True)
class CellText:
    """A step of a cell, or of its cut system, as a Python function."""

    title: str
    """What the function is called."""
    program: Program
    values: CellValues
    symbols: Symbols
    """Names inside of the function."""

    @property
    def lines(self) -> list[str]:
        """The function: old states, then each value, held ones and sums of products as real numbers that may be any.

        Raises:
            Unspoken: an equation that scripts do not know.
        """
        self._check_sums()
        program = self.program
        old = ", ".join(f"{each.label!r}: {self.old(each.old)}" for each in program.states)
        new = ", ".join(f"{each.label!r}: {self.local(each.new)}" for each in program.states)
        built = parameter_built(program)
        body = [f"old = {{{old}}}", "at = old.get(moved)"]
        fixed = {source.name for source in program.fixed}
        wanted = {name for node in program.nodes for name in self._operands(node)}
        for source in program.given:
            if source.name in wanted:
                shift = "" if source.name in fixed else ", k"
                body.append(f"{self.local(source.name)} = {self._source(source.name, shift)}")
        body += [f"{self.local(node.out)} = {self._node(node, built)}" for node in program.nodes]
        body += [f"new, sums = {{{new}}}, {{{self._sums(built)}}}"]
        body.append(f"return SimpleNamespace(old=old, new=new, sums=sums, value={self._named_values()})")
        head = [
            f"def {self.title}(k, moved=None):",
            '    """The step t - k; errors come from the state `moved` of another unit."""',
        ]
        return ["", "", *head, *(f"    {line}" for line in body), "", ""]

    def _sums(self, built: frozenset[str]) -> str:
        """What each sum of products is of, beside weights."""
        sums = [node for node in self.program.nodes if isinstance(node, Contract) and not self._is_zero(node)]
        return ", ".join(f"{self._sum_label(node)!r}: {self._vector(node, built)}" for node in sums)

    def _vector(self, node: Contract, built: frozenset[str]) -> str:
        return " + ".join(self.local(each.name) for each in node.factors if each.name not in built) or "sp.Integer(0)"

    def _named_values(self) -> str:
        nodes = ", ".join(f"{node.out!r}: {self.local(node.out)}" for node in self.program.nodes)
        return f"{{{nodes}}}"

    def local(self, name: str) -> str:
        """What a value of the step is called inside of the function."""
        for state in self.program.states:
            if name == state.old:
                return f"old[{state.label!r}]"
        return self.symbols.named(name)

    def old(self, name: str) -> str:
        """The symbol of an old state."""
        located, shift = self.values.located(name, 0)
        return f"real({located!r}, k + {shift})"

    @staticmethod
    def _source(name: str, shift: str) -> str:
        return f"real({name!r}{shift})"

    def _operands(self, node: Node) -> Sequence[str]:
        if node.out in self.values.given or (isinstance(node, Contract) and self._is_zero(node)):
            return ()
        return node.operands if isinstance(node, Pointwise) else [each.name for each in node.factors]

    def _is_zero(self, node: Contract) -> bool:
        """Whether a sum of products has a factor that is assumed to be 0."""
        return not self.values.value(node.out)

    def _node(self, node: Node, built: frozenset[str]) -> str:
        if node.out in self.values.given:
            return f"real({node.out!r}, k)"
        if isinstance(node, Pointwise):
            return stripped(term(node.expr, self._read))
        if self._is_zero(node):
            return "sp.Integer(0)"
        weights = [factor.name for factor in node.factors if factor.name in built]
        vectors = [factor.name for factor in node.factors if factor.name not in built]
        weight = self.local(weights[0]) if len(weights) == 1 and len(vectors) == 1 else "None"
        return f"product({self._sum_label(node)!r}, k, at, {weight}, {self._vector(node, built)})"

    def _read(self, name: str) -> str:
        if name in self.program.axes:
            return self.local(name)
        raise Unspoken(f"{name} in an equation")

    def _sum_label(self, node: Contract) -> str:
        reals = self.values.reals
        (name,) = reals.direct(self.values.value(node.out))
        return reals.labels[name]

    def _check_sums(self) -> None:
        """Refuse sums of products of which something is assumed, and two that are one number and would count as two."""
        sums = [node for node in self.program.nodes if isinstance(node, Contract) and not self._is_zero(node)]
        if any(node.out in self.values.given for node in sums):
            raise Unspoken("an assumption about a sum of products")
        if any(self._sum_label(node) != node.out for node in sums):
            raise Unspoken("two sums of products that are one number")
