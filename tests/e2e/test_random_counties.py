"""Made-up counties of every kind of school, with blanks and schools that did not report: pipeline against oracle."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestration.load import run_load
from orchestration.publication import reader
from tests.e2e.forms import Forms
from tests.oracle import compute
from tests.oracle.comparison import differences
from tests.oracle.county import write_county
from tests.oracle.county_spec import CountySpec
from tests.oracle.strategies import counties

YEAR = 2018


# An example is a whole load: a failing one is shown as it is, since making it smaller would take an hour.
@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(counties(), min_size=3, max_size=4))
def test_pipeline_agrees_with_the_oracle(drawn: list[tuple[CountySpec, int]]) -> None:
    """One load of several counties; every published row and form of each agrees with the oracle's exact fractions."""
    with tempfile.TemporaryDirectory() as folder:
        raw, var = Path(folder) / "raw", Path(folder) / "var"
        codes = [f"3703{number + 22:02d}" for number in range(len(drawn))]
        for code, (spec, seed) in zip(codes, drawn, strict=True):
            target = raw / str(YEAR) / code
            target.mkdir(parents=True)
            write_county(target, replace(spec, code=code, name=f"试验{code}县", year=YEAR), seed)
        outcome = run_load([(YEAR, code) for code in codes], raw, var)
        assert list(outcome.refused) == [], [
            json.loads(path.read_text(encoding="utf-8"))["faults"][:3] for path in (var / "refused").glob("*.json")
        ]
        found: list[str] = []
        for code in codes:
            oracle = compute(raw / str(YEAR) / code, YEAR, code)
            with reader.open_partition(var, YEAR, code) as published:
                rows = [
                    fetch(published.connection, YEAR, code)
                    for fetch in (reader.gap_rows, reader.verdict_rows, reader.metric_rows)
                ]
                summary = reader.county_summary(published.connection, YEAR, code)
            found += [f"{code} {line}" for line in differences(oracle, *rows)]
            forms = Forms(var / "reports" / str(YEAR) / code / "forms.xlsx", raw / str(YEAR) / code, YEAR, code)
            found += [f"{code} {line}" for line in forms.differences()]
            if summary["county_verdict"] != oracle.county_verdict:
                found.append(f"{code} county verdict {summary['county_verdict']} != {oracle.county_verdict}")
        assert found == []
