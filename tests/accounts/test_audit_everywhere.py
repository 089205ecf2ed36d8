"""Every address leaves its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import AuditEvent, LabUnit, User
from accounts.roles import Role
from tests import cast, edits
from tests.uploads import formdata
from tests.uploads import test_grade_import as gradetables
from tests.uploads.judging import grade
from uploads import tallying
from uploads.models import BulkEdit, GradeScale

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
