"""A first look at the tokens: bounds length and nesting, so that Python's parser is only ever given tame text.

Python's own parser may exhaust the C stack or memory on deeply nested text, and reads an f-string's inside as
code. Whatever could do so is refused here, in one linear pass that keeps no tree.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from lstmproof.language.errors import DerivationError, SourceText, clip

MAX_NESTING = 100
MAX_STATEMENTS = 500
MAX_DIGITS = 50
MAX_EXPONENT = 300
MAX_NAME = 100
_MAX_TOKENS = 50_000
_MAX_CHAIN = 250
"""Operators that may enclose one another before the exact depth is counted on the tree."""

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t]+|\#[^\n]*|\\\n)
  | (?P<newline>\n)
  | (?P<string>[A-Za-z]{0,2}(?:\"\"\"|'''|"|'))
  | (?P<number>(?:\d\w*(?:\.\w*)?|\.\d\w*)(?:(?<=[eE])[+-]\d\w*)?)
  | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<symbol>\*\*|//|:=|->|.)
    """,
    re.VERBOSE | re.ASCII,
)
_DECIMAL = re.compile(r"(?P<digits>\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE](?P<exponent>[+-]?\d[\d_]*))?", re.ASCII)
_STRING_END = {
    '"': re.compile(r'[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"'),
    "'": re.compile(r"[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"),
}
_FLAT = frozenset(",:;")
_CHAINING = frozenset({"not", "and", "or", "is", "in"})
_CLOSER = {"(": ")", "[": "]", "{": "}"}

_LOOP = "equations hold for every unit and step: no loop is needed, 'sum(v)' sums over an axis"
_CHOICE = "equations have no branches; 'maximum', 'minimum', 'relu' and 'abs' choose by value"
_REFUSED_WORDS = {
    "lambda": ("a lambda", "write a helper: def g(z): return ..."),
    "for": ("a loop or comprehension", _LOOP),
    "while": ("a loop", _LOOP),
    "if": ("a condition", _CHOICE),
    "elif": ("a condition", _CHOICE),
    "else": ("a condition", _CHOICE),
    "with": ("a with statement", "write assignments and one return only"),
    "try": ("a try statement", "write assignments and one return only"),
    "except": ("an except clause", "write assignments and one return only"),
    "finally": ("a finally clause", "write assignments and one return only"),
    "raise": ("a raise statement", "write assignments and one return only"),
    "assert": ("an assert statement", "write a claim, and what it assumes as assume(...)"),
    "class": ("a class", "write a cell as a function decorated with @cell"),
    "async": ("async", "write a plain function"),
    "await": ("await", "write the expression itself"),
    "yield": ("yield", "return the states at the end of the cell"),
    "global": ("a global statement", "pass what the cell needs as an argument"),
    "nonlocal": ("a nonlocal statement", "pass what the cell needs as an argument"),
    "del": ("a del statement", "leave the name as it is"),
}
_REFUSED_BRACKETS = {
    "[": ("'['", "write whole vectors: there are no subscripts, lists or comprehensions"),
    "{": ("'{'", "write whole vectors: there are no dictionaries, sets or comprehensions"),
}


@dataclass
class _Scanner:
    """Where the pass is, and what encloses it."""

    source: SourceText
    line: int = 1
    line_start: int = 0
    tokens: int = 0
    statements: int = 0
    in_statement: bool = False
    openers: list[tuple[str, int, int]] = field(default_factory=list)
    """Each open bracket with its line and column."""
    chains: list[int] = field(default_factory=lambda: [0])
    """Operators seen so far at each bracket level of this statement."""
    depth: int = 0
    """Their sum: no expression nests deeper."""

    def error(self, start: int, message: str, found: str, expected: str, fix: str, width: int = 1) -> DerivationError:
        return self.source.error_at(self.line, start - self.line_start + 1, message, found, expected, fix, width)


def scan(source: SourceText) -> None:
    """Pass over `source` once.

    Raises:
        DerivationError: brackets that do not match, nesting, a name, a number, a statement or the whole beyond its
            limit, a character that is not ASCII outside comments and strings, an f-string, a bracket or a keyword
            that the language does not have.
    """
    state = _Scanner(source)
    position = 0
    while found := _TOKEN.match(source.text, position):
        position = found.end()
        kind = found.lastgroup
        if kind == "blank":
            if found[0] == "\\\n":
                _next_line(state, position)
            continue
        if kind == "newline":
            _end_of_line(state, position)
            continue
        _count(state, found)
        if kind == "string":
            position = _string(state, found)
        elif kind == "number":
            _number(state, found)
        elif kind == "name":
            _name(state, found)
        elif kind == "open":
            _open(state, found)
        elif kind == "close":
            _close(state, found)
        else:
            _symbol(state, found)
    if state.openers:
        opener, line, column = state.openers[-1]
        raise source.error_at(
            line, column, f"'{opener}' is never closed", "the end of the file", f"'{_CLOSER[opener]}'", "close it"
        )


def _next_line(state: _Scanner, start: int) -> None:
    state.line += 1
    state.line_start = start


def _end_of_line(state: _Scanner, start: int) -> None:
    """A line's end; it ends the statement unless a bracket is open."""
    _next_line(state, start)
    if not state.openers:
        state.in_statement = False
        state.chains, state.depth = [0], 0


def _count(state: _Scanner, found: re.Match[str]) -> None:
    """One token more, and one statement more if it begins one."""
    state.tokens += 1
    if not state.in_statement:
        state.in_statement = True
        state.statements += 1
    limits = ((state.statements, MAX_STATEMENTS, "statements"), (state.tokens, _MAX_TOKENS, "words and symbols"))
    for count, limit, what in limits:
        if count > limit:
            fix = "split it into several files"
            raise state.error(
                found.start(), "too long a file", f"more than {limit:,} {what}", f"at most {limit:,}", fix
            )


