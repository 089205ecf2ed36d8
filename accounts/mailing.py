"""Mail, sent beside the request: how long a mail server takes must not tell who has an account."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from smtplib import SMTPException

from django.core.mail import EmailMessage

log = logging.getLogger(__name__)
_postman = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")


def post(message: EmailMessage) -> Future[bool]:
    return _postman.submit(_send, message)


def _send(message: EmailMessage) -> bool:
    try:
        return bool(message.send())
    except (OSError, SMTPException) as error:
        log.error("a mail could not be sent: %s", type(error).__name__)
        return False
