"""Junheng's flow: from workbooks as received to the published gap list.

Light to import: nothing here pulls in dagster, dbt or Great Expectations.
"""

__version__ = "0.1.0"
