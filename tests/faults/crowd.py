"""Many people doing the same thing in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.live.system import PASSWORD, System

T = TypeVar("T")


def at_once(acts: Iterable[Callable[[], T]]) -> list[T]:
    """Do everything in threads that start together; the results in order."""
    listed = list(acts)
    barrier = Barrier(len(listed))

    def act(what: Callable[[], T]) -> T:
        barrier.wait(30)
        return what()

    with ThreadPoolExecutor(len(listed)) as pool:
        return list(pool.map(act, listed))


def hire(system: System, *names: str) -> None:
    """More people with the uploader's role, units and password."""
    system.shell(
        "from django.contrib.auth.hashers import make_password\n"
        "model = User.objects.get(username='uploader')\n"
        f"for name in {names!r}:\n"
        f"    person = User.objects.create(username=name, password=make_password({PASSWORD!r}),"
        " upload_quota=5000)\n"
        "    person.groups.set(model.groups.all())\n"
        "    person.lab_units.set(model.lab_units.all())\n"
    )


def leave_quota(system: System, username: str, places: int) -> None:
    """Set the person's limit so that this many places are left."""
    system.rows(
        "UPDATE accounts_user SET upload_quota = file_upload_count + %s WHERE username = %s",
        places,
        username,
    )
