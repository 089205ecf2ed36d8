"""The `.env` file as `make run` writes and reads it. Django's own reading is django-environ's."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSONANTS, VOWELS = "bdfghklmnprstvz", "aeiou"
# Anything else could mean something in a .env file.
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def readable_password() -> str:
    """Easy to copy by hand, e.g. `tavori-lumeko-4821`; some 50 bits of chance."""
    parts = ["".join(_syllable() for _ in range(3)) for _ in range(2)]
    return "-".join([*parts, str(1000 + secrets.randbelow(9000))])


def _syllable() -> str:
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)


def env_file(environment: Mapping[str, str]) -> Path | None:
    """The file settings are read from; None when the environment says there is none."""
    name = environment.get("FUNDUS_ENV_FILE", str(ROOT / ".env"))
    return Path(name) if name else None


def effective_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What the product will see: the environment over the file."""
    file = env_file(environment)
    return (read_env(file) if file else {}) | dict(environment)


def write_env(path: Path, environment: Mapping[str, str]) -> bool:
    """Write a demo's settings once, for the owner's eyes only; False when the file is there."""
    if path.exists():
        return False
    given = environment.get("FUNDUS_DEMO_PASSWORD", "")
    lines = {
        "FUNDUS_DEMO": "on",
        "DEBUG": "off",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "AUDIT_KEY": secrets.token_urlsafe(48),
        "FUNDUS_DEMO_PASSWORD": given if PLAIN.fullmatch(given) else readable_password(),
    }
    text = "# Written by `make run`; README.md explains the names.\n"
    text += "".join(f"{name}={value}\n" for name, value in lines.items())
    # Under another name first: a half-written file would count as written for ever.
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
    return True


def read_env(path: Path) -> dict[str, str]:
    """The plain `NAME=value` lines of the file; quotes around a value are taken off."""
    if not path.is_file():
        return {}
    pairs = [line.split("=", 1) for line in path.read_text().splitlines() if "=" in line]
    return {
        name.strip().removeprefix("export "): value.strip().strip("'\"")
        for name, value in pairs
        if not name.lstrip().startswith("#")
    }
