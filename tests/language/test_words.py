"""The words that a derivation file imports: all there, documented, harmless to import and of no use to call."""

from __future__ import annotations

import runpy
from inspect import getdoc, signature
from pathlib import Path

import pytest

from lstmproof import language
from lstmproof.language.scope import LANGUAGE, STRUCTURAL
from lstmproof.language.table import FUNCTIONS, WORDS

FILES = sorted((Path(__file__).parents[2] / "derivations").glob("*.py"))


def test_the_words_are_those_of_the_language() -> None:
    assert set(language.__all__) == LANGUAGE


@pytest.mark.parametrize("word", sorted(LANGUAGE))
def test_each_word_is_documented(word: str) -> None:
    assert getdoc(getattr(language, word))


@pytest.mark.parametrize("word", sorted((*WORDS, *STRUCTURAL)))
def test_a_word_has_the_arguments_of_the_language_and_cannot_be_called(word: str) -> None:
    function = getattr(language, word)
    parameters = signature(function).parameters.values()
    least, most = STRUCTURAL.get(word, (FUNCTIONS[word].arity,) * 2 if word in FUNCTIONS else (0, 0))
    assert (sum(one.default is one.empty for one in parameters), len(parameters)) == (least, most)
    with pytest.raises(TypeError, match=rf"'{word}' is a word of derivation files, .* lstmproof\.load"):
        function(*[0.0] * least)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_importing_a_derivation_does_no_harm(path: Path) -> None:
    module = runpy.run_path(str(path))
    assert any(callable(value) for name, value in module.items() if not name.startswith("_"))
