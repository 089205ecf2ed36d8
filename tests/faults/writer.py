"""One of several processes that take files in at the same time.

`python -m tests.faults.writer SEED JOBS FILES`, in the environment of a running product.
"""

import sys
from hashlib import md5

import django

django.setup()

from accounts.models import LabUnit, User  # noqa: E402
from jobs.states import ItemState  # noqa: E402
from tests import images  # noqa: E402
from uploads import intake  # noqa: E402
from uploads.models import Area, Camera, Disease  # noqa: E402


def main(seed: int, jobs: int, files: int) -> None:
    for first in range(seed, seed + jobs * files, files):
        write([images.jpeg(32, 24, seed=first + n) for n in range(files)])


def write(pictures: list[bytes]) -> None:
    """One job with these files, all of them received."""
    user = User.objects.get(username="admin")
    choices = intake.Choices(
        lab_unit=LabUnit.objects.all()[0],
        camera=Camera.objects.all()[0],
        disease=Disease.objects.all()[0],
        area=Area.objects.all()[0],
    )
    incoming = [
        intake.Incoming(f"{n}.jpg", len(data), md5(data, usedforsecurity=False).hexdigest())
        for n, data in enumerate(pictures)
    ]
    job, _ = intake.open_job(intake.Order(user, choices, incoming), counts_as_lookup=False)
    for item in job.items.filter(state=ItemState.AWAITING):
        intake.receive(item, iter([pictures[item.n]]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
