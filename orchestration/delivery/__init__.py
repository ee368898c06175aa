"""Delivery: what leaves this repository for an office's machine, and what it is made of.

Belongs here: the lock, the audit of what it pins, and the bundle for machines without internet. Does not belong here:
anything that runs on returns or on the warehouse; nothing else imports this package, and it imports nothing else of
ours.

``python -m orchestration.delivery.bundle`` makes the bundles, ``python -m orchestration.delivery.audit`` the audit.
"""
