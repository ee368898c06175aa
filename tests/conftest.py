"""Hypothesis for every test: no deadline, and always the same seed.

A module's own constants are drawn as well once it is imported, so a test alone may see other examples than among all.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("junheng", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("junheng")
