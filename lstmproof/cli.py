"""The command line: parse, call, print.

Only click, the standard library and the exit statuses are imported here, so that `lstmproof --help` is quick; what
a command needs is imported in it.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.shell_completion import CompletionItem, get_completion_class

from lstmproof import __version__, statuses

if TYPE_CHECKING:
    from lstmproof.cell import Dtype, Flow


class Refused(click.ClickException):
    """An invalid file, an unknown cell, a place that cannot be written to."""

    exit_code = statuses.USAGE

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=True)


def _say(text: str, nl: bool = True, err: bool = False) -> None:
    """Print what an author or the name of a file may have a part in: no terminal obeys it."""
    from lstmproof.language.errors import escaped

    click.echo(escaped(text, kept="\n\t"), nl=nl, err=err)


def _refusal(error: Exception) -> Exception:
    """What a user can mend as a message and exit status 2; any other error as it is."""
    from lstmproof.catalogue import CatalogueError
    from lstmproof.language.errors import DerivationError
    from lstmproof.ledger import LedgerError
    from lstmproof.report.files import OutputError
    from lstmproof.starting import NameRefused

    match error:
        case DerivationError():
            return Refused(str(error))
        case CatalogueError() | LedgerError() | OutputError() | NameRefused() | OSError():
            return Refused(f"error: {error}")
        case _:
            return error


class App(click.Group):
    """The group of commands, and what becomes of their errors."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            raise click.exceptions.Exit(statuses.PIPE_CLOSED) from None  # --help and --version print here

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            ctx.exit(statuses.PIPE_CLOSED)
        except (LookupError, ValueError, OSError) as error:
            raise _refusal(error) from None
        return result


