"""Source: a plan as the text of a Python module that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstmproof.kernels.backward_source import backward_source, gradients_source
from lstmproof.kernels.forward_source import forward_source, output_source
from lstmproof.kernels.lines import unmarked
from lstmproof.kernels.module import Module
from lstmproof.kernels.plan import Plan
from lstmproof.kernels.snippets import table
from lstmproof.kernels.template import HEAD, TAIL
from lstmproof.kernels.workspace_source import workspace_source
from lstmproof.language.errors import comment


@dataclass(frozen=True)
class Emitted:
    """A module's text, and by value of the plan the numbers of the lines that give it."""

    text: str
    places: Mapping[str, tuple[int, ...]]


def module_source(plan: Plan, dtype: str, header: Sequence[str]) -> Emitted:
    """The module: `forward`, `backward`, `backward_rows`, and the class `Run`.

    Args:
        plan: what to emit.
        dtype: `float64`, `float32`, or `complex128` (of use to complex steps through the forward pass).
        header: lines of the leading comment.
    """
    module = Module(plan)
    gradients, forward, outputs = gradients_source(module), forward_source(module), output_source(module)
    parts = [
        "\n".join(comment(line) for line in header),
        _head(module, dtype),
        forward,
        backward_source(module),
        gradients,
        workspace_source(module.calls, module.program.axis_names, {**module.blocks, **module.views}, module.columns()),
        outputs,
        TAIL.strip("\n"),
    ]
    return Emitted(*unmarked("\n\n\n".join(part for part in parts if part) + "\n"))


def _head(module: Module, dtype: str) -> str:
    program = module.program
    head = HEAD.format(
        dtype=dtype,
        arguments=table(module.argument_axes()),
        outputs=table({o.label: ("time", "batch", *module.axes[o.value]) for o in program.outputs}),
        axes="".join(f"{axis!r}, " for axis in program.axis_names),
    )
    literals = [
        f"{name} = np.array({text}, DTYPE)"
        for name, text in module.calls.literals.items()
        if "n_" not in text and text != "-1"
    ]
    return "\n\n".join(part for part in (head.strip("\n"), "\n".join(literals)) if part)
