"""The audit reads Coq's answers strictly: what it does not know, it refuses."""

from __future__ import annotations

import pytest

from lstmproof.proof.coq.audit import REALS, Refused, assumed, refused_word

CLASSIC = r"Classical_Prop.classic : forall P : Prop, P \/ ~ P"
INTEGERS = "Uint63.of_to_Z : forall x : PrimInt63.int, Uint63.of_Z (Uint63.to_Z x) = x"


def test_the_axioms_of_the_reals_are_accepted_however_lines_are_broken() -> None:
    every = "Axioms:\n" + "\n".join(f"{name}\n  : {kind}" for name, kind in REALS.items()) + "\n"
    assert assumed(every) == tuple(sorted(REALS))
    assert assumed("Closed under the global context\n") == ()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Axioms:\n",
        f"{CLASSIC}\n",
        "Axioms:\ninstance.no : False\n",
        "Axioms:\nClassical_Prop.classic : False\n",
        f"Axioms:\n{CLASSIC}\ninstance.f is assumed to be guarded.\n",
        f"Axioms:\n{CLASSIC}\ninstance.x relies on an unsafe hierarchy.\n",
        f"Axioms:\n{CLASSIC}\nTheory: Set is impredicative\n",
        f"Section Variables:\n{CLASSIC}\n",
        f"Axioms:\n{CLASSIC} -> False\n",
        f"Axioms:\n{INTEGERS}\n",
        "Closed under the global context\nAxioms:\nno : False\n",
    ],
)
def test_any_other_answer_is_refused(answer: str) -> None:
    with pytest.raises(Refused):
        assumed(answer)


def test_machine_integers_are_refused() -> None:
    with pytest.raises(Refused, match="Uint63"):
        assumed(f"Axioms:\n{INTEGERS}\n")


@pytest.mark.parametrize("text", ["Axiom a : False.", "(* admit *)", "x.Admitted.", "Set Foo. Unset Guard Checking."])
def test_words_that_assume_are_refused_wherever_they_stand(text: str) -> None:
    assert refused_word(text)


@pytest.mark.parametrize("text", ["v_admit", "admit'", "Axiomatic", "Parameter_1"])
def test_names_that_only_contain_them_are_not(text: str) -> None:
    assert not refused_word(text)
