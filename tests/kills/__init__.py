"""A hundred ``kill -9`` over a mixed workload: ``make kills``, or ``python -m tests.kills --kills 100``."""
