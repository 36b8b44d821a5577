from __future__ import annotations

import json
from pathlib import Path

import pytest

from lstmproof.report.files import OutputError
from lstmproof.report.folder import MANIFEST, Manifest, apply, changes, check_owned, differences, read

KNOWN = Manifest({"mine.py:mine": ("mine/README.md", "mine/index.html"), "": ("README.md",)})


def _folder(place: Path) -> Path:
    for name in KNOWN.every - {MANIFEST}:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(f"{name}\n", encoding="utf-8")
    (place / MANIFEST).write_text(KNOWN.text(), encoding="utf-8")
    return place


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read(_folder(tmp_path)) == KNOWN
    assert read(tmp_path / "new") == Manifest({})


def test_its_text_does_not_depend_on_the_order_of_reports() -> None:
    turned = Manifest(dict(reversed(list(KNOWN.owned.items()))))
    assert turned.text() == KNOWN.text()


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds files and no manifest"):
        read(tmp_path)
    with pytest.raises(OutputError, match="is not a folder"):
        read(tmp_path / "thesis.tex")


@pytest.mark.parametrize("name", ["../thesis.tex", "/etc/passwd", "a/../../b", "", "a//b", "a\\..\\b", 3])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: object) -> None:
    content = {"schema": 1, "made_by": "lstmproof report", "files": {"x": [name]}}
    (tmp_path / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OutputError, match="is none that"):
        read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 1, "made_by": "npm", "files": {}}', "\x00"])
def test_another_programs_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match="is none that"):
        read(tmp_path)


def test_what_changed_is_written_what_is_gone_removed_and_the_rest_left(tmp_path: Path) -> None:
    place = _folder(tmp_path)
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    before = (place / "README.md").stat().st_mtime_ns
    made = {"README.md": "README.md\n", "other/index.html": "new\n"}
    changed = tuple(changes(place, made, ["mine/README.md", "mine/index.html"]))
    assert [change.name for change in changed] == ["mine/README.md", "mine/index.html", "other/index.html"]
    check_owned(place, changed, KNOWN)
    assert apply(place, changed) == 3
    assert not (place / "mine").exists()
    assert (place / "other" / "index.html").read_text(encoding="utf-8") == "new\n"
    assert (place / "README.md").stat().st_mtime_ns == before
    assert (place / "notes.txt").exists()


def test_a_file_of_someone_else_is_not_replaced(tmp_path: Path) -> None:
    place = _folder(tmp_path)
    (place / "other.md").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"other\.md exists and was not written by"):
        check_owned(place, changes(place, {"other.md": "made"}, []), KNOWN)


def test_no_file_is_reached_through_a_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    place = _folder(tmp_path / "reports")
    outside = tmp_path / "outside"
    outside.mkdir()
    (place / "link").symlink_to(outside)
    with pytest.raises(OutputError, match="leads out of"):
        check_owned(place, changes(place, {"link/index.html": "made"}, []), KNOWN)


def test_differences_are_a_unified_diff(tmp_path: Path) -> None:
    place = _folder(tmp_path)
    changed = changes(place, {"README.md": "changed\n", "new.md": "new\n"}, ["mine/index.html"])
    lines = list(differences(Path("reports"), changed))
    assert lines[:5] == ["--- reports/README.md", "+++ reports/README.md", "@@ -1 +1 @@", "-README.md", "+changed"]
    assert "+++ /dev/null" in lines
    assert lines[-4:] == ["--- /dev/null", "+++ reports/new.md", "@@ -0,0 +1 @@", "+new"]


def test_a_file_that_is_no_text_differs(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\xff\xfe")
    (change,) = changes(tmp_path, {"README.md": "text\n"}, [])
    assert change.before not in (None, "text\n")
