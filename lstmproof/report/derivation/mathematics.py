"""Claims as mathematics: `abs(h) <= maximum(abs(h0), exp(beta))` as a paper has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lstmproof.document.blocks import Math
from lstmproof.language.claims import Claim, Role
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Same
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.latex import LATEX, identifier
from lstmproof.program.notation import Level, Piece, operate, power

_RELATIONS = {"<": "<", "<=": r"\le", "==": "=", "!=": r"\ne", ">=": r"\ge", ">": ">"}
_DATED: frozenset[Role] = frozenset({"input", "state", "value"})


def conclusion(claim: Claim) -> Math:
    """What a claim says."""
    return Math(_Writer(claim.arguments).formula(claim.conclusion), claim.text)


def assumptions(claim: Claim) -> tuple[Math, ...]:
    """What it assumes: what the author wrote, then the defaults of constants."""
    writer = _Writer(claim.arguments)
    found = []
    for each, text in zip(claim.assumptions, claim.hypotheses, strict=False):
        latex = writer.formula(each.formula)
        found.append(Math(rf"{latex} \text{{ at every step}}" if each.always else latex, text))
    defaults = zip(claim.defaults.items(), claim.hypotheses[len(claim.assumptions) :], strict=True)
    for (name, value), text in defaults:
        found.append(Math(f"{identifier(name)} = {LATEX.number(value).text}", text))
    return tuple(found)


@dataclass(frozen=True)
class _Writer:
    """Writes formulas; `roles` says what each name is."""

    roles: Mapping[str, Role]

    def formula(self, formula: Formula) -> str:
        match formula:
            case Compare(relation, left, right):
                return f"{self.term(left).text} {_RELATIONS[relation]} {self.term(right).text}"
            case Bounded(value):
                return rf"\sup_t \left|{identifier(value)}(t)\right| < \infty"
            case Same(one, other):
                return rf"\mathtt{{{_escaped(one)}}} = \mathtt{{{_escaped(other)}}}"
            case Not(Bounded(value)):
                return rf"\sup_t \left|{identifier(value)}(t)\right| = \infty"
            case Not(inner):
                return rf"\neg \left({self.formula(inner)}\right)"
            case And(parts):
                return r" \;\wedge\; ".join(self._part(part) for part in parts)
            case Or(parts):
                return r" \;\vee\; ".join(self._part(part) for part in parts)

    def _part(self, formula: Formula) -> str:
        text = self.formula(formula)
        return rf"\left({text}\right)" if isinstance(formula, And | Or) else text

    def term(self, expr: Expr) -> Piece:
        match expr:
            case Ref("oo"):
                return Piece(r"\infty")
            case Ref(name):
                return Piece(self.name(name))
            case Number(value):
                return LATEX.number(value)
            case Size(axis):
                return Piece(LATEX.size(axis))
            case Apply("pow", (base, Number(exponent))):
                return power(LATEX, self.term(base), exponent)
            case Apply(function, arguments):
                return self._special(function, arguments) or operate(LATEX, function, [self.term(a) for a in arguments])

    def name(self, name: str) -> str:
        """A name with its step, if it has one."""
        stem, _, earlier = name.partition("[t-1]")
        role = self.roles.get(stem)
        if earlier or name.endswith("[t-1]"):
            return f"{identifier(stem)}(t-1)"
        if role == "initial":
            return f"{identifier(name.removesuffix('0'))}(0)"
        return identifier(name) + ("(t)" if role in _DATED else "")

    def _special(self, function: str, arguments: tuple[Expr, ...]) -> Piece | None:
        """What claims have beside the functions of cells."""
        match function, arguments:
            case "power", (base, exponent):
                return Piece(f"{LATEX.within(self.term(base), Level.ATOM)}^{{{self.term(exponent).text}}}", Level.POWER)
            case "carousel", (Ref(state), Number(lag)):
                return Piece(_slope(state, state, int(lag)) + r"\Big|_{\mathrm{cut}}", Level.POWER)
            case "jacobian", (Ref(one), Ref(other), Number(lag)):
                return Piece(_slope(one, other, int(lag)), Level.POWER)
            case "derivative", (inner, Ref(by)):
                body = LATEX.within(self.term(inner), Level.POWER)
                return Piece(rf"\frac{{\partial}}{{\partial {identifier(by)}}} {body}", Level.PRODUCT)
            case "limit", (inner, Ref(by), point):
                where = rf"{identifier(by)} \to {self.term(point).text}"
                return Piece(rf"\lim_{{{where}}} {LATEX.within(self.term(inner), Level.PRODUCT)}", Level.PRODUCT)
            case "norm", (inner,):
                return Piece(rf"\left\| {self.term(inner).text} \right\|")
            case "cost", (Ref(flow),):
                return Piece(rf"\mathrm{{cost}}_{{\mathrm{{{flow}}}}}")
            case "product", (left, right):
                return Piece(f"{self.term(left).text} {self.term(right).text}", Level.CONTRACTION)
            case _:
                return None


def _slope(one: str, other: str, lag: int) -> str:
    return rf"\frac{{\partial {identifier(one)}(t)}}{{\partial {identifier(other)}(t-{lag})}}"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")
