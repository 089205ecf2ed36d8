"""POST of a manifest: what is announced, judged and answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import LabUnit, User
from accounts.roles import Role
from jobs.models import Job
from tests import cast
from tests.cast import File
from uploads.models import Batch, Camera

URL = "/api/upload-jobs"
MEGABYTE = 1024 * 1024


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def announce(client: Client, screening: LabUnit) -> Callable[..., Any]:
    return lambda *files, **given: cast.announce(client, screening, *files, **given)


def refusal(answer: Any) -> tuple[str, str]:
    """Sentence and code of a refused manifest; nothing may have come of it."""
    assert answer.status_code == 422, answer.content
    assert not Job.objects.exists()
    return answer.json()["error"], answer.json()["code"]


def verdicts(answer: Any) -> list[str]:
    assert answer.status_code == 201, answer.content
    return [item["code"] or item["state"] for item in answer.json()["items"]]


def test_the_answer_names_every_item(announce: Callable[..., Any]) -> None:
    answer = announce(cast.photo("a.jpg"), cast.photo("b.jpg"))
    token = Job.objects.get().token
    assert answer.status_code == 201
    assert answer.json() == {
        "job_id": str(token),
        "items": [
            {
                "n": n,
                "filename": name,
                "state": "awaiting",
                "code": None,
                "detail": None,
                "upload_url": f"/api/upload-jobs/{token}/items/{n}",
            }
            for n, name in enumerate(["a.jpg", "b.jpg"])
        ],
        "processing_url": f"/direct/upload/processing/{token}",
    }


def test_quota_is_reserved(announce: Callable[..., Any], alice: User) -> None:
    announce(*cast.photos(3))
    alice = cast.again(alice)
    assert (alice.file_upload_count, alice.file_upload_held) == (3, 3)


def test_what_is_optional_may_be_left_out(announce: Callable[..., Any]) -> None:
    announce(cast.photo())
    batch = Batch.objects.get()
    assert (batch.mydriatic, batch.pregraded, batch.job.client_key) == (False, False, None)


def test_ids_may_be_strings(announce: Callable[..., Any], screening: LabUnit) -> None:
    names = ("hospital", "lab_unit", "camera", "disease")
    texts = {name: str(value) for name, value in cast.posted(screening).items() if name in names}
    assert announce(cast.photo(), **texts).status_code == 201


@pytest.mark.parametrize(
    ("value", "on"),
    [(True, True), ("on", True), (1, True), (False, False), (None, False), (0, False)],
)
def test_the_mydriatic_flag(announce: Callable[..., Any], value: object, on: bool) -> None:
    announce(cast.photo(), mydriatic=value)
    assert Batch.objects.get().mydriatic is on


def test_data_managers_who_upload_may_mark_images_pregraded(screening: LabUnit) -> None:
    dora = cast.person("dora", Role.UPLOADER, Role.DATA_MANAGER, units=[screening])
    cast.announce(cast.signed_in(dora), screening, cast.photo(), pregraded=True)
    assert Batch.objects.get().pregraded


def test_uploaders_may_not_mark_images_pregraded(announce: Callable[..., Any]) -> None:
    error, code = refusal(announce(cast.photo(), pregraded=True))
    assert (error, code) == ("Only data managers may mark images as pre-graded", "invalid")


# --- Choices -------------------------------------------------------------------------------

JUNK: list[Any] = [None, "", "x", 0, -1, 10**30, 1.5, True, [], {}, [1], "\0", "\ud800"]


@pytest.mark.parametrize("name", ["hospital", "lab_unit", "camera", "disease", "area"])
def test_choices_nobody_offered(announce: Callable[..., Any], name: str) -> None:
    for value in JUNK:
        answer = announce(cast.photo(), **{name: value})
        assert refusal(answer)[0], value
        assert {name, "lab_unit"} & set(answer.json()["fields"]), value


def test_a_missing_choice(client: Client, screening: LabUnit) -> None:
    fields = cast.posted(screening, files=[cast.photo().entry])
    del fields["camera"]
    answer = cast.post_json(client, URL, fields)
    assert refusal(answer) == ("All fields are required", "required")
    assert answer.json()["fields"] == {"camera": "All fields are required"}


def test_a_unit_of_somebody_else(client: Client, imaging: LabUnit) -> None:
    answer = cast.announce(client, imaging, cast.photo())
    assert refusal(answer) == ("You don't have access to the selected lab unit", "no_access")


def test_a_unit_of_another_hospital(
    announce: Callable[..., Any], alice: User, imaging: LabUnit
) -> None:
    alice.lab_units.add(imaging)
    error, code = refusal(announce(cast.photo(), hospital=imaging.hospital_id))
    assert error == "The selected lab unit does not belong to the selected hospital"
    assert code == "wrong_hospital"


def test_a_deactivated_camera(announce: Callable[..., Any]) -> None:
    Camera.objects.update(is_active=False)
    assert refusal(announce(cast.photo()))[1] == "invalid"


def test_choices_are_judged_before_files(announce: Callable[..., Any]) -> None:
    assert refusal(announce(camera=None, files="junk"))[1] == "required"


# --- Files ---------------------------------------------------------------------------------


def test_no_files(announce: Callable[..., Any]) -> None:
    assert refusal(announce()) == ("No selected file", "no_file")


def test_too_many_files(announce: Callable[..., Any]) -> None:
    entries = [File(f"{n}.jpg", b"%d" % n).entry for n in range(101)]
    assert refusal(announce(files=entries)) == ("Too many files (max 100)", "too_many_files")


def test_as_many_as_the_limit(announce: Callable[..., Any], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=100)
    entries = [File(f"{n}.jpg", b"%d" % n).entry for n in range(100)]
    assert verdicts(announce(files=entries)) == ["awaiting"] * 100


ENTRY = {"name": "eye.jpg", "size": 10, "md5": "0" * 32}


NO_NAMES: list[Any] = [None, 1, [], {}]
NO_SIZES: list[Any] = [None, "10", -1, 1.5, True, 2**53, 10**400]
NO_HASHES: list[Any] = [None, 1, "", "0" * 31, "0" * 33, "g" * 32, "٣" * 32]
NO_ENTRIES = [
    *({**ENTRY, "name": value} for value in NO_NAMES),
    *({**ENTRY, "size": value} for value in NO_SIZES),
    *({**ENTRY, "md5": value} for value in NO_HASHES),
]


@pytest.mark.parametrize("files", ["x", {"a": 1}, 1, [1], [None], [[]], ["x"], [{}]], ids=repr)
def test_what_is_no_list_of_files(announce: Callable[..., Any], files: object) -> None:
    answer = announce(files=files)
    assert refusal(answer)[1] == "invalid"
    assert set(answer.json()["fields"]) == {"files"}


def test_files_that_make_no_sense(announce: Callable[..., Any]) -> None:
    for entry in NO_ENTRIES:
        answer = announce(files=[entry])
        assert refusal(answer)[1] == "invalid", entry
        assert set(answer.json()["fields"]) == {"files"}


def test_hashes_may_be_written_large(announce: Callable[..., Any]) -> None:
    file = cast.photo()
    announce(files=[{**file.entry, "md5": file.md5.upper()}])
    assert cast.only(Job.objects.get()).declared_md5 == file.md5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b\\c.jpg", "c.jpg"),
        ("nul\0byte.jpg", "nulbyte.jpg"),
        ("lone\ud800surrogate.jpg", "lonesurrogate.jpg"),
        ("eye\u202egpj.jpg", "eyegpj.jpg"),
        ("", "unnamed"),
        ("é" * 300 + ".png", "é" * 251 + ".png"),
        ("👁️‍🗨️.jpg", "👁️‍🗨️.jpg"),
    ],
)
def test_names_are_cleaned(announce: Callable[..., Any], name: str, shown: str) -> None:
    answer = announce(files=[{**cast.photo().entry, "name": name}])
    assert answer.json()["items"][0]["filename"] == shown


def test_what_is_refused_at_once(announce: Callable[..., Any], alice: User) -> None:
    one = cast.photo()
    large = {**cast.photo().entry, "size": 5 * MEGABYTE + 1}
    empty = File("empty.jpg", b"").entry
    answer = announce(files=[one.entry, large, empty, one.entry])
    assert verdicts(answer) == ["awaiting", "too_large", "corrupt", "duplicate"]
    details = [item["detail"] for item in answer.json()["items"]]
    assert details[1:] == [
        "File too large (max 5MB)",
        "Corrupted or unreadable image",
        "Duplicate file",
    ]
    assert cast.again(alice).file_upload_count == 1


def test_exactly_the_limit_is_awaited(announce: Callable[..., Any]) -> None:
    assert verdicts(announce(files=[{**cast.photo().entry, "size": 5 * MEGABYTE}])) == ["awaiting"]


def test_the_double_of_a_refused_file_is_awaited(announce: Callable[..., Any]) -> None:
    one = cast.photo().entry
    assert verdicts(announce(files=[{**one, "size": 0}, one])) == ["corrupt", "awaiting"]


def test_quota_is_granted_in_order(announce: Callable[..., Any], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=5, file_upload_count=3)
    assert verdicts(announce(*cast.photos(4))) == ["awaiting", "awaiting", "quota", "quota"]
    assert cast.again(alice).file_upload_count == 5


def test_refused_files_take_no_quota_from_others(announce: Callable[..., Any], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=1)
    assert verdicts(announce(File("e", b""), cast.photo())) == ["corrupt", "awaiting"]


def test_a_double_of_an_image_one_may_see(
    announce: Callable[..., Any], alice: User, screening: LabUnit
) -> None:
    image = cast.stored(alice, screening, one := cast.photo())
    assert verdicts(announce(one)) == ["duplicate"]
    assert cast.only(Job.objects.latest("id")).duplicate_of == image.public_id


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_a_double_of_an_image_out_of_sight_is_awaited(
    request: pytest.FixtureRequest, announce: Callable[..., Any], who: str
) -> None:
    user = request.getfixturevalue(who)
    cast.stored(user, user.lab_units.get(), one := cast.photo())
    assert verdicts(announce(one)) == ["awaiting"]


def test_a_job_of_nothing_but_refusals_is_over_at_once(announce: Callable[..., Any]) -> None:
    announce(File("empty.jpg", b""))
    job = Job.objects.get()
    assert (job.state, job.finished_at is not None) == ("error", True)


# --- What the browser refused --------------------------------------------------------------

REJECTED = {"name": "notes.pdf", "size": 3, "code": "wrong_type"}


def test_rejected_files_are_recorded_behind_the_others(announce: Callable[..., Any]) -> None:
    answer = announce(cast.photo(), rejected=[REJECTED])
    assert verdicts(answer) == ["awaiting"]
    rejected = cast.items(Job.objects.get())[1]
    assert (rejected.n, rejected.rejected, rejected.code) == (1, True, "wrong_type")
    assert rejected.detail.startswith("Invalid file type: ")


def test_a_job_of_nothing_but_rejected_files_is_an_error_at_once(
    announce: Callable[..., Any], alice: User
) -> None:
    assert verdicts(announce(rejected=[REJECTED])) == []
    assert Job.objects.get().state == "error"
    assert cast.again(alice).file_upload_count == 0


def test_a_thousand_rejected_files_do_not_count(announce: Callable[..., Any]) -> None:
    assert announce(cast.photo(), rejected=[REJECTED] * 1000).status_code == 201


def test_more_than_a_thousand_rejected_files(announce: Callable[..., Any]) -> None:
    assert refusal(announce(cast.photo(), rejected=[REJECTED] * 1001))[1] == "invalid"


def test_rejected_files_that_make_no_sense(announce: Callable[..., Any]) -> None:
    codes: list[Any] = [None, "x", 1, [], {}]
    for changed in (*({"code": code} for code in codes), {"name": 1}, {"size": "3"}, {"size": -1}):
        answer = announce(cast.photo(), rejected=[{**REJECTED, **changed}])
        assert refusal(answer)[1] == "invalid", changed


@pytest.mark.parametrize("rejected", ["x", {"a": 1}, 1, [None], ["x"], [{}]], ids=repr)
def test_rejected_files_that_are_none(announce: Callable[..., Any], rejected: object) -> None:
    assert refusal(announce(cast.photo(), rejected=rejected))[1] == "invalid"
