"""Photographs with planted identifiers: nothing of them may be left in what is kept or shown."""

import csv
import os
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests import images
from tests.searching import holds
from tests.uploads.core import Taken, take
from uploads.privacy import jpeg, png

FOLDER = Path(os.environ["FUNDUS_TEST_DATA"]) / "phi"
# Told by words of the list itself, not by bytes of the file.
NOT_IN_THE_BYTES = {"file name", "exif rational"}
SECRETS: dict[str, list[str]] = defaultdict(list)
with (FOLDER / "PHI.tsv").open(newline="") as table:
    for row in csv.DictReader(table, delimiter="\t"):
        hidden = SECRETS[row["file"]]
        if row["encoding"] not in NOT_IN_THE_BYTES and not row["encoding"].startswith("pixels"):
            hidden.append(row["secret"])


@cache
def taken(file: str) -> Taken:
    return take((FOLDER / file).read_bytes())


@pytest.mark.parametrize("file", SECRETS)
def test_no_planted_text_is_left(file: str) -> None:
    kept = taken(file).stripped.data + taken(file).thumbnail
    assert [secret for secret in SECRETS[file] if holds(kept, secret)] == []


@pytest.mark.parametrize("file", SECRETS)
def test_the_search_itself_finds_the_planted_text(file: str) -> None:
    binary = {"1999:03:01", "1999:03:02", "1999:03:03"}
    planted = [secret for secret in SECRETS[file] if secret not in binary]
    data = (FOLDER / file).read_bytes()
    assert [secret for secret in planted if not holds(data, secret)] == []


@pytest.mark.parametrize("file", SECRETS)
def test_only_the_parts_of_one_picture_are_left(file: str) -> None:
    data = taken(file).stripped.data
    if taken(file).inspection.format == "png":
        kinds = {chunk.kind for chunk in png.chunks(data)}
        assert kinds <= {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf", b"iCCP"} | {
            *(b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"pHYs")
        }
        return
    parts = list(jpeg.segments(data))
    told = {part.body[:6] for part in parts if 0xE0 <= part.marker <= 0xEF}
    assert told <= {b"JFIF\0\1", b"Exif\0\0", b"ICC_PR", b"Adobe\0"}
    assert data.count(b"\xff\xd8\xff") == 1
    assert all(part.body[12:] == b"\0\0" for part in parts if part.marker == 0xE0)


@pytest.mark.parametrize("file", SECRETS)
def test_exif_tells_nothing_but_orientation(file: str) -> None:
    assert set(images.decoded(taken(file).stripped.data).getexif()) <= {0x0112}


@pytest.mark.parametrize("file", SECRETS)
def test_the_picture_is_the_same(file: str) -> None:
    source = images.decoded((FOLDER / file).read_bytes())
    assert images.decoded(taken(file).stripped.data).tobytes() == source.tobytes()


@pytest.mark.parametrize("file", [file for file in SECRETS if file.startswith("orient")])
def test_turned_pictures_are_shown_upright(file: str) -> None:
    upright = ImageOps.exif_transpose(images.decoded((FOLDER / file).read_bytes()))
    made = images.decoded(taken(file).thumbnail)
    wanted = upright.resize(made.size, Image.Resampling.BOX)
    assert taken(file).stripped.orientation == 6
    assert np.abs(np.asarray(made, float) - np.asarray(wanted, float)).mean() < 4
    assert (made.width >= made.height) == (upright.width >= upright.height)
