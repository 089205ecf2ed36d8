"""Asking for what one may not see leaves its trace."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import LabUnit, User
from tests import cast


def denials() -> list[tuple[str, str, Any]]:
    return [(e.actor_name, e.object_type, e.after) for e in cast.audit("access_denied")]


@pytest.mark.parametrize("exists", [True, False])
def test_asking_for_what_one_may_not_see_is_in_the_trail(
    alice: User, charlie: User, screening: LabUnit, exists: bool
) -> None:
    image = cast.stored(alice, screening)
    asked = image.public_id if exists else uuid4()
    assert cast.signed_in(charlie).get(f"/direct/uploads/{asked}").status_code == 404
    [event] = cast.audit("access_denied")
    assert (event.object_type, event.object_id) == ("fundusimage", str(asked))
    assert (event.actor_name, event.succeeded, event.after) == (
        "charlie",
        False,
        {"exists": exists},
    )


def test_jobs_and_bulk_edits_of_others_too(alice: User, charlie: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo())
    client = cast.signed_in(charlie)
    client.get(f"/direct/upload/results/{job.token}")
    client.get(f"/direct/uploads/bulk-edits/{uuid4()}")
    assert denials() == [
        ("charlie", "job", {"exists": True}),
        ("charlie", "bulkedit", {"exists": False}),
    ]


def test_selections_of_others_images_too(alice: User, charlie: User, screening: LabUnit) -> None:
    ids = [cast.stored(alice, screening).public_id, uuid4()]
    cast.signed_in(charlie).post("/direct/uploads/bulk-delete", {"ids": ids})
    assert denials() == [("charlie", "fundusimage", {"asked for": 2, "not to be seen": 2})]


def test_a_scan_does_not_fill_the_trail(charlie: User, erin: User) -> None:
    client = cast.signed_in(charlie)
    for _ in range(audit.DENIALS + 10):
        client.get(f"/direct/uploads/{uuid4()}")
    assert len(denials()) == audit.DENIALS
    assert denials()[-1][2]["further"] == "not written down for ten minutes"
    cast.signed_in(erin).get(f"/direct/uploads/{uuid4()}")
    assert len(denials()) == audit.DENIALS + 1


def test_the_unknown_takes_as_much_work_as_the_hidden(
    alice: User, charlie: User, screening: LabUnit, django_assert_num_queries: Any
) -> None:
    client = cast.signed_in(charlie)
    client.get("/help")
    counts = []
    for asked in (cast.stored(alice, screening).public_id, uuid4()):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/direct/uploads/{asked}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
