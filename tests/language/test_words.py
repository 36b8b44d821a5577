"""The words that a derivation file imports: all there, documented, harmless to import and of no use to call."""

from __future__ import annotations

import runpy
from inspect import Parameter, getdoc, signature
from pathlib import Path

import pytest

from lstmproof import language
from lstmproof.language.grammar import STATEMENTS
from lstmproof.language.scope import CLAIM_WORDS, EXPORTED, STRUCTURAL
from lstmproof.language.table import FUNCTIONS, WORDS

FILES = sorted((Path(__file__).parents[2] / "derivations").glob("*.py"))


def test_the_words_are_those_of_the_language() -> None:
    assert set(language.__all__) == EXPORTED


@pytest.mark.parametrize("word", sorted(EXPORTED))
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


@pytest.mark.parametrize("word", sorted(CLAIM_WORDS))
def test_a_word_of_claims_has_the_arguments_of_the_language_and_cannot_be_called(word: str) -> None:
    function = getattr(language, word)
    parameters = signature(function).parameters.values()
    keywords = [one.name for one in parameters if one.kind is Parameter.KEYWORD_ONLY]
    assert keywords == (["lag"] if word in ("carousel", "jacobian") else [])
    assert len(parameters) - len(keywords) == CLAIM_WORDS[word]
    with pytest.raises(TypeError, match=rf"'{word}' is a word of derivation files"):
        function(*[0.0] * CLAIM_WORDS[word])


@pytest.mark.parametrize("word", STATEMENTS)
def test_a_decorated_statement_is_harmless(word: str) -> None:
    def statement() -> None:
        raise AssertionError

    decorate = getattr(language, word)
    assert decorate(statement)(statement) is statement
    assert callable(decorate(statement))


def test_infinity_has_a_sign() -> None:
    assert language.oo > 0 > -language.oo


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_importing_a_derivation_does_no_harm(path: Path) -> None:
    module = runpy.run_path(str(path))
    assert any(callable(value) for name, value in module.items() if not name.startswith("_"))
