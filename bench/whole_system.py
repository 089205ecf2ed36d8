"""A hundred photographs of 2 MB through the running product, against the bare work they need.

The floor does to the same files, in two processes, what cannot be left out: hash, check, strip,
prove, thumbnail, write durably. It has no HTTP, no queue and no database.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from tests.live.client import Client, File
from tests.live.system import System
from uploads import privacy, thumbnails, validation

FILES, SENDERS, ROUNDS = 100, 3, 3
WIDTH, HEIGHT, QUALITY = 2976, 2480, 92  # 7.4 megapixels, about 2 MB


def main() -> None:
    files = photographs()
    mean = sum(len(file.content) for file in files) / len(files) / 2**20
    print(f"{FILES} JPEGs of {mean:.1f} MB each, {os.cpu_count()} cores; best of {ROUNDS}")
    floors, products = [], []
    for turn in range(ROUNDS):
        marked = [file._replace(content=file.content + bytes([0] * turn)) for file in files]
        floors.append(floor(marked))
        products.append(product(marked))
    least = min(floors)
    print(f"floor     {least:6.2f} s  {FILES / least:6.1f} files/s")
    sent, done, memory = min(products, key=lambda figures: figures[1])
    print(f"sending   {sent:6.2f} s  {FILES / sent:6.1f} files/s")
    print(f"all done  {done:6.2f} s  {FILES / done:6.1f} files/s  {least / done:.0%} of the floor")
    print(f"largest process {memory:.0f} MB resident")


def photographs() -> list[File]:
    """Round, reddish, grainy pictures: the grain brings them to a camera's size in bytes."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    disc = ((x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2) < (HEIGHT / 2.1) ** 2
    grain = rng.normal(0, 9, (HEIGHT, WIDTH, 1)).astype(np.float32)
    shade = np.stack([120 + x / 40, 60 + y / 60, 30 + 0 * x], axis=-1).astype(np.float32)
    picture = Image.fromarray(((shade + grain).clip(0, 255) * disc[..., None]).astype(np.uint8))
    out = BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    plain = out.getvalue()
    # A comment segment makes each file its own without costing a hundred encodings.
    comment = [b"\xff\xfe\x00\x0a%08d" % n for n in range(FILES)]
    return [File(f"{n}.jpg", plain[:2] + comment[n] + plain[2:]) for n in range(FILES)]


def floor(files: list[File]) -> float:
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        began = time.perf_counter()
        list(pool.map(bare_work, [file.content for file in files], [folder] * FILES))
        return time.perf_counter() - began


def bare_work(data: bytes, folder: str) -> None:
    name = hashlib.md5(data).hexdigest() + hashlib.sha256(data).hexdigest()
    inspection = validation.inspect(data, max_megapixels=100)
    stripped = privacy.strip(data, inspection.format)
    picture = validation.prove(stripped.data, inspection)
    small = thumbnails.render(picture, orientation=stripped.orientation)
    for suffix, content in ((".jpg", stripped.data), ("-small.jpg", small)):
        with (Path(folder) / (name + suffix)).open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())


def product(files: list[File]) -> tuple[float, float, float]:
    """Seconds until all is sent and until all is done; MB of the largest process."""
    with System() as system:
        system.start()
        with Client(system, "uploader") as client:
            client.wait(client.upload([File("warm.jpg", files[0].content + b"\0" * 100)]))
            began = time.perf_counter()
            created = client.create_job(client.manifest(files)).json()
            with ThreadPoolExecutor(SENDERS) as senders:
                list(
                    senders.map(
                        lambda item: client.put(item["upload_url"], files[item["n"]].content),
                        created["items"],
                    )
                )
            sent = time.perf_counter() - began
            status = client.wait(created["job_id"], timeout=300)
            done = time.perf_counter() - began
            assert status["progress"]["completed"] == FILES, status["progress"]
            return sent, done, _largest(system)


def _largest(system: System) -> float:
    pids = [*system.worker_pids(), system.web_pid]
    processes = [psutil.Process(pid) for pid in pids]
    processes += psutil.Process(system.web_pid).children(recursive=True)
    return max(process.memory_info().rss for process in processes) / 2**20


if __name__ == "__main__":
    main()
