"""Names as lettering: Greek where a name spells a letter, a subscript below the line, `(t-1)` after it.

Widths are estimates for a sans-serif face. Nothing depends on them but how far pieces of one name stand apart, so that
another face shifts them by a point and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import lookup

from lstmproof.document.drawing import Ink, Words

_LETTERS = {
    name: lookup(f"GREEK SMALL LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for name in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
        *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
    )
}
_NARROW = frozenset("fijlrtI.,:;'|()[]/ -")
_WIDE = frozenset("mwMW@%+=×÷≤≥−")

SUBSCRIPT = 0.72
"""The size of a subscript beside that of its name."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """A name in three pieces."""

    base: str
    below: str = ""
    after: str = ""

    def width(self, size: float) -> float:
        """Estimated, in points."""
        return width(self.base, size) + width(self.below, size * SUBSCRIPT) + width(self.after, size)


def lettering(name: str, time: str = "") -> Lettering:
    """`h`, `W_phi` and `1/W_f` as people write them; `time` is `t` or `t-1` where it is to be shown.

    >>> lettering("b_phi", "t-1")
    Lettering(base='b', below='φ', after='(t−1)')
    """
    after = f"({time.replace('-', '−')})" if time else ""
    head, underscore, tail = name.partition("_")
    if not name.replace("_", "").isalnum() or not head or not underscore:
        return Lettering(_LETTERS.get(name, name.replace("-", "−")), "", after)
    return Lettering(_letter(head), ",".join(_letter(part) for part in tail.split("_") if part), after)


def _letter(word: str) -> str:
    return _LETTERS.get(word, word)


def width(text: str, size: float) -> float:
    """The estimated width of a text, in points."""
    return sum(size * (0.36 if char in _NARROW else 0.86 if char in _WIDE else 0.6) for char in text)


def centred(what: Lettering, x: float, y: float, size: float, ink: Ink = "text") -> tuple[Words, ...]:
    """A name around `x`, on the base line `y`."""
    return _placed(what, x - what.width(size) / 2, y, size, ink)


def ending(what: Lettering, x: float, y: float, size: float, ink: Ink = "text") -> tuple[Words, ...]:
    """A name that ends at `x`, on the base line `y`."""
    return _placed(what, x - what.width(size), y, size, ink)


def starting(what: Lettering, x: float, y: float, size: float, ink: Ink = "text") -> tuple[Words, ...]:
    """A name that begins at `x`, on the base line `y`."""
    return _placed(what, x, y, size, ink)


def _placed(what: Lettering, left: float, y: float, size: float, ink: Ink) -> tuple[Words, ...]:
    """Pieces that meet where the estimate says that the base ends: the base ends there, the subscript begins there."""
    if not what.below:
        return (Words((round(left, 1), y), what.base + what.after, size, ink),)
    joint = left + width(what.base, size)
    small = size * SUBSCRIPT
    words = [
        Words((round(joint, 1), y), what.base, size, ink, anchor="end"),
        Words((round(joint + 0.4, 1), round(y + 0.25 * size, 1)), what.below, round(small, 1), ink),
    ]
    if what.after:
        words.append(Words((round(joint + 0.8 + width(what.below, small), 1), y), what.after, size, ink))
    return tuple(words)
