"""What a script of facts begins with: how SymPy decides each. Nothing of lstmproof is used."""

from __future__ import annotations

import ast
from functools import cache
from types import SimpleNamespace
from typing import Any

import sympy as sp
from mpmath import iv
from sympy import Expr
from sympy.polys.fields import field

iv.dps = 80
R = sp.Rational
UNDER: dict[Expr, Expr] = {}
"""What stands for names of which something is assumed: every number that meets the assumption has that form."""
MEANING: dict[Expr, Expr] = {}
"""What the rests of exponentials are."""
STILL: dict[Expr, Expr] = {}
"""Of each symbol that stands still, the one that it is."""
LOGARITHMS: dict[Expr, Expr] = {}
"""Of each symbol that is a logarithm, of what."""
DIVISORS: list[Expr] = []
CHANGE = sp.Symbol("change of the state at another unit", real=True)


class E(sp.Function):  # type: ignore[misc]
    """e^z. SymPy's own exp merges products of exponentials."""

    is_real = is_positive = True

    @classmethod
    def eval(cls, z: Expr) -> Expr | None:
        """1 at 0."""
        return sp.Integer(1) if z == 0 else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Its derivative is itself."""
        need(argindex == 1, "e^z has one argument")
        return self

    def _eval_evalf(self, prec: int) -> Expr:
        return sp.exp(self.args[0])._eval_evalf(prec)


class L(sp.Function):  # type: ignore[misc]
    """log z, which SymPy's own would rewrite."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Expr:
        """1 / z."""
        need(argindex == 1, "log z has one argument")
        return 1 / self.args[0]

    def _eval_evalf(self, prec: int) -> Expr:
        return sp.log(self.args[0])._eval_evalf(prec)


class A(sp.Function):  # type: ignore[misc]
    """|z|."""

    @classmethod
    def eval(cls, z: Expr) -> Expr | None:
        """Itself where the sign is seen."""
        return abs(z) if z.is_Rational else z if nonnegative(z) else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """z / |z|, where z is not 0."""
        need(argindex == 1, "|z| has one argument")
        return self.args[0] / self

    def _eval_evalf(self, prec: int) -> Expr:
        return sp.Abs(self.args[0])._eval_evalf(prec)


def sigmoid(z: Expr) -> Expr:
    """The logistic function."""
    return 1 / (1 + E(-z))


def tanh(z: Expr) -> Expr:
    """The hyperbolic tangent."""
    return 1 - 2 / (1 + E(2 * z))


def softplus(z: Expr) -> Expr:
    """log(1 + e^z)."""
    return L(1 + E(z))


def relu(z: Expr) -> Expr:
    """max(z, 0)."""
    return (z + A(z)) / 2


def maximum(a: Expr, b: Expr) -> Expr:
    """The greater of two."""
    return (a + b + A(a - b)) / 2


def minimum(a: Expr, b: Expr) -> Expr:
    """The lesser of two."""
    return (a + b - A(a - b)) / 2


def over(a: Expr, b: Expr) -> Expr:
    """a / b, which has a value where b is not 0."""
    DIVISORS.append(sp.S(b))
    return sp.S(a) / b


def real(name: str, k: int = 0) -> Expr:
    """A value that may be any real number, k steps before t."""
    return sp.Symbol(f"{name}[t-{k}]" if k else name, real=True)


def weak(name: str) -> Expr:
    """Any number >= 0."""
    return sp.Symbol(name, nonnegative=True)


def strict(name: str) -> Expr:
    """Any number > 0."""
    return sp.Symbol(name, positive=True)


def rest(z: Expr, order: int) -> Expr:
    """e^z - 1, or e^z - 1 - z - z^2 / 2: not negative for z >= 0, positive for z > 0, by the series of e^z."""
    z = sp.S(z)
    need(nonnegative(z), f"{z} >= 0")
    name = sp.Symbol(f"rest of e^({z})", positive=True) if nonnegative(z, True) else weak(f"rest of e^({z})")
    MEANING[name] = E(z) - 1 - (z + z**2 / 2 if order else 0)
    return name


