"""A process that puts an SMT-LIB script on its standard input to one solver: `python ask.py z3|cvc5 MILLISECONDS`."""

from __future__ import annotations

import sys


def ask_z3(script: str, milliseconds: int) -> str:
    """z3's answer: sat, unsat or unknown."""
    import z3

    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", milliseconds)
    solver.from_string(script)
    return str(solver.check())


def ask_cvc5(script: str, milliseconds: int) -> str:
    """cvc5's answer: sat, unsat or unknown."""
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(milliseconds))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "goal")
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer = str(command.invoke(solver, parser.getSymbolManager())).strip() or answer
    return answer


if __name__ == "__main__":
    ask = {"z3": ask_z3, "cvc5": ask_cvc5}[sys.argv[1]]
    sys.stdout.write(ask(sys.stdin.read(), int(sys.argv[2])) + "\n")
