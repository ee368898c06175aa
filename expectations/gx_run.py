"""Runs suites in Great Expectations, and reads from its results what can be relied on.

The context is ephemeral: nothing is read from, or written to, a folder. Import of Great Expectations costs
seconds, so it happens inside functions, once a process.
"""

# Great Expectations annotates dicts without their contents, which strict checking calls unknown.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import copy
import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from expectations.faults import JudgementCrashed

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

    from expectations.suites import Suite

BASIC: dict[str, object] = {"result_format": "BASIC"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What one expectation counted: all rows, those with a NULL, those failing."""

    rows: int
    missing: int
    unexpected: int


class GxSession:
    """One ephemeral context, for any number of frames."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        os.environ.setdefault("TQDM_DISABLE", "1")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_pandas("judged_tables")
        # One asset for all frames: each new one would make the context write its configuration again.
        asset = source.add_dataframe_asset("judged_table")
        self._whole = asset.add_batch_definition_whole_dataframe("whole")

    def validate(
        self,
        suite: Suite,
        frame: pd.DataFrame,
        result_format: dict[str, object] = BASIC,
        only: Collection[str] | None = None,
    ) -> ExpectationSuiteValidationResult:
        """Runs a suite (or the tests named in `only`) over a frame; results are keyed by expectation id.

        Raises JudgementCrashed if any expectation raised, was dropped, or came back without counts.
        """
        import great_expectations as gx

        native = native_suite(suite, only)
        expectations = cast("list[dict[str, object]]", native["expectations"])
        wanted = {str(expectation["id"]) for expectation in expectations}
        for expectation in expectations:
            # Great Expectations copies meta and description a hundred times an expectation: half of its time.
            expectation["meta"], expectation["description"] = {}, None
        gx_suite = gx.ExpectationSuite(name=suite.name, expectations=expectations)
        batch = self._whole.get_batch({"dataframe": frame})
        result = batch.validate(gx_suite, result_format=dict(result_format))
        found = sorted(result_id(one) for one in result.results)
        if found != sorted(wanted):
            # An invalid expectation is only logged, then left out of the suite.
            raise JudgementCrashed(f"{suite.name}: {len(wanted)} expectations given, {len(found)} came back")
        for one in result.results:
            counts_of(one)
        return result


def native_suite(suite: Suite, only: Collection[str] | None = None) -> dict[str, object]:
    """A copy of a suite's JSON, with all of its expectations or those of the test ids in `only`."""
    native = copy.deepcopy(suite.native)
    if only is not None:
        ids = {test.expectation_id for test in suite.tests if test.test_id in only}
        expectations = cast("list[dict[str, object]]", native["expectations"])
        native["expectations"] = [one for one in expectations if one["id"] in ids]
    return native


def result_id(result: ExpectationValidationResult) -> str:
    """The id the suite gave to the expectation: results come back in another order than the suite's."""
    config = result.expectation_config
    return str(config.id) if config is not None else ""


def exception_text(exception_info: object) -> str | None:
    """The message of a raised exception, or None.

    Two shapes exist: one flat record, or a record under the id of each metric that raised.
    """
    if not isinstance(exception_info, dict):
        return None
    info = cast("dict[str, object]", exception_info)
    if "raised_exception" in info:
        if not info["raised_exception"]:
            return None
        return str(info.get("exception_message") or "an exception without a message")
    return next((text for value in info.values() if (text := exception_text(value)) is not None), None)


def counts_of(result: ExpectationValidationResult) -> Counts:
    """The counts of one result. Raises JudgementCrashed where it raised or has no counts."""
    config = result.expectation_config
    name = "an expectation" if config is None else f"{config.type} {config.id}"
    raised = exception_text(cast(object, result.exception_info))
    if raised is not None:
        raise JudgementCrashed(f"{name} raised: {raised}")
    content = cast("dict[str, object]", result.result)
    counted = [content.get(key) for key in ("element_count", "missing_count", "unexpected_count")]
    if not all(isinstance(count, int) for count in counted):
        raise JudgementCrashed(f"{name} returned no counts: {sorted(content)}")
    rows, missing, unexpected = (int(cast(int, count)) for count in counted)
    if result.success is not (unexpected == 0):
        raise JudgementCrashed(f"{name}: success is {result.success} with {unexpected} unexpected rows")
    return Counts(rows, missing, unexpected)
