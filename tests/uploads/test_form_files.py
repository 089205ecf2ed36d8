"""The files of the plain form: counted, measured, compared, and displayed without harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as live
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LabUnit, User
from jobs.models import Job
from tests import cast, images
from tests.cast import File
from tests.uploads import formdata

TOO_MANY = "Too many files (max 100)"
MEGABYTE = 1024 * 1024


@pytest.fixture
def client(alice: User) -> Client:
    return cast.signed_in(alice)


@pytest.fixture
def send(client: Client, screening: LabUnit) -> Callable[..., Any]:
    return lambda *files, **fields: formdata.send(client, cast.posted(screening, **fields), files)


@pytest.fixture(autouse=True)
def nothing_left_behind(db: None) -> Any:
    """After every sending, staging holds what items name, and nothing else lies around."""
    before = cast.keys("staging")
    yield
    named = {item.file.name for job in Job.objects.all() for item in cast.items(job)}
    assert cast.keys("staging") - before == named - {""}
    assert list(live.SPOOL_DIR.glob("*")) == []


def tiny(number: int) -> list[File]:
    """Files too small to be pictures, each of its own."""
    return [File(f"{n}.jpg", b"%d" % n) for n in range(number)]


def test_no_file(send: Callable[..., Any]) -> None:
    answer = send()
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert "No selected file" in answer.content.decode()


def test_a_file_field_left_empty(send: Callable[..., Any]) -> None:
    answer = send(File("", b""))
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert "No selected file" in answer.content.decode()


def test_a_form_that_is_not_multipart_has_no_file(client: Client, screening: LabUnit) -> None:
    text = "&".join(f"{name}={value}" for name, value in cast.posted(screening).items())
    kind = "application/x-www-form-urlencoded"
    answer = client.post("/direct/upload", text, content_type=kind)
    assert answer.status_code == 422
    assert "No selected file" in answer.content.decode()


def test_files_of_another_field_are_none(client: Client, screening: LabUnit) -> None:
    data = formdata.body(cast.posted(screening), cast.photos(1), field="other")
    answer = client.post("/direct/upload", data, content_type=formdata.KIND)
    assert answer.status_code == 422


def test_a_form_tells_its_length(client: Client, screening: LabUnit) -> None:
    body = formdata.body(cast.posted(screening), cast.photos(1))
    options = {"content_type": formdata.KIND, **cast.chunked(body)}
    answer = client.post("/direct/upload", body, **options)
    assert (answer.status_code, Job.objects.count()) == (411, 0)


@pytest.mark.parametrize("junk", [b"", b"--nothing", b"\0\1\2"])
def test_a_malformed_body_is_no_accident_of_ours(client: Client, junk: bytes) -> None:
    answer = client.post("/direct/upload", junk, content_type=formdata.KIND)
    assert answer.status_code in {400, 422}


def test_as_many_as_the_limit_are_taken(send: Callable[..., Any], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=200)
    assert send(*tiny(100)).status_code == 302
    assert cast.states(Job.objects.get()) == ["queued"] * 100


@pytest.mark.parametrize("number", [101, 150, 1100])
def test_more_than_the_limit_are_refused_whole(send: Callable[..., Any], number: int) -> None:
    answer = send(*tiny(number))
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert TOO_MANY in answer.content.decode()


def test_with_too_many_files_the_choices_are_kept(
    send: Callable[..., Any], screening: LabUnit
) -> None:
    html = send(*tiny(101), area="OS", mydriatic="on").content.decode()
    assert 'value="OS" checked' in html
    assert f'value="{screening.pk}" checked' in html


def test_the_limit_is_the_setting(send: Callable[..., Any], settings: Settings) -> None:
    settings.DIRECT_UPLOAD_MAX_FILES = 3
    assert "Too many files (max 3)" in send(*tiny(4)).content.decode()
    assert send(*tiny(3)).status_code == 302


@pytest.mark.parametrize(("more", "state"), [(0, "queued"), (1, "too_large")])
def test_the_size_limit_is_exact(
    send: Callable[..., Any], settings: Settings, more: int, state: str
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 1
    send(File("large.jpg", bytes(MEGABYTE + more)))
    assert cast.states(Job.objects.get()) == [state]


def test_one_file_too_large_leaves_the_others_alone(
    send: Callable[..., Any], settings: Settings, alice: User
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB = 1
    good = cast.photos(2)
    send(good[0], File("large.jpg", bytes(3 * MEGABYTE)), good[1])
    job = Job.objects.get()
    assert cast.states(job) == ["queued", "too_large", "queued"]
    assert cast.items(job)[1].detail == "File too large (max 1MB)"
    assert cast.items(job)[2].file.read() == good[1].data
    assert cast.again(alice).file_upload_count == 2


def test_a_body_above_the_cap_is_not_looked_into(
    send: Callable[..., Any], settings: Settings
) -> None:
    settings.DIRECT_UPLOAD_MAX_FILE_SIZE_MB, settings.DIRECT_UPLOAD_MAX_FILES = 1, 1
    answer = send(File("large.jpg", bytes(2 * MEGABYTE)))
    assert (answer.status_code, Job.objects.count()) == (413, 0)
    html = answer.content.decode()
    assert "Too many files (max 1)" in html
    assert "File too large (max 1MB)" in html


def test_an_empty_file_is_an_item_that_failed(send: Callable[..., Any]) -> None:
    send(File("empty.jpg", b""), cast.photo())
    assert cast.states(Job.objects.get()) == ["corrupt", "queued"]


def test_a_job_of_nothing_but_refusals_is_over_at_once(send: Callable[..., Any]) -> None:
    send(File("empty.jpg", b""))
    job = Job.objects.get()
    assert (job.state, job.finished_at is not None) == ("error", True)


def test_doubles_within_the_form(send: Callable[..., Any], commits: Any) -> None:
    one = cast.photo()
    with commits():
        send(one, File("copy.jpg", one.data))
    assert cast.states(Job.objects.get()) == ["queued", "duplicate"]


def test_a_double_of_an_image_one_may_see(
    send: Callable[..., Any], alice: User, screening: LabUnit, commits: Any
) -> None:
    with commits():
        image = cast.stored(alice, screening, one := cast.photo())
        send(one)
    [item] = cast.items(Job.objects.latest("id"))
    assert (item.code, item.duplicate_of) == ("duplicate", image.public_id)


def test_a_double_of_an_image_out_of_sight_comes_out_at_last(
    send: Callable[..., Any], charlie: User, imaging: LabUnit, commits: Any
) -> None:
    with commits():
        cast.stored(charlie, imaging, one := cast.photo())
        send(one)
        job = Job.objects.latest("id")
        assert cast.states(job) == ["queued"]
        cast.work(job)
    assert (cast.states(job), cast.only(job).detail) == (["duplicate"], "Duplicate file")


def test_files_beyond_the_quota(send: Callable[..., Any], alice: User, commits: Any) -> None:
    User.objects.filter(pk=alice.pk).update(upload_quota=2)
    with commits():
        send(*cast.photos(3))
    job = Job.objects.get()
    assert cast.states(job) == ["queued", "queued", "quota"]
    assert cast.items(job)[2].detail == "Upload quota exceeded"


@pytest.mark.parametrize("outage", ["full_disk", "staging"])
def test_an_outage_keeps_nothing_and_asks_to_try_again(
    request: pytest.FixtureRequest, send: Callable[..., Any], outage: str
) -> None:
    if outage == "full_disk":
        request.getfixturevalue(outage)
    else:
        request.getfixturevalue("break_storage")(outage)
    answer = send(*cast.photos(2))
    assert (answer.status_code, Job.objects.count()) == (503, 0)
    assert int(answer.headers["Retry-After"]) > 0
    assert "The storage is not available" in answer.content.decode()


NAMES = {
    "C:\\patients\\eye.jpg": "eye.jpg",
    "../../etc/passwd": "passwd",
    "eye\u202egpj.jpg": "eyegpj.jpg",
    "x" * 300 + ".jpg": "x" * 251 + ".jpg",
    "👁️‍🗨️ oeil-été.jpg": None,
    "CON": "CON",
    "-rf.jpg": "-rf.jpg",
    "it's 'quoted'.jpg": "it's 'quoted'.jpg",
    "<script>alert(1)</script>.jpg": "script>.jpg",
    "<img src=x onerror=alert(1)>.jpg": "<img src=x onerror=alert(1)>.jpg",
    "{{ 7|add:7 }}{% now 'Y' %}.jpg": "{{ 7|add:7 }}{% now 'Y' %}.jpg",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items())
def test_names_are_shown_and_nothing_more(
    send: Callable[..., Any], client: Client, name: str, shown: str | None
) -> None:
    send(File(name, cast.photo().data), File(f"broken {name}", b"no picture"))
    job = Job.objects.get()
    assert len(cast.items(job)) == 2
    if shown:
        assert cast.items(job)[0].filename == shown
    for place in ("processing", "results"):
        html = client.get(f"/direct/upload/{place}/{job.token}").content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\u202e" not in html
    assert not any("jpg" in key and "eye" in key for key in cast.keys("staging"))


def test_a_picture_is_taken_whatever_its_name_says(send: Callable[..., Any], commits: Any) -> None:
    with commits():
        send(File("notes.txt", images.png(20, 20, seed=991)))
        cast.work(Job.objects.get())
    assert cast.states(Job.objects.get()) == ["completed"]
