from __future__ import annotations

import re

from lstmproof.document import latex
from lstmproof.document.tex_text import escaped, verbatim
from tests.document.samples import DOCUMENT, HOSTILE

TEXT = latex.write(DOCUMENT)
BODY = TEXT.partition("\\begin{document}")[2]


def test_environments_and_braces_match() -> None:
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([\w*]+)\}", TEXT):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    bare = re.sub(r"\\\\|\\[{}]", "", TEXT)
    assert bare.count("{") == bare.count("}")


def test_it_is_ascii_but_for_letters_that_the_fonts_have() -> None:
    assert TEXT.isascii()
    assert escaped("\u00e9\u0151\u20ac") == "\u00e9\u0151[U+20AC]"


def test_hostile_text_commands_nothing() -> None:
    text = escaped(HOSTILE)
    assert "\\textbackslash{}end\\{document\\}" in text
    assert not re.search(r"(?<!\\)[%$&#]", text)
    assert BODY.count("\\end{document}") == 1
    assert BODY.count("\\end{Verbatim}") == 2


def test_program_text_has_no_ligatures() -> None:
    assert verbatim("a--b ''") == "a-{}-{}b '{}'{}"


def test_linked_lines_are_places() -> None:
    assert r"\place{kernel-2}" in BODY
    assert r"\place{kernel-3}" not in BODY
    assert r"\hyperlink{kernel-2}{line 2}" in BODY


def test_links_to_other_files_are_text() -> None:
    assert "Done. Others" in BODY
    assert r"\href" not in BODY.replace(r"\href{https", "")
