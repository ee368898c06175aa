"""The figures of the indicators as the dictionary has them: what each is made of, from the seeds of addends."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.publication import declared, wording
from orchestration.returns.layout import county_items
from orchestration.settings import DBT_PROJECT

_SEEDS = DBT_PROJECT / "seeds"
# What a school's figure is called, where only the sum of it is declared.
_NAMES = {
    "b10_rooms_required": "应配音乐、美术教室（由班数算出）",
    "b11_pupils_single": "小学、初中的规模",
    "b11_pupils_through": "一贯制学校的规模",
    "b16_ratio": "360 学时培训完成率",
    "b19_ratio": "持证上岗率",
    "b20_primary_ratio": "小学就近划片入学比例",
    "b20_junior_ratio": "初中就近划片入学比例",
    "b26_ratio": "教师培训经费比例",
}


@dataclass(frozen=True, slots=True)
class Addend:
    """One value that enters a figure: how often, and which field it is."""

    factor: str
    label: str
    anchor: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or conclusion of an indicator: what it is made of. ``scale`` is 每多少名学生."""

    indicator: str
    name: str
    level: str
    unit: str
    numerator: tuple[Addend, ...]
    denominator: tuple[Addend, ...]
    scale: str = ""

    @property
    def formula(self) -> str:
        """The sum in words."""
        top, bottom = _sum(self.numerator), _sum(self.denominator)
        if not bottom:
            return top
        return f"{self.scale}({top}) ÷ ({bottom})" if self.scale else f"({top}) ÷ ({bottom})"


def field_anchor(record: str, field: str) -> str:
    """The page's anchor of a field; of an item of the county return, by its number in the list."""
    return f"field-{record}-{field}"


def figures() -> Iterable[Figure]:
    """Every figure, in the order of the indicators; those of B1–B7 first."""
    items = {(item.indicator, item.item): number for number, item in enumerate(county_items(), 1)}
    units = {row["indicator"]: row for row in _seed("section_indicators")}
    sections: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _seed("indicator_addends"):
        sections.setdefault((row["indicator"], row["level"]), []).append(row)
    pupils = (Addend("1", "在校生", field_anchor("school_level", "pupils")),)
    for (indicator, level), rows in sections.items():
        per = units[indicator]["per_pupils"]
        addends = tuple(
            Addend(row["factor"], row["label"], field_anchor(row["record"], row["field"]), row["shared"] == "true")
            for row in rows
            if row["factor"] != "0"
        )
        scale = f"{per} × " if per != "1" else ""
        yield Figure(indicator, "", wording.LEVELS[level], units[indicator]["unit"], addends, pupils, scale)
    grouped: dict[tuple[str, str, str], dict[str, list[Addend]]] = {}
    for row in _seed("school_addends"):
        key = (row["indicator"], row["judged_column"], _NAMES.get(row["judged_column"], row["label"]))
        addend = Addend(row["factor"], row["label"], field_anchor(row["record"], row["field"]))
        grouped.setdefault(key, {}).setdefault(row["part"], []).append(addend)
    room = Addend("1", "达到面积要求的教室（间）", field_anchor("room", "area_m2"))
    grouped["B10", "", "音乐教室、美术教室，分别计数"] = {"numerator": [room]}
    bands = [Addend("1", row["label"], field_anchor("school_level", row["field"])) for row in _seed("class_bands")]
    grouped["B12", "", "超过班额上限的班数（只加超过上限的各档）"] = {"numerator": bands}
    for row in _seed("county_addends"):
        key = (row["indicator"], row["judged_column"], row["figure_name"] or row["item"])
        anchor = field_anchor("county_return", str(items[row["indicator"], row["item"]]))
        addend = Addend(row["factor"], row["item"], anchor)
        grouped.setdefault(key, {}).setdefault(row["part"], []).append(addend)
    order = {code: number for number, code in enumerate(wording.INDICATORS)}
    for (indicator, _, name), parts in sorted(grouped.items(), key=lambda one: order[one[0][0]]):
        numerator = tuple(parts.get("numerator", parts.get("text", [])))
        denominator = tuple(parts.get("denominator", []))
        unit = "结论" if "text" in parts else "比值" if denominator else declared.NO_UNIT
        yield Figure(indicator, name or numerator[0].label, "", unit, numerator, denominator)


def _sum(addends: Sequence[Addend]) -> str:
    texts: list[str] = []
    for addend in addends:
        factor = addend.factor.removeprefix("-")
        sign = "−" if addend.factor.startswith("-") else "＋"
        text = addend.label if factor == "1" else f"{factor}×{addend.label}"
        texts.append(f"{sign}{text}" if texts or sign == "−" else text)
    shared = "［按加权在校生拆到学段］" if any(addend.shared for addend in addends) else ""
    return "".join(texts) + shared


def _seed(name: str) -> list[dict[str, str]]:
    with (_SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
