"""Documents as LaTeX: an article that pdfLaTeX sets with the packages of every distribution."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lstmproof.document import tikz
from lstmproof.document.blocks import (
    Badge,
    Block,
    Code,
    Document,
    Equations,
    Figure,
    Folded,
    Inline,
    Items,
    Line,
    Link,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
    Step,
    Steps,
    Strong,
    Table,
)
from lstmproof.document.lines import address, check_links, line_targets, listing_lines, plain
from lstmproof.document.mathlines import broken
from lstmproof.document.tex_text import escaped, verbatim

_PREAMBLE = (Path(__file__).parent / "templates" / "preamble.tex").read_text(encoding="utf-8")
_MOST = 56
"""Characters of a formula on one line."""
_COLUMNS = 88
"""Characters of a table on one line."""


def write(document: Document) -> str:
    """The whole file.

    Raises:
        LinkError: a link leads nowhere.
    """
    check_links(document)
    linked = line_targets(document)
    parts = [
        _PREAMBLE.replace("% inks\n", tikz.colours() + "\n"),
        f"\\hypersetup{{pdftitle={{{_pdf_text(document.title)}}}}}",
        f"\\begin{{document}}\n{{\\centering\\LARGE {escaped(document.title)}\\par}}",
        f"\\begin{{abstract}}\\noindent {_line(document.abstract)}\\end{{abstract}}\n\\tableofcontents",
    ]
    for section in document.sections:
        parts += _section(section, 0, linked)
    if document.colophon:
        parts.append(f"\\bigskip\\noindent{{\\footnotesize {_line(document.colophon)}}}")
    return "\n\n".join((*parts, "\\end{document}")) + "\n"


def _pdf_text(text: str) -> str:
    """Text for the file's own properties: ASCII letters alone."""
    return "".join(char for char in text if char.isascii() and (char.isalnum() or char in " .,:;-+()"))


_LEVELS = ("section", "subsection", "subsubsection", "paragraph")


def _section(section: Section, level: int, linked: frozenset[str]) -> Iterator[str]:
    command = _LEVELS[min(level, len(_LEVELS) - 1)]
    title = escaped(section.title)
    listed = rf"\texorpdfstring{{{title}}}{{{_pdf_text(section.title)}}}"
    yield f"\\{command}[{{{listed}}}]{{{_anchor(section.anchor)}{title}}}"
    yield from _blocks(section.blocks, linked)
    for part in section.sections:
        yield from _section(part, level + 1, linked)


def _anchor(anchor: str) -> str:
    return rf"\place{{{anchor}}}" if anchor else ""


def _blocks(blocks: Iterable[Block], linked: frozenset[str]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block, linked)


def _block(block: Block, linked: frozenset[str]) -> Iterator[str]:
    match block:
        case Paragraph(line, anchor):
            yield f"{_anchor(anchor)}{_line(line)}"
        case Equations(rows, anchor):
            yield _anchor(anchor) + _equations(rows)
        case Table():
            yield _table(block)
        case Items(items):
            if items:
                yield _listed("itemize", (_line(item) for item in items))
        case Steps(steps):
            yield from _steps(steps, linked)
        case Listing():
            yield _listing(block, linked)
        case Figure():
            yield from _figure(block)
        case Folded(title, inner):
            yield f"\\paragraph{{{escaped(title)}}}\\mbox{{}}\\par"
            yield from _blocks(inner, linked)


def _listed(environment: str, items: Iterable[str]) -> str:
    body = "\n".join(f"\\item {{}}{item}" for item in items)
    return f"\\begin{{{environment}}}\n{body}\n\\end{{{environment}}}"


