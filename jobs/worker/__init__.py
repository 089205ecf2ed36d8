"""`runworker`: keeps django-q2's cluster alive and does the housekeeping beside it.

`cluster` starts and ends the processes, `supervisor` decides when, `pulse` tells whether anything
gets done, `rounds` does what recurs; `identity` and `leash` work inside the cluster's processes.
"""
