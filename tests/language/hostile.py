"""Texts that try to exhaust, crash or escape the parser: each must be refused, in bounded time and memory."""

from __future__ import annotations

HEADER = "from lstmproof.language import cell, sigmoid, tanh, outer, dot, sum\n\n\n"
BODY = "    h = tanh(W @ x + U @ h + b)\n    return h\n"
CELL = HEADER + "@cell\ndef rnn(x, h, *, W, U, b):\n" + BODY

N = 10_000

CLAIMS = CELL.replace(
    "import cell", "import assume, bounded, carousel, cell, claim, count, derivative, limit, oo, same"
)


def cell(equation: str, signature: str = "x, h, *, W, U, b", before: str = "") -> str:
    """A cell with `equation` (one line or several), which binds `s`, in front of its usual one."""
    lines = "".join(f"    {line}\n" for line in equation.split("\n"))
    return f"{HEADER}{before}@cell\ndef rnn({signature}):\n{lines}{BODY.replace('= tanh', '= s * tanh')}"


def value(expression: str, before: str = "") -> str:
    """A cell with `s = expression`."""
    return cell(f"s = {expression}", before=before)


COUNTS = " < ".join(['count("parameters")'] * 90)


def claim(said: str, arguments: str = "h", decorator: str = "@claim(rnn)", before: str = "") -> str:
    """A cell, and a claim that returns `said`."""
    return f"{CLAIMS}\n\n{before}{decorator}\ndef it({arguments}):\n    return {said}\n"


def formula(said: str, before: str = "") -> str:
    """A claim of formulas alone, of z."""
    return claim(said, "z", "@claim", before)


def helper_bomb(levels: int) -> str:
    """Helpers that each call the one before twice."""
    lines = ["def g0(z): return z * z"]
    lines += [f"def g{k}(z): return g{k - 1}(z) + g{k - 1}(z)" for k in range(1, levels)]
    return "\n".join(lines) + "\n"


def squaring_bomb(levels: int) -> str:
    """A helper that squares, applied to itself again and again: the text is short, its expansion is not."""
    return value("g(" * levels + "x" + ")" * levels, before="def g(z): return z * z\n")


def helper_chain(levels: int) -> str:
    """Helpers that each call the one before once."""
    lines = ["def g0(z): return z"] + [f"def g{k}(z): return -g{k - 1}(z)" for k in range(1, levels)]
    return value(f"g{levels - 1}(h)", before="\n".join(lines) + "\n")


def zigzag(length: int) -> str:
    """Products of parameters alone, whose axes only the last line tells."""
    names = [f"p{k}" for k in range(length)]
    lines = [f"q{k} = {names[k]} * {names[k + 1]}" for k in range(length - 1)]
    total = " + ".join(f"q{k}" for k in range(length - 1) if k % 5 == 0)
    rest = " * ".join(f"q{k}" for k in range(length - 1) if k % 5)
    signature = f"x, h, *, W, U, b, {', '.join(names)}"
    tail = "\n".join([*lines, f"r = {total}", f"s = {rest}", "h = tanh(W @ x + U @ h + b) * r * s", "return h", ""])
    return f"{HEADER}@cell\ndef rnn({signature}):\n" + "".join(f"    {line}\n" for line in tail.split("\n"))


