"""The wheel is whole: installed in a clean environment, it verifies a cell from a folder far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = (".py", ".v", ".html", ".css", ".js", ".tex")


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and its dependencies as this environment has them."""

    wheel: Path
    folder: Path
    packages: Path

    def run(self, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a script of the environment, nothing of the caller's Python in reach."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
        return subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    @property
    def scripts(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel with the build backend at hand and install it without its dependencies, which a `.pth` lends.

    A `.pth` file adds a folder to the path and does not read the `.pth` files in it: an editable install of this
    checkout stays out of reach, and the wheel's own packages come first.
    """
    dist, folder = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("clean")
    _checked(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(dist))
    (wheel,) = dist.glob("*.whl")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = Path(_checked(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", str(python))
    _checked(*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel))
    return Installed(wheel, folder, packages)


def _checked(*command: str) -> str:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
    return result.stdout


def test_the_wheel_holds_the_package_the_catalogue_and_nothing_else(installed: Installed) -> None:
    held = {name for name in zipfile.ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    tracked = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lstmproof").rglob("*") if path.suffix in CODE}
    derivations = [*(ROOT / "derivations").glob("*.py"), *(ROOT / "derivations").glob("*/*.json")]
    catalogue = {f"lstmproof/{path.relative_to(ROOT).as_posix()}" for path in derivations}
    assert catalogue
    assert held == tracked | catalogue | {"lstmproof/py.typed", "lstmproof/ledger.md"}


def test_the_installed_package_is_the_wheel(installed: Installed, tmp_path: Path) -> None:
    result = installed.run("python", "-c", "import lstmproof; print(lstmproof.__file__)", cwd=tmp_path)
    assert Path(result.stdout.strip()).parent == installed.packages / "lstmproof", result.stderr


def test_the_wheel_lists_the_whole_catalogue(installed: Installed, tmp_path: Path) -> None:
    result = installed.run("lstmproof", "list", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    listed = {line.split()[0] for line in result.stdout.splitlines() if line.strip()}
    expected = {"rnn", "carousel", "lstm_1997_block", "lstm_forget", "lstm", "lstm_peephole_full", "janet_beta", "gru"}
    assert expected <= listed


def test_the_wheel_verifies_a_cell(installed: Installed, tmp_path: Path) -> None:
    report = tmp_path / "results.json"
    result = installed.run("lstmproof", "verify", "lstm", "--examples", "5", "--json", str(report), cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    results = json.loads(report.read_text(encoding="utf-8"))
    assert [cell["key"] for cell in results["cells"]] == ["derivations/lstm.py:lstm"]
    assert results["cells"][0]["results"]
    assert results["summary"]["holds"] is True


def test_the_wheel_writes_a_report(installed: Installed, tmp_path: Path) -> None:
    result = installed.run("lstmproof", "report", "rnn", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "<math" in (tmp_path / "reports" / "rnn" / "index.html").read_text(encoding="utf-8")


def test_the_wheel_makes_pytest_know_derivation_files(installed: Installed, tmp_path: Path) -> None:
    started = installed.run("lstmproof", "new", "mine", cwd=tmp_path)
    assert started.returncode == 0, started.stdout + started.stderr
    result = installed.run("python", "-m", "pytest", "mine.py", "-m", "claim or myth", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 passed" in result.stdout


def test_the_wheel_verifies_a_file_of_ones_own(installed: Installed, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from lstmproof.language import cell, tanh\n\n\n"
        "@cell\ndef mine(x, h, *, W, U):\n    h = tanh(W @ x + U @ h)\n    return h\n",
        encoding="utf-8",
    )
    result = installed.run("lstmproof", "verify", "mine.py", "--examples", "5", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "mine" in result.stdout
