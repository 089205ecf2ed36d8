"""Find and end what runs below a process, whatever session or process group it moved to."""

import os
from collections.abc import Iterable

import psutil


def alive(pid: int) -> bool:
    """Is there a process that can still run? A dead one that nobody has reaped yet is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def descendants(pid: int) -> list[psutil.Process]:
    """Everything below the process; empty when it is gone."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL each process and all below it, again until nothing new has appeared."""
    left = set(processes)
    while left:
        below = {child for process in left for child in descendants(process.pid)}
        for process in left | below:
            _kill(process)
        psutil.wait_procs(left | below, timeout=5)
        left = {child for child in below - left if alive(child.pid)}


def reap_orphans(known: Iterable[int]) -> None:
    """Take leave of dead children that were adopted; those in `known` have their own owner."""
    kept = set(known)
    flags = os.WEXITED | os.WNOHANG
    while dead := _next_dead_child(flags | os.WNOWAIT):
        if dead in kept:
            return
        os.waitid(os.P_PID, dead, flags)


def _next_dead_child(flags: int) -> int:
    try:
        found = os.waitid(os.P_ALL, 0, flags)
    except ChildProcessError:
        return 0
    return found.si_pid if found else 0


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
