"""From a bare checkout to an environment, and the sentences for everything that can be missing."""

import ast
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fundus.commands import ROOT
from fundus.console import StartError
from fundus.dotenv import read_env, readable_password, write_env
from fundus.install import Installer, check_venv_module, digest, ensure_chromium, is_current
from fundus.preflight import check_data_dir, check_port, chosen_port, lock
from fundus.processes import alive
from tests.live.waiting import free_ports, wait_until

OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 2, "final", 0)
sys.argv = ["bootstrap", "run"]
runpy.run_path("fundus/bootstrap.py")
"""
ENDLESS_PIP = """#!/bin/sh
[ "$3" = --version ] && exit
echo $$ > "$(dirname "$0")/pid"
exec sleep 600
"""


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing installed in it."""
    shutil.copytree(ROOT / "fundus", tmp_path / "fundus", ignore=lambda *_: ["static"])
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def installer(tmp_path_factory: pytest.TempPathFactory) -> Installer:
    """A real, empty virtual environment; its packages are for the tests to choose."""
    installer = Installer(tmp_path_factory.mktemp("checkout"))
    installer.make_venv()
    return installer


def start(checkout: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fundus.bootstrap", "run"], cwd=checkout, check=False,
        env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True,
    )  # fmt: skip


# --- .env ----------------------------------------------------------------------------------


def test_env_holds_a_demo_with_keys_of_its_own(tmp_path: Path) -> None:
    assert write_env(tmp_path / ".env", {})
    found = read_env(tmp_path / ".env")
    assert (found["FUNDUS_DEMO"], found["DEBUG"]) == ("on", "off")
    assert len(found["SECRET_KEY"]) >= 50
    assert found["SECRET_KEY"] != found["AUDIT_KEY"]


def test_env_is_for_its_owner_only(tmp_path: Path) -> None:
    write_env(tmp_path / ".env", {})
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_env_is_written_once(tmp_path: Path) -> None:
    write_env(tmp_path / ".env", {})
    before = (tmp_path / ".env").read_bytes()
    assert not write_env(tmp_path / ".env", {"FUNDUS_DEMO_PASSWORD": "another-one-77"})
    assert (tmp_path / ".env").read_bytes() == before


def test_env_names_neither_hosts_nor_address(tmp_path: Path) -> None:
    write_env(tmp_path / ".env", {"PORT": "8123"})
    assert not {"ALLOWED_HOSTS", "PUBLIC_BASE_URL", "PORT"} & read_env(tmp_path / ".env").keys()


def test_a_given_password_is_kept(tmp_path: Path) -> None:
    write_env(tmp_path / ".env", {"FUNDUS_DEMO_PASSWORD": "chosen-by-me-42"})
    assert read_env(tmp_path / ".env")["FUNDUS_DEMO_PASSWORD"] == "chosen-by-me-42"


@pytest.mark.parametrize("password", ["", "$HOME", "two words", "a#b", "line\nbreak"])
def test_a_password_that_means_something_in_the_file_is_not_written(
    tmp_path: Path, password: str
) -> None:
    write_env(tmp_path / ".env", {"FUNDUS_DEMO_PASSWORD": password})
    assert len(read_env(tmp_path / ".env")["FUNDUS_DEMO_PASSWORD"]) >= 12


