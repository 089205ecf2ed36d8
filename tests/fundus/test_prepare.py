"""Bringing an installation up to date, again and again."""

import subprocess
from pathlib import Path

import pytest

from fundus.commands import PREPARE, ROOT
from fundus.prepare import LOCKS, static_state
from tests.live.system import System, environment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "uploads" / "static").mkdir(parents=True)
    (tmp_path / "uploads" / "static" / "list.js").write_text("1")
    for name in LOCKS:
        (tmp_path / name).write_text("1")
    return tmp_path


def test_static_files_are_collected_once(system: System) -> None:
    before = (system.data_dir / "static.state").stat().st_mtime_ns
    system.run(*PREPARE)
    assert (system.data_dir / "static.state").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", [*LOCKS, "uploads/static/list.js", "uploads/static/new.css"])
def test_static_files_are_collected_again_after_a_change(root: Path, name: str) -> None:
    before = static_state(root)
    (root / name).write_text("changed")
    assert static_state(root) != before


def test_a_second_time_changes_nobody(system: System) -> None:
    before = system.rows("SELECT username, password, upload_quota FROM accounts_user")
    system.run(*PREPARE)
    assert system.rows("SELECT username, password, upload_quota FROM accounts_user") == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"AUDIT_KEY": "short"}, "AUDIT_KEY is short or an example."),
        ({"SECRET_KEY": ""}, "Set SECRET_KEY in the environment or in .env."),
        ({"HOST": "0.0.0.0"}, "FUNDUS_DEMO is on, but 0.0.0.0 is not loopback."),
    ],
)
def test_a_wrong_setting_is_named_in_the_last_line(
    tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    env = environment(tmp_path, 8000, 1) | change
    done = subprocess.run(PREPARE, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()[-1]