@cache
def zero(e: Expr) -> bool:
    """Whether e is 0 wherever it has a value: as a rational function of its symbols, exponentials and logarithms."""
    return bool(quotient(flat(sp.S(e))) == 0)


@cache
def flat(e: Expr) -> Expr:
    """e with a symbol for each exponential, logarithm and absolute value, equal ones the same."""
    if not e.args:
        need(e.is_Symbol or e.is_Rational, f"{e} is a symbol or a number")
        return e
    parts = [flat(each) for each in e.args]
    match e:
        case E() | sp.exp():
            return exponential(parts[0])
        case L() | sp.log():
            symbol = sp.Symbol(f"log({quotient(parts[0])})", real=True)
            LOGARITHMS[symbol] = parts[0]
            return symbol
        case A():
            size, key = content(quotient(parts[0]))
            return abs(size) * sp.Symbol(f"|{key}|", nonnegative=True)
    return e.func(*parts)


def quotient(e: Expr) -> Any:
    """e as an element of a field of rational functions; a root of an exponential is a symbol of its own there."""
    roots = [each for each in e.atoms(sp.Pow) if each.base.is_Symbol and each.exp.is_Rational and each.exp.q > 1]
    fine = {each.base: 1 for each in roots}
    for each in roots:
        fine[each.base] = sp.ilcm(fine[each.base], each.exp.q)
    e = e.xreplace({base: sp.Symbol(f"{base} root {q}", positive=True) ** q for base, q in fine.items()})
    symbols = sorted(e.free_symbols, key=str)
    return field([*symbols, sp.Symbol("none")], sp.QQ)[0].from_expr(e)


@cache
def exponential(z: Expr) -> Expr:
    """e^z: of a polynomial the product over its terms, each a power of the exponential of one monomial."""
    whole = quotient(z)
    if not whole.denom.is_ground:
        size, key = content(whole)
        return sp.Symbol(f"exp({key})", positive=True) ** size
    result = sp.Integer(1)
    for exponents, value in whole.numer.terms():
        monomial = sp.prod(symbol**times for symbol, times in zip(whole.field.symbols, exponents, strict=True))
        unit = LOGARITHMS.get(monomial, sp.Symbol(f"exp({monomial})", positive=True))
        result *= unit ** (R(str(value)) / R(str(whole.denom.LC)))
    return result


def content(whole: Any) -> tuple[Expr, str]:
    """A rational number and a text that stands for the rest: the same for all multiples."""
    sizes = []
    for part in (whole.numer, whole.denom):
        values = [R(str(value)) for value in part.coeffs()]
        size = R(sp.igcd(*(each.p for each in values), 0), sp.ilcm(*(each.q for each in values), 1))
        sizes.append(size * sp.sign(values[0]) if values else R(1))
    above, below = (part.as_expr() / size for part, size in zip((whole.numer, whole.denom), sizes, strict=True))
    return sizes[0] / sizes[1], f"({above})/({below})"


def nonnegative(e: Expr, positive: bool = False) -> bool:
    """Whether e >= 0, or e > 0, wherever it has a value, is seen from its form: sums, products, powers, known signs."""
    if e.is_Rational:
        return bool(e > 0 if positive else e >= 0)
    if e.is_Symbol:
        return bool(e.is_positive or (e.is_nonnegative and not positive))
    match e:
        case E():
            return True
        case A():
            return not positive
        case sp.Mul():
            return all(nonnegative(each, positive) for each in e.args)
        case sp.Add():
            some = not positive or any(nonnegative(each, True) for each in e.args)
            return some and all(nonnegative(each) for each in e.args)
        case sp.Pow() if e.exp.is_Integer and e.exp % 2 == 0:
            return not positive or nonnegative(e.base, True) or nonnegative(-e.base, True)
        case sp.Pow() if e.exp.is_Integer:
            return nonnegative(e.base, positive)
    return False


