"""The theorems that Coq has accepted, from the results of `lstmproof verify --coq --json FILE` of the catalogue.

They are listed in docs/theorems.md, and kept beside the derivations for reports.

python -m benchmarks.theorems FILE            # write them
python -m benchmarks.theorems FILE --check    # compare them with what is there; 1 if they differ
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lstmproof.proof.coq.accepted import FOLDER, dump

PAGE = Path(__file__).parents[1] / "docs" / "theorems.md"

HEAD = """\
# Theorems

What Coq proves of the catalogue (`lstmproof verify --coq`), cell by cell: theorems about the true sigma, tanh and exp
over the real numbers, for any sizes (in claims and findings, from 1 on), any number of steps and all weights, inputs
and initial states. That no number bounds a state says of any sizes that there are initial states and, for every number,
weights, inputs and a step at which each unit exceeds it; that a value is bounded, of any initial states, that there is
one number for all sizes, weights, inputs and steps. Each rests on no more than the four axioms of Coq's real numbers.
`lstmproof verify --coq --proofs DIR` writes them as files; `-v` shows each as Coq has it.
"""

OTHERS = """\
## By other means

Statements of the catalogue that hold and are not theorems of Coq; `-v` gives the reason of each.
"""

Result = Mapping[str, Any]


def page(cells: Iterable[Mapping[str, Any]]) -> str:
    """The whole page."""
    cells = tuple(cells)
    parts = [HEAD]
    for cell in cells:
        proved = [each for each in cell["results"] if each["method"] == "coq"]
        if proved:
            parts.append(f"## {_title(cell)}\n\n" + "".join(_lines(proved)))
    left = [(cell, each) for cell in cells for each in cell["results"] if each["holds"] and _could_be(each)]
    if left:
        rows = (f"- {_title(cell)}, `{each['id']}`: {each['verdict']} by {each['method']}\n" for cell, each in left)
        parts.append(f"{OTHERS}\n" + "".join(rows))
    return "\n".join(parts)


def _title(cell: Mapping[str, Any]) -> str:
    return f"`{cell['cell'] if cell['key'] != cell['file'] else cell['file']}`"


def _could_be(result: Result) -> bool:
    return result["kind"] in ("claim", "myth", "finding") and result["method"] != "coq"


def _lines(results: Sequence[Result]) -> Iterator[str]:
    """A line for each theorem: what it is called, what it says, what it assumes."""
    for each in results:
        refuted = "not so: " if each["verdict"] == "refuted" else ""
        assumed = f", if {'; '.join(each['assumptions'])}" if each["assumptions"] else ""
        yield f"- `{each['id']}`: {refuted}{_spoken(each['statement'])}{_spoken(assumed)}\n"


def _spoken(text: str) -> str:
    """Mathematics in Markdown: an asterisk or an underscore is itself."""
    return text.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<").replace("|", r"\|")


def files(cells: Iterable[Mapping[str, Any]]) -> dict[Path, str]:
    """The page, and for each derivation file the theorems about its cells that Coq has accepted."""
    cells = tuple(cells)
    accepted: dict[str, dict[str, dict[str, str]]] = {}
    for cell in cells:
        own = {each["id"]: each["proof"]["digest"] for each in cell["results"] if each["method"] == "coq"}
        if own:
            accepted.setdefault(cell["file"], {})[_cell(cell)] = own
    beside = {Path(file).parent / FOLDER / f"{Path(file).stem}.json": dump(each) for file, each in accepted.items()}
    return {PAGE: page(cells), **beside}


def _cell(cell: Mapping[str, Any]) -> str:
    """The cell's name; of what a file states of none, the empty one."""
    return str(cell["cell"]) if ":" in cell["key"] else ""


def main(words: Sequence[str]) -> int:
    """Write the page and the files, or compare them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.theorems", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    options = parser.parse_args(words)
    made = files(json.loads(options.results.read_text(encoding="utf-8"))["cells"])
    differ = False
    for path, text in made.items():
        if not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            continue
        known = path.read_text(encoding="utf-8") if path.is_file() else ""
        difference = difflib.unified_diff(known.splitlines(True), text.splitlines(True), str(path), "as proved now")
        sys.stdout.writelines(difference)
        differ = differ or known != text
    return int(differ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
