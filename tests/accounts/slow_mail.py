"""A mail server that takes nothing before it is let."""

from collections.abc import Sequence
from threading import Event

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

go_on = Event()
waited: list[bool] = []  # of each time: was it let go on, or did nobody wait so long


class Backend(BaseEmailBackend):
    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        waited.append(go_on.wait(10))
        return len(messages)
