"""The doorbell. What is to be done stands in our tables; django-q2 only says there is some."""

from django.conf import settings
from django.db import transaction
from django_q.brokers import get_broker
from django_q.tasks import async_task


def enqueue(item_id: int) -> None:
    """Ring for one item. Call inside the transaction that queues it.

    With the ORM broker the bell's row commits with ours. Redis cannot be rolled back, so there it
    waits for the commit; a bell lost then is rung again by the sweeper.
    """

    ring(settings.JOBS_ITEM_TASK, item_id)


def ring(task: str, pk: int) -> None:
    """The same for any task that takes the id of its row."""

    def send() -> None:
        async_task(task, pk)

    if settings.QUEUE_BROKER == "orm":
        send()
    else:
        transaction.on_commit(send, robust=True)


def bells_waiting() -> bool:
    """Has somebody rung whom no worker has heard yet?"""
    return bool(get_broker().queue_size())