def need(holds: bool, text: str) -> None:
    """Stop at what a fact needs and does not hold."""
    if not holds:
        fact(text, False)


def fact(text: str, holds: bool) -> None:
    """Say whether a fact holds; stop at one that does not."""
    print(f"{'holds' if holds else 'FAILS'}  {text}")
    if not holds:
        raise SystemExit(1)


def under(e: Expr, case: tuple[Any, ...] = ()) -> Expr:
    """e with what is assumed put in; in one case of signs: names, what an absolute value is of, and its sign."""
    e = moving(e).xreplace(UNDER)
    for names, inner, sign in case:
        e = e.xreplace(names)
        bars = [each for each in e.atoms(A) if zero(each.args[0] - inner) or zero(each.args[0] + inner)]
        e = e.xreplace(dict.fromkeys(bars, sign * inner))
    return e


def equal(text: str, left: Expr, right: Expr) -> None:
    """The two are one function of their symbols."""
    fact(text, zero(under(left) - under(right)))


def at_least(
    text: str, larger: Expr, smaller: Expr, form: Expr, positive: bool = False, case: tuple[Any, ...] = ()
) -> None:
    """larger - smaller is `form`, which is >= 0, or > 0, as it is written."""
    difference = under(larger, case) - under(smaller, case)
    fact(f"{text}: the difference is {form}", nonnegative(form, positive) and zero(difference - form.xreplace(MEANING)))


def greater_number(text: str, larger: Expr, smaller: Expr) -> None:
    """Of numbers without symbols, by interval arithmetic."""
    fact(text, enclosed(sp.S(larger)) - enclosed(sp.S(smaller)) > 0)


def enclosed(e: Expr) -> Any:
    """An interval that holds the number e."""
    if e.is_Rational:
        return iv.mpf(int(e.p)) / int(e.q)
    parts = [enclosed(each) for each in e.args]
    match e:
        case sp.Add():
            return sum(parts)
        case sp.Mul():
            return sp.prod(parts)
        case sp.Pow() if e.exp.is_Integer:
            return parts[0] ** int(e.exp)
        case E() | L() | A():
            return {E: iv.exp, L: iv.log, A: abs}[type(e)](parts[0])
    raise ValueError(f"no interval of {e}")


def covered(text: str, name: Expr, form: Expr, shares: dict[Expr, Expr]) -> None:
    """Every number that meets the assumption has the form: with these numbers for the free ones it is the name."""
    fact(text, zero(form.xreplace(shares) - name))


def defined(*forms: Expr) -> None:
    """Every divisor is a form that is seen to be positive, or the opposite of one."""
    for each in dict.fromkeys(under(each) for each in DIVISORS):
        met = bool(not each.free_symbols and 0 not in enclosed(each))
        met = met or any(nonnegative(form, True) and (zero(each - form) or zero(each + form)) for form in forms)
        fact(f"{each} is not 0", met)


def limit(e: Expr, variable: Expr, point: Expr) -> Expr:
    """The limit, by SymPy's algorithm of Gruntz, which looks at the formula far out alone."""
    DIVISORS[:] = [each for each in DIVISORS if not each.has(variable)]
    e = under(e)
    while inner := {each for each in e.atoms(E, L) if not each.args[0].atoms(E, L)}:
        e = e.xreplace({each: (sp.exp if isinstance(each, E) else sp.log)(each.args[0]) for each in inner})
    return sp.limit(e, variable, point)


def stop(e: Expr) -> Expr:
    """e as a constant: its symbols stand still."""
    still = {each: sp.Symbol(f"{each}, still", real=True) for each in e.free_symbols}
    STILL.update({new: STILL.get(old, old) for old, new in still.items()})
    return e.xreplace(still)


def moving(e: Expr) -> Expr:
    """e with the symbols themselves for those that stood still, once no slope is taken any more."""
    return sp.S(e).xreplace(STILL)


