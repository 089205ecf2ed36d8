"""Every address of the product, made from its URLconf: one added later is among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import URLResolver, get_resolver, reverse

from uploads.models import FundusImage

# What stands in no name: the library's address with its slash, and the administration's catch-alls.
UNNAMED = [
    "/accounts/login/",
    "/accounts/signup",
    "/accounts/login/code",
    "/admin/nothing",
    "/admin/jobs/job/1/",
]
FORGED = "Mg-set-abc123"  # as long as a key of the sign-in library


def patterns(
    resolver: Any, space: str = "", taken: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name with the arguments its address takes."""
    for entry in resolver.url_patterns:
        arguments = (*taken, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            below = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry, below, arguments)
        elif entry.name:
            yield f"{space}{entry.name}", arguments


def all_of(image: FundusImage) -> dict[str, str]:
    """Each name's address about `image`, its job or its uploader; others by themselves."""
    known = dict(patterns(get_resolver()))
    known.pop("account_closed")  # no address: `UNNAMED` has some that it shuts
    found = {name: reverse(name, args=_values(name, taken, image)) for name, taken in known.items()}
    return found | {url: url for url in UNNAMED}


def _values(name: str, taken: tuple[str, ...], image: FundusImage) -> list[Any]:
    job = image.source_item.job
    examples = {
        "token": job.token,
        "public_id": image.public_id if "image" in name else job.token,
        "n": 0,
        "slug": "direct-uploads",
        "signed": "forged",
        "key": FORGED,
        "uidb36": "1",
        "pk": 1,
        "app_label": "jobs",
        "content_type_id": ContentType.objects.get_for_model(image).pk,
        "object_id": _primary_key(name, image) if "object_id" in taken else None,
    }
    unknown = set(taken) - set(examples)
    assert not unknown, f"{name}: say in tests/fundus/addresses.py what {unknown} may be"
    return [examples[argument] for argument in taken]


def _primary_key(name: str, image: FundusImage) -> Any:
    """Of a row of the table whose page the administration shows."""
    parts = name.removeprefix("admin:").split("_")
    if name == "admin:view_on_site" or len(parts) != 3:
        return image.pk
    row = apps.get_model(parts[0], parts[1])._default_manager.first()
    return row.pk if row is not None else 1


# --- What a request may change ------------------------------------------------------------

NOTES = {"auditevent", "session", "usersession", "contenttype"}  # what happened, and who is here


def contents() -> dict[str, list[Any]]:
    """Every row of every table but those that note what happens."""
    tables = [model for model in apps.get_models() if model._meta.model_name not in NOTES]
    return {model._meta.label: _rows(model) for model in tables}


def _rows(model: type[models.Model]) -> list[Any]:
    return sorted(map(str, model._base_manager.values_list()))
