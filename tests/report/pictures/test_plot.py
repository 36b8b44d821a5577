"""Axes and charts: numbers stand where they belong, labels apart, nothing told by colour alone."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from math import log10

import pytest

from lstmproof.document.blocks import Code, Link
from lstmproof.document.drawing import Drawing, Path, Words
from lstmproof.report.pictures.axis import Axis, linear, logarithmic
from lstmproof.report.pictures.charts import alternative, chart_figure
from lstmproof.report.pictures.lettering import width
from lstmproof.report.pictures.plot import APART, BOTTOM, DECADE, HEIGHT, LEFT, TOP, WIDTH, drawing
from lstmproof.study.charts import Chart, Curve, Group, Mark, Member, Reference


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("given", "ticks"),
    [
        (("1", "20"), ("0", "5", "10", "15", "20")),
        (("0.1", "0.34"), ("0", "0.1", "0.2", "0.3", "0.4")),
        (("-3", "7"), ("-4", "-2", "0", "2", "4", "6", "8")),
        (("1", "2"), ("0", "1", "2")),
        (("0", "0"), ("0", "1")),
        (("-0.002",), ("-0.002", "-0.0015", "-0.001", "-0.0005", "0")),
    ],
)
def test_linear_ticks(given: tuple[str, ...], ticks: tuple[str, ...]) -> None:
    assert linear(numbers(*given), 0, 100).ticks == tuple(numbers(*ticks))


def test_whole_numbers_have_whole_ticks() -> None:
    assert all(tick == tick.to_integral_value() for tick in linear(numbers("0", "1", "2", "3"), 0, 1).ticks)


@pytest.mark.parametrize(
    ("given", "bottom", "ends"),
    [
        (("0.3259", "2982"), None, ("0.1", "1e4")),
        (("1", "13780", "1e-40"), "1e-16", ("1e-16", "1e5")),
        (("1", "1"), None, ("0.1", "1")),
        (("10", "1000"), None, ("10", "1000")),
    ],
)
def test_logarithmic_ends(given: tuple[str, ...], bottom: str | None, ends: tuple[str, str]) -> None:
    axis = logarithmic(numbers(*given), 0, 100, Decimal(bottom) if bottom else None)
    assert (axis.low, axis.high) == tuple(numbers(*ends))
    assert len(axis.ticks) <= 8
    assert all(tick == Decimal(1).scaleb(tick.adjusted()) for tick in axis.ticks)


def test_places() -> None:
    axis = linear(numbers("0", "10"), 50, 150)
    assert [axis.place(number) for number in numbers("0", "2.5", "10", "11", "-1")] == [50, 75, 150, 150, 50]
    log = logarithmic(numbers("1", "1000"), 300, 0)
    for text in ("1", "2", "31.6", "999"):
        assert log.place(Decimal(text)) == pytest.approx(300 - 100 * log10(float(text)), abs=0.006)


def straight(label: str, *ends: str, role: str = "value") -> Curve:
    points = tuple((Decimal(10 * place), Decimal(end)) for place, end in enumerate(ends))
    return Curve(label, points, "bound" if role == "bound" else "value")


def chart(*curves: Curve, **more: object) -> Chart:
    return Chart("name", "Title", "step", "state", curves, "Settings.", "Says.", **more)  # type: ignore[arg-type]


def labels(shown: Drawing, *texts: str) -> list[Words]:
    return [shape for shape in shown.shapes if isinstance(shape, Words) and shape.text in texts]


def test_every_curve_bears_its_label_at_its_end() -> None:
    shown = drawing(chart(straight("one", "0", "1"), straight("two", "0", "5"), straight("three", "0", "9")))
    found = {words.text: words.at for words in labels(shown, "one", "two", "three")}
    assert found["three"][1] < found["two"][1] < found["one"][1]
    assert all(x > max(point[0] for point in path.points) for x, _ in found.values() for path in lines(shown))


def lines(shown: Drawing) -> list[Path]:
    """Paths of curves: the widest."""
    return [shape for shape in shown.shapes if isinstance(shape, Path) and shape.width == 2.0]


def test_labels_do_not_meet() -> None:
    names = [f"curve {place}" for place in range(7)]
    shown = drawing(chart(*(straight(name, "0", f"5.0{place}") for place, name in enumerate(names))))
    bases = sorted(words.at[1] for words in labels(shown, *names))
    assert len(bases) == 7
    assert all(after - before >= APART - 0.02 for before, after in pairwise(bases))
    assert TOP - 6 <= bases[0] < bases[-1] <= HEIGHT - BOTTOM + 6


def test_neighbouring_curves_differ_in_more_than_colour() -> None:
    shown = drawing(chart(*(straight(str(place), "0", str(place)) for place in range(1, 4))))
    assert len({path.stroke for path in lines(shown)}) == 3
    many = drawing(chart(*(straight(str(place), "0", str(place)) for place in range(1, 11))))
    assert len({(path.ink, path.stroke) for path in lines(many)}) == 10
    bounded = drawing(
        chart(straight("b", "9", "9", role="bound"), straight("one", "0", "1"), straight("two", "0", "2"))
    )
    assert {path.stroke for path in lines(bounded)} == {"solid", "dotted"}


def test_a_curve_that_leaves_a_logarithmic_chart_is_cut_at_its_bottom() -> None:
    """From 1 to 1e-20 over 10 steps it meets 1e-10 halfway."""
    shown = drawing(chart(straight("gone", "1", "1e-20"), scale="log", bottom=Decimal("1e-10")))
    (path,) = lines(shown)
    right = max(shape.points[-1][0] for shape in shown.shapes if isinstance(shape, Path))
    assert path.points[-1][1] == HEIGHT - BOTTOM
    assert path.points[-1][0] == pytest.approx((LEFT + right) / 2, abs=0.02)
    assert labels(shown, "gone")


def test_a_bound_is_shaded_on_its_side() -> None:
    bound = Curve("bound", ((Decimal(0), Decimal(2)), (Decimal(10), Decimal(2))), "bound", "below")
    shown = drawing(chart(bound, straight("value", "0", "4")))
    (shade,) = [shape for shape in shown.shapes if isinstance(shape, Path) and shape.fill == "panel"]
    assert max(y for _, y in shade.points) == HEIGHT - BOTTOM
    assert min(y for _, y in shade.points) == (TOP + HEIGHT - BOTTOM) / 2


def test_everything_is_on_the_canvas() -> None:
    shown = drawing(chart(straight("a rather long label", "-1", "1"), marks=(Mark("mark", Decimal("0.5")),)))
    for shape in shown.shapes:
        if isinstance(shape, Path):
            assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in shape.points)


def test_words_and_table() -> None:
    told = chart(
        straight("peak", "0", "7", "3"),
        straight("flat", "2", "2", "2", role="bound"),
        marks=(Mark("e", Decimal("2.718")),),
        references=(Reference("janet", "janet_beta", "claim.state_stays_below_exp_beta"),),
    )
    assert alternative(told) == (
        "Title: state against step. peak rises from 0 at 0 to 3 at 20, highest 7 at 10. The bound flat stays at 2. "
        "Marked: e (2.718). Says."
    )
    figure = chart_figure(told)
    (table,) = figure.data
    assert table.rows == (
        (("0",), ("0",), ("2",)),
        (("10",), ("7",), ("2",)),
        (("20",), ("3",), ("2",)),
    )
    assert any("claim.state_stays_below_exp_beta" in str(part) for part in figure.caption)


def grouped() -> Chart:
    said = Reference("cells", "", "claim.so_it_is")
    ats = {3: "-b"}
    members = tuple(Member(f"a_cell_{place}", "c", f"b_{place} = b", said, ats.get(place, "")) for place in range(12))
    groups = (Group("gate", members), Group("constant", (Member("carousel", "y", "", said),)))
    return chart(straight("gate, b = 1", "1", "0.1"), straight("constant", "1", "1"), groups=groups)


def test_a_legend_names_the_cells_of_each_group_below_the_chart() -> None:
    shown = drawing(grouped())
    below = [shape for shape in shown.shapes if isinstance(shape, Words) and shape.at[1] > HEIGHT]
    assert [words.text for words in below if words.at[0] < LEFT] == ["gate:", "constant:"]
    told = " ".join(words.text for words in below)
    assert "a_cell_2, a_cell_3 at −b, a_cell_4" in told
    assert told.endswith("a_cell_11 constant: carousel")
    assert shown.height > max(words.at[1] for words in below)
    assert all(words.at[0] + width(words.text, words.size) <= WIDTH for words in below)
    lines = sorted({words.at[1] for words in below})
    assert len(lines) > 2
    assert all(after - before >= APART for before, after in pairwise(lines))


def test_a_chart_without_groups_has_no_legend() -> None:
    assert drawing(chart(straight("one", "0", "1"))).height == HEIGHT


def test_groups_are_in_the_words_and_in_the_data() -> None:
    told = alternative(grouped())
    assert 'The name "constant" stands for carousel.' in told
    assert "a_cell_3 (b_3 = b)" in told
    assert told.endswith("Says. Settings.")
    _, cells = chart_figure(grouped()).data
    assert [row[0] for row in cells.rows] == [("gate",)] * 12 + [("constant",)]
    said = Code("cells: claim.so_it_is")
    assert cells.rows[3] == (
        ("gate",),
        (Code("a_cell_3"),),
        (Code("c"),),
        (Code("b_3\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}b"),),
        (said,),
    )
    _, linked = chart_figure(grouped(), lambda _: "cells/#so").data
    assert linked.rows[3][4] == (Link("cells: claim.so_it_is", "cells/#so"),)
    assert cells.rows[12][3] == ("nothing",)


def test_a_chart_over_many_powers_of_ten_is_taller() -> None:
    wide = drawing(chart(straight("gone", "1", "1e-40"), scale="log", bottom=Decimal("1e-30")))
    assert wide.height == TOP + 30 * DECADE + BOTTOM
    (path,) = lines(wide)
    assert path.points[-1][1] == wide.height - BOTTOM


def test_a_number_outside_an_axis_is_not_shown() -> None:
    axis = Axis("linear", Decimal(0), Decimal(1), 0, 10, ())
    assert axis.shows(Decimal("0.5"))
    assert not axis.shows(Decimal("1.5"))