def slope(e: Expr, variable: Expr) -> Expr:
    """de / dvariable; what stands still does so in a slope of the slope too."""
    return sp.diff(e, variable)


def passes(e: Expr, variable: Expr) -> bool:
    """Whether an error at e reaches a variable."""
    return not zero(moving(slope(e, variable)))


def product(name: str, k: int, moved: Expr | None, weight: Expr | None, vector: Expr) -> Expr:
    """A sum of products over units, any real number: what a change of the state at another unit adds to it, too."""
    value = real(name, k)
    if moved is None or not vector.has(moved, CHANGE):
        return value
    by = sp.diff(vector, moved)
    need(weight is not None and by.is_Rational and not vector.has(CHANGE), f"{name} passes an error to one unit")
    return value + weight * by * CHANGE


def paths(step: SimpleNamespace, new: str, old: str) -> tuple[set[str], bool]:
    """Sums of products that hand an error at a new state on to an old one; and whether any do after passing another."""
    reached = {name for name, read in step.sums.items() if passes(read, step.old[old])}
    first, pending = set(reached), sorted(reached)
    later: set[str] = set()
    while pending:
        through = real(pending.pop())
        fresh = {name for name, read in step.sums.items() if passes(read, through)} - later
        later |= fresh
        pending += sorted(fresh)
    counted = {name for name in step.sums if passes(step.new[new], real(name))}
    return first & counted, bool(later & counted)


def cost(operations: list[tuple[tuple[str, ...], str]], sizes: dict[str, Expr]) -> Expr:
    """How many operators and functions a step applies: those of each line, once for each entry along its axes."""
    return sum(sp.prod(sizes[axis] for axis in axes) * counted(text) for axes, text in operations)


def counted(text: str) -> int:
    """The operators and functions in a line; numbers, and what only stands still, are none."""
    found = 0
    for part in ast.walk(ast.parse(text)):
        match part:
            case ast.BinOp() | ast.AugAssign():
                found += 1
            case ast.UnaryOp(operand=operand) if not isinstance(operand, ast.Constant):
                found += 1
            case ast.Call(func=ast.Name(id=name)) if name not in ("R", "stop"):
                found += 1
    return found


def rounds(text: str, number: Expr, shown: str) -> None:
    """A number is as it is shown, to within one unit of its last digit."""
    interval = enclosed(sp.S(number)) - enclosed(R(shown))
    fact(text, bool(abs(interval) < enclosed(R(1, 10 ** len(shown.partition(".")[2])))))


def carousel(cell: Any, state: str, lag: int) -> Expr:
    """ds(t)/ds(t-lag), net inputs cut: slopes of one step by SymPy, multiplied along every path through states."""
    error: dict[str, Expr] = {state: sp.Integer(1)}
    for k in range(lag):
        step = cell(k)
        wanted = [state] if k == lag - 1 else step.old
        error = {old: sum(part * slope(step.new[new], step.old[old]) for new, part in error.items()) for old in wanted}
    return error[state]


def jacobian(cell: Any, value: str, state: str, lag: int) -> SimpleNamespace:
    """Entries of d value_i(t) / d state_j(t-lag) in the full flow: for i = j, and for i != j."""
    error = {value: sp.Integer(1)}
    for k in range(lag):
        arriving = {}
        for old in [state] if k == lag - 1 else cell(k).old:
            step = cell(k, old)
            found = step.new if k else step.value
            parts = {name: (slope(found[name], step.old[old]), slope(found[name], CHANGE)) for name in error}
            same = sum(error[name] * sum(both) for name, both in parts.items()).xreplace({CHANGE: 0})
            other = sum(error[name] * both[1] for name, both in parts.items()).xreplace({CHANGE: 0})
            need(lag == 1 or other == 0, "no error passes to other units")
            arriving[old] = same
        error = arriving
    return SimpleNamespace(same=error[state], other=other)
