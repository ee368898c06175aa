"""What can go wrong in judging. All of it is an error of ours, never a finding about a school."""

from __future__ import annotations


class JudgementError(RuntimeError):
    """Judging stopped; nothing it produced may be published."""


class JudgementCrashed(JudgementError):  # noqa: N818  # says what happened
    """An expectation raised, or returned no usable result: its `success: false` is no verdict."""


class DoubleEntryMismatch(JudgementError):  # noqa: N818  # says what happened
    """Great Expectations and the query rendered from the same suites do not count the same."""


class IncompleteExpectedTests(JudgementError):  # noqa: N818  # says what happened
    """The list of expected tests does not fit the judged tables: verdicts would be lost or made up."""
