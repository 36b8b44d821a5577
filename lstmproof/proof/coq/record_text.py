"""Values of functions in a stage's script: atoms, and why a function at known arguments is a known polynomial in them.

The induction writes sigma(-z) as 1 minus an atom, |2 z| as 2 times one, e^(2 b) as a square, and so on. Each such step
is one of Coq's or of the theories' lemmas, named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lstmproof.proof.coq.certificate_text import Names, polynomial
from lstmproof.proof.coq.spelling import FUNCTIONS, Unspoken, rational
from lstmproof.proof.induction.atoms import Atoms, Meaning
from lstmproof.proof.induction.polynomial import Polynomial

ODD = {"sigmoid", "tanh", "exp"}
MOST_COPIES = 64
"""The most times that an argument may be added to itself."""


class Book:
    """The atoms of a stage, what they are called and what they stand for."""

    def __init__(self, atoms: Atoms, names: Names, count: str) -> None:
        self.atoms, self.names, self.count = atoms, names, count
        self.meanings: Mapping[str, Meaning] = {
            name: meaning for name, meaning in atoms.meanings.items() if meaning[0] != "given"
        }
        self.known = {meaning: name for name, meaning in self.meanings.items()}
        self.guards: list[str] = []
        """Names of what has been shown of operations that are not defined everywhere."""

    def text(self, value: Polynomial) -> str:
        """A polynomial in the atoms' names."""
        return polynomial(value, self.names)

    def atom(self, function: str, *arguments: Polynomial) -> str | None:
        """What the atom for a function at these arguments is called, if there is one."""
        name = self.known.get((function, arguments))
        return self.names[name] if name is not None else None

    def need(self, function: str, *arguments: Polynomial) -> str:
        """The same, where there has to be one."""
        found = self.atom(function, *arguments)
        if found is None:
            raise Unspoken(f"no value of {function} at {', '.join(map(str, arguments))}")
        return found

    def definition(self, name: str) -> str:
        """What an atom stands for."""
        function, arguments = self.meanings[name]
        texts = [self.text(argument) for argument in arguments]
        match function:
            case "reciprocal":
                return f"(/ {texts[0]})"
            case "power":
                return f"({texts[0]} ^ {self.count})"
        return f"({FUNCTIONS[function]} {' '.join(texts)})"

    def introduction(self, name: str) -> list[str]:
        """Name the atom, with its definition `D'` and, where it needs nothing else, what is known of it, `B'`."""
        atom, value = self.names[name], self.definition(name)
        lines = [f"destruct (ex_intro (fun v'' => v'' = {value}) {value} eq_refl) as [{atom} D'{atom}]."]
        known = self._known(name)
        if known:
            lines.append(f"pose proof {known} as B'{atom}." + self._folded(name, atom))
        return lines

    def _folded(self, name: str, atom: str) -> str:
        by_lemma = self.meanings[name][0] in {"abs", "maximum"}
        return "" if by_lemma else f" rewrite <- ?D'{atom} in B'{atom}."

    def _known(self, name: str) -> str:
        function, arguments = self.meanings[name]
        atom, z = self.names[name], self.text(arguments[0])
        match function:
            case "sigmoid" | "tanh":
                return f"({function}_range {z})"
            case "exp":
                return f"(conj (exp_pos {z}) (conj (exp_at_least {z}) (exp_opposite_bound {z})))"
            case "abs":
                return f"(Rabs_facts _ _ D'{atom})"
            case "maximum":
                return f"(Rmax_facts _ _ _ D'{atom})"
            case "softplus":
                return f"(conj (softplus_positive {z}) (softplus_above {z}))"
            case "sin":
                return f"(SIN_bound {z})"
            case "cos":
                return f"(COS_bound {z})"
        return ""


def script(book: Book, function: str, arguments: tuple[Polynomial, ...], result: Polynomial) -> str:
    """A tactic that shows a function at polynomials, as they are written, to be `result`.

    Raises:
        Unspoken: by none of the lemmas here.
    """
    match function, arguments:
        case (("sigmoid" | "tanh" | "exp"), (z,)):
            return _exponential(book, function, z)
        case "abs", (z,):
            return _absolute(book, z)
        case "maximum", (z, w):
            return _maximum(book, z, w)
        case "relu", (z,):
            return f"unfold relu; {_maximum(book, z, Polynomial({}))}"
        case "minimum", (z, w):
            inner = _maximum(book, -z, -w)
            return f"transitivity (- {book.text(-result)}); [apply minimum_of; {inner} | same]"
        case "log", (z,):
            return _log(book, z)
        case "reciprocal", (b,):
            return _reciprocal(book, b, result)
        case "power", _:
            atom = book.atom("power", arguments[0], arguments[1])
            return "cbn [pow]; " + (f"rewrite ?D'{atom}; " if atom else "") + "same"
        case _:
            return f"symmetry; exact D'{book.need(function, *arguments)}"