HOSTILE = {
    "10 MB of comment": "#" * 10_000_000,
    "10 MB of equations": CELL + "x = 1\n" * 1_700_000,
    "1 MB of names": "a,"[:2] * 499_000,
    "1 MB of lines": "a\n" * 499_000,
    "1 MB of semicolons": "a;" * 499_000,
    "1 MB of quotes": '"' * 999_999,
    "1 MB of strings": '"a"' * 333_000,
    "1 MB of open strings": "'''" + "\\" * 999_000,
    "1 MB of one name": "a" * 999_999,
    "1 MB of digits": "x = " + "9" * 999_000,
    "1 MB of dots": "x = a" + ".a" * 490_000,
    "1 MB of joined lines": "x = 1" + "\\\n" * 490_000,
    "1 MB of spaces": " " * 999_999,
    "1 MB of tabs and a name": "\t" * 999_000 + "x",
    "parentheses": value("(" * N + "x" + ")" * N),
    "open parentheses": value("(" * N),
    "closed parentheses": value(")" * N),
    "mixed brackets": value("([{" * N),
    "brackets": value("[" * N + "x" + "]" * N),
    "braces": value("{" * N + "x" + "}" * N),
    "minus signs": value("-" * N + "x"),
    "spaced minus signs": value("- " * N + "x"),
    "plus signs": value("+" * N + "x"),
    "tildes": value("~" * N + "x"),
    "nots": value("not " * N + "x"),
    "powers": value("x" + " ** x" * N),
    "powers of two": value("2**10**10"),
    "powers of powers": value("(((10**16)**16)**16)**16"),
    "a tower of sixteens": value("(" * 50 + "10" + "**16)" * 50),
    "a tower of tiny numbers": value("(" * 9 + "1e-300" + "**16)" * 9),
    "zero to the last": value("1 / (2 - 2)"),
    "sums": value("x" + " + x" * N),
    "products": value("x" + " * x" * N),
    "weights": value("x" + " @ x" * N),
    "comparisons": value("x" + " < x" * N),
    "ands": value("x" + " and x" * N),
    "choices": value("x" + " if x else x" * N),
    "calls": value("tanh(" * N + "x" + ")" * N),
    "calls of calls": value("tanh" + "(x)" * N),
    "attributes": value("x" + ".x" * N),
    "subscripts": value("x" + "[0]" * N),
    "lambdas": value("lambda: " * N + "x"),
    "a lambda": value("(lambda z: z)(x)"),
    "walruses": value("(s := " * 90 + "x" + ")" * 90),
    "targets": cell("a = " * N + "x"),
    "elifs": "if x: pass\n" + "elif x: pass\n" * N,
    "indentation": "".join(" " * k + "if x:\n" for k in range(1000)),
    "decorators": "@cell\n" * N + "def f(): pass\n",
    "a 5,000-digit number": value("x * " + "7" * 5000),
    "a 5,000-digit fraction": value("x * 0." + "7" * 5000),
    "a 5,000-digit exponent": value("x * 1e" + "7" * 5000),
    "an infinite number": value("x * 1e999999999"),
    "a vanishing number": value("x * 1e-999999999"),
    "a hexadecimal number": value("x * 0x" + "f" * 5000),
    "an imaginary number": value("x * 1j"),
    "a default of 5,000 digits": cell("s = h", signature=f"x, h, *, W, U, b, beta={'7' * 5000}"),
    "an import call": value("__import__('os').system('touch owned')"),
    "an import call alone": value("__import__(x)"),
    "an import": "import os\nos.system('touch owned')\n" + CELL,
    "a from import": "from os import system\n" + CELL,
    "a star import": "from lstmproof.language import *\n" + CELL,
    "a relative import": "from .language import cell\n" + CELL,
    "an open": value("open('/etc/passwd')"),
    "an eval": value("eval('1')"),
    "a class attribute": value("x.__class__.__bases__"),
    "a list comprehension": value("[a for a in x]"),
    "a set comprehension": value("{a for a in x}"),
    "a generator": value("sum(a for a in x)"),
    "an f-string": value("f'{x}'"),
    "a nested f-string": value('f"' + "{" * 200 + "x" + "}" * 200 + '"'),
    "an f-string annotation": cell("s = h", signature="x: f'{print(1)}', h, *, W, U, b"),
    "an upper-case raw f-string": value("rF'{x}'"),
    "a bytes literal": value("b'abc'"),
    "a call in a default": cell("s = h", signature="x, h, *, W, U, b, beta=print(1)"),
    "a call in a positional default": cell("s = h", signature="x, h=print(1), *, W, U, b"),
    "a call in a decorator": HEADER + "@cell(print(1))\ndef rnn(x, h, *, W, U, b):\n" + BODY,
    "a second decorator": HEADER + "@cell\n@print\ndef rnn(x, h, *, W, U, b):\n" + BODY,
    "a call as decorator": HEADER + "@print('owned')\ndef rnn(x, h, *, W, U, b):\n" + BODY,
    "a call in an annotation": cell("s = h", signature="x: print(1), h, *, W, U, b"),
    "a call in a local's annotation": cell("s: print(1) = h"),
    "a call in a return annotation": CELL.replace("b):", "b) -> print(1):"),
    "a call in a helper's default": value("g(x)", before="def g(z=print(1)): return z\n"),
    "a starred argument": value("tanh(*x)"),
    "a doubly starred argument": value("tanh(**x)"),
    "variable arguments": cell("s = h", signature="x, h, *args, W, U, b"),
    "keyword arguments": cell("s = h", signature="x, h, *, W, U, b, **rest"),
    "Cyrillic look-alikes": CELL.replace("h = tanh", "\u04bb = tanh"),
    "full-width letters": CELL.replace("h = tanh", "\uff48 = tanh"),
    "mathematical letters": CELL.replace("h = tanh", "\U0001d421 = tanh"),
    "a long s": CELL.replace("tanh(", "\u017fin("),
    "a Greek letter": cell("β = x"),
    "a bidirectional override": CELL + "# \u202e evil\n",
    "a zero-width joiner": CELL.replace("tanh", "ta\u200dnh"),
    "a non-breaking space": CELL.replace("h = ", "h\u00a0= "),
    "a NUL byte": CELL + "\0",
    "a NUL byte in a string": '"\0"\n' + CELL,
    "a form feed": "\f" + CELL,
    "a lone surrogate": '"\ud800"\n' + CELL,
    "a replacement of builtins": cell("__builtins__ = x"),
    "a dunder parameter": cell("s = h * __debug__", signature="x, h, *, W, U, b, __debug__"),
    "5,000 assignments": cell("\n".join(f"s{k} = h" for k in range(5000))),
    "5,000 reassignments": cell("s = h\n" + "s = s + s\n" * 5000),
    "5,000 parameters": cell("s = h", signature="x, h, *, W, U, b, " + ", ".join(f"p{k}" for k in range(5000))),
    "5,000 cells": HEADER + f"@cell\ndef rnn(x, h, *, W, U, b):\n{BODY}" * 5000,
    "a helper bomb": value("g60(x)", before=helper_bomb(61)),
    "a wide helper bomb": value("g9(x)" + " + g9(x)" * 60, before=helper_bomb(10)),
    "many helper bombs": value("g9(x)", before=helper_bomb(10))
    + "".join(CELL[len(HEADER) :].replace("rnn", f"r{k}").replace("tanh(", "g9(") for k in range(40)),
    "a squaring bomb": squaring_bomb(60),
    "a chain of helpers": helper_chain(200),
    "helpers in a circle": value("g(x)", before="def g(z): return f(z)\ndef f(z): return g(z)\n"),
    "a doubling of axes": value("sum(" + "outer(" * 30 + "x" + ", x)" * 30 + ")"),
    "a doubling of axes by helpers": value(
        "sum(" + "g(" * 30 + "x" + ")" * 30 + ")", before="def g(z): return outer(z, z)\n"
    ),
    "many axes": cell("s = h", signature=f"x: '{' '.join('abcdefghij')}', h, *, W, U, b"),
    "an axis of 100,000 letters": cell("s = h", signature=f"x: '{'a' * 100_000}', h, *, W, U, b"),
    "100,000 axes": cell("s = h", signature=f"x: '{'a ' * 100_000}', h, *, W, U, b"),
    "a string where none is": value("tanh('x')"),
    "an empty file": "",
    "a docstring alone": '"""Nothing."""\n',
    "a broken string": "'abc\n",
    "no cell": "from lstmproof.language import cell\n",
    "comparisons in a claim": claim("h" + " < h" * N),
    "ands in a claim": claim("h < 1" + " and h < 1" * N),
    "nots in a claim": claim("not " * N + "h < 1"),
    "parentheses in a claim": claim("(" * N + "h" + ")" * N + " < 1"),
    "calls in a claim": formula("tanh(" * N + "z" + ")" * N + " < 1"),
    "a tower of powers in a claim": formula("z" + " ** z" * N + " < 1"),
    "powers of ten in a claim": formula("((10**16)**16)**16 < z"),
    "a large power in a claim": formula("z ** 10**10 < 1"),
    "a tower of large powers in a claim": formula("(10**1000)**1000 < z"),
    "a helper bomb in a claim": formula("g60(z) < 1", before=helper_bomb(61)),
    "a wide helper bomb in a claim": formula("g12(z) < 1", before=helper_bomb(13)),
    "a squaring bomb in a claim": formula("g(" * 60 + "z" + ")" * 60 + " < 1", before="def g(z): return z * z\n"),
    "a deep tower of helpers in a claim": formula(
        "g(" * 60 + "z" + ")" * 60 + " < 1", before=f"def g(z): return {'-' * 90}z\n"
    ),
    "a doubling of axes in a claim": claim("outer(" * 30 + "h" + ", h)" * 30 + " < 1"),
    "5,000 arguments of a claim": claim("h < 1", ", ".join(f"free_{k}" for k in range(5000))),
    "5,000 claims": CLAIMS + "@claim\ndef it(z): return z < 1\n" * 5000,
    "5,000 assumptions": claim("h < 1").replace("    return h <", "    assume(h > 0)\n" * 5000 + "    return h <"),
    "claims that count all parameters": CLAIMS
    + "".join(f"@claim(rnn)\ndef it_{k}(): return {COUNTS}\n" for k in range(9)),
    "a call in a claim's decorator": claim("h < 1", decorator="@claim(print(1))"),
    "a call of a claim's decorator's call": claim("h < 1", decorator="@claim(rnn)(rnn)"),
    "an import call in a claim": claim("__import__('os').system('touch owned') == 0"),
    "an open in a claim": claim("open('/etc/passwd') == h"),
    "an attribute in a claim": claim("h.__class__ == h"),
    "a call in a claim's default": claim("h < 1", "h=print(1)"),
    "a call in a claim's annotation": claim("h < 1", "h: print(1)"),
    "an f-string in a claim": claim("count(f'{print(1)}') > 0"),
    "an assertion in a claim": claim("h < 1").replace("    return h <", "    assert print(1)\n    return h <"),
    "a statement within a value": claim("tanh(h < 1) < (h < 2)"),
    "an axis of 100,000 letters in a claim": claim(f"count('{'a' * 100_000}') > 0"),
    "a dunder argument of a claim": claim("__debug__ > 0", "__debug__"),
}
"""Every one of these texts is refused."""


