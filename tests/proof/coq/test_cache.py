"""The cache: what is damaged is not believed, and a folder that others can write to is not used."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lstmproof.proof.coq import cache as caching
from lstmproof.proof.coq.cache import Cache, digest, opened
from lstmproof.proof.coq.outcome import Checked
from lstmproof.proof.outcome import Unsettled

CHECKED = Checked("found", "1 = 1")


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cache:
    monkeypatch.setenv(caching.VARIABLE, str(tmp_path / "cache"))
    found = opened()
    assert isinstance(found, Cache)
    return found


def test_what_is_kept_is_found_under_its_key_alone(cache: Cache) -> None:
    cache.keep("a", CHECKED)
    assert cache.recall("a") == CHECKED
    assert cache.recall("b") is None
    assert not list(cache.work.iterdir())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"key": "b", "theorem": "t"}), '{"key": "a"}', "\0"])
def test_what_is_damaged_is_forgotten(cache: Cache, text: str) -> None:
    (cache.theorems / "a.json").write_text(text, encoding="utf-8")
    assert cache.recall("a") is None


def test_a_record_under_another_name_is_not_believed(cache: Cache) -> None:
    cache.keep("a", CHECKED)
    (cache.theorems / "a.json").rename(cache.theorems / "b.json")
    assert cache.recall("b") is None


def test_a_folder_that_others_can_write_to_is_refused(cache: Cache) -> None:
    cache.theorems.chmod(0o777)
    found = opened()
    assert isinstance(found, Unsettled)
    assert "can be written to by others: set LSTMPROOF_CACHE" in found.reason


def test_a_folder_of_another_user_is_refused(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: cache.folder.stat().st_uid + 1)
    found = opened()
    assert isinstance(found, Unsettled)
    assert "is another user's" in found.reason


def test_a_place_that_cannot_be_written_to_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(caching.VARIABLE, str(tmp_path / "file"))
    found = opened()
    assert isinstance(found, Unsettled)
    assert "set LSTMPROOF_CACHE to another folder" in found.reason


def test_it_lies_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(caching.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    found = opened()
    assert isinstance(found, Cache)
    assert found.folder == tmp_path / "xdg" / "lstmproof" / "coq"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = opened()
    assert isinstance(found, Cache)
    assert found.folder == tmp_path / "home" / ".cache" / "lstmproof" / "coq"


def test_what_killed_runs_left_is_removed_in_time(cache: Cache) -> None:
    for name, age in (("old", 2 * caching.FORGOTTEN), ("new", 0.0)):
        folder = cache.work / name
        folder.mkdir()
        then = folder.stat().st_mtime - age
        os.utime(folder, (then, then))
    opened()
    assert [folder.name for folder in cache.work.iterdir()] == ["new"]


def test_texts_are_told_apart_however_they_are_cut() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
