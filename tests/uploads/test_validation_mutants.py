"""Whatever bytes arrive, the answer is a picture or a refusal, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import images
from tests.uploads.core import verdict

PLANTED = images.with_segments(
    images.jpeg(),
    images.segment(0xE1, b"Exif\0\0" + images.exif(6, Make="Topcon", Artist="A")),
    *images.icc_segments(images.srgb_profile()),
)
SEEDS = {
    "jpeg": images.jpeg(),
    "progressive": images.jpeg(progressive=True, restart_marker_blocks=2),
    "planted": PLANTED,
    "cmyk": images.jpeg(32, 32, mode="CMYK"),
    "odd": images.oddly_sampled_jpeg(),
    "png": images.png(32, 32, exif=images.exif(6), icc_profile=images.srgb_profile()),
    "palette": images.png(32, 32, mode="P", transparency=1),
    "16 bit": images.png(32, 32, mode="I;16"),
    "animated": images.apng(images.photo(seed=1)),
}
CODES = {"accept", "corrupt", "wrong_type", "too_many_pixels"}


@pytest.mark.parametrize("data", SEEDS.values(), ids=SEEDS)
def test_mutants_are_taken_or_refused(data: bytes) -> None:
    assert {verdict(images.mutant(data, seed)) for seed in range(120)} <= CODES


@pytest.mark.parametrize("kind", ["png", "palette", "16 bit", "animated"])
def test_mutants_with_right_checksums_are_taken_or_refused(kind: str) -> None:
    for seed in range(60):
        parts = images.chunks(SEEDS[kind])
        broken = [(name, images.mutant(body, seed + i)) for i, (name, body) in enumerate(parts)]
        chosen = seed % len(parts)
        mixed = [*parts[:chosen], broken[chosen], *parts[chosen + 1 :]]
        assert verdict(images.png_of(*mixed)) in CODES


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"\xff\xd8\xff", images.SIGNATURE, b""]), st.binary(max_size=400))
def test_noise_is_refused(start: bytes, noise: bytes) -> None:
    assert verdict(start + noise) in CODES - {"accept"}


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_jpeg_cut_anywhere_is_refused(data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(PLANTED) - 1))
    assert verdict(PLANTED[:end]) in CODES - {"accept"}
