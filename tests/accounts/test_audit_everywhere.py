"""Every address, every action of the administration and every command leaves its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from accounts import audit, origin
from accounts.admin.auditing import AuditedAdmin
from accounts.models import AuditEvent, LabUnit, User
from accounts.roles import Role
from jobs import sweeper
from jobs.worker.rounds import Duty, Rounds
from tests import cast, edits
from tests.adminforms import act
from tests.live.waiting import wait_until
from tests.uploads import formdata
from tests.uploads import test_grade_import as gradetables
from tests.uploads.judging import grade
from uploads import tallying
from uploads.models import BulkEdit, Camera, GradeScale

UNSAFE = ("post", "put", "patch", "delete")


class Scene:
    """alice's image, an edited version of it, and another of hers still awaited; adam acts."""

    def __init__(self, alice: User, adam: User, unit: LabUnit) -> None:
        adam.groups.add(*Group.objects.filter(name=Role.UPLOADER))
        self.unit, self.adam = unit, cast.again(adam)
        self.client = cast.signed_in(self.adam, HTTP_USER_AGENT="Browser/1")
        self.image = edits.edited(cast.stored(alice, unit))
        self.job = self.image.source_item.job

    def url(self, name: str, *args: Any) -> str:
        return reverse(name, args=args)

    def of_image(self, name: str) -> str:
        return self.url(f"uploads:{name}", self.image.public_id)

    def get(self, url: str) -> Any:
        answer = self.client.get(url)
        b"".join(answer)
        return answer

    def edit_fields(self) -> dict[str, Any]:
        posted = cast.posted(self.unit)
        return {**posted, "area": "OD", "version": self.image.version, "mydriatic": "on"}

    def bulk_edit(self) -> Any:
        versions = f"{self.image.public_id}:{self.image.version}"
        fields = {"ids": [str(self.image.public_id)], "mydriatic": "yes", "step": "apply"}
        return self.client.post(self.url("uploads:bulk-edit"), {**fields, "versions": versions})

    def undo(self) -> Any:
        self.bulk_edit()
        return self.client.post(
            self.url("uploads:bulk-edit-detail", BulkEdit.objects.get().public_id)
        )

    def grade(self) -> Any:
        given = grade(self.adam, self.image)
        judged = {"level": given.level_id, "note": "again", "newest": given.pk}
        seen = {"seen": self.image.stored_sha256}
        return self.client.post(self.of_image("image-grade"), judged | seen)

    def import_grades(self) -> Any:
        given = grade(self.adam, self.image)
        GradeScale.objects.exclude(pk=given.level.scale_id).update(is_active=False)
        self.image.refresh_from_db()
        with transaction.atomic():
            tallying.change(self.image, pregraded=True)
        row = f"{self.image.filename},{given.level.value},new"
        return gradetables.save(self.client, gradetables.preview(self.client, row))

    def announce(self) -> Any:
        return cast.announce(self.client, self.unit, cast.photo())

    def send_bytes(self) -> Any:
        file = cast.photo()
        [item] = cast.announce(self.client, self.unit, file).json()["items"]
        return cast.put(self.client, item["upload_url"], file.data)

    def send_form(self) -> Any:
        return formdata.send(self.client, cast.posted(self.unit), [cast.photo()])


@pytest.fixture
def scene(alice: User, adam: User, screening: LabUnit) -> Scene:
    return Scene(alice, adam, screening)


