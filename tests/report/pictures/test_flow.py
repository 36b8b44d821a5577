"""Drawings of the data flow: complete, unambiguous, the same in words, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path as Place
from random import Random

import pytest

from lstmproof.document.blocks import Figure
from lstmproof.document.drawing import Path, Words
from lstmproof.document.svg import file
from lstmproof.report.pictures.flow import HEAVY, WIDEST, flow_figure
from lstmproof.report.pictures.graph import carousel_wires
from lstmproof.report.pictures.placing import Plan, plan_of
from lstmproof.report.pictures.reading import graph_of
from lstmproof.verify.random_cells import free_cell, gated_cell
from tests.language.test_agreement import accepted, random_cell
from tests.report.pictures.cells import PROGRAMS, carousels, cell
from tests.report.pictures.faults import faults

ROOT = Place(__file__).parents[3]
CELLS = pytest.mark.parametrize("name", PROGRAMS)


@cache
def plan(name: str) -> Plan:
    return plan_of(graph_of(PROGRAMS[name]), list(carousels(PROGRAMS[name])))


@cache
def figure(name: str) -> Figure:
    return flow_figure(PROGRAMS[name], carousels(PROGRAMS[name]))


@CELLS
def test_no_wire_misleads(name: str) -> None:
    assert faults(plan(name)) == []


RANDOM = [
    *(accepted(free_cell(Random(seed).choice)) for seed in (0, 3, 5)),
    *(accepted(gated_cell(Random(seed).choice)) for seed in (1, 2, 3)),
    *(accepted(random_cell(seed)) for seed in (48, 59, 140, 174, 284)),
]


@pytest.mark.parametrize("place", range(len(RANDOM)))
def test_no_wire_of_a_random_cell_misleads(place: int) -> None:
    definition = RANDOM[place]
    assert definition is not None
    factors = carousels(definition.program)
    found = plan_of(graph_of(definition.program), list(factors))
    assert faults(found) == []
    assert bool(found.carousel) == bool(factors)


@CELLS
def test_every_parameter_constant_input_and_state_is_drawn(name: str) -> None:
    program, graph = PROGRAMS[name], graph_of(PROGRAMS[name])
    factors = " ".join(wire.factor for node in graph.nodes for wire in node.wires)
    for given in program.fixed:
        assert given.name in factors
    drawn = {(node.kind, node.symbol) for node in graph.nodes}
    assert {("input", source.name) for source in program.inputs} <= drawn
    assert {(kind, state.label) for state in program.states for kind in ("old", "new")} <= drawn
    states = {state.label for state in program.states}
    assert {("output", output.label) for output in program.outputs if output.label not in states} <= drawn
    read = {wire.source for _, _, wire in graph.wires()}
    assert {node.key for node in graph.nodes if node.kind not in ("new", "output")} <= read


@CELLS
def test_a_carousel_is_highlighted_where_the_calculus_finds_one(name: str) -> None:
    """Ways without a net input in the drawing, and the derivative of the truncated Program, agree."""
    graph, factors = graph_of(PROGRAMS[name]), carousels(PROGRAMS[name])
    for state in PROGRAMS[name].states:
        assert bool(carousel_wires(graph, state.label)) == (state.label in factors)


@CELLS
def test_a_carousel_is_a_straight_line(name: str) -> None:
    drawing = figure(name).drawing
    heavy = [shape for shape in drawing.shapes if isinstance(shape, Path) and shape.ink == "accent"]
    assert bool(heavy) == bool(carousels(PROGRAMS[name]))
    assert all(len({y for _, y in path.points}) == 1 for path in heavy)
    if drawing.width < WIDEST:
        assert {path.width for path in heavy} <= {HEAVY}


@CELLS
def test_it_fits_a_page(name: str) -> None:
    drawing = figure(name).drawing
    assert drawing.width <= WIDEST
    for shape in drawing.shapes:
        if isinstance(shape, Path):
            assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in shape.points)
        if isinstance(shape, Words):
            assert 0 <= shape.at[0] <= drawing.width
            assert shape.size <= shape.at[1] <= drawing.height


@CELLS
def test_words_and_table_say_what_the_drawing_says(name: str) -> None:
    program, factors = PROGRAMS[name], carousels(PROGRAMS[name])
    shown = figure(name)
    (data,) = shown.data
    table = " ".join(str(part) for row in data.rows for line in row for part in line)
    for given in program.fixed:
        assert given.name in shown.alternative
        assert given.name in table
    for state in program.states:
        assert f"{state.label}(t-1)" in shown.alternative
        assert f"{state.label}(t) is " in shown.alternative
    assert len(data.rows) == len(graph_of(program).nodes)
    for label, factor in factors.items():
        assert f"from {label}(t-1) to {label}(t); its factor is {factor}." in shown.alternative
    assert ("There is no carousel" in shown.alternative) == (not factors)


def test_the_words_of_one_cell() -> None:
    assert flow_figure(PROGRAMS["janet"], {"h": "f"}).alternative == (
        "One step reads x(t) and h(t-1). f is σ of (W_f x(t) + U_f h(t-1) + b_f). g is tanh of (W_c x(t) + U_c h(t-1) "
        "+ b_c). h(t) is the sum of [the product of f and h(t-1)] and [the product of [(1 − f)] and g]. The carousel "
        "leads straight from h(t-1) to h(t); its factor is f."
    )


def test_recurrent_wires_are_dashed() -> None:
    """Values of t-1 on their way to gates: not the carousel, not what is computed in the step."""
    paths = [shape for shape in flow_figure(PROGRAMS["lstm"], {"c": "f"}).drawing.shapes if isinstance(shape, Path)]
    from_h = {path for path in paths if path.stroke == "dashed"}
    assert len(from_h) >= 4
    assert all(path.ink == "text" for path in from_h)


def test_a_minus_sign_is_drawn() -> None:
    texts = [shape.text for shape in flow_figure(PROGRAMS["eight"], {}).drawing.shapes if isinstance(shape, Words)]
    assert "−" in texts


def test_a_divisor_is_told_from_what_it_divides() -> None:
    (quotient,) = [node for node in graph_of(PROGRAMS["matrix"]).nodes if node.symbol == "÷"]
    assert [wire.factor for wire in quotient.wires] == ["", "÷"]
    assert (
        "the quotient of [the product of o and [the contraction of C(t) and q]] and [max of"
        in figure("matrix").alternative
    )


def test_a_state_made_of_parameters_alone_has_room_for_them() -> None:
    """Nothing feeds it: it still stands after what enters, so that its arrow is on the canvas."""
    program = cell(
        "\n@cell\ndef held(x: 'hidden', h, *, b):\n    y = x * h\n    w: 'hidden' = b\n    h = w\n    return h, y\n"
    )
    drawing = flow_figure(program, {}).drawing
    assert all(x >= 0 for shape in drawing.shapes if isinstance(shape, Path) for x, _ in shape.points)


def test_gates_of_1997_show_their_scaling() -> None:
    symbols = {node.symbol for node in graph_of(PROGRAMS["lstm_1997"]).nodes}
    assert {"4σ − 2", "2σ − 1", "σ"} <= symbols


def test_a_late_reset_is_told_from_an_early_one() -> None:
    early, late = graph_of(PROGRAMS["gru"]).node["n"], graph_of(PROGRAMS["gru_reset_after"]).node["n"]
    assert [wire.factor for wire in early.wires] == ["W_n", "U_n", "b_n"]
    assert [wire.factor for wire in late.wires] == ["W_n", "", "b_n"]


def _moved(found: Plan, change: dict[tuple[str, int], tuple[tuple[int, int], ...]]) -> Plan:
    return replace(found, routes={**found.routes, **change})


def test_a_planted_fault_is_found() -> None:
    found = plan("lstm")
    f, tanh = found.placed["f"], found.placed["tanh.1"]
    name = (tanh.node.key, 0)
    straight = tuple((x, f.y) for x in range(found.routes[name][0][0], f.x - f.half_width - 1, -1))
    assert any("runs through f" in each for each in faults(_moved(found, {name: straight})))
    assert f"wire 0 of {tanh.node.key} ends nowhere" in faults(_moved(found, {name: found.routes[name][:-3]}))
    shifted = {**found.placed, "i": replace(found.placed["i"], y=f.y + 1)}
    assert "f and i overlap" in faults(replace(found, placed=shifted))
    on_another = _moved(found, {("i", 0): found.routes["i", 1]})
    assert any("wires of x and h[t-1] meet" in each for each in faults(on_another))
    assert faults(replace(found, routes={})) == ["no wire was checked"]
    without = {each: route for each, route in found.routes.items() if each != name}
    assert f"wire 0 of {tanh.node.key} is missing" in faults(replace(found, routes=without))


_DIGEST = """
from hashlib import sha256
from tests.report.pictures.test_flow import digest
print(digest())
"""


def digest() -> str:
    """Of the drawings of all cells."""
    drawings = [figure(name).drawing for name in PROGRAMS]
    return hashlib.sha256("".join(file(each, "") for each in drawings).encode()).hexdigest()


def test_bytes_do_not_depend_on_the_process() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", _DIGEST]
    other = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    assert other.stdout.strip() == digest()
