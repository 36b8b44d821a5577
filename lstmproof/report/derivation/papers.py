"""The papers that derivations cite: full references, and how each is recognised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstmproof.document.blocks import Block, Items, Line, Link, Paragraph, Section
from lstmproof.report.derivation.notes import notes
from lstmproof.study.study import Study


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry of the bibliography."""

    cited: tuple[str, ...]
    """What a text that cites it holds, all of it: a name, a year."""
    authors: str
    title: str
    place: str
    """Where it appeared, and when."""
    address: str = ""


PAPERS = (
    Paper(
        ("Hochreiter", "1997"),
        "S. Hochreiter and J. Schmidhuber",
        "Long Short-Term Memory",
        "Neural Computation 9(8), 1735-1780, 1997",
        "https://doi.org/10.1162/neco.1997.9.8.1735",
    ),
    Paper(
        ("Gers", "Cummins", "2000"),
        "F. A. Gers, J. Schmidhuber and F. Cummins",
        "Learning to Forget: Continual Prediction with LSTM",
        "Neural Computation 12(10), 2451-2471, 2000",
        "https://doi.org/10.1162/089976600300015015",
    ),
    Paper(
        ("Gers", "Schraudolph", "2002"),
        "F. A. Gers, N. N. Schraudolph and J. Schmidhuber",
        "Learning Precise Timing with LSTM Recurrent Networks",
        "Journal of Machine Learning Research 3, 115-143, 2002",
        "https://www.jmlr.org/papers/v3/gers02a.html",
    ),
    Paper(
        ("Graves", "2005"),
        "A. Graves and J. Schmidhuber",
        "Framewise Phoneme Classification with Bidirectional LSTM and Other Neural Network Architectures",
        "Neural Networks 18(5-6), 602-610, 2005",
        "https://doi.org/10.1016/j.neunet.2005.06.042",
    ),
    Paper(
        ("Cho", "2014", "Learning Phrase Representations"),
        "K. Cho, B. van Merrienboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk and Y. Bengio",
        "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        "EMNLP 2014, 1724-1734",
        "https://doi.org/10.3115/v1/D14-1179",
    ),
    Paper(
        ("Chung", "2014"),
        "J. Chung, C. Gulcehre, K. Cho and Y. Bengio",
        "Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling",
        "arXiv:1412.3555, 2014",
        "https://arxiv.org/abs/1412.3555",
    ),
    Paper(
        ("Jozefowicz", "2015"),
        "R. Jozefowicz, W. Zaremba and I. Sutskever",
        "An Empirical Exploration of Recurrent Network Architectures",
        "ICML 2015, PMLR 37, 2342-2350",
        "https://proceedings.mlr.press/v37/jozefowicz15.html",
    ),
    Paper(
        ("Greff", "2015"),
        "K. Greff, R. K. Srivastava, J. Koutnik, B. R. Steunebrink and J. Schmidhuber",
        "LSTM: A Search Space Odyssey",
        "arXiv:1503.04069, 2015; IEEE Transactions on Neural Networks and Learning Systems 28(10), 2017",
        "https://arxiv.org/abs/1503.04069",
    ),
    Paper(
        ("Tallec", "2018"),
        "C. Tallec and Y. Ollivier",
        "Can recurrent neural networks warp time?",
        "ICLR 2018, arXiv:1804.11188",
        "https://arxiv.org/abs/1804.11188",
    ),
    Paper(
        ("van der Westhuizen", "2018"),
        "J. van der Westhuizen and J. Lasenby",
        "The unreasonable effectiveness of the forget gate",
        "arXiv:1804.04849, 2018",
        "https://arxiv.org/abs/1804.04849",
    ),
)
"""In order of appearance."""


def cited(text: str) -> tuple[Paper, ...]:
    """The papers that a text cites.

    >>> [paper.title for paper in cited("S. Hochreiter and J. Schmidhuber, 1997, section 4")]
    ['Long Short-Term Memory']
    """
    return tuple(paper for paper in PAPERS if all(part in text for part in paper.cited))


def bibliography_section(study: Study) -> Section:
    """What the derivation file cites."""
    doc = study.derivation.doc
    papers = cited(" ".join(doc.split()))
    references: tuple[Block, ...] = (Items(tuple(map(_reference, papers))),) if papers else ()
    said = tuple(notes(doc))
    if not (references or said):
        references = (Paragraph(("The derivation file names no source.",)),)
    title = "What the derivation file says of them" if papers else "What the derivation file says"
    own = (Section(title, "notes", said),) if said else ()
    return Section("Sources", "sources", references, own)


def _reference(paper: Paper) -> Line:
    return tuple(_parts(paper))


def _parts(paper: Paper) -> Iterator[str | Link]:
    yield f"{paper.authors}: "
    yield Link(paper.title, paper.address) if paper.address else paper.title
    yield f". {paper.place}."