EDIT = {"recipe": '{"version": 1, "steps": [{"op": "rotate", "degrees": 90}]}', "seen": 0}
# What is done at an address, and what must stand in the trail afterwards.
Deed = tuple[Callable[[Scene], Any], str]
LEAVES: dict[str, Deed] = {
    "uploads:upload": (Scene.send_form, "item_received"),
    "uploads:job-create": (Scene.announce, "job_created"),
    "uploads:item-bytes": (Scene.send_bytes, "item_received"),
    "uploads:image-detail": (lambda s: s.get(s.of_image("image-detail")), "image_viewed"),
    "uploads:image-original": (lambda s: s.get(s.of_image("image-original")), "image_read"),
    "uploads:image-edited": (
        lambda s: s.get(s.of_image("image-edited") + "?download"),
        "image_downloaded",
    ),
    "uploads:image-edit": (
        lambda s: s.client.post(s.of_image("image-edit"), s.edit_fields()),
        "image_changed",
    ),
    "uploads:image-edit-pixels": (
        lambda s: s.client.post(s.of_image("image-edit-pixels"), EDIT),
        "image_edited",
    ),
    "uploads:image-edit-preview": (
        lambda s: s.client.post(s.of_image("image-edit-preview"), EDIT),
        "image_read",
    ),
    "uploads:image-grade": (Scene.grade, "grade_given"),
    "uploads:grades-import": (Scene.import_grades, "grade_given"),
    "uploads:image-delete": (
        lambda s: s.client.post(s.of_image("image-delete")),
        "image_deleted",
    ),
    "uploads:bulk-edit": (Scene.bulk_edit, "image_changed"),
    "uploads:bulk-edit-detail": (Scene.undo, "image_changed"),
    "uploads:bulk-delete": (
        lambda s: s.client.post(
            s.url("uploads:bulk-delete"), {"ids": [str(s.image.public_id)], "confirm": "1"}
        ),
        "image_deleted",
    ),
    "uploads:dashboard-export": (
        lambda s: s.get(s.url("uploads:dashboard-export") + "?format=csv"),
        "exported",
    ),
    "jobs:job-errors-csv": (
        lambda s: s.get(s.url("jobs:job-errors-csv", s.job.token)),
        "exported",
    ),
}
# Addresses that change nothing and show no image, with what else there is to say.
QUIET = {
    "home": "leads on",
    "healthz": "asks nothing about anybody",
    "help:index": "the same for everybody",
    "help:page": "the same for everybody",
    "accounts:profile": "one's own data",
    "jobs:job-list": "figures about one's own uploads",
    "jobs:job-processing": "progress, asked for again and again",
    "jobs:job-status": "progress, asked for again and again",
    "jobs:job-results": "names of files one may see; opening an image is written down",
    "uploads:dashboard": "thumbnails; opening, downloading and exporting are written down",
    "uploads:image-thumbnail": "thumbnail",
    "uploads:image-edited-thumbnail": "thumbnail",
    "uploads:signed-thumbnail": "thumbnail",
    "uploads:image-edit-progress": "progress, asked for again and again",
    "uploads:hash-check": "a question: whether the asker may see an image of these bytes",
}
# Written down where the libraries tell of them, and tested with signing in.
ELSEWHERE = (
    "account_",
    "mfa_",
    "usersessions_",
    "accounts:session-end",
    "accounts:codes-kept",
    "session",
)
ASKING = {"uploads:hash-check"}


def addresses(resolver: Any, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            below = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, below)
        else:
            yield f"{space}{entry.name}", entry


NAMES = {name for name, _ in addresses(get_resolver()) if not name.startswith("admin:")}
OURS = {name for name in NAMES if not name.startswith(ELSEWHERE)}


def test_every_address_has_a_line() -> None:
    assert set(LEAVES) | set(QUIET) == OURS


@pytest.mark.parametrize("name", LEAVES)
def test_what_is_done_there_is_in_the_trail(scene: Scene, name: str) -> None:
    deed, action = LEAVES[name]
    deed(scene)
    event = AuditEvent.objects.filter(action=action, actor_name="adam").latest("id")
    assert (event.ip, event.user_agent, event.succeeded) == ("127.0.0.1", "Browser/1", True)
    assert event.request_id


@pytest.mark.parametrize("name", sorted(set(QUIET) - ASKING))
def test_quiet_addresses_take_no_changes(scene: Scene, name: str) -> None:
    [pattern] = [entry for found, entry in addresses(get_resolver()) if found == name]
    given = {"public_id": scene.image.public_id, "token": scene.job.token, "n": 0}
    given |= {"slug": "editing", "signed": "forged"}
    wanted = {key: given[key] for key in pattern.pattern.converters}
    for method in UNSAFE:
        answer = getattr(scene.client, method)(reverse(name, kwargs=wanted))
        assert answer.status_code in {405, 501} or name == "home", method


def test_previews_are_written_down_once_in_a_while(scene: Scene) -> None:
    for _ in range(3):
        scene.client.post(scene.of_image("image-edit-preview"), EDIT)
    [event] = cast.audit("image_read")
    assert event.after == {"version": "preview of an edit"}


def test_asking_changes_nothing(scene: Scene) -> None:
    before = AuditEvent.objects.count()
    md5 = scene.image.content_md5
    cast.post_json(scene.client, reverse("uploads:hash-check"), {"md5": [md5]})
    assert AuditEvent.objects.count() == before