def test_passwords_are_readable_and_differ() -> None:
    passwords = {readable_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(len(each) == 18 and each.count("-") == 2 for each in passwords)


def test_quotes_and_comments_are_understood(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# A=1\n\nexport B='two'\nC=\"x=y\"\n")
    assert read_env(tmp_path / ".env") == {"B": "two", "C": "x=y"}


# --- What is installed -----------------------------------------------------------------------


def test_a_stamp_is_current_until_the_lock_changes(tmp_path: Path) -> None:
    lock_file, stamp = tmp_path / "requirements.txt", tmp_path / "stamp"
    lock_file.write_text("a==1")
    stamp.write_text(digest(lock_file))
    assert is_current(stamp, digest(lock_file))
    lock_file.write_text("a==2")
    assert not is_current(stamp, digest(lock_file))


def test_packages_are_installed_once(installer: Installer) -> None:
    (installer.root / "empty.txt").write_text("# nothing\n")
    installer.pip("empty.txt")
    shutil.rmtree(installer.venv / "lib" / "gone", ignore_errors=True)
    before = (installer.venv / "pip.log").stat().st_mtime_ns
    installer.pip("empty.txt")
    assert (installer.venv / "pip.log").stat().st_mtime_ns == before


def test_the_lock_for_tests_holds_every_pin_of_the_product() -> None:
    product, tests = (
        set(re.findall(r"^[a-z0-9-]+==[^ ]+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert len(product) > 20
    assert product <= tests


def test_a_package_without_a_hash_is_refused_with_a_sentence(installer: Installer) -> None:
    (installer.root / "loose.txt").write_text("django\n")
    with pytest.raises(StartError, match=r"Installing the Python packages failed: .*pip\.log"):
        installer.pip("loose.txt")
    assert not (installer.venv / ".loose").exists()


def test_an_environment_that_works_is_left_alone(installer: Installer) -> None:
    before = installer.python.lstat().st_ino
    installer.make_venv()
    assert installer.python.lstat().st_ino == before


def test_a_broken_environment_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("not a program")
    installer = Installer(tmp_path)
    installer.make_venv()
    subprocess.run([installer.python, "-m", "pip", "--version"], check=True, capture_output=True)


@pytest.mark.parametrize("name", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(StartError, match=f"no `{name}` module.*apt-get install python3-venv"):
        check_venv_module()


def test_libraries_that_cannot_be_installed_are_a_sentence(installer: Installer) -> None:
    (installer.root / "package-lock.json").write_text("{}")
    with pytest.raises(StartError, match=r"browser's libraries failed: .*npm\.log"):
        installer.npm(dev=False)


def test_libraries_for_tests_are_enough_to_run(installer: Installer) -> None:
    stamp = installer.root / "node_modules" / ".fundus"
    (installer.root / "package-lock.json").write_text('{"lockfileVersion": 3}')
    stamp.parent.mkdir()
    stamp.write_text(f"dev:{digest(installer.root / 'package-lock.json')}")
    installer.npm(dev=False)
    assert stamp.read_text().startswith("dev:")


def test_without_a_package_manager_chromium_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(StartError, match="need Chromium"):
        ensure_chromium()


# --- What is in the way ------------------------------------------------------------------------


def test_a_taken_port_is_named_with_another(taken_port: int) -> None:
    with pytest.raises(StartError, match=f"Port {taken_port} .*PORT={taken_port + 1}"):
        check_port("127.0.0.1", taken_port)


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80 80"])
def test_a_port_is_a_number(text: str) -> None:
    with pytest.raises(StartError, match="PORT is a number from 1 to 65535"):
        chosen_port({"PORT": text})


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"file/var cannot be written .*set FUNDUS_DATA_DIR"):
        check_data_dir(tmp_path / "file" / "var")


def test_a_lock_is_held_until_it_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "Makefile"
    file.touch()
    held = lock(file, wait=False)
    with pytest.raises(StartError, match="busy"):
        lock(file, wait=False, message="busy")
    os.close(held)
    os.close(lock(file, wait=False))


# --- The command as it is typed ------------------------------------------------------------------


def test_a_start_on_a_taken_port_ends_before_anything_is_installed(
    checkout: Path, taken_port: int
) -> None:
    done = start(checkout, PORT=str(taken_port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def test_a_start_without_a_place_for_data_is_one_sentence(checkout: Path) -> None:
    done = start(checkout, FUNDUS_DATA_DIR="Makefile/var", PORT="0")
    assert done.returncode == 1
    done = start(checkout, FUNDUS_DATA_DIR="Makefile/var")
    assert done.stderr.startswith(f"The data directory {checkout}/Makefile/var cannot be written")
    assert done.stderr.count("\n") == 1


def test_a_second_start_in_the_same_folder_is_refused(checkout: Path) -> None:
    held = lock(checkout / "Makefile", wait=False)
    done = start(checkout)
    os.close(held)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Another `make run` is at work in this folder" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_during_the_installation_ends_the_installation(checkout: Path, number: int) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(ENDLESS_PIP)
    python.chmod(0o755)
    command = f"trap '' INT; exec {sys.executable} -m fundus.bootstrap run"
    env = {"PATH": os.environ["PATH"], "PORT": str(free_ports(1)[0])}
    process = subprocess.Popen(["sh", "-c", command], cwd=checkout, env=env)
    pid_file = checkout / ".venv" / "bin" / "pid"
    pid = int(wait_until(lambda: pid_file.exists() and pid_file.read_text()))
    process.send_signal(number)
    assert process.wait(10) != 0
    wait_until(lambda: not alive(pid), what="the installer is gone")


def test_the_first_file_parses_under_old_pythons() -> None:
    ast.parse((ROOT / "fundus" / "bootstrap.py").read_text(), feature_version=(3, 6))


def test_an_old_python_says_what_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON], cwd=ROOT, env={"PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Fundus needs Python 3.11 or newer and this is 3.9.")


def test_an_old_python_hands_over_to_a_newer_one(tmp_path: Path) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text('#!/bin/sh\necho "$@"\n')
    newer.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON], cwd=ROOT, env={"PATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "-m fundus.bootstrap run\n"
