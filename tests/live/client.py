"""A person with a browser, spoken as HTTP: signs in and uploads by the API or by the form."""

import re
from collections.abc import Iterable, Sequence
from hashlib import md5
from typing import Any, NamedTuple, Self
from uuid import uuid4

import httpx

from tests.live.system import PASSWORD, System
from tests.live.waiting import wait_until

FINAL = {"done", "error"}


class File(NamedTuple):
    name: str
    content: bytes

    @property
    def md5(self) -> str:
        return md5(self.content, usedforsecurity=False).hexdigest()


class Client:
    """One signed-in session with a running system; `http` is the httpx client for all else."""

    def __init__(self, system: System, username: str, password: str = PASSWORD) -> None:
        self.system = system
        self.http = httpx.Client(base_url=system.url, timeout=60)
        self.sign_in(username, password)

    def sign_in(self, username: str, password: str) -> None:
        self.http.get("/accounts/login").raise_for_status()
        answer = self.http.post(
            "/accounts/login",
            data={"login": username, "password": password, "csrfmiddlewaretoken": self.token},
        )
        assert answer.status_code == 302, f"sign-in answered {answer.status_code}"

    @property
    def token(self) -> str:
        """The CSRF token for forms."""
        return self.http.cookies["csrftoken"]

    @property
    def headers(self) -> dict[str, str]:
        """What JSON and PUT requests carry besides the session."""
        return {"X-CSRFToken": self.token}

    def choices(self, **given: Any) -> dict[str, Any]:
        """The fields of a batch: the first unit of North, first camera and disease, right eye."""
        rows = self.system.rows(
            "SELECT unit.hospital_id, unit.id FROM accounts_labunit unit"
            " JOIN accounts_hospital hospital ON hospital.id = unit.hospital_id"
            " WHERE hospital.name LIKE %s ORDER BY unit.id",
            "North%",
        )
        return {
            "hospital": rows[0][0],
            "lab_unit": rows[0][1],
            "camera": self._first("uploads_camera"),
            "disease": self._first("uploads_disease"),
            "area": "OD",
            **given,
        }

    def manifest(self, files: Iterable[File], **given: Any) -> dict[str, Any]:
        """The JSON of a new job; `given` overrides or adds any of its names."""
        listed = [{"name": each.name, "size": len(each.content), "md5": each.md5} for each in files]
        return {"client_key": str(uuid4()), "files": listed, **self.choices(**given)}

    def create_job(self, manifest: dict[str, Any]) -> httpx.Response:
        return self.http.post("/api/upload-jobs", json=manifest, headers=self.headers)

    def put(self, url: str, content: bytes) -> httpx.Response:
        kind = {"Content-Type": "application/octet-stream"}
        return self.http.put(url, content=content, headers=self.headers | kind)

    def upload(self, files: Sequence[File], **given: Any) -> str:
        """Manifest, then every awaited item's bytes, one after another; the job's id."""
        created = self.create_job(self.manifest(files, **given))
        assert created.status_code == 201, created.text
        for item in created.json()["items"]:
            if item["state"] == "awaiting":
                answer = self.put(item["upload_url"], files[item["n"]].content)
                assert answer.status_code in {200, 202}, answer.text
        return str(created.json()["job_id"])

    def post_form(self, files: Iterable[File], **given: Any) -> httpx.Response:
        """The plain form, everything at once; checkboxes by `mydriatic="on"`."""
        parts = [("files", (each.name, each.content, "application/octet-stream")) for each in files]
        fields = {"csrfmiddlewaretoken": self.token, **self.choices(**given)}
        texts = {name: str(value) for name, value in fields.items()}
        return self.http.post("/direct/upload", data=texts, files=parts)

    def upload_form(self, files: Iterable[File], **given: Any) -> str:
        """The plain form; the id of the job whose processing page it leads to."""
        answer = self.post_form(files, **given)
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:2000]}"
        found = re.search(r"/direct/upload/processing/([0-9a-f-]{36})", answer.headers["Location"])
        assert found, answer.headers["Location"]
        return found[1]

    def status(self, job_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/upload-jobs/{job_id}/status")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait(self, job_id: str, timeout: float = 60) -> dict[str, Any]:
        """The status once the job is done or error."""

        def final() -> dict[str, Any] | None:
            status = self.status(job_id)
            return status if status["job_status"] in FINAL else None

        return wait_until(final, timeout=timeout, every=0.1, what=f"job {job_id} ends") or {}

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _first(self, table: str) -> int:
        statement = f"SELECT MIN(id) FROM {table}"
        return int(self.system.rows(statement)[0][0])
