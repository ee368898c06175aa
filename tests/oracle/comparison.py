"""Published rows held against the oracle's: one line for each difference, none where they agree.

Rows are what interface.md names, as mappings (JSON of the command line, or rows of the marts). Fields on which
the rules leave the oracle without an opinion (see `Gap`, `IndicatorVerdict`) are passed over.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from .result import Balance, Gap, IndicatorVerdict, OracleResult, SectionFigure

Row = Mapping[str, Any]
Key = tuple[Any, ...]
TOLERANCE = 1e-9  # of floats against exact fractions, relative


def differences(
    oracle: OracleResult, gaps: Iterable[Row], verdicts: Iterable[Row], metrics: Iterable[Row]
) -> list[str]:
    """All differences of the three row sets of one partition (metrics: `kind` section and balance)."""
    metrics = list(metrics)
    sections = [row for row in metrics if row["kind"] == "section"]
    balance = [row for row in metrics if row["kind"] == "balance"]
    return [
        *_compare("gap", {gap.key: _gap(gap) for gap in oracle.gaps}, _by(gaps, GAP_KEY)),
        *_compare(
            "verdict", {(row.indicator,): _verdict(row) for row in oracle.verdicts}, _by(verdicts, ("indicator",))
        ),
        *_statements(oracle.verdicts, _by(verdicts, ("indicator",))),
        *_compare(
            "section",
            {(row.school_code, row.level, row.indicator): _figure(row) for row in oracle.sections},
            _by(sections, ("school_code", "level", "indicator")),
        ),
        *_compare(
            "balance",
            {(row.level, row.indicator): _balance(row) for row in oracle.balance},
            _by(balance, ("level", "indicator")),
        ),
    ]


GAP_KEY = ("indicator", "test", "level", "subject_id", "item")
VERDICT_FIELDS = (
    "verdict", "sections_judged", "sections_short", "primary_mean", "primary_cv", "junior_mean", "junior_cv",
)  # fmt: skip
SECTION_FIELDS = ("school_name", "pupils", "classes", "numerator", "denominator", "value")


def _gap(gap: Gap) -> Row:
    expected: dict[str, Any] = {
        name: getattr(gap, name)
        for name in ("subject_type", "subject_name", "verdict", "observed", "ratio", "shortfall")
    }
    opinions = ["numerator", "denominator", "shortfall_unit"]
    if gap.subject_type != "school" or gap.verdict != "missing":
        expected["required"] = gap.required
    else:
        opinions.append("required")
    return expected | {name: getattr(gap, name) for name in opinions if getattr(gap, name) is not None}


def _verdict(row: IndicatorVerdict) -> Row:
    names = VERDICT_FIELDS if row.sections_judged is not None else VERDICT_FIELDS[:1]
    return {name: getattr(row, name) for name in names}


def _figure(row: SectionFigure) -> Row:
    return {name: getattr(row, name) for name in SECTION_FIELDS if row.value is not None or name != "numerator"}


def _balance(row: Balance) -> Row:
    return {name: getattr(row, name) for name in ("mean", "standard_deviation", "cv", "sections")}


def _by(rows: Iterable[Row], names: tuple[str, ...]) -> dict[Key, Row]:
    keyed: dict[Key, Row] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        assert key not in keyed, f"two rows of {key}"
        keyed[key] = row
    return keyed


def _compare(kind: str, expected: Mapping[Key, Row], published: Mapping[Key, Row]) -> list[str]:
    found = [f"{kind} {key}: not published" for key in expected if key not in published]
    found += [f"{kind} {key}: published, not expected" for key in published if key not in expected]
    for key in expected.keys() & published.keys():
        for name, value in expected[key].items():
            if not same(value, published[key][name]):
                found.append(f"{kind} {key} {name}: oracle {_shown(value)}, published {published[key][name]!r}")
    return sorted(found)


def same(expected: Any, published: Any) -> bool:
    """Equal, or as numbers equal but for float noise."""
    if isinstance(expected, Fraction | int) and published is not None:
        return abs(float(expected) - float(published)) <= TOLERANCE * max(1.0, abs(float(expected)))
    return expected == published


def _shown(value: Any) -> str:
    return repr(float(value)) if isinstance(value, Fraction) else repr(value)


def _statements(expected: Iterable[IndicatorVerdict], published: Mapping[Key, Row]) -> list[str]:
    found: list[str] = []
    for row in expected:
        statement = str(published.get((row.indicator,), {}).get("statement"))
        exact = statement.rstrip("。") == row.statement.rstrip("。")
        begins = statement.startswith(row.statement.rstrip("。")) and all(part in statement for part in row.mentions)
        if not (exact if row.statement_exact else begins):
            found.append(f"statement of {row.indicator}: oracle {row.statement}{row.mentions}, published {statement}")
    return found
