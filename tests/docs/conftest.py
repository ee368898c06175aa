"""The loaded sample county of the end-to-end tests, for the examples to run on."""

from __future__ import annotations

from tests.e2e.conftest import huantai, worker_id

__all__ = ["huantai", "worker_id"]
