"""LaTeX as the papers write it: W_{f} x(t), a pointwise product as a circled dot, a cotangent with a bar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from lstmproof.program.layout import Name
from lstmproof.program.notation import Contraction, Level, Notation, Piece, decimal

GREEK = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    )
)
_ACCENTS = {
    "bar": r"\bar{%s}",
    "long bar": r"\overline{%s}",
    "dot": r"\dot{%s}",
    "cot": r"\ell_{%s}",
    "next": r"\overleftarrow{%s}",
    "copy": r"\hat{%s}",
}
_FUNCTIONS = {"sigmoid": r"\sigma", **{word: rf"\{word}" for word in ("tanh", "exp", "log", "sin", "cos")}}
_DELIMITED = {"abs": (r"\left|", r"\right|"), "sqrt": (r"\sqrt{", "}")}
_RENAMED = {"maximum": r"\max", "minimum": r"\min", "relu": r"\operatorname{relu}", "step": r"\operatorname{H}"}


def identifier(word: str) -> str:
    r"""An author's name: Greek where it spells a letter, upright if it is a word, what follows `_` a subscript.

    >>> identifier("W_f"), identifier("beta"), identifier("net_in_1")
    ('W_{f}', '\\beta', '\\mathrm{net}_{\\mathrm{in},1}')
    """
    head, *tail = [part for part in word.split("_") if part] or [r"\_"]
    subscript = ",".join(_letters(part) for part in tail)
    return _letters(head) + (f"_{{{subscript}}}" if tail else "")


def _letters(word: str) -> str:
    if word in GREEK:
        return f"\\{word}"
    if word in _FUNCTIONS:
        return _FUNCTIONS[word]  # no author's name: values that have none are named after their function
    return word if len(word) == 1 or word.isdigit() or word == r"\_" else rf"\mathrm{{{word}}}"


def name(parts: Name, time: str) -> str:
    r"""`\bar{c}(t-1)` for the cotangent of c at t-1."""
    base = _base(parts.base)
    for role in parts.roles:
        base = _accented(role, base)
    if parts.mark[:1].isdigit():
        base += f"^{{({parts.mark})}}"
    else:
        base += parts.mark
    return base + (f"({time})" if time else "")


_SLOPE = re.compile(r"d(\w+)/d(\w+)")


def _base(word: str) -> str:
    """An identifier, a partial derivative `ds/dW`, or text that is neither."""
    if word.isidentifier():
        return identifier(word)
    if slope := _SLOPE.fullmatch(word):
        return rf"\frac{{\partial {identifier(slope[1])}}}{{\partial {identifier(slope[2])}}}"
    return rf"[\mathtt{{{_verbatim(word)}}}]"


def _accented(role: str, base: str) -> str:
    r"""The accent goes over the letter, and a bar over all of a word; the subscript stays outside it.

    >>> _accented("bar", r"\mathrm{net}_{f}"), _accented("bar", "c")
    ('\\overline{\\mathrm{net}}_{f}', '\\bar{c}')
    """
    if role == "cot":
        return _ACCENTS[role] % base
    letter, underscore, subscript = base.partition("_{")
    if role == "bar" and letter.startswith(r"\mathrm{"):
        role = "long bar"
    return _ACCENTS[role] % letter + underscore + subscript


def _verbatim(text: str) -> str:
    return "".join({"_": r"\_", "{": r"\{", "}": r"\}", "#": r"\#", "&": r"\&", "%": r"\%"}.get(c, c) for c in text)


def _axis(axis: str) -> str:
    return rf"\mathrm{{{_verbatim(axis)}}}"


def _number(value: Fraction) -> Piece:
    exact = decimal(value)
    level = Level.SIGN if value < 0 else Level.ATOM
    if exact is None:
        sign = "-" if value < 0 else ""
        return Piece(rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}", level)
    mantissa, e, exponent = exact.partition("e")
    return Piece(rf"{mantissa} \cdot 10^{{{exponent}}}" if e else exact, Level.PRODUCT if e else level)


def contraction(what: Contraction) -> Piece:
    """Matrix products, with a transpose where the first index is summed; otherwise sums over index letters."""
    rank = len(what.node.axes)
    a, *rest = what.factors
    match what.form:
        case "W @ v":
            text = f"{_factor(a)} {_factor(rest[0])}"
        case "v @ W":
            text = rf"{_transposed(rest[0])} {_factor(a)}"
        case "outer" if rank == 2:
            text = rf"{_factor(a)}\, {_transposed(rest[0])}"
        case "outer":
            text = rf"{_factor(a)} \otimes {_factor(rest[0])}"
        case "dot" if len(what.indices[0]) == 1:
            text = rf"{_transposed(a)} {_factor(rest[0])}"
        case "dot":
            text = rf"\left\langle {a.text},\, {rest[0].text} \right\rangle"
        case "pointwise":
            left, right = LATEX.leading(a, Level.PRODUCT), LATEX.within(rest[0], Level.SIGN)
            return Piece(LATEX.product(left, right, a.rank > 0 and rest[0].rank > 0), Level.PRODUCT, rank)
        case "sum":
            text = rf"\sum_{{{', '.join(_axis(axis) for axis in what.summed)}}} {_factor(a)}"
        case "repeat":
            return Piece(a.text, a.level, rank)
        case "general":
            text = _indexed(what)
    return Piece(text, Level.CONTRACTION, rank)


def _factor(piece: Piece) -> str:
    return LATEX.within(piece, Level.POWER)


def _transposed(piece: Piece) -> str:
    body = _factor(piece)
    bare = piece.level == Level.ATOM and "^" not in body
    return rf"{{{body}}}^{{\top}}" if bare else rf"\left({piece.text}\right)^{{\top}}"


def _indexed(what: Contraction) -> str:
    groups = (*what.indices, what.node.indices)
    letters = dict(zip(dict.fromkeys(index for group in groups for index in group), "ijklmnpqrsuvw", strict=False))
    bound = "".join(letters[index] for index in letters if index not in what.node.indices)
    subscripts = ["".join(letters[index] for index in group) for group in what.indices]
    factors = r"\, ".join(
        rf"\left[{piece.text}\right]_{{{subscript}}}" for piece, subscript in zip(what.factors, subscripts, strict=True)
    )
    out = "".join(letters[index] for index in what.node.indices)
    return (rf"\sum_{{{bound}}} " if bound else "") + factors + (rf"\ \ ({out})" if out else "")


def _quotient(a: Piece, b: Piece) -> Piece:
    return Piece(rf"\frac{{{a.text}}}{{{b.text}}}", Level.POWER)


def _call(function: str, arguments: Sequence[str]) -> str:
    if function in _DELIMITED:
        opening, closing = _DELIMITED[function]
        return f"{opening}{arguments[0]}{closing}"
    spelled = _FUNCTIONS.get(function) or _RENAMED.get(function) or rf"\operatorname{{{_verbatim(function)}}}"
    return rf"{spelled}\left({', '.join(arguments)}\right)"


LATEX = Notation(
    name=name,
    group=lambda text: rf"\left({text}\right)",
    number=_number,
    size=lambda axis: f"n_{{{_axis(axis)}}}",
    product=lambda a, b, pointwise: rf"{a} \odot {b}" if pointwise else rf"{a}\, {b}",
    quotient=_quotient,
    power=lambda base, exponent: f"{base}^{{{exponent}}}",
    call=_call,
    contraction=contraction,
)