def _complete_cell(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the catalogue that begin so; else files."""
    from lstmproof import catalogue

    known = [name for name in catalogue.names() if name.startswith(incomplete)]
    return [CompletionItem(name) for name in known] or [CompletionItem(incomplete, type="file")]


SEED = click.IntRange(0, 2**32 - 1)
EXAMPLES = click.IntRange(1, 1_000_000)
FORMATS = ("md", "html", "tex")
FLOW = click.Choice(["full", "truncated"])
FLOW_HELP = "All of the gradient, or the error flow of 1997."


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lstmproof", message="%(prog)s %(version)s")
def app() -> None:
    """Verified gradients of recurrent cells, derived from one page of equations.

    CELL is a name of the catalogue (see `lstmproof list`), a file for all its
    cells, or file.py:cell.
    """


def main(ready: Callable[[], None] = lambda: None) -> NoReturn:
    """Run the command line; the exit status says how it ended, and no traceback does.

    `ready` is called as soon as interruptions are caught.
    """
    _prepare_streams()
    sys.unraisablehook = _interrupt_again
    try:
        ready()
        status = app.main(prog_name="lstmproof", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        _say(shown.getvalue(), err=True, nl=False)
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        status = statuses.INTERRUPTED
    try:
        sys.stdout.flush()
    except OSError:
        # The reader is gone: the interpreter must not complain while it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status if isinstance(status, int) else 0)


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """Ctrl-C again, soon, if it arrived where Python drops exceptions: while something is collected, in a callback."""
    if lost.exc_type is KeyboardInterrupt and hasattr(signal, "pthread_kill"):
        again = threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


def _prepare_streams() -> None:
    """A closed stream swallows what is written to it; a character that the terminal lacks is escaped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w")))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@app.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_cells(as_json: bool) -> None:
    """The catalogue, one line a cell."""
    from lstmproof import catalogue
    from lstmproof.report.cells import entries, listing
    from lstmproof.report.json_results import dumps

    rows = entries(catalogue.derivations())
    if as_json:
        click.echo(dumps({"schema": 1, "cells": [row.as_json() for row in rows]}), nl=False)
        return
    for line in listing(rows):
        _say(line)


@app.command()
@click.argument("cell", shell_complete=_complete_cell)
def show(cell: str) -> None:
    """CELL as written: equations, axes, parameters."""
    from lstmproof import catalogue
    from lstmproof.report.cells import description

    found = catalogue.look_up(cell)
    for line in description(found.derivation, found.cells):
        _say(line)


@app.command()
@click.argument("cell", shell_complete=_complete_cell)
@click.option("--flow", type=FLOW, default="full", show_default=True, help=FLOW_HELP)
@click.option("--format", "form", type=click.Choice(["text", "latex", "json"]), default="text", show_default=True)
def derive(cell: str, flow: str, form: str) -> None:
    """CELL's equations and those of its gradient.

    The gradient is the adjoint, which runs backward in time over what the forward
    run has saved.
    """
    from lstmproof import catalogue
    from lstmproof.calculus.adjoint import adjoint
    from lstmproof.calculus.truncate import truncate
    from lstmproof.program.printing import as_json, latex, text
    from lstmproof.report.json_results import dumps

    derived = []
    for definition in catalogue.resolve(cell):
        program = definition.program if flow == "full" else truncate(definition.program)
        derived.append((definition, program, adjoint(program)))
    if form == "json":
        found = [
            {"cell": definition.name, "key": definition.key, "digest": definition.digest, "flow": flow}
            | {"forward": as_json(program), "backward": as_json(backward)}
            for definition, program, backward in derived
        ]
        click.echo(dumps({"schema": 1, "cells": found}), nl=False)
        return
    render = text if form == "text" else latex
    parts = [part for _, program, backward in derived for part in (render(program), render(backward, program))]
    _say("\n".join(parts), nl=False)


@app.command()
@click.argument("cell", shell_complete=_complete_cell)
@click.option("-o", "--output", metavar="FILE", help="Write there instead of printing.")
@click.option("--flow", type=FLOW, default="full", show_default=True, help=FLOW_HELP)
@click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float64", show_default=True)
def generate(cell: str, output: str | None, flow: Flow, dtype: Dtype) -> None:
    """NumPy code for CELL and its gradient.

    One module with `forward` and `backward` over whole sequences; it needs NumPy
    alone.
    """
    from lstmproof.cell import GENERATED, load
    from lstmproof.report import files

    if output is not None:
        files.check_replaceable(output, GENERATED)
    source = load(cell).kernel(dtype, flow).source
    if output is None:
        click.echo(source, nl=False)
    else:
        files.write(output, source)


def _checking_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options that `verify` and `mutate` share."""
    for option in (
        click.option("--no-color", is_flag=True, help="No colours; the environment variable NO_COLOR does the same."),
        click.option("-q", "--quiet", is_flag=True, help="Print only what does not hold."),
        click.option("--seed", type=SEED, default=0, show_default=True, help="Start of random cases."),
    ):
        command = option(command)
    return command


@app.command()
@click.argument("cells", metavar="[CELL|FILE.py]...", nargs=-1, shell_complete=_complete_cell)
@click.option("--json", metavar="FILE", help="Write all results there as JSON; '-' prints them and nothing else.")
@click.option("--junit", metavar="FILE", help="Write all results there as JUnit XML; '-' prints it.")
@click.option("--html", metavar="FILE", help="Write all results there as one HTML page; '-' prints it.")
@click.option("--examples", type=EXAMPLES, default=100, show_default=True, help="Cases for each law.")
@click.option("--law", "laws", metavar="GLOB", multiple=True, help="Only laws whose id matches, as 'law.complex_*'.")
@click.option("--claim", "claims", metavar="GLOB", multiple=True, help="Only claims and myths that match; or finding.*")
@click.option("--accept", type=click.Choice(["tested"]), help="Let a claim hold that is tested and not proved.")
@click.option("--proofs", metavar="DIR", help="Save each proof there as files that re-check without lstmproof.")
@click.option("--coq", is_flag=True, help="Have Coq prove the gradients for all sizes and lengths, and the claims.")
@click.option("-v", "--verbose", is_flag=True, help="Print every result, and why a law is absent.")
@_checking_options
def verify(**asked: Any) -> None:
    """Check the gradients of cells, and what is stated of them.

    Every law is checked, every claim and myth settled, and bounds of each state
    are looked for. Without a cell, this is done for all of the catalogue.

    \b
    Exit status: 0 all hold; 1 something fails; 2 bad usage or an invalid file;
    3 something is open or undecided, or nothing was examined.
    """
    from lstmproof import checking

    click.get_current_context().exit(checking.perform(checking.Job(**asked)))


@app.command()
@click.argument("cells", metavar="[CELL|FILE.py]...", nargs=-1, shell_complete=_complete_cell)
@_checking_options
def mutate(**asked: Any) -> None:
    """Plant errors in kernels; show which law catches each.

    Every term of the derived gradient, and of the emitted kernel, is corrupted in
    turn. Without a cell, this is done for all of the catalogue.

    \b
    Exit status: 0 each is caught or shown to change nothing; 1 one survives;
    2 bad usage or an invalid file; 3 nothing could be corrupted.
    """
    from lstmproof import mutating

    click.get_current_context().exit(mutating.perform(mutating.Job(**asked)))


@app.command()
@click.argument("rows", metavar="[ROW]...", nargs=-1)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Start of random cases.")
@click.option("-v", "--verbose", is_flag=True, help="Print what is said, and every test.")
@click.option("--no-color", is_flag=True, help="No colours; the environment variable NO_COLOR does the same.")
def ledger(**asked: Any) -> None:
    """What notes and papers say of these cells, with verdicts.

    ROW is an id such as A4, or a letter for all rows of a source. Without one, all
    are settled.

    \b
    Exit status: 0 all that settles them holds; 1 something fails;
    2 bad usage; 3 something is open.
    """
    from lstmproof import settling

    click.get_current_context().exit(settling.perform(settling.Job(**asked)))


def _formats(_ctx: click.Context, _param: click.Parameter, value: str) -> tuple[str, ...]:
    """`md,html` as a tuple, in the order of all formats."""
    asked = [part.strip() for part in value.split(",")]
    unknown = [part for part in asked if part not in FORMATS]
    if unknown:
        raise click.BadParameter(f"'{unknown[0]}' is not one of {', '.join(FORMATS)}, separated by commas.")
    return tuple(form for form in FORMATS if form in asked)


@app.command()
@click.argument("cells", metavar="[CELL|FILE.py]...", nargs=-1, shell_complete=_complete_cell)
@click.option("-o", "--output", metavar="DIR", default="reports", show_default=True, help="The folder of the reports.")
@click.option("--format", "formats", metavar="FORMATS", callback=_formats, default=",".join(FORMATS), show_default=True)
@click.option("--check", is_flag=True, help="Write nothing; print how the folder differs from what it should hold.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but differences.")
@click.option("--no-color", is_flag=True, help="No colours; the environment variable NO_COLOR does the same.")
def report(**asked: Any) -> None:
    """Reports to put beside the papers.

    For each cell its equations, derivation, proofs and checks as Markdown, as one
    HTML page and as LaTeX, and an index of all. Without a cell, this is done for
    all of the catalogue, and what is no longer made is removed.

    \b
    Exit status: 0 written, or as it should be; 1 --check found a difference;
    2 bad usage or an invalid file.
    """
    from lstmproof import reporting

    click.get_current_context().exit(reporting.perform(reporting.Job(**asked)))


@app.command()
@click.argument("name")
@click.option("--directory", metavar="DIR", default=".", help="Where to write them; made if it is missing.")
def new(name: str, directory: str) -> None:
    """A derivation file and its test to start from.

    NAME.py verifies as it stands; its comments say what to replace.
    """
    from lstmproof import starting

    mine, test = starting.write(name, directory)
    _say(starting.next_steps(mine, test), nl=False)


@app.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """A script that makes the shell complete.

    Commands, options and cells complete once the script is loaded:

    \b
    bash  eval "$(lstmproof completion bash)"       in ~/.bashrc
    zsh   eval "$(lstmproof completion zsh)"        in ~/.zshrc
    fish  lstmproof completion fish | source        in ~/.config/fish/config.fish
    """
    complete = get_completion_class(shell)
    if complete is not None:
        click.echo(complete(app, {}, "lstmproof", "_LSTMPROOF_COMPLETE").source())