REFUSALS = {
    "10 MB of comment": "longer than 1 MB",
    "10 MB of equations": "longer than 1 MB",
    "1 MB of names": "too long a file",
    "1 MB of lines": "too long a file",
    "1 MB of semicolons": "too long a file",
    "1 MB of quotes": "too long a file",
    "1 MB of strings": "too long a file",
    "1 MB of open strings": "a string is never closed",
    "1 MB of one name": "too long a name",
    "1 MB of digits": "too long a number",
    "1 MB of dots": "too deeply nested",
    "1 MB of joined lines": "not valid Python",
    "1 MB of spaces": "no cell in this file",
    "1 MB of tabs and a name": "not valid Python",
    "parentheses": "too deeply nested",
    "open parentheses": "too deeply nested",
    "closed parentheses": "')' closes nothing",
    "mixed brackets": "'[' is not in the language",
    "brackets": "'[' is not in the language",
    "braces": "'{' is not in the language",
    "minus signs": "too deeply nested",
    "spaced minus signs": "too deeply nested",
    "plus signs": "too deeply nested",
    "tildes": "too deeply nested",
    "nots": "too deeply nested",
    "powers": "too deeply nested",
    "powers of two": "an exponent that is not a small whole number",
    "powers of powers": "a number out of range",
    "a tower of sixteens": "a number out of range",
    "a tower of tiny numbers": "a number out of range",
    "zero to the last": "a division by zero",
    "sums": "too deeply nested",
    "products": "too deeply nested",
    "weights": "too deeply nested",
    "comparisons": "too deeply nested",
    "ands": "too deeply nested",
    "choices": "a condition is not in the language",
    "calls": "too deeply nested",
    "calls of calls": "too deeply nested",
    "attributes": "too deeply nested",
    "subscripts": "'[' is not in the language",
    "lambdas": "a lambda is not in the language",
    "a lambda": "a lambda is not in the language",
    "walruses": "':=' is not in the language",
    "targets": "two targets in one assignment",
    "elifs": "a condition is not in the language",
    "indentation": "a condition is not in the language",
    "decorators": "too long a file",
    "a 5,000-digit number": "too long a number",
    "a 5,000-digit fraction": "too long a number",
    "a 5,000-digit exponent": "a number out of range",
    "an infinite number": "a number out of range",
    "a vanishing number": "a number out of range",
    "a hexadecimal number": "not a number of the language",
    "an imaginary number": "not a number of the language",
    "a default of 5,000 digits": "too long a number",
    "an import call": "a call of something that is not a name",
    "an import call alone": "'__import__' is not in the language",
    "an import": "an import is not in the language here",
    "a from import": "an import from elsewhere",
    "a star import": "an import under another name",
    "a relative import": "an import from elsewhere",
    "an open": "unknown name 'open'",
    "an eval": "unknown name 'eval'",
    "a class attribute": "an attribute is not in the language",
    "a list comprehension": "'[' is not in the language",
    "a set comprehension": "'{' is not in the language",
    "a generator": "a loop or comprehension is not in the language",
    "an f-string": "an f-string is not in the language",
    "a nested f-string": "an f-string is not in the language",
    "an f-string annotation": "an f-string is not in the language",
    "an upper-case raw f-string": "an f-string is not in the language",
    "a bytes literal": "a bytes literal is not in the language",
    "a call in a default": "a default that is not a number",
    "a call in a positional default": "a default for a positional argument",
    "a call in a decorator": "an unknown decorator",
    "a second decorator": "a second decorator",
    "a call as decorator": "an unknown decorator",
    "a call in an annotation": "an annotation that is not axes",
    "a call in a local's annotation": "an annotation that is not axes",
    "a call in a return annotation": "a return annotation",
    "a call in a helper's default": "a default for a positional argument",
    "a starred argument": "a starred argument is not in the language",
    "a doubly starred argument": "a keyword argument in a call",
    "variable arguments": "a variable number of arguments",
    "keyword arguments": "a variable number of arguments",
    "Cyrillic look-alikes": "a character that is not ASCII",
    "full-width letters": "a character that is not ASCII",
    "mathematical letters": "a character that is not ASCII",
    "a long s": "a character that is not ASCII",
    "a Greek letter": "a character that is not ASCII",
    "a bidirectional override": "not a text file",
    "a zero-width joiner": "a character that is not ASCII",
    "a non-breaking space": "a character that is not ASCII",
    "a NUL byte": "not a text file",
    "a NUL byte in a string": "not a text file",
    "a form feed": "not a text file",
    "a lone surrogate": "not a text file",
    "a replacement of builtins": "the name '__builtins__' is Python's",
    "a dunder parameter": "the name '__debug__' is Python's",
    "5,000 assignments": "too long a file",
    "5,000 reassignments": "too long a file",
    "5,000 parameters": "an unused argument",
    "5,000 cells": "too long a file",
    "a helper bomb": "too deeply nested",
    "a wide helper bomb": "too many operations",
    "many helper bombs": "too many operations",
    "a squaring bomb": "too many operations",
    "a chain of helpers": "too deeply nested",
    "helpers in a circle": "a helper that never ends",
    "a doubling of axes": "too many axes",
    "a doubling of axes by helpers": "too many axes",
    "many axes": "too many axes",
    "an axis of 100,000 letters": "not an axis name",
    "100,000 axes": "too many axes",
    "a string where none is": "a string as an argument",
    "an empty file": "no cell in this file",
    "a docstring alone": "no cell in this file",
    "a broken string": "a string is never closed",
    "no cell": "no cell in this file",
    "comparisons in a claim": "too deeply nested",
    "ands in a claim": "too deeply nested",
    "nots in a claim": "too deeply nested",
    "parentheses in a claim": "too deeply nested",
    "calls in a claim": "too deeply nested",
    "a tower of powers in a claim": "too deeply nested",
    "powers of ten in a claim": "a number out of range",
    "a large power in a claim": "an exponent that is not a small whole number",
    "a tower of large powers in a claim": "a number out of range",
    "a helper bomb in a claim": "too deeply nested",
    "a wide helper bomb in a claim": "too many operations",
    "a squaring bomb in a claim": "too many operations",
    "a deep tower of helpers in a claim": "too deeply nested",
    "a doubling of axes in a claim": "too many axes",
    "5,000 arguments of a claim": "unknown name 'h'",
    "5,000 claims": "too long a file",
    "5,000 assumptions": "too long a file",
    "claims that count all parameters": "too many operations",
    "a call in a claim's decorator": "a claim of something else",
    "a call of a claim's decorator's call": "an unknown decorator",
    "an import call in a claim": "a call of something that is not a name",
    "an open in a claim": "unknown name 'open'",
    "an attribute in a claim": "an attribute is not in the language",
    "a call in a claim's default": "a default in a claim",
    "a call in a claim's annotation": "an annotation in a claim",
    "an f-string in a claim": "an f-string is not in the language",
    "an assertion in a claim": "an assert statement is not in the language",
    "a statement within a value": "a statement where a value is expected",
    "an axis of 100,000 letters in a claim": "nothing to count",
    "a dunder argument of a claim": "the name '__debug__' is Python's",
}
"""What each of them is refused for."""

DEMANDING = {
    "500 statements": cell("s = h\n" + "s = s + h\n" * 480 + "s = s * 2"),
    "100 brackets": value("(" * 90 + "h" + ")" * 90),
    "100 minus signs": value("-" * 98 + "h"),
    "a chain of 45 helpers": helper_chain(45),
    "parameters that wait": zigzag(80),
    "derivatives of derivatives": formula("derivative(" * 97 + "z" + ", z)" * 97 + " < 1"),
    "90 comparisons": claim(" < ".join(["h"] * 90)),
    "160 claims": CLAIMS + "".join(f"@claim(rnn)\ndef it_{k}(h): return tanh(h) < {k}\n" for k in range(160)),
    "a long docstring": '"""' + "a b\n" * 200_000 + '"""\n' + CELL,
}
"""Every one of these texts is accepted, at or near a limit."""
