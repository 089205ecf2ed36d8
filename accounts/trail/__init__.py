"""What keeps the audit trail as it was written, and proves it: guards, seals, and their proof.

`guards` makes the databases refuse changes, `macs` says what a row says and signs it, `sealing`
chains what was written, `proving` finds what was tampered with, `heads` are what to keep elsewhere.
"""