def _deeper(state: _Scanner, found: re.Match[str]) -> None:
    state.chains[-1] += 1
    state.depth += 1
    if state.depth > _MAX_CHAIN or len(state.openers) > MAX_NESTING:
        raise too_deep(state.source, state.line, found.start() - state.line_start + 1)


def too_deep(source: SourceText, line: int, column: int) -> DerivationError:
    """The error for an expression that nests beyond the limit."""
    return source.error_at(
        line,
        column,
        "too deeply nested",
        f"more than {MAX_NESTING} operators, calls or brackets, one inside the other",
        f"at most {MAX_NESTING}; a sum of n terms nests n - 1 deep",
        "give a part of it a name in an assignment of its own",
    )


def _string(state: _Scanner, found: re.Match[str]) -> int:
    """Skip a string; returns where it ends."""
    prefix = found[0].rstrip("\"'")
    quote = found[0][len(prefix) :]
    if set(prefix.lower()) & {"f", "t", "b"}:
        what = "a bytes literal" if "b" in prefix.lower() else "an f-string"
        fix = "write an ordinary string without a prefix"
        raise state.error(
            found.start(), f"{what} is not in the language", what, "a docstring or axis names", fix, len(prefix)
        )
    if len(quote) == 3:
        end = _end_of_long_string(state.source.text, found.end(), quote)
    else:
        closing = _STRING_END[quote].match(state.source.text, found.end())
        end = closing.end() if closing else -1
    if end < 0:
        raise state.error(
            found.start(), "a string is never closed", quote, f"a closing {quote}", "close it", len(quote)
        )
    for offset in re.finditer("\n", state.source.text[found.end() : end]):
        _next_line(state, found.end() + offset.end())
    return end


def _end_of_long_string(text: str, start: int, quote: str) -> int:
    """Where a triple-quoted string ends, or -1; a backslash hides the character after it."""
    while (end := text.find(quote, start)) >= 0:
        backslash = text.find("\\", start, end)
        if backslash < 0:
            return end + 3
        start = backslash + 2
    return -1


def _number(state: _Scanner, found: re.Match[str]) -> None:
    shape = _DECIMAL.fullmatch(found[0])
    width = found.end() - found.start()
    if shape is None:
        fix = "write it in decimal, like 12, 0.5 or 1e-3"
        raise state.error(found.start(), "not a number of the language", clip(found[0]), "a decimal number", fix, width)
    digits = sum(char.isdigit() for char in shape["digits"])
    if digits > MAX_DIGITS:
        what, limit = f"{digits:,} digits", f"at most {MAX_DIGITS} digits"
        raise state.error(found.start(), "too long a number", what, limit, "round it", width)
    exponent = (shape["exponent"] or "0").lstrip("+-").replace("_", "").lstrip("0")
    if len(exponent) > 3 or int(exponent or "0") > MAX_EXPONENT:
        what, limit = clip(found[0], 30), "0, or between 1e-300 and 1e300 in size"
        raise state.error(found.start(), "a number out of range", what, limit, "rescale the quantity", width)


def _name(state: _Scanner, found: re.Match[str]) -> None:
    word = found[0]
    if len(word) > MAX_NAME:
        what = f"a name of {len(word):,} characters"
        raise state.error(found.start(), "too long a name", what, f"at most {MAX_NAME}", "shorten it", len(word))
    if word in _REFUSED_WORDS:
        what, fix = _REFUSED_WORDS[word]
        raise state.error(
            found.start(), f"{what} is not in the language", f"'{word}'", "equations: name = expression", fix, len(word)
        )
    if word in _CHAINING:
        _deeper(state, found)


def _open(state: _Scanner, found: re.Match[str]) -> None:
    if found[0] in _REFUSED_BRACKETS:
        what, fix = _REFUSED_BRACKETS[found[0]]
        raise state.error(
            found.start(), f"{what} is not in the language", what, "names, numbers, operators and calls", fix
        )
    state.openers.append((found[0], state.line, found.start() - state.line_start + 1))
    _deeper(state, found)
    state.chains.append(0)


def _close(state: _Scanner, found: re.Match[str]) -> None:
    if not state.openers or _CLOSER[state.openers[-1][0]] != found[0]:
        raise state.error(
            found.start(), f"'{found[0]}' closes nothing", f"'{found[0]}'", "an opening bracket before it", "remove it"
        )
    state.openers.pop()
    state.depth -= state.chains.pop()


def _symbol(state: _Scanner, found: re.Match[str]) -> None:
    symbol = found[0]
    if not symbol.isascii():
        raise _not_ascii(state, found)
    if symbol == ";":
        state.in_statement = False
        state.chains, state.depth = [0] * len(state.chains), 0
    elif symbol not in _FLAT and symbol != "=":
        _deeper(state, found)


def _not_ascii(state: _Scanner, found: re.Match[str]) -> DerivationError:
    """A character such as a Greek or a look-alike Latin letter; Python would fold some of them silently."""
    char = found[0]
    name = unicodedata.name(char, "a character without a name")
    plain = unicodedata.normalize("NFKC", char)
    spelled = name.rsplit(" ", 1)[-1].lower() if name.startswith("GREEK") else plain
    fix = f"write '{spelled}'" if spelled.isascii() and spelled.isidentifier() else "write the name in ASCII letters"
    message = "a character that is not ASCII"
    return state.error(
        found.start(),
        message,
        f"'{printable_char(char)}' (U+{ord(char):04X}, {name})",
        "ASCII in names and operators",
        fix,
    )


def printable_char(char: str) -> str:
    """The character, or `?` if it cannot be shown."""
    return char if char.isprintable() else "?"
