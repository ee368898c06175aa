"""One suite file's JSON → a typed suite, with every fault of it listed.

The vocabulary of `meta` is defined here; what stands in it is exported as `standards` by standards.py.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Literal, cast

Json = dict[str, object]
Direction = Literal["min", "max", "in_set"]

JUDGED_TABLES = (
    "judged_sections_primary",
    "judged_sections_junior",
    "judged_schools",
    "judged_counties",
    "judged_conclusions",
)
TEST_ORDER = ("standard", "floor", "balance", "rule", "detail")
LEVEL_ORDER = ("primary", "junior", None)
SUBJECT_TYPES = ("section", "school", "county")
EVERY_ROW = "every_row"
# answers.py tells the tests of a row apart by the bits of a BIGINT.
TESTS_OF_A_TABLE_MAX = 62

BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
# `row_condition` and `mostly` are not among them on purpose: a condition that matches nothing passes, and
# `mostly` lets failing rows pass. One frame a level and one column a test make both unnecessary.
_KWARGS = {
    BETWEEN: {"column", "min_value", "max_value", "strict_min", "strict_max"},
    IN_SET: {"column", "value_set"},
    PAIR: {"column_A", "column_B", "or_equal", "ignore_row_if"},
}
_TEST_META: dict[str, tuple[type, ...]] = {
    "test_id": (str,),
    "indicator": (str,),
    "position": (int,),
    "title": (str,),
    "clause": (str,),
    "source": (str,),
    "test": (str,),
    "level": (str, type(None)),
    "subject_type": (str,),
    "item": (str, type(None)),
    "unit": (str,),
    "shortfall_unit": (str, type(None)),
    "responsible_units": (list,),
    "statement_phrase": (str, type(None)),
    "mean_decimals": (int, type(None)),
    "concerns": (str,),
    "reading": (str, type(None)),
    "parameters": (dict,),
}
_SUITE_META: dict[str, tuple[type, ...]] = {
    "standard": (str,),
    "judged_table": (str,),
    "title": (str,),
    "source": (str,),
    "parameters": (dict,),
}


@dataclass(frozen=True, slots=True)
class JudgedTest:
    """One expectation: a test that a subject meets, does not meet, or cannot be judged on.

    `limit` is in `unit`; it is None for `in_set` and for a test against `required_column`.
    `concerns` is `every_row`, or a group name: the tests of one group in one table concern the same subjects.
    """

    test_id: str
    expectation_id: str
    suite: str
    judged_table: str
    judged_column: str
    required_column: str | None
    indicator: str
    position: int
    title: str
    clause: str
    description: str
    test: str
    level: str | None
    subject_type: str
    item: str | None
    unit: str
    shortfall_unit: str | None
    direction: Direction
    strict: bool
    limit: float | None
    accepted: tuple[str, ...] | None
    responsible_units: tuple[str, ...]
    statement_phrase: str | None
    mean_decimals: int | None
    concerns: str
    reading: str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A limit that dbt needs before anything is judged; `name` is `<indicator>.<name>`."""

    name: str
    value: float
    says: str

    @property
    def indicator(self) -> str:
        """The part of the name before the dot: an indicator, `SCHOOL` or `COUNTED`."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Suite:
    """One judged table's suite; `native` is the JSON as Great Expectations takes it."""

    name: str
    judged_table: str
    title: str
    tests: tuple[JudgedTest, ...]
    parameters: tuple[Parameter, ...]
    native: Json