# --- The administration ----------------------------------------------------------------------


@pytest.mark.parametrize("page", admin.site._registry.values(), ids=str)
def test_every_page_writes_down_what_it_changes(page: Any) -> None:
    assert isinstance(page, AuditedAdmin)
    writes = {"save_model", "delete_model", "save_related", "save_formset", "delete_queryset"}
    own = writes & {
        name
        for kind in type(page).__mro__[:-1]
        for name in vars(kind)
        if kind.__module__.startswith(("accounts", "jobs", "uploads")) and kind is not AuditedAdmin
    }
    assert own == set()


# Actions on lists, and what each leaves. Those of jobs are tested with them.
PEOPLE = {
    "reset_count": "quota_reset",
    "set_limit": "quota_changed",
    "take_second_factor": "factor_removed",
    "deactivate": "record_changed",
    "activate": "record_changed",
    "make_link": "link_made",
    "send_link": "link_made",
}
OTHERS = {"activate", "deactivate", "requeue", "fail"}


def test_every_action_on_a_list_has_a_line() -> None:
    offered = {model: set(page.actions or ()) for model, page in admin.site._registry.items()}
    assert offered.pop(User) == set(PEOPLE)
    others = set().union(*offered.values())
    assert others == OTHERS


@pytest.mark.parametrize("action", ["reset_count", "set_limit", "deactivate"])
def test_actions_on_people_leave_one_event_each(
    adam: User, alice: User, bob: User, action: str
) -> None:
    User.objects.update(file_upload_count=7)
    url = "/admin/accounts/user/"
    act(cast.signed_in(adam), url, action, alice, bob, limit=9)
    events = cast.audit(PEOPLE[action])
    assert {event.object_id for event in events} == {str(alice.pk), str(bob.pk)}
    assert {event.actor_name for event in events} == {"adam"}


def test_actions_on_reference_data_leave_one_event_each(adam: User, screening: LabUnit) -> None:
    cameras = [Camera.objects.create(name=f"Camera {n}") for n in range(3)]
    act(cast.signed_in(adam), "/admin/uploads/camera/", "deactivate", *cameras)
    events = cast.audit("record_changed")
    assert [event.object_id for event in events] == [str(camera.pk) for camera in cameras]


# --- Refusals --------------------------------------------------------------------------------


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


# --- Commands and workers ----------------------------------------------------------------------


def events_by(name: str) -> set[str]:
    return set(AuditEvent.objects.filter(actor_name=name).values_list("action", flat=True))


def test_making_an_administrator_by_command_is_in_the_trail(db: None) -> None:
    Group.objects.get_or_create(name=Role.ADMINISTRATOR)
    given = {"username": "zoe", "email": "", "interactive": False}
    call_command("createsuperuser", **given, stdout=StringIO())
    [event] = cast.audit("record_added")
    assert event.actor_name == "command createsuperuser"
    assert event.after == {"username": "zoe", "groups": ["Administrator"]}


def test_setting_a_password_by_command_is_in_the_trail(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt="": "violet-otter-leaves-23")
    call_command("changepassword", "alice", stdout=StringIO())
    [event] = cast.audit("password_changed")
    assert (event.actor_name, event.object_id) == ("command changepassword", str(alice.pk))
    assert "violet" not in str(event.after)


def test_the_demonstrations_people_are_in_the_trail(db: None, settings: Settings) -> None:
    settings.FUNDUS_DEMO_PASSWORD = cast.PASSWORD
    call_command("demo", stdout=StringIO())
    assert events_by("command demo") == {"record_added"}


def test_what_the_clock_does_is_done_for_the_uploader(
    alice: User, screening: LabUnit, settings: Settings
) -> None:
    cast.announced(alice, screening, cast.photo())
    settings.JOBS_NOT_RECEIVED_AFTER = timedelta(seconds=-5)
    with origin.acting(origin.Origin(actor_name="worker")):
        sweeper.sweep()
    [event] = cast.audit("item_refused")
    assert (event.actor_name, event.on_behalf_of) == ("worker", "alice")


def test_rounds_act_as_the_worker() -> None:
    seen: list[str] = []
    note = Duty("noting", lambda: seen.append(origin.current().actor_name), timedelta(hours=1))
    rounds = Rounds("noting", [note])
    rounds.start()
    wait_until(lambda: seen, what="a turn")
    rounds.end(patience=10)
    assert seen == ["worker"]
