"""Text for LaTeX: what commands it, escaped; what pdfTeX's fonts lack, spelled in mathematics or by its code."""

from __future__ import annotations

import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
}
_LIGATURES = {"-": "-{}", "'": "'{}", ",": ",{}", "?": "?{}", "!": "!{}"}
"""In typewriter text and in pairs these join to other characters."""

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_LETTERS = {
    unicodedata.lookup(
        f"GREEK {'SMALL' if word.islower() else 'CAPITAL'} LETTER {word.upper().replace('BDA', 'DA')}"
    ): (rf"\ensuremath{{\{word}}}")
    for word in _GREEK.split()
}
_SIGNS = {
    "\u00a0": "~",
    "\u00b0": r"\textdegree{}",
    "\u00b1": r"\ensuremath{\pm}",
    "\u00b2": r"\ensuremath{^2}",
    "\u00b3": r"\ensuremath{^3}",
    "\u00b7": r"\ensuremath{\cdot}",
    "\u00d7": r"\ensuremath{\times}",
    "\u00f7": r"\ensuremath{\div}",
    "\u2013": "--",
    "\u2014": "---",
    "\u2018": "`",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "\u2026": r"\ldots{}",
    "\u2032": r"\ensuremath{'}",
    "\u207b": r"\ensuremath{^-}",
    "\u2113": r"\ensuremath{\ell}",
    "\u2190": r"\ensuremath{\leftarrow}",
    "\u2192": r"\ensuremath{\to}",
    "\u21a6": r"\ensuremath{\mapsto}",
    "\u2200": r"\ensuremath{\forall}",
    "\u2202": r"\ensuremath{\partial}",
    "\u2203": r"\ensuremath{\exists}",
    "\u2208": r"\ensuremath{\in}",
    "\u220f": r"\ensuremath{\prod}",
    "\u2211": r"\ensuremath{\sum}",
    "\u2212": r"\ensuremath{-}",
    "\u221a": r"\ensuremath{\surd}",
    "\u221e": r"\ensuremath{\infty}",
    "\u2248": r"\ensuremath{\approx}",
    "\u2260": r"\ensuremath{\neq}",
    "\u2261": r"\ensuremath{\equiv}",
    "\u2264": r"\ensuremath{\le}",
    "\u2265": r"\ensuremath{\ge}",
    "\u2297": r"\ensuremath{\otimes}",
    "\u2299": r"\ensuremath{\odot}",
    "\u22a4": r"\ensuremath{\top}",
}
_KNOWN = _SPECIAL | _LETTERS | _SIGNS


def escaped(text: str) -> str:
    r"""Running text; line breaks are spaces.

    >>> escaped("50% of W_f ≤ β"), escaped("\u2603")
    ('50\\% of W\\_f \\ensuremath{\\le} \\ensuremath{\\beta}', '[U+2603]')
    """
    return "".join(_character(char) for char in text)


def verbatim(text: str) -> str:
    """Text as a program has it: nothing joins to ligatures."""
    return "".join(_LIGATURES.get(char) or _character(char) for char in text)


def _character(char: str) -> str:
    if char in _KNOWN:
        return _KNOWN[char]
    if char.isspace():
        return " "
    if " " < char <= "~" or _has_glyph(char):
        return char
    return f"[U+{ord(char):04X}]"


def _has_glyph(char: str) -> bool:
    """Whether pdfTeX's T1 fonts have the letter: those of Western and Central Europe."""
    try:
        char.encode("iso8859-15" if ord(char) < 0x100 else "iso8859-2")
    except UnicodeEncodeError:
        return False
    return char.isalpha()
