"""Words in the code that need a reason, and what the lock files must say."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from fundus import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("fundus", "uploads", "jobs", "accounts")
# Each with the files that may, and why.
SUSPECT: dict[str, dict[str, str]] = {
    r"mark_safe|SafeString\(|\|\s*safe\b|autoescape off|html_safe": {
        "templates/account/snippets/field.html": "help texts of Django's password rules",
        "uploads/listing/widgets.py": "one word of ours, beside escaped values",
    },
    r"\.raw\(|\.extra\(|RawSQL": {},
    r"\bpickle\b|\bmarshal\b|\bshelve\b|yaml\.load": {},
    r"shell=True|os\.system|os\.popen": {},
    r"(?<![.\w])(eval|exec)\(|__import__": {},
    r"\bcsrf_exempt\b": {
        "uploads/views/gradeimport.py": "checks the token once its handler has the body",
        "uploads/views/upload.py": "checks the token once its handler has the body",
    },
    r"cache_page|cache_control\(|patch_cache_control": {},
    r"\bverify=False|check_hostname|CERT_NONE": {},
    r"\bxml\.(etree|dom|sax)|lxml|etree": {
        "uploads/grading/sheets.py": "the error of openpyxl's reader, whose entities expat bounds",
    },
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function": {},
    r"localStorage|indexedDB": {
        "uploads/static/uploads/viewer-keys.js": "whether letter keys work everywhere on the page",
    },
    r"DEBUG\s*=\s*True": {},
    r"\.execute\(\s*f[\"']": {
        "accounts/trail/guards.py": "constants of ours are put together, values are parameters",
    },
    r"tempfile\.mktemp\b|\brandom\.(random|choice|randint)": {
        "uploads/verifying.py": "which files a partial check takes: no secret",
    },
}


def sources() -> Iterator[Path]:
    for folder in (*OURS, "templates"):
        for kind in ("*.py", "*.html", "*.js"):
            yield from sorted((ROOT / folder).rglob(kind))


def code_of(file: Path) -> str:
    """Without comments, which may name what they warn of."""
    lines = file.read_text().splitlines()
    if file.suffix == ".py":
        lines = [re.sub(r"(^|\s)#.*", "", line) for line in lines]
    return "\n".join(lines)


@pytest.mark.parametrize("pattern", SUSPECT)
def test_dangerous_words_stand_only_where_there_is_a_reason(pattern: str) -> None:
    found = {str(file.relative_to(ROOT)) for file in sources() if re.search(pattern, code_of(file))}
    assert found == set(SUSPECT[pattern])


# --- Dependencies -------------------------------------------------------------------------

FLOORS = {
    "django": (5, 2, 19),
    "pillow": (13, 0, 0),
    "django-allauth": (65, 21, 1),
    "gunicorn": (27, 0, 1),
}


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    text = re.sub(r"\\\n", " ", (ROOT / name).read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    loose = [line for line in lines if not re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:", line)]
    assert loose == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_every_script_package_has_its_hash_and_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_scripts_of_packages_do_not_run_at_installing() -> None:
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text()


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_versions_with_known_faults_are_out(name: str, floor: tuple[int, ...]) -> None:
    pinned = re.search(rf"^{name}==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned
    assert tuple(int(part) for part in pinned[1].split(".")) >= floor
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert any(re.match(rf"{name}(\[\w+\])?[>=]=", each) for each in wanted)