def _exponential(book: Book, function: str, z: Polynomial) -> str:
    atom, mirrored = book.atom(function, z), book.atom(function, -z)
    if not z.terms:
        return {"sigmoid": "exact sigmoid_zero", "tanh": "exact tanh_0", "exp": "exact exp_0"}[function]
    if atom:
        return f"symmetry; exact D'{atom}"
    opposite = f"apply ({function}_opposite _ {book.text(-z)} _ D'{mirrored}); same"
    if mirrored and function != "exp":
        sign = "1 - " if function == "sigmoid" else "- "
        return f"transitivity ({sign}{mirrored}); [{opposite} | same]"
    if mirrored and (inverse := book.atom("reciprocal", Polynomial.variable(book.known["exp", (-z,)]))):
        return f"rewrite D'{inverse}; {opposite}"
    if function == "exp" and not book.atoms.parts(z)[0].terms:
        return exponential_of_simple(book, z)
    raise Unspoken(f"{function} at {z}")


def exponential_of_simple(book: Book, z: Polynomial) -> str:
    """A tactic for `exp z = P`, P the product of one atom for each term of z."""
    if not z.terms:
        return "(rewrite exp_0; same)"
    steps: list[str] = []
    sums: list[str] = []
    for coefficient, monomial in z.ordered():
        part = Polynomial({monomial: coefficient})
        value = book.atoms.exp_of_term(coefficient, monomial)
        said = f"exp {book.text(part)} = {book.text(value)}"
        steps.append(f"assert (X'{len(sums)} : {said}) by ({_of_term(book, part)})")
        sums.append(book.text(part))
    names = ", ".join(f"X'{place}" for place in range(len(sums)))
    whole = " + ".join(sums)
    return f"({'; '.join(steps)}; replace {book.text(z)} with ({whole}) by same; rewrite ?exp_plus, {names}; same)"


def _of_term(book: Book, part: Polynomial) -> str:
    """A tactic for the exponential of one term."""
    ((monomial, coefficient),) = part.terms.items()
    function, arguments = book.atoms.meanings[monomial[0]] if monomial else ("", ())
    whole = coefficient.denominator == 1 and bool(monomial) and 0 < coefficient <= MOST_COPIES
    if len(monomial) == 1 and function == "log" and whole:
        log = book.names[monomial[0]]
        copies = " + ".join([f"ln {book.text(arguments[0])}"] * int(coefficient))
        known = f"clear - {' '.join(book.guards)}; lra" if book.guards else "lra"
        positive = f"exp_ln {book.text(arguments[0])} ltac:({known})"
        bare = f"ln {book.text(arguments[0])}"
        scaled = f"{coefficient} * {bare}" if coefficient != 1 else bare
        return f"rewrite D'{log}; replace ({scaled}) with ({copies}) by same; rewrite ?exp_plus, ({positive}); same"
    if coefficient > 0 and not (whole and coefficient > 1):
        return f"symmetry; exact D'{book.need('exp', part)}"
    if whole:
        unit = Polynomial({monomial: Fraction(1)})
        copies = " + ".join([book.text(unit)] * int(coefficient))
        atom = book.need("exp", unit)
        return f"replace {book.text(part)} with ({copies}) by same; rewrite ?exp_plus, <- D'{atom}; same"
    raise Unspoken(f"exp of {part}")


def _absolute(book: Book, z: Polynomial) -> str:
    if z.number is not None:
        return "unfold Rabs; destruct (Rcase_abs _); lra"
    lead = z.ordered()[0][0]
    unit = z * (1 / lead)
    atom = book.need("abs", unit)
    side = "left" if lead > 0 else "right"
    size = rational(abs(lead))
    proof = f"apply (Rabs_scaled _ {book.text(unit)} {size} _ D'{atom}); [lra | {side}; same]"
    return f"transitivity ({size} * {atom}); [{proof} | same]"


def _maximum(book: Book, z: Polynomial, w: Polynomial) -> str:
    difference = (z - w).number
    if difference is not None:
        return f"rewrite Rmax_{'left' if difference >= 0 else 'right'} by lra; same"
    p, q = sorted((z, w), key=repr)
    side = "left" if p == z else "right"
    atom = book.need("maximum", p, q)
    return f"apply (maximum_of _ _ {book.text(p)} {book.text(q)} _ D'{atom}); {side}; split; same"


def _log(book: Book, z: Polynomial) -> str:
    if z == Polynomial.constant(1):
        return "exact ln_1"
    if len(z.terms) == 1 and len(z.variables) == 1:
        (name,) = z.variables
        if book.atoms.meanings[name][0] == "exp" and z == Polynomial.variable(name):
            return f"rewrite D'{book.names[name]}; apply ln_exp"
    return f"symmetry; exact D'{book.need('log', z)}"


def _reciprocal(book: Book, b: Polynomial, result: Polynomial) -> str:
    """1 / b = (1 / c) (1 / u) for b = c u, where 1 / u is an atom."""
    if b.number is not None:
        return "same"
    for (function, arguments), name in book.known.items():
        atom = Polynomial.variable(name)
        scale = _ratio(result, atom)
        if function == "reciprocal" and scale and arguments[0] * (1 / scale) == b:
            text, size = book.text(arguments[0]), rational(1 / scale)
            proof = f"apply (inverse_scaled _ {text} {size} _ D'{book.names[name]}); same"
            return f"transitivity (/ {size} * {book.names[name]}); [{proof} | same]"
    raise Unspoken(f"1 / ({b})")


def _ratio(value: Polynomial, unit: Polynomial) -> Fraction | None:
    """c with value = c unit."""
    (monomial,) = unit.terms
    scale = value.terms.get(monomial)
    return scale if scale and value == unit * scale else None
