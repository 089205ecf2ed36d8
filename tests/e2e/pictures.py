"""Pictures worth looking at, for the screenshots: drawn ones, or a folder of real ones."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from tests.images import saved
from tests.live.client import File

SIDE = 640  # pixels
KINDS = {".jpg", ".png"}


def fundus(seed: int) -> Image.Image:
    """A drawn retina of nobody: glowing disc, dark macula, bright optic disc, vessels from it."""
    random = np.random.default_rng(seed)
    disc = np.array([0.7 if seed % 2 else 0.3, 0.48]) + random.normal(0, 0.015, 2)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    light = 1.05 - 0.9 * ((x - 0.5) ** 2 + (y - 0.5) ** 2) + random.normal(0, 0.015, x.shape)
    light -= 0.3 * _spot(x, y, 1 - disc[0], 0.52, 0.07)
    colour = np.array([205, 92, 38]) * random.uniform(0.85, 1.1, 3)
    pixels = light[:, :, None] * colour
    pixels += _spot(x, y, disc[0], disc[1], 0.05)[:, :, None] * np.array([60, 110, 80])
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    picture.paste((120, 28, 18), mask=_vessels(random, disc))
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((14, 14, SIDE - 14, SIDE - 14), fill=255)
    return Image.composite(picture, Image.new("RGB", picture.size), mask)


def _spot(x: np.ndarray, y: np.ndarray, left: float, top: float, radius: float) -> np.ndarray:
    return np.asarray(np.exp(-((x - left) ** 2 + (y - top) ** 2) / radius**2))


def _vessels(random: np.random.Generator, disc: np.ndarray) -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(mask)
    for start in np.linspace(0, 2 * np.pi, 9)[:-1] + random.uniform(0, 0.5):
        at, heading, bend = disc * SIDE, start, random.normal(0, 0.025)
        for step in range(70):
            heading += bend + random.normal(0, 0.06)
            goal = at + 6 * np.array([np.cos(heading), np.sin(heading)])
            draw.line((*at, *goal), fill=190, width=max(1, 7 - step // 11))
            at = goal
    return mask.filter(ImageFilter.GaussianBlur(1))


def drawn() -> Iterator[File]:
    """Right eyes without end; the names say so, as cameras' do."""
    for n in range(1, 10_000):
        yield File(f"{1000 + n}_OD_macula.jpg", saved(fundus(2 * n + 1), "JPEG", quality=92))


def real(folder: Path) -> Iterator[File]:
    """Those of the folder, then the same turned and mirrored: other bytes, so other images."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in KINDS)
    for path in paths:
        yield File(path.name, path.read_bytes())
    for name, change in {"mirrored": ImageOps.mirror, "turned": ImageOps.flip}.items():
        for path in paths:
            with Image.open(BytesIO(path.read_bytes())) as picture:
                changed = change(picture.convert("RGB"))
            yield File(f"{path.stem}_{name}.jpg", saved(changed, "JPEG", quality=85))