def _steps(steps: Iterable[Step], linked: frozenset[str]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield f"\\medskip\\noindent{_anchor(step.anchor)}\\textbf{{{number}.}}\\quad {_line(step.headline)}"
        yield from _blocks(step.blocks, linked)


def _equations(rows: Iterable[Row]) -> str:
    lines = []
    for row in rows:
        first, *more = broken(row.right, _MOST)
        lines.append(f"  {row.left} &{row.relation} {first}")
        lines += [rf"    &\qquad {{}} {part}" for part in more]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _table(table: Table) -> str:
    """A table that may break between pages; columns of long text share the width of the page."""
    head = " & ".join(rf"\bfseries {_line(cell)}" for cell in table.head)
    rows = "\n".join(f"{' & '.join(_line(cell) for cell in row)} \\\\" for row in table.rows)
    caption = f"\\keep\\medskip\\noindent{_anchor(table.anchor)}\\emph{{{escaped(table.caption)}}}\\nopagebreak"
    return (
        f"{caption}\n{{\\footnotesize\\begin{{longtable}}[l]{{{_columns(table)}}}\n\\toprule\n{head} \\\\\n\\midrule\n"
        f"\\endhead\n\\bottomrule\n\\endfoot\n{rows}\n\\end{{longtable}}}}"
    )


def _columns(table: Table) -> str:
    """As wide as they are if they fit on a line; else what is left beside the longest words goes to long texts."""
    columns = [[plain(row[at]) for row in (table.head, *table.rows)] for at in range(len(table.head))]
    widths = [max(map(len, column)) for column in columns]
    if sum(widths) + 2 * len(widths) <= _COLUMNS:
        return "@{}" + "l" * len(widths) + "@{}"
    least = [max(_longest_word(text) for text in column) + 1.5 for column in columns]
    roots = [max(0.0, width - fixed) ** 0.6 for width, fixed in zip(widths, least, strict=True)]
    left = max(0.0, _COLUMNS - sum(least)) / (sum(roots) or 1.0)
    wanted = [fixed + root * left for fixed, root in zip(least, roots, strict=True)]
    return "@{}" + "".join(_paragraphs(each / sum(wanted)) for each in wanted) + "@{}"


def _paragraphs(share: float) -> str:
    """A column of text that takes a share of the line."""
    return rf">{{\raggedright\arraybackslash}}p{{\dimexpr{share:.3f}\linewidth-2\tabcolsep\relax}}"


def _longest_word(text: str) -> int:
    return max(map(len, re.split(rf"[\s+{re.escape(_SEPARATORS)}]", text)), default=0)


def _listing(listing: Listing, linked: frozenset[str]) -> str:
    lines = []
    for number, text in enumerate(listing_lines(listing), 1):
        anchor = f"{listing.anchor}-{number}"
        place = rf"\place{{{anchor}}}" if listing.anchor and anchor in linked else ""
        lines.append(place + verbatim(text))
    body = "\n".join(lines)
    return (
        f"\\keep\\medskip\\noindent{_anchor(listing.anchor)}\\emph{{{escaped(listing.caption)}}}\\nopagebreak\n"
        "\\begin{Verbatim}[commandchars=\\\\\\{\\}, numbers=left, numbersep=6pt, xleftmargin=2em]\n"
        f"{body}\n\\end{{Verbatim}}"
    )


def _figure(figure: Figure) -> Iterator[str]:
    caption = rf"\medskip{{\small {_line(figure.legend)}}}"
    yield (
        f"\\par\\medskip\\noindent{_anchor(figure.anchor)}\\begin{{minipage}}{{\\linewidth}}\\centering\n"
        f"{tikz.picture(figure.drawing)}\n\n{caption}\n\\end{{minipage}}\\par\\medskip"
    )
    for table in figure.data:
        yield _table(table)


def _line(line: Line) -> str:
    return "".join(_inline(part) for part in line)


def _inline(part: Inline) -> str:
    match part:
        case str():
            return escaped(part)
        case Code(text):
            return rf"\code{{{_breakable(text)}}}"
        case Math(latex):
            return f"${_loosened(latex)}$"
        case Strong(text):
            return rf"\textbf{{{escaped(text)}}}"
        case Badge(text, tone):
            return rf"\badge{tone}{{{escaped(text)}}}"
        case Link(text, target):
            return _link(text, target)


def _loosened(latex: str) -> str:
    """A formula within a line, which may also be broken where factors stand side by side."""
    return latex.replace(r"\,", r"\,\allowbreak ")


_SEPARATORS = "_./:,=("
_UNBROKEN = re.compile(r"[A-Za-z0-9]{24,}")
"""What is no word: digests and the like."""


def _breakable(code: str) -> str:
    """Program text that may be broken after separators, and anywhere in a digest, without a hyphen."""
    digests = {at for run in _UNBROKEN.finditer(code) for at in range(*run.span())}
    return "".join(
        verbatim(char) + (r"\allowbreak{}" if char in _SEPARATORS or at in digests else "")
        for at, char in enumerate(code)
    )


def _link(text: str, target: str) -> str:
    """Places of the document and of the web are linked; other files of the site are not beside a printed copy."""
    if target.startswith("#"):
        return rf"\hyperlink{{{target[1:]}}}{{{escaped(text)}}}"
    if ":" not in target:
        return escaped(text)
    return rf"\href{{{_url(address(target, ''))}}}{{{escaped(text)}}}"


def _url(url: str) -> str:
    return "".join({"%": r"\%", "#": r"\#", "\\": "", "{": "", "}": ""}.get(char, char) for char in url)