def expectation_id(edition: str, name: str) -> str:
    """The stable id of a test (or of a suite) of an edition; without one, each run would invent its own."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"junheng:{edition}:{name}"))


def _check_keys(where: str, meta: Json, expected: dict[str, tuple[type, ...]], faults: list[str]) -> bool:
    found = len(faults)
    faults += [f"{where}：meta 缺少 {key}" for key in expected if key not in meta]
    faults += [f"{where}：meta 有未知的键 {key}" for key in meta if key not in expected]
    faults += [
        f"{where}：meta.{key} 的类型不对（{meta[key]!r}）"
        for key, types in expected.items()
        if key in meta and (not isinstance(meta[key], types) or isinstance(meta[key], bool))
    ]
    return len(faults) == found


def _object(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


def _parameters(where: str, meta: Json, faults: list[str]) -> list[Parameter]:
    read: list[Parameter] = []
    for name, content in _object(meta.get("parameters")).items():
        value, says = _object(content).get("value"), _object(content).get("says")
        if not re.fullmatch(r"[A-Z]+\d*\.[a-z0-9_]+", name):
            faults.append(f"{where}：参数名 {name} 应为“指标.名称”")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(says, str):
            faults.append(f"{where}：参数 {name} 应有数值 value 和说明 says")
        else:
            read.append(Parameter(name=name, value=float(value), says=says))
    return read


def read_suite(edition: str, table: str, native: Json, faults: list[str]) -> Suite:
    where = f"{table}.json"
    meta = _object(native.get("meta"))
    _check_keys(where, meta, _SUITE_META, faults)
    name = str(native.get("name"))
    if meta.get("standard") != edition or meta.get("judged_table") != table:
        faults.append(f"{where}：meta.standard、meta.judged_table 应为 {edition}、{table}")
    if native.get("id") != (should := expectation_id(edition, table)):
        faults.append(f"{where}：id 应为 {should}")
    expectations = native.get("expectations")
    if not isinstance(expectations, list) or not expectations:
        faults.append(f"{where}：没有 expectations")
        expectations = []
    parameters = _parameters(where, meta, faults)
    tests: list[JudgedTest] = []
    for number, content in enumerate(cast(list[object], expectations), start=1):
        expectation = _object(content)
        test_meta = _object(expectation.get("meta"))
        place = f"{where} 第{number}条 {test_meta.get('test_id', '')}".rstrip()
        parameters += _parameters(place, test_meta, faults)
        test = _test(edition, name, table, where=place, expectation=expectation, faults=faults)
        if test is not None:
            tests.append(test)
    return Suite(name, table, str(meta.get("title")), tuple(tests), tuple(parameters), native)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _strings(value: object) -> tuple[str, ...]:
    items = cast(list[object], value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str) and item) if items else ()


def _check_kwargs(where: str, kind: str, kwargs: Json, faults: list[str]) -> None:
    unknown = sorted(set(kwargs) - _KWARGS[kind])
    if unknown:
        faults.append(f"{where}：不允许的参数 {'、'.join(unknown)}")
    if kind == BETWEEN:
        limits = [key for key in ("min_value", "max_value") if _number(kwargs.get(key)) is not None]
        if len(limits) != 1:
            faults.append(f"{where}：min_value、max_value 应恰有一个数值")
    elif kind == IN_SET:
        accepted = kwargs.get("value_set")
        if not _strings(accepted) or len(_strings(accepted)) != len(cast(list[object], accepted)):
            faults.append(f"{where}：value_set 应为非空的文字列表")
    elif kwargs.get("or_equal") is not True or kwargs.get("ignore_row_if") != "either_value_is_missing":
        faults.append(f"{where}：应写明 or_equal: true 与 ignore_row_if: either_value_is_missing")


def _test(
    edition: str, suite: str, table: str, *, where: str, expectation: Json, faults: list[str]
) -> JudgedTest | None:
    found = len(faults)
    meta, kwargs = _object(expectation.get("meta")), _object(expectation.get("kwargs"))
    kind, description = expectation.get("type"), expectation.get("description")
    sound = _check_keys(where, meta, _TEST_META, faults)
    if kind not in _KWARGS:
        faults.append(f"{where}：不支持的类型 {kind}")
        return None
    _check_kwargs(where, str(kind), kwargs, faults)
    column = kwargs.get("column_A" if kind == PAIR else "column")
    if not isinstance(column, str) or (kind == PAIR and not isinstance(kwargs.get("column_B"), str)):
        faults.append(f"{where}：缺少列名")
    if not isinstance(description, str) or not description:
        faults.append(f"{where}：缺少 description（标准原文）")
    if not sound:
        return None
    test_id, indicator, level = str(meta["test_id"]), str(meta["indicator"]), meta["level"]
    if expectation.get("id") != (should := expectation_id(edition, test_id)):
        faults.append(f"{where}：id 应为 {should}")
    if meta["test"] not in TEST_ORDER or meta["subject_type"] not in SUBJECT_TYPES or level not in LEVEL_ORDER:
        faults.append(f"{where}：meta.test、meta.subject_type 或 meta.level 不在词表内")
    prefix = ".".join(part for part in (indicator, str(meta["test"]), level) if isinstance(part, str))
    if not re.fullmatch(rf"{re.escape(prefix)}(\.[a-z_]+)?", test_id):
        faults.append(f"{where}：test_id 应以 {prefix} 开头")
    if not _strings(meta["responsible_units"]):
        faults.append(f"{where}：meta.responsible_units 不能为空")
    if len(faults) > found:
        return None
    minimum, maximum = _number(kwargs.get("min_value")), _number(kwargs.get("max_value"))
    return JudgedTest(
        test_id=test_id,
        expectation_id=should,
        suite=suite,
        judged_table=table,
        judged_column=cast(str, column),
        required_column=cast(str, kwargs["column_B"]) if kind == PAIR else None,
        indicator=indicator,
        position=cast(int, meta["position"]),
        title=str(meta["title"]),
        clause=str(meta["clause"]),
        description=str(description),
        test=str(meta["test"]),
        level=cast(str | None, level),
        subject_type=str(meta["subject_type"]),
        item=cast(str | None, meta["item"]),
        unit=str(meta["unit"]),
        shortfall_unit=cast(str | None, meta["shortfall_unit"]),
        direction="in_set" if kind == IN_SET else "max" if maximum is not None else "min",
        strict=bool(kwargs.get("strict_max") or kwargs.get("strict_min")),
        limit=maximum if maximum is not None else minimum,
        accepted=_strings(kwargs.get("value_set")) or None,
        responsible_units=_strings(meta["responsible_units"]),
        statement_phrase=cast(str | None, meta["statement_phrase"]),
        mean_decimals=cast(int | None, meta["mean_decimals"]),
        concerns=str(meta["concerns"]),
        reading=cast(str | None, meta["reading"]),
    )
