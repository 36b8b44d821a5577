"""`lstmproof new`: what it writes verifies as it stands, and a name that would not do is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lstmproof.cli import app
from lstmproof.language.parser import parse_file
from lstmproof.starting import NameRefused, write
from lstmproof.verify.examination import LAW_IDS, Absent, Examination
from lstmproof.verify.examine import Request
from lstmproof.verify.subject import subjects
from tests.forked import run_pytest

pytest_plugins = ["pytester"]


def new(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


def test_what_is_written_verifies_as_it_stands_without_optional_packages(tmp_path: Path) -> None:
    mine, _ = write("leaky_unit", str(tmp_path))
    (subject,) = subjects(parse_file(mine))
    assert [claim.kind for claim in subject.claims] == ["claim", "myth"]
    examination = Examination(subject, Request(5, 0, optional=False))
    results = [examination.of(name) for name in (*LAW_IDS, *(claim.id for claim in subject.claims))]
    found = [result for result in results if not isinstance(result, Absent)]
    assert len(found) >= 14
    assert [result.id for result in found if result.holds is not True] == []


def test_its_test_passes(pytester: pytest.Pytester) -> None:
    write("leaky_unit", str(pytester.path))
    run_pytest(pytester, "test_leaky_unit.py").assert_outcomes(passed=2)


def test_its_test_finds_another_cell(pytester: pytest.Pytester) -> None:
    mine, _ = write("leaky_unit", str(pytester.path))
    text = mine.read_text(encoding="utf-8")
    mine.write_text(text.replace("(1 - f) * g", "f * g"), encoding="utf-8")
    result = run_pytest(pytester, "test_leaky_unit.py", "-k", "agrees")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Not equal to tolerance*"])


def test_its_test_follows_a_cell_with_a_constant_once_by_hand_does(pytester: pytest.Pytester) -> None:
    mine, test = write("leaky_unit", str(pytester.path))
    for path in (mine, test):
        text = path.read_text(encoding="utf-8").replace("U_g, b_g", "U_g, b_g, leak" + "=0.5" * (path == mine))
        path.write_text(text.replace("(1 - f) * g", "leak * (1 - f) * g"), encoding="utf-8")
    run_pytest(pytester, "test_leaky_unit.py", "-k", "agrees").assert_outcomes(passed=1)


def test_it_says_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = new("leaky_unit", "--directory", "cells/new")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "wrote cells/new/leaky_unit.py and cells/new/test_leaky_unit.py"
    lines = result.output.splitlines()
    assert "  2. lstmproof show cells/new/leaky_unit.py: are the axes those of the paper?" in lines
    assert "  3. lstmproof verify cells/new/leaky_unit.py" in lines
    rewrite = "  4. rewrite by_hand in cells/new/test_leaky_unit.py from the paper: same arguments as the cell"
    assert rewrite in lines
    assert (tmp_path / "cells" / "new" / "test_leaky_unit.py").exists()


def test_an_error_made_in_it_leads_to_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine, _ = write("leaky_unit")
    lines = mine.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, 1) if "tanh(" in line)
    mine.write_text("\n".join(line.replace("tanh(", "tahn(") for line in lines), encoding="utf-8")
    result = CliRunner().invoke(app, ["verify", "leaky_unit.py"])
    assert result.exit_code == 2
    assert result.output.startswith(f"leaky_unit.py:{place}:9: unknown name 'tahn'")
    assert "did you mean 'tanh'?" in result.output


REFUSED = {
    "2nd": "'2nd' is no name of a cell",
    "a-b": "'a-b' is no name of a cell",
    "../up": "'../up' is no name of a cell",
    "": "'' is no name of a cell",
    "été": "no name of a cell",
    "lambda": "as 'leaky_unit'; no keyword of Python",
    "l" * 81: "is no name of a cell",
    "lstm": "'lstm' is a cell of the catalogue",
    "random": "'random.py' would be taken for another Python module",
    "numpy": "'numpy.py' would be taken for another Python module",
    "test_mine": "'test_mine.py' would be taken for another Python module",
    "f": "'f' has a meaning in the file that would be written",
    "sigmoid": "'sigmoid' has a meaning in the file that would be written",
}


@pytest.mark.parametrize(("name", "message"), REFUSED.items(), ids=lambda text: text[:20] or "empty")
def test_a_name_that_will_not_do_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = new(name)
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
    assert message in result.output
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NameRefused):
        write(name, str(tmp_path))


@pytest.mark.parametrize("existing", ["mine_too.py", "test_mine_too.py"])
def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / existing).write_text("mine", encoding="utf-8")
    result = new("mine_too")
    assert result.exit_code == 2
    assert f"error: {existing} exists and is left as it is" in result.output
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [(existing, "mine")]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = new("mine_too", "--directory", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
