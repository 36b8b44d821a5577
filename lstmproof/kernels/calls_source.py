"""Calls as lines of source: one body for each phase of each scan, with the views that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmproof.kernels.instructions import GeneralTotal, Literal
from lstmproof.kernels.layout import TIMED, Call, EinsumCall, ProductCall, Span, UfuncCall
from lstmproof.kernels.lines import marked, outs
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.plan import Plan
from lstmproof.kernels.scan import HELD, ScanPlan
from lstmproof.kernels.views import CHUNK, PIECE, Ends, Slabs, ViewTable, slabs
from lstmproof.program.nodes import Contract

_WORDS = {"-1": "minus_one", "0": "zero", "1": "one", "2": "two", "3": "three", "0.5": "half"}
_KEYWORD_OUT = frozenset({"maximum", "minimum"})
"""Ufuncs whose third positional argument NumPy deprecates."""

_LETTERS = "acdefghijklmnopqrsuvwxyz"
"""Letters for axes in an einsum; b is the batch, t the step."""


@dataclass(frozen=True)
class Body:
    """The source lines of one phase, the views they use, and the ufuncs they call."""

    lines: tuple[str, ...]
    views: ViewTable
    ufuncs: tuple[str, ...]

    @property
    def varying(self) -> tuple[str, ...]:
        """Views that differ from step to step, first those that recur in every chunk."""
        return (*self.recurring, *(n for n in self.views.expressions if n in self.views.varying - self.views.recurring))

    @property
    def recurring(self) -> tuple[str, ...]:
        return tuple(name for name in self.views.expressions if name in self.views.recurring)

    @property
    def still(self) -> tuple[str, ...]:
        return tuple(name for name in self.views.expressions if name not in self.views.varying)


@dataclass
class Calls:
    """Every call of a plan as source, and what the calls turned out to need."""

    slabs: Slabs
    bodies: dict[tuple[str, Phase], Body] = field(default_factory=dict)
    matrices: dict[str, tuple[ScanPlan, ProductCall]] = field(default_factory=dict)
    literals: dict[str, str] = field(default_factory=dict)
    """The source of each number, by the name it goes under: NumPy takes 0-d arrays faster than Python numbers."""
    held: dict[str, str] = field(default_factory=dict)
    """The name, in the source, of each fixed value that calls use as it is."""

    def argument(self, argument: Span | Literal, views: ViewTable) -> str:
        if isinstance(argument, Span):
            return views.named(argument)
        if argument.text.startswith(HELD):
            value = argument.text.removeprefix(HELD)
            return self.hold(value) + ("[..., None]" if self.slabs.axes[value] else "")
        text = f"n_{argument.axis}" if argument.axis else argument.text
        name = _WORDS.get(text, text if argument.axis else f"number_{len(self.literals)}")
        known = next((known for known, source in self.literals.items() if source == text), None)
        if known is None:
            known = f"{name}_units" if argument.axis else name
            self.literals[known] = text
        return known

    def hold(self, value: str) -> str:
        """The name of a fixed value that the calls read as an array of its own."""
        return self.held.setdefault(value, f"value_{len(self.held)}")


def calls_source(plan: Plan) -> Calls:
    """Write every call of `plan`."""
    calls = Calls(slabs(plan.forward, plan.backward))
    for scan in (plan.forward, plan.backward):
        taken: set[str] = set()
        for phase in (Phase.BEFORE, Phase.LOOP, Phase.AFTER):
            views = ViewTable(calls.slabs, scan.record, _ends(scan, phase), taken)
            lines: list[str] = []
            ufuncs: dict[str, None] = {}
            for call in scan.calls[phase]:
                lines += _call(call, calls, scan, views)
                if not isinstance(call, ProductCall):
                    ufuncs[call.ufunc if isinstance(call, UfuncCall) else "einsum"] = None
            calls.bodies[scan.record, phase] = Body(tuple(lines), views, tuple(ufuncs))
    return calls


def _ends(scan: ScanPlan, phase: Phase) -> Ends | None:
    """The range of steps that a call of a phase works on; None for one step."""
    if phase == Phase.LOOP:
        return None
    return PIECE if scan.record == "flow" and phase == Phase.BEFORE else CHUNK


def _call(call: Call, calls: Calls, scan: ScanPlan, views: ViewTable) -> list[str]:
    if isinstance(call, ProductCall):
        return [marked(_product(call, calls, scan, views), outs(call))]
    if isinstance(call, EinsumCall):
        return [marked(_einsum(call, calls, views), outs(call))]
    arguments = [calls.argument(argument, views) for argument in call.arguments]
    out = views.named(call.out)
    operands = ", ".join([*arguments, f"out={out}" if call.ufunc in _KEYWORD_OUT else out])
    line = marked(f"{call.ufunc}({operands})", outs(call))
    return [f"if {call.optional}_given:", f"    {line}"] if call.optional else [line]


def _product(call: ProductCall, calls: Calls, scan: ScanPlan, views: ViewTable) -> str:
    name = f"matrix_{len(calls.matrices) + 1}"
    calls.matrices[name] = (scan, call)
    operands, out = views.named(call.operands, matrix=True), views.named(call.out, matrix=True)
    if call.phase == Phase.LOOP:
        return f"dot_{name}({operands}, {out})"
    return f"_product(work.{name}, {operands}, {out})"


def _einsum(call: EinsumCall, calls: Calls, views: ViewTable) -> str:
    node = call.instruction.node
    letters = index_letters(node)
    steps = "" if call.phase == Phase.LOOP else "t"
    terms, arguments = [], []
    for factor, span in zip(node.factors, call.arguments, strict=True):
        own = "".join(letters[index] for index in factor.indices)
        if span.slab == "array":
            terms.append(own)
            arguments.append(calls.hold(factor.name))
        else:
            terms.append(f"{steps if span.slab in TIMED else ''}{own}b")
            arguments.append(views.named(span))
    spec = ",".join(terms)
    wanted = [*steps, *(letters[index] for index in node.indices), "b"]
    kept = "".join(letter for letter in wanted if letter in spec)
    out = views.named(call.out)
    text = f"einsum({f'{spec}->{kept}'!r}, {', '.join(arguments)}"
    if len(kept) == len(wanted):
        return f"{text}, out={out})"
    return f"{out}[...] = {text})[{', '.join(':' if letter in kept else 'None' for letter in wanted)}]"


def index_letters(node: Contract) -> dict[str, str]:
    """An einsum letter for each index of a contraction."""
    letters: dict[str, str] = {}
    for index in (*node.indices, *(index for factor in node.factors for index in factor.indices)):
        letters.setdefault(index, _LETTERS[len(letters)])
    return letters


def general_total(total: GeneralTotal, on_record: Mapping[str, str], fixed: Mapping[str, str]) -> str:
    """A contraction summed over steps, and over the batch unless the emitted `rows` is "b".

    Args:
        on_record: the source of the view of each value that changes with the step.
        fixed: the source of each value that does not.
    """
    node = total.node
    letters = index_letters(node)
    terms, arguments = [], []
    for factor in node.factors:
        own = "".join(letters[index] for index in factor.indices)
        timed = factor.name in on_record
        terms.append(f"t{own}b" if timed else own)
        arguments.append(on_record[factor.name] if timed else fixed[factor.name])
    borne = {index for factor in node.factors for index in factor.indices}
    kept = "".join(letters[index] for index in node.indices if index in borne)
    text = f"np.einsum({','.join(terms)!r} + '->' + rows + {kept!r}, {', '.join(arguments)})"
    if all(index in borne for index in node.indices):
        return text
    where = ", ".join(":" if index in borne else "None" for index in node.indices)
    return f"{text}[..., {where}]"


def reads_row(call: Call, row: str) -> bool:
    """Whether a call reads a row of the flow, or a given cotangent."""
    spans: tuple[Span | Literal, ...] = (call.operands,) if isinstance(call, ProductCall) else call.arguments
    backward = (span for span in spans if isinstance(span, Span) and span.slab in ("flow", "given", "cotangent"))
    return any(row in span.rows for span in backward)
