"""The command line as its users meet it: what it prints, how it ends, and that it never ends in a traceback."""

from __future__ import annotations

import ast
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from lstmproof import __version__, catalogue
from tests import forked
from tests.installed import packages

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "lstmproof")

MINE = """from lstmproof.language import cell, tanh


@cell
def mine(x, h, *, W, U):
    h = tanh(W @ x + U @ h)
    return h
"""


def environment(**changes: str) -> dict[str, str]:
    """A clean one: no colour forced or refused, the package of this checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return kept | {"PYTHONPATH": str(packages())} | changes


def lstmproof(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, at once where that can be."""
    if not hasattr(os, "fork"):
        return started(*arguments, cwd=cwd)
    return forked.run("lstmproof.__main__:main", ("lstmproof", *arguments), cwd or Path.cwd(), environment())


def started(*arguments: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """A command for which Python is started, in a changed environment."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**changes),
        timeout=60,
        check=False,
    )


def output(*arguments: str, cwd: Path | None = None) -> str:
    result = lstmproof(*arguments, cwd=cwd)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def processor_seconds(most: float, *arguments: str) -> float:
    """Of one run, or the least of several until one takes less than `most`: other work on the machine counts less."""
    least = math.inf
    for _ in range(4):
        before = os.times()
        assert started(*arguments).returncode == 0
        after = os.times()
        taken = after.children_user - before.children_user + after.children_system - before.children_system
        least = min(least, taken)
        if least < most:
            break
    return least


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    assert processor_seconds(0.2, "--help") < 0.2
    loaded = "import sys, lstmproof.cli; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, env=environment(), check=True
    )
    assert {"numpy", "sympy", "rich", "hypothesis", "flint", "lstmproof.catalogue"}.isdisjoint(modules.stdout.split())


def test_only_click_and_the_standard_library_are_imported_at_the_top() -> None:
    tree = ast.parse((ROOT / "lstmproof" / "cli.py").read_text(encoding="utf-8"))
    names = [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    roots = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert roots == {"click", "lstmproof"}
    assert [name for name in names if name.startswith("lstmproof")] == ["lstmproof"]


def test_the_version() -> None:
    assert output("--version") == f"lstmproof {__version__}\n"


@pytest.mark.parametrize("command", ["list", "show", "derive", "generate", "verify", "mutate", "completion"])
def test_every_command_has_help_that_fits(command: str) -> None:
    shown = output(command, "--help")
    assert shown.startswith(f"Usage: lstmproof {command} ")
    assert max(map(len, shown.splitlines())) <= 80
    assert f"\n  {command} " in output("--help")


def test_list_is_one_line_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = output("list").splitlines()
    assert tuple(line.split()[0] for line in lines) == catalogue.names()
    assert max(map(len, lines)) <= 80
    lstm = next(line for line in lines if line.startswith("lstm "))
    assert "lstm.py" in lstm
    assert "12 tensors" in lstm


def test_list_as_json() -> None:
    cells = json.loads(output("list", "--json"))["cells"]
    assert [cell["cell"] for cell in cells] == list(catalogue.names())
    assert set(cells[0]) == {"cell", "key", "file", "about", "parameters"}


def test_show_prints_the_equations_as_written_with_axes() -> None:
    shown = output("show", "janet_beta")
    assert "s = W_f @ x + U_f @ h + b_f" in shown
    assert "(hidden)" in shown
    assert "parameters  W_f (hidden, input)" in shown
    assert "constants   beta (scalar) = 1" in shown
    assert "derivations/janet.py:" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_derive_in_every_format() -> None:
    text = output("derive", "lstm")
    assert "c(t) = f * c(t-1) + i * g" in text
    assert "dL/dW_f     = sum over t of outer(d_net_f, x)" in text
    assert r"\begin{align*}" in output("derive", "lstm", "--format", "latex")
    (cell,) = json.loads(output("derive", "lstm", "--format", "json", "--flow", "truncated"))["cells"]
    assert (cell["key"], cell["flow"]) == ("derivations/lstm.py:lstm", "truncated")
    assert (cell["forward"]["direction"], cell["backward"]["direction"]) == ("forward", "backward")


def test_derive_is_quick() -> None:
    assert processor_seconds(1.5, "derive", "lstm_peephole_full") < 1.5


def test_the_truncated_flow_differs() -> None:
    assert "next_h(t-1) = 0" in output("derive", "lstm", "--flow", "truncated")


@pytest.mark.parametrize("command", ["show", "derive", "list"])
def test_output_does_not_depend_on_the_process(command: str) -> None:
    arguments = (command,) if command == "list" else (command, "lstm_forget")
    shown = {started(*arguments, PYTHONHASHSEED=seed).stdout for seed in ("0", "1")}
    assert len(shown) == 1
    assert "\x1b" not in shown.pop()


def test_generate_writes_a_module_that_needs_numpy_alone(tmp_path: Path) -> None:
    source = output("generate", "gru")
    assert output("generate", "gru", "-o", "gru.py", cwd=tmp_path) == ""
    assert (tmp_path / "gru.py").read_text(encoding="utf-8") == source
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in imports} <= {"import numpy as np", "from __future__ import annotations"}
    assert "do not edit" in source.lower()
    assert output("generate", "gru", "-o", "gru.py", cwd=tmp_path) == "", "a generated file is replaced"


def test_generate_replaces_nothing_that_it_did_not_write(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    result = lstmproof("generate", "mine.py", "-o", "mine.py", cwd=tmp_path)
    assert result.returncode == 2
    assert "was not generated by lstmproof" in result.stderr
    assert (tmp_path / "mine.py").read_text() == MINE


def test_no_file_name_becomes_code(tmp_path: Path) -> None:
    name = "n\nprint('PWNED')\n#.py"
    (tmp_path / name).write_text(MINE)
    source = lstmproof("generate", f"./{name}", cwd=tmp_path).stdout
    assert source.startswith(r"# Generated by lstmproof from ./n\nprint('PWNED')\n#.py:mine; do not edit.")
    assert "\nprint" not in source


@pytest.mark.parametrize("command", ["show", "derive", "generate", "verify"])
def test_a_file_name_that_is_no_text_is_no_error(tmp_path: Path, command: str) -> None:
    name = os.fsdecode(b"./\xff.py")
    (tmp_path / name).write_text(MINE)
    options = ("--law", "law.split", "--json", "out.json", "--junit", "out.xml") if command == "verify" else ()
    result = lstmproof(command, name, *options, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_no_terminal_obeys_an_author_or_a_file_name(tmp_path: Path) -> None:
    text = MINE.replace(":\n    h", ':\n    """Clears: \\x1b[2J"""\n    h')
    for name, content in (("red\x1b[31m.py", text), ("wrong\x1b[31m.py", "1")):
        (tmp_path / name).write_text(content)
    files = ("./red\x1b[31m.py", "./wrong\x1b[31m.py", "./missing\x1b[31m.py", "missing\x1b[31m")
    commands = [*(("show", name) for name in files), ("verify", "-v", "--law", "law.split", files[0])]
    for command in (*commands, ("mi\x1b[31mss",), ("list", "an\x1b[31mother")):
        result = lstmproof(*command, cwd=tmp_path)
        assert "\x1b" not in result.stdout + result.stderr, command
    assert r"Clears: \x1b[2J" in lstmproof("show", files[0], cwd=tmp_path).stdout


@pytest.mark.parametrize("flow", ["full", "truncated"])
def test_generate_in_both_flows_and_types(flow: str) -> None:
    assert "float32" in output("generate", "lstm", "--flow", flow, "--dtype", "float32")


REFUSED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "no such command": (("frobnicate",), "No such command"),
    "no such option": (("verify", "--frobnicate"), "No such option"),
    "an unknown cell": (("show", "lstn"), "did you mean 'lstm'?"),
    "an unknown cell of a file": (("show", "mine.py:mein"), "did you mean 'mine'?"),
    "a missing file": (("derive", "missing.py"), "missing.py"),
    "an invalid file": (("derive", "wrong.py"), "wrong.py:3:"),
    "an unknown cell to generate": (("generate", "lstn"), "did you mean 'lstm'?"),
    "several cells in one module": (("generate", "derivations/gru.py"), "has 2 cells"),
    "an unknown cell to verify": (("verify", "lstn"), "did you mean 'lstm'?"),
    "one unknown cell of several": (("verify", "lstm", "lstn"), "did you mean 'lstm'?"),
    "an invalid file to verify": (("verify", "wrong.py"), "wrong.py:3:"),
    "an unknown cell to mutate": (("mutate", "lstn"), "did you mean 'lstm'?"),
    "a negative seed": (("verify", "--seed", "-1"), "--seed"),
    "a negative seed to mutate": (("mutate", "--seed", "-1"), "--seed"),
    "a seed too large": (("mutate", "--seed", "9" * 30), "--seed"),
    "no examples": (("verify", "--examples", "0"), "--examples"),
    "examples without end": (("verify", "mine.py", "--examples", "9" * 20), "1<=x<=1000000"),
    "a folder for the JSON": (("verify", "mine.py", "--json", "."), "is a directory"),
    "no folder for the JSON": (("verify", "mine.py", "--json", "no/such.json"), "cannot write"),
    "no folder for the JUnit": (("verify", "mine.py", "--junit", "no/such.xml"), "cannot write"),
    "one file for both": (("verify", "mine.py", "--json", "a", "--junit", "./a"), "the same file"),
    "the equations for the JSON": (("verify", "mine.py", "--json", "mine.py"), "cannot write mine.py"),
    "one file for the page too": (("verify", "mine.py", "--junit", "a", "--html", "./a"), "the same file"),
    "the equations for the page": (("verify", "mine.py:mine", "--html", "./mine.py"), "cannot write ./mine.py"),
    "the equations for the JUnit": (("verify", "mine.py:mine", "--junit", "./mine.py"), "cannot write ./mine.py"),
    "a link to them": (("verify", "mine.py", "--json", "link"), "cannot write link"),
    "another Python file": (("verify", "rnn", "--json", "wrong.py"), "cannot write wrong.py"),
    "standard output for both": (("verify", "mine.py", "--json", "-", "--junit", "-"), "the same file"),
    "no folder for the kernel": (("generate", "mine.py", "-o", "no/such.py"), "cannot write"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_usage_ends_with_status_2_and_a_message(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "wrong.py").write_text("from lstmproof.language import cell\n\nimport os\n")
    (tmp_path / "link").symlink_to("mine.py")
    result = lstmproof(*arguments, cwd=tmp_path)
    assert (tmp_path / "mine.py").read_text() == MINE
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_refused_run_still_writes_its_json(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("x = 1\n")
    result = lstmproof("verify", "wrong.py", "--json", "out.json", "--junit", "out.xml", cwd=tmp_path)
    assert result.returncode == 2
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (content["schema"], content["exit_status"], content["cells"]) == (1, 2, [])
    assert "wrong.py:1:1" in content["error"]
    assert "<error" in (tmp_path / "out.xml").read_text(encoding="utf-8")


def test_junit_is_printed_or_goes_into_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    asked = ("verify", "mine.py", "--law", "law.split", "--examples", "3", "--junit")
    printed = output(*asked, "-", cwd=tmp_path)
    assert printed.startswith("<?xml")
    assert printed.endswith("</testsuites>\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py"]
    shown = started(*asked, "/dev/stdout", cwd=tmp_path).stdout
    assert "<testsuites" in shown
    assert "all hold" in shown


@contextmanager
def running(command: Sequence[str], cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own. Nothing of it is left, whatever becomes of the test: what is left of one that
    timed out is reported, as a resource that nobody closed, in some later test.
    """
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    commands = (("--help",), ("list",), ("derive", "lstm_peephole_full"), ("mutate", "carousel"))
    for command in (*commands, ("verify", "carousel", "--law", "law.split")):
        with running([*COMMAND, *command]) as writer:
            assert writer.stdout is not None
            writer.stdout.close()
            assert writer.stderr is not None
            assert writer.stderr.read() == ""
            assert writer.wait(timeout=60) == 141


READY = "ready"
WHEN_READY = f"""import sys, lstmproof.__main__
sys.argv[0] = "lstmproof"
print("{READY}", file=sys.stderr, flush=True)
lstmproof.__main__.main()
"""
"""The command, which says when it is there to be interrupted: how long Python takes to start is not its doing."""


INTERRUPTED: Mapping[str, tuple[str, ...]] = {
    "verify": ("verify", "lstm_peephole", "lstm_forget", "--examples", "100000", "--json", "out.json"),
    "mutate": ("mutate",),
}


@pytest.mark.parametrize("seconds", [0.0, 0.6, 2.0, 4.0])
def test_ctrl_c_ends_the_run_and_every_process_of_it(tmp_path: Path, seconds: float) -> None:
    """Of several commands at once, each in a folder and a group of its own: they wait for Ctrl-C together."""
    with ExitStack() as every:
        runs = {}
        for name, asked in INTERRUPTED.items():
            folder = tmp_path / name
            folder.mkdir()
            runs[folder] = every.enter_context(running([sys.executable, "-c", WHEN_READY, *asked], folder))
        for run in runs.values():
            assert run.stderr is not None
            assert run.stderr.readline() == f"{READY}\n"
        time.sleep(seconds)
        for folder, run in runs.items():
            os.killpg(run.pid, signal.SIGINT)
            shown, complaints = run.communicate(timeout=60)
            assert run.returncode == 130
            assert all_gone(run.pid, seconds=30)
            assert "Traceback" not in complaints
            assert "interrupted" in shown + complaints
            if (folder / "out.json").exists():  # it had begun
                content = json.loads((folder / "out.json").read_text(encoding="utf-8"))
                assert (content["interrupted"], content["exit_status"], content["cells"]) == (True, 130, [])


def all_gone(group: int, seconds: float) -> bool:
    """Whether no process of a group is left; one that was killed is there until its parent has heard of it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_ctrl_c_during_the_imports_is_no_traceback() -> None:
    early = "import os, signal, lstmproof.__main__; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    result = subprocess.run(
        [sys.executable, "-c", early], capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "interrupted\n")


INTERRUPTED_WHILE_COLLECTING = """import gc, os, signal, sys
from lstmproof import cli

def once(*_):
    gc.callbacks.remove(once)
    os.kill(os.getpid(), signal.SIGINT)
    sum(range(1000))

sys.argv[1:] = ["mutate", "lstm"]
cli.main(lambda: gc.callbacks.append(once))
"""


def test_ctrl_c_is_not_lost_where_python_drops_exceptions() -> None:
    """Hypothesis measures how long collecting takes, in a callback whose exceptions go nowhere."""
    with running([sys.executable, "-c", INTERRUPTED_WHILE_COLLECTING]) as run:
        shown, complaints = run.communicate(timeout=60)
        assert run.returncode == 130
    assert "Exception ignored" not in complaints
    assert "interrupted" in shown + complaints


def test_a_closed_or_full_output_is_no_traceback() -> None:
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *COMMAND, "list"], capture_output=True, env=environment(), check=False
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*COMMAND, "list"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False
        )
    assert result.returncode == 2
    assert "No space left" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_terminal_without_unicode_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "greek.py").write_text(f'"""\u03b2 and \u03c3."""\n\n{MINE}', encoding="utf-8")
    result = started("show", "greek.py", cwd=tmp_path, PYTHONIOENCODING="latin-1")
    assert result.returncode == 0
    assert r"\u03b2 and \u03c3" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    assert "_LSTMPROOF_COMPLETE" in output("completion", shell)


def test_commands_and_cells_complete() -> None:
    def completed(words: str) -> list[str]:
        count = str(len(words.split(" ")) - 1)
        result = started(_LSTMPROOF_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
        return [line.split(",")[1] for line in result.stdout.splitlines()]

    assert "verify" in completed("lstmproof ver")
    assert completed("lstmproof show lstm_p") == ["lstm_peephole", "lstm_peephole_full"]
    assert "--format" in completed("lstmproof derive lstm --fo")
