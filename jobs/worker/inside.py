"""What every process of the cluster gets from the start."""

from django_q.signals import post_execute, post_spawn

from jobs.worker import identity, leash, pulse


def prepare() -> None:
    """Connect the receivers; only a cluster's processes ever send these signals."""
    post_spawn.connect(leash.limit_worker)
    post_execute.connect(pulse.stamp)
    supervisor = identity.supervisor_pid()
    if supervisor is not None:
        leash.hold_family(supervisor)
