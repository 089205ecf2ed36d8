"""The test files through the running product: each verdict, and no trace of planted identifiers."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.client import Client, File
from tests.live.sizes import corpus
from tests.live.system import System
from tests.searching import holds

A_JOB = 100  # files
IN_PICTURES = "pixels"  # secrets that can only be seen, not read
ELSEWHERE = {"file name", "exif rational"}
OUTCOMES = {"accept": {"completed"}, "reject": {"error"}, "either": {"completed", "error"}}


@pytest.fixture(scope="module")
def running() -> Iterator[System]:
    with System() as system:
        yield system.start()


def uploaded(system: System, names: list[Path]) -> list[dict[str, Any]]:
    """The final items of all these files, sent in jobs as large as allowed."""
    items: list[dict[str, Any]] = []
    with Client(system, "uploader") as client:
        for start in range(0, len(names), A_JOB):
            files = [File(path.name, path.read_bytes()) for path in names[start : start + A_JOB]]
            items += client.wait(client.upload(files), timeout=240)["items"]
    return items


def test_every_hostile_file_meets_its_expectation(running: System) -> None:
    with (corpus("bad") / "EXPECT.tsv").open(newline="") as table:
        wanted = {row["file"]: row["expect"] for row in csv.DictReader(table, delimiter="\t")}
    items = uploaded(running, [corpus("bad") / name for name in wanted])
    surprises = [
        (item["filename"], item["state"], item["detail"])
        for item in items
        if item["state"] not in OUTCOMES[wanted[item["filename"]]] and item["code"] != "duplicate"
    ]
    assert not surprises
    assert len(items) == len(wanted)
    assert not [item for item in items if item["code"] == "processing_failed"]


def test_every_real_photograph_is_stored(running: System) -> None:
    files = [path for path in sorted(corpus("real_fundus").iterdir()) if path.suffix != ".tsv"]
    items = uploaded(running, files)
    assert [item["filename"] for item in items if item["state"] != "completed"] == []


def test_nothing_planted_is_kept_shown_or_logged(running: System) -> None:
    secrets = planted()
    items = uploaded(running, [corpus("phi") / name for name in secrets])
    assert [item["filename"] for item in items if item["state"] != "completed"] == []
    everything = {secret for hidden in secrets.values() for secret in hidden}
    for item in items:
        shown = served(running, item["image_url"])
        assert [each for each in secrets[item["filename"]] if holds(shown, each)] == []
    for path in running.data_dir.rglob("*"):
        if path.is_file() and "static" not in path.parts:
            kept = path.read_bytes()
            assert [each for each in everything if each.encode() in kept] == [], path.name
    log = running.log_text()
    assert [each for each in everything if each in log] == []
    assert [name for name in secrets if name in log] == []


def served(system: System, image_url: str) -> bytes:
    """All that a person is given of one image."""
    with Client(system, "uploader") as client:
        parts = [
            client.http.get(f"{image_url}{part}", follow_redirects=True)
            for part in ("", "/original", "/thumbnail")
        ]
    assert [part.status_code for part in parts] == [200, 200, 200]
    return b"".join(part.content for part in parts)


def planted() -> dict[str, list[str]]:
    """By file, the secrets in its bytes that could be read."""
    secrets: dict[str, list[str]] = defaultdict(list)
    with (corpus("phi") / "PHI.tsv").open(newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            hidden = secrets[row["file"]]
            if row["encoding"] not in ELSEWHERE and not row["encoding"].startswith(IN_PICTURES):
                hidden.append(row["secret"])
    return secrets
