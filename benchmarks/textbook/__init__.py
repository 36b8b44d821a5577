"""Every cell of the catalogue as a person would write it in NumPy from the paper, with its gradient by hand.

A loop over steps, one product of the concatenated [x, h] for each gate, everything that the backward loop needs kept
in a list, the gradients of the weights added up step by step. The loss is the sum of `cotangents[OUTPUT[cell]]` times
that output; the other cotangents of the problem are not read. Each loop returns the output and all gradients by name.
"""

from collections.abc import Callable, Mapping

from benchmarks.textbook.blocks import lstm_1997, lstm_1997_block, lstm_forget
from benchmarks.textbook.gated import carousel, gru, gru_reset_after, janet, janet_beta, rnn, rnn_logistic
from benchmarks.textbook.layers import Layout
from benchmarks.textbook.lstms import lstm, lstm_coupled, lstm_coupled_input, lstm_peephole, lstm_peephole_full
from lstmproof.problem import Array, Problem

Loop = Callable[[Problem, Layout], dict[str, Array]]

LOOPS: Mapping[str, Loop] = {
    loop.__name__: loop
    for loop in (
        lstm,
        lstm_peephole,
        lstm_peephole_full,
        lstm_coupled,
        lstm_coupled_input,
        lstm_1997,
        lstm_1997_block,
        lstm_forget,
        janet,
        janet_beta,
        gru,
        gru_reset_after,
        rnn,
        rnn_logistic,
        carousel,
    )
}
"""The loop of each cell by name."""

OUTPUT: Mapping[str, str] = {
    name: "y" if name in {"lstm_1997", "lstm_1997_block", "lstm_forget"} else "k" if name == "carousel" else "h"
    for name in LOOPS
}
"""The output of each cell that the rest of a network reads: the loss is taken on it."""
