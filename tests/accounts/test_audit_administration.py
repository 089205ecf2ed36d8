"""Every page and every action of the administration leaves its trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin

from accounts.admin.auditing import AuditedAdmin
from accounts.models import LabUnit, User
from tests import cast
from tests.adminforms import act
from uploads.models import Camera


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
