"""The web server by itself, without the commands that check its configuration first."""

import subprocess
import sys
from pathlib import Path

import pytest

from fundus.commands import ROOT
from tests.live.system import environment

LOAD = (sys.executable, "-c", "import fundus.wsgi")


def load(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    whole = environment(folder, 8000, 1) | env
    (folder / "static").mkdir()
    return subprocess.run(LOAD, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)


def test_a_demonstration_on_this_machine_is_served(tmp_path: Path) -> None:
    assert load(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HOST", "0.0.0.0", "0.0.0.0 is not loopback"),
        ("ALLOWED_HOSTS", "fundus.example", "fundus.example is not loopback"),
        ("SECRET_KEY", "short", "SECRET_KEY is short"),
    ],
)
def test_nothing_unsafe_is_served(tmp_path: Path, name: str, value: str, told: str) -> None:
    done = load(tmp_path, **{name: value})
    assert done.returncode != 0
    assert told in done.stderr
