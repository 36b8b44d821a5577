"""A document with a block of every kind, and text that each format would misread."""

from __future__ import annotations

from lstmproof.document.blocks import (
    Badge,
    Code,
    Document,
    Equations,
    Figure,
    Folded,
    Items,
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
from lstmproof.document.drawing import Box, Dot, Drawing, Path, Words

HOSTILE = "50% of W_f & <b>x</b> #1 $y$ ~ ^ \\end{document} `a|b` {c} [d](e) *f* \u2264 \u03b2 \u2603 \u201cq\u201d"

TABLE = Table(
    (("name",), ("axes",), (Math(r"\left|h\right|", "|h|"), " at most")),
    (
        ((Code("W_f"),), ("hidden, input",), (Badge("proved", "good"),)),
        ((Code("a|b"),), (HOSTILE,), (Badge("refuted", "bad"), " ", Badge("open", "open"), " ", Badge("none"))),
    ),
    "Parameters, a|b",
    "parameters",
)

DRAWING = Drawing(
    320,
    120,
    (
        Box((10, 20), 70, 30, round=15),
        Words((45, 39), "f < 1 & so", anchor="middle"),
        Path(((80, 35), (150, 35), (150, 80), (220, 80)), ink="accent", width=2, arrow=True, smooth=True),
        Path(((10, 110), (60, 70), (110, 100)), ink="1", stroke="dashed"),
        Path(((230, 60), (300, 60), (300, 100), (230, 100)), ink="2", fill="panel"),
        Dot((240, 30), 4, ink="3"),
        Words((315, 100), "upward", size=9, ink="faint", turned=True),
    ),
)

SOURCE = 'def f(x):\n    # a comment with \\end{Verbatim} and {braces}\n    return "<b>" if x < 1 else f(x - 1)\n'

LONG = r"\ell_{c}(t) + \overleftarrow{c}(t) + \bar{h}(t) \odot o(t) \odot \left(1 - \tanh\left(c(t)\right)^{2}\right)"

DOCUMENT = Document(
    "sample",
    "A sample & more",
    ("Every block: ", Math(r"\sigma", "sigma"), ", ", HOSTILE),
    (
        Section(
            "Equations & text",
            "equations",
            (
                Paragraph(("See ", Link("line 2", "#kernel-2"), ", ", Link("the table", "#parameters"), ".")),
                Paragraph(("1. not a list, ", Strong("strong_text"), " at", Math("t-1", "t-1"), "."), "para"),
                Equations(
                    (
                        Row(r"f(t)", r"\sigma\left(W_{f} x(t) + b_{f}\right)", "f = sigmoid(W_f @ x + b_f)"),
                        Row(r"\bar{c}(t)", f"{LONG} + {LONG}", "d_c = " + 70 * "x"),
                        Row(r"\left|h(t)\right|", "e^{\\beta}", "|h| <= e^beta", r"\le"),
                    ),
                    "equations-forward",
                ),
                Items((("one",), ("two ", Code("x`y")), ("- three",))),
            ),
            (Section("A part", "part", (TABLE,)),),
        ),
        Section(
            "Steps",
            "steps",
            (
                Steps(
                    (
                        Step(
                            ("Product rule ", Badge("checked", "good")),
                            (Equations((Row("a", "b", "a = b"),)),),
                            "step-1",
                        ),
                        Step(("Last",), (Paragraph(("Done. ", Link("Others", "../other/#part"))),)),
                    )
                ),
                Figure(
                    "drawing",
                    "A sample",
                    DRAWING,
                    'A box, a line and a "dot"',
                    ("What it shows: ", Math("c", "c"), "."),
                    (
                        Table((("x",), ("y",)), ((("0",), ("1",)),), "The numbers"),
                        Table((("z",),), ((("2",),),), "More numbers"),
                    ),
                    "figure",
                ),
                Folded("More & more", (Paragraph(("Hidden.",)), Listing("x = 1\n", "python", "A line"))),
                Listing(SOURCE, "python", "The kernel", "kernel"),
            ),
        ),
    ),
    (Link("All cells", "../"), Link("Web", "https://example.org/?a=1&b=2#c")),
    ("Made from ", Code("sample.py"), "."),
)
