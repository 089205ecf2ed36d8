"""The machinery itself: what it starts is real, separate and gone afterwards."""

from collections.abc import Callable

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page

from fundus.processes import alive
from tests.live.browser import watched_page
from tests.live.client import Client
from tests.live.postgres import Postgres, new_database
from tests.live.s3 import connect, stored_keys
from tests.live.system import System

NewSystem = Callable[..., System]


def test_a_system_serves_people_of_its_own(system: System) -> None:
    with Client(system, "uploader") as uploader:
        assert uploader.http.get("/direct/upload").status_code == 200


def test_two_systems_share_nothing(new_system: NewSystem) -> None:
    first, second = new_system(), new_system()
    first.rows("DELETE FROM accounts_user_lab_units")
    assert second.rows("SELECT COUNT(*) FROM accounts_user_lab_units")[0][0] > 0


def test_a_stopped_system_leaves_no_process_and_no_data() -> None:
    with System() as running:
        running.start(worker=False)
        pid, home = running.web_pid, running.home
    assert not alive(pid)
    assert not home.exists()


def test_commands_run_with_the_system_s_data(system: System) -> None:
    code = "from accounts.models import Hospital; print(Hospital.objects.count())"
    assert system.shell(code).strip() == "2"


def test_databases_are_fresh_or_copies(postgres: Postgres) -> None:
    origin = postgres.database()
    with psycopg.connect(origin, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id integer)")
    with psycopg.connect(new_database(postgres.url, origin)) as connection:
        assert connection.execute("SELECT * FROM kept").fetchall() == []
    with psycopg.connect(postgres.database()) as connection:
        found = connection.execute("SELECT to_regclass('kept')").fetchone()
    assert found == (None,)


def test_a_bucket_keeps_bytes_and_refuses_strangers(s3_env: dict[str, str]) -> None:
    endpoint, bucket = s3_env["AWS_S3_ENDPOINT_URL"], s3_env["AWS_STORAGE_BUCKET_NAME"]
    connect(endpoint).put_object(Bucket=bucket, Key="eye", Body=b"bytes")
    assert stored_keys(endpoint, bucket) == ["eye"]
    assert httpx.get(f"{endpoint}/{bucket}/eye").status_code == 403


def test_a_system_runs_on_a_database_and_a_bucket_it_is_given(
    new_system: NewSystem, postgres_url: str, s3_env: dict[str, str]
) -> None:
    system = new_system(env={"DATABASE_URL": postgres_url, **s3_env}).start(worker=False)
    with Client(system, "uploader") as uploader:
        assert uploader.choices()["area"] == "OD"


def test_the_sign_in_page_shows_without_complaint(page: Page) -> None:
    page.goto("/accounts/login")
    assert page.locator("input[type=password]").count() == 1


def provoke(browser: Browser, system: System, event: str, script: str) -> None:
    with watched_page(browser, base_url=system.url) as page:
        page.goto("/accounts/login")
        with page.expect_event(event):
            page.evaluate(script)


@pytest.mark.parametrize(
    ("event", "script"),
    [
        ("console", "() => { console.error('no') }"),
        ("pageerror", "() => { setTimeout(() => { throw 1 }) }"),
        ("console", "() => { document.body.setAttribute('style', 'color: red') }"),
    ],
)
def test_an_error_on_a_page_fails_its_test(
    chromium: Browser, system: System, event: str, script: str
) -> None:
    with pytest.raises(AssertionError):
        provoke(chromium, system, event, script)
