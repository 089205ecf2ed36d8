"""Real fundus photographs and other ordinary pictures are taken as they are."""

import os
from pathlib import Path

import pytest

from tests import images
from tests.uploads.core import take

DATA = Path(os.environ["FUNDUS_TEST_DATA"])
FILES = {
    f"{folder}/{file.name}": file
    for folder in ("real_fundus", "non_fundus")
    for file in sorted((DATA / folder).iterdir())
    if file.suffix in {".jpg", ".png"}
}


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_each_is_taken_with_every_pixel(file: Path) -> None:
    data = file.read_bytes()
    taken = take(data)
    assert images.decoded(taken.stripped.data).tobytes() == images.decoded(data).tobytes()
    assert max(images.decoded(taken.thumbnail).size) <= 400
