"""What intake promises beneath the views."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings as live
from django.db import transaction
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from accounts import quota
from accounts.models import LabUnit, User
from jobs.models import Job
from jobs.storage import StorageAway
from tests import cast
from uploads import intake
from uploads.spool import Spool


def order(user: User, at: LabUnit, *files: cast.File, **given: object) -> intake.Order:
    incoming = [intake.Incoming(file.name, len(file.data), file.md5) for file in files]
    return intake.Order(user=user, choices=cast.choices(at), files=incoming, **given)  # type: ignore[arg-type]


def test_opening_is_in_the_trail(alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo(), cast.File("Smith.jpg", b""))
    [opened] = cast.audit("job_created")
    [refused] = cast.audit("item_refused")
    assert (opened.job_token, opened.lab_unit_id) == (job.token, screening.pk)
    assert opened.after == {"files": 2, "labels": job.labels}
    assert refused.after["code"] == "corrupt"
    assert "Smith" not in str(refused.after)


def test_what_is_rolled_back_leaves_no_trail(alice: User, screening: LabUnit) -> None:
    with transaction.atomic():
        cast.received(alice, screening, cast.photo())
        transaction.set_rollback(True)
    assert cast.audit("job_created", "item_received") == []
    assert (Job.objects.count(), OrmQ.objects.count()) == (0, 0)
    assert cast.again(alice).file_upload_count == 0


def test_a_key_used_meanwhile_gives_the_first_job(
    alice: User, screening: LabUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4()
    first = cast.announced(alice, screening, cast.photo(), client_key=key)
    looks = iter([None, first])
    # The other sending commits between our look and our own job.
    monkeypatch.setattr(intake, "job_of", lambda *_: next(looks))
    second = order(alice, screening, cast.photo(), client_key=key)
    assert intake.open_job(second, counts_as_lookup=False) == (first, False)
    assert cast.again(alice).file_upload_count == 1


def test_bytes_that_come_twice_at_once_are_kept_once(alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, one := cast.photo())
    stale, before = cast.only(job), cast.keys("staging")
    intake.receive(cast.only(job), iter([one.data]))
    assert intake.receive(stale, iter([one.data])).state == "queued"
    assert cast.keys("staging") - before == {cast.only(job).file.name}


def test_bytes_of_an_item_given_up_meanwhile_are_dropped(alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, one := cast.photo())
    stale, before = cast.only(job), cast.keys("staging")
    intake.refuse_too_large(cast.only(job))
    assert intake.receive(stale, iter([one.data])).code == "too_large"
    assert cast.keys("staging") == before


def test_a_sender_who_leaves_leaves_nothing_behind(alice: User, screening: LabUnit) -> None:
    job = cast.announced(alice, screening, cast.photo())

    def broken_off() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        intake.receive(cast.only(job), broken_off())
    assert list(live.SPOOL_DIR.glob("*")) == []
    assert cast.states(job) == ["awaiting"]


def test_a_spool_that_was_not_staged_is_gone(db: None) -> None:
    with Spool() as spool:
        spool.write(b"bytes")
        assert len(list(live.SPOOL_DIR.glob("*"))) == 1
    assert list(live.SPOOL_DIR.glob("*")) == []


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_takes_nothing() -> None:
    with pytest.raises(StorageAway), Spool():
        pass


# --- Quota ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "used", "wanted", "granted"),
    [(5, 0, 3, 3), (5, 4, 3, 1), (5, 5, 3, 0), (5, 9, 3, 0), (0, 0, 1, 0), (5, 0, 0, 0)],
)
def test_reserving_grants_what_is_left(
    alice: User, limit: int, used: int, wanted: int, granted: int
) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=limit, file_upload_count=used)
    with transaction.atomic():
        assert quota.reserve(alice, wanted) == granted
    assert cast.again(alice).file_upload_count == used + granted


def test_the_default_quota_is_the_setting(alice: User, settings: Settings) -> None:
    settings.DEFAULT_UPLOAD_QUOTA = 7
    assert cast.again(alice).quota_left == 7


def test_deleting_and_failing_give_different_things_back(alice: User, screening: LabUnit) -> None:
    cast.uploaded(alice, screening, cast.photo(), cast.File("bad.jpg", b"bad"))
    alice = cast.again(alice)
    assert (alice.file_upload_count, alice.file_upload_held) == (1, 0)


def test_a_reset_leaves_what_open_files_hold(alice: User, screening: LabUnit) -> None:
    cast.uploaded(alice, screening, *cast.photos(2))
    cast.announced(alice, screening, *cast.photos(3))
    assert quota.reset(User.objects.filter(pk=alice.pk)) == 1
    assert cast.again(alice).file_upload_count == 3
    [event] = cast.audit("quota_reset")
    assert (event.before, event.after) == ({"file_upload_count": 5}, {"file_upload_count": 3})


def test_a_reset_of_nothing_is_not_in_the_trail(alice: User) -> None:
    assert quota.reset(User.objects.filter(pk=alice.pk)) == 0
    assert cast.audit("quota_reset") == []


def test_a_new_limit_is_in_the_trail(alice: User) -> None:
    quota.set_limit(alice, 9)
    quota.set_limit(alice, None)
    changes = [(event.before, event.after) for event in cast.audit("quota_changed")]
    none, nine = {"upload_quota": None}, {"upload_quota": 9}
    assert changes == [(none, nine), (nine, none)]
