from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from lstmproof import reporting
from lstmproof.cli import app
from lstmproof.report.files import OutputError
from lstmproof.report.folder import MANIFEST

MINE = '''"""A leaky unit (of nobody, 2000, eq. 1)."""
from lstmproof.language import cell, tanh


@cell
def leaky(x, h, *, W_h, b_h):
    h = 0.5 * h + 0.5 * tanh(W_h @ x + b_h)
    return h
'''
OTHER = MINE.replace("leaky", "other").replace("0.5 * h +", "0.25 * h +")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of two reports, made once."""
    place = tmp_path_factory.mktemp("derivations")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name, text in (("mine.py", MINE), ("other.py", OTHER)):
            Path(name).write_text(text, encoding="utf-8")
        patch.setattr(reporting, "EXAMPLES", 1)
        status, output = _report("mine.py", "other.py")
        assert status == 0
        assert re.fullmatch(r"reports: 2 reports, (\d+) files, \1 of them changed\n", output)
        yield place / "reports"


def _report(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["report", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.stdout


def _files(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def test_a_folder_has_an_index_a_comparison_and_a_report_of_each_cell(made: Path) -> None:
    names = set(_files(made))
    assert {"README.md", "index.html", "comparison/README.md", "comparison/index.html", MANIFEST} <= names
    for cell in ("leaky", "other"):
        assert {f"{cell}/README.md", f"{cell}/index.html", f"{cell}/{cell}.tex"} <= names


def test_every_link_between_pages_leads_to_a_file(made: Path) -> None:
    seen = 0
    for path in made.rglob("*"):
        if path.suffix not in (".md", ".html"):
            continue
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\$`.*?`\$|```math.*?```", "", text, flags=re.DOTALL)
        link = r"(?<!\\)\]\(" if path.suffix == ".md" else 'href="'
        for target in re.findall(link + r'(?![a-z]+:|#)([^)"#]+)', text):
            assert (path.parent / target).is_file(), f"{path}: {target}"
            seen += 1
    assert seen > 10


def test_a_second_run_changes_nothing_and_a_check_agrees(made: Path) -> None:
    before = _files(made)
    status, output = _report("mine.py", "other.py")
    assert (status, output) == (0, f"reports: 2 reports, {len(before)} files, 0 of them changed\n")
    assert _report("mine.py", "other.py", "--check") == (0, "reports: up to date\n")
    assert _files(made) == before


def test_a_report_does_not_depend_on_the_machine(made: Path) -> None:
    for name, content in _files(made).items():
        assert str(made.parent).encode() not in content, name
        assert not re.search(rb"\b\d+\.\d+ s\b", content), name


def test_a_stale_file_fails_the_check_with_a_diff(made: Path) -> None:
    page = made / "leaky" / "README.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace("tanh", "sigmoid", 1), encoding="utf-8")
    try:
        status, output = _report("mine.py", "--check")
        assert status == 1
        assert output.startswith("--- reports/leaky/README.md\n+++ reports/leaky/README.md\n@@ ")
        assert any(line.startswith("-") and "sigmoid" in line for line in output.splitlines())
    finally:
        page.write_text(good, encoding="utf-8")


def test_a_missing_file_and_one_too_many_fail_the_check(made: Path) -> None:
    page = made / "leaky" / "leaky.tex"
    good = page.read_bytes()
    page.unlink()
    try:
        status, output = _report("mine.py", "--check")
        assert (status, output.splitlines()[0]) == (1, "--- /dev/null")
    finally:
        page.write_bytes(good)
    manifest = made / MANIFEST
    known = manifest.read_bytes()
    content = json.loads(known)
    content["files"]["mine.py:leaky"].append("leaky/old.svg")
    manifest.write_text(json.dumps(content), encoding="utf-8")
    (made / "leaky" / "old.svg").write_text("old\n", encoding="utf-8")
    try:
        status, output = _report("mine.py", "--check")
        assert status == 1
        assert "--- reports/leaky/old.svg\n+++ /dev/null\n" in output
        assert _report("mine.py")[0] == 0
        assert not (made / "leaky" / "old.svg").exists()
        assert manifest.read_bytes() == known
    finally:
        manifest.write_bytes(known)


def test_part_of_a_folder_leaves_the_rest_and_the_index_alone(made: Path) -> None:
    before = _files(made)
    assert _report("other.py", "--format", "html")[0] == 0
    assert _files(made) == before


def test_who_adds_to_a_folder_of_other_reports_is_told(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "reports")
    (made.parent / "third.py").write_text(MINE.replace("leaky", "third"), encoding="utf-8")
    told = f"{tmp_path / 'reports'}: has 2 other reports; -o DIR keeps yours apart\n"
    status, output = _report("third.py", "-o", str(tmp_path / "reports"))
    assert status == 0
    assert output.endswith(told)
    assert output.startswith(f"{tmp_path / 'reports'}: 1 report, ")
    assert told not in _report("third.py", "-o", str(tmp_path / "reports"))[1]
    assert told not in _report("third.py", "-o", str(tmp_path / "apart"))[1]


def test_a_format_that_is_none_is_refused() -> None:
    status, _ = _report("mine.py", "--format", "pdf")
    assert status == 2


def test_a_folder_of_someone_else_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds files and no manifest"):
        reporting.perform(reporting.Job(("lstm",), str(tmp_path)))
    assert _report("lstm", "-o", str(tmp_path))[0] == 2


def test_an_unknown_cell_is_refused() -> None:
    assert _report("lstn")[0] == 2


def test_two_reports_of_one_name_are_refused(made: Path) -> None:
    twin = made.parent / "twin.py"
    twin.write_text(MINE, encoding="utf-8")
    with pytest.raises(OutputError, match="another report is called leaky"):
        reporting.perform(reporting.Job(("mine.py", "twin.py")))
