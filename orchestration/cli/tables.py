"""Tables on a terminal: calm, in Chinese, legible in 80 and in 60 columns, without colour too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from orchestration.cli.output import Result
from orchestration.cli.screen import Screen
from orchestration.publication import wording
from orchestration.publication.reader import Row


def gaps(result: Result, most: int | None = None) -> None:
    """The gap list, indicator by indicator; ``most`` rows of it."""
    screen = Screen()
    short = sum(1 for row in result.rows if row["verdict"] == "not_met")
    screen.heading(result, "问题清单")
    if not result.rows:
        screen.line("没有差距，也没有数据缺失。")
        return
    screen.line(f"不达标 {short} 项，数据缺失 {len(result.rows) - short} 项")
    shown = result.rows if most is None else result.rows[:most]
    for indicator, group in groupby(shown, key=lambda row: row["indicator"]):
        rows = list(group)
        unit = next((str(row["unit"]) for row in rows if row["unit"] and row["test"] != "balance"), "")
        unit = "" if unit in {"结论", wording.RATIO_UNIT} else f"（{unit}）"
        screen.line()
        screen.line(f"{indicator} {wording.joined(rows[0]['title'])}{unit}", "bold")
        if screen.wide:
            screen.table(
                [("学段", "keep"), ("对象", "left"), ("检验", "keep"), *_FIGURES],
                [[_level(row), wording.subject(row), _test(row), *_figures(row)] for row in rows],
            )
        else:
            screen.table(
                [("对象", "left"), ("检验", "keep"), *_FIGURES],
                [[f"{_level(row)} {wording.subject(row)}".strip(), _test(row), *_figures(row)] for row in rows],
            )
        _measure(screen, rows[0])
    if len(shown) < len(result.rows):
        screen.line()
        screen.line(f"以上 {len(shown)} 项，共 {len(result.rows)} 项。全部：junheng gaps {result.year} {result.county}")


_FIGURES = [("实际", "right"), ("限值", "right"), ("差额", "right")]


def _level(row: Row) -> str:
    return str(wording.word("level", row["level"]) or "")


def _test(row: Row) -> str:
    return str(wording.word("test", row["test"]))


def _figures(row: Row) -> list[str]:
    bare = "" if row["unit"] != wording.RATIO_UNIT else row["unit"]
    if row["test"] == "balance":
        bare = "差异系数"
    if row["observed"] is None:
        observed = wording.VERDICTS[str(row["verdict"])]
    else:
        observed = wording.figure(row["observed"], bare, row["required"])
    return [
        observed,
        wording.figure(row["required"], bare, None, 4),
        wording.shortfall(row) if row["shortfall"] is not None else "—",
    ]


def _measure(screen: Screen, row: Row) -> None:
    """Who, by when, under an indicator's rows."""
    by_when = wording.deadline(row)
    units = wording.joined(row["responsible_units"])
    parts = [f"完成时限 {by_when}" if by_when else "", f"责任单位 {units}" if units else ""]
    text = "；".join(part for part in parts if part)
    if text:
        screen.line(text, "dim")


def verdicts(result: Result) -> None:
    """One row an indicator, then the county."""
    screen = Screen()
    screen.heading(result, "指标结论")
    _indicators(screen, result.rows)
    screen.line()
    summary(screen, result.extra)


def verdict_of(screen: Screen, result: Result, extra: Mapping[str, object]) -> None:
    """The county's verdict and the indicators that are not met, each with its sentence."""
    screen.heading(result, result.name)
    summary(screen, extra)
    screen.line()
    short = [row for row in result.rows if row["verdict"] != "met"]
    if short:
        _indicators(screen, short)
        screen.line()


def _indicators(screen: Screen, rows: Sequence[Row]) -> None:
    screen.table(
        [("指标", "keep"), ("结论", "keep"), ("达标情况", "left")],
        [[str(row["indicator"]), str(wording.word("verdict", row["verdict"])), _statement(row)] for row in rows],
    )


def _statement(row: Row) -> str:
    statement = wording.joined(row["statement"])
    title = wording.joined(row["title"])
    return title if statement.rstrip("。") in {"", "达标"} else f"{title}：{statement}"


def summary(screen: Screen, extra: Mapping[str, object]) -> None:
    """The county's verdict and the counts of schools and sections."""
    verdict = str(wording.word("verdict", extra["county_verdict"]))
    screen.line(f"全县结论：{verdict}", "bold")
    for name, label in (("school_verdicts", "学校"), ("section_verdicts", "学段")):
        counts = extra[name]
        if isinstance(counts, dict):
            screen.line(f"{label}：{wording.counted(counts)}")  # pyright: ignore[reportUnknownArgumentType]


def metrics(result: Result) -> None:
    """One line a section with its seven values, then the county's means and coefficients of variation."""
    screen = Screen()
    screen.heading(result, "资源配置 B1–B7")
    sections: dict[tuple[object, object], dict[str, Row]] = {}
    for row in result.rows:
        if row["kind"] == "section":
            sections.setdefault((row["level"], row["school_code"]), {})[str(row["indicator"])] = row
    for level, group in groupby(sections.items(), key=lambda entry: entry[0][0]):
        listed = [rows for _, rows in group]
        screen.line(f"{wording.LEVELS.get(str(level), str(level))}各校", "bold")
        _sections(screen, listed)
        units = {name: str(row["unit"]) for rows in listed for name, row in rows.items() if row["unit"]}
        if units:
            screen.line("单位：" + "，".join(f"{name} {unit}" for name, unit in units.items()), "dim")
        if any(row["floor_verdict"] == "not_met" for rows in listed for row in rows.values()):
            screen.line("* 低于底线", "dim")
        screen.line()
    balance = [row for row in result.rows if row["kind"] == "balance"]
    screen.line("全县", "bold")
    screen.table(
        [("学段", "keep"), ("指标", "keep"), ("均值", "right"), ("标准差", "right"), ("差异系数", "right")]
        + ([("学段数", "right")] if screen.wide else [])
        + [("均衡", "keep")],
        [
            [
                _level(row),
                str(row["indicator"]),
                wording.figure(row["mean"], row["unit"]),
                wording.figure(row["standard_deviation"], ""),
                wording.figure(row["cv"], "差异系数"),
                *([str(row["sections"])] if screen.wide else []),
                str(wording.word("verdict", row["verdict"]) or ""),
            ]
            for row in balance
        ],
    )


def _sections(screen: Screen, sections: Sequence[Mapping[str, Row]]) -> None:
    names = wording.SECTION_INDICATORS
    columns = [("学校", "first"), ("在校生", "right")]
    columns += [(name, "right") for name in names] if screen.wide else [("B1–B7", "keep")]
    columns += [("未达标", "left")]
    rows: list[list[str]] = []
    for section in sections:
        first = next(iter(section.values()))
        values = [_value(section.get(name)) for name in names]
        if not screen.wide:
            values = [
                "\n".join("　".join(f"{name} {value}" for name, value in pairs) for pairs in _pairs(names, values))
            ]
        pupils = "缺报" if first["pupils"] is None else str(first["pupils"])
        marks = [_mark(name, section[name]) for name in names if name in section and section[name]["verdict"] != "met"]
        rows.append([str(first["school_name"] or first["school_code"]), pupils, *values, " ".join(marks)])
    screen.table(columns, rows)


def _value(row: Row | None) -> str:
    """Two decimals, whole from a thousand on (元)."""
    if row is None or row["value"] is None:
        return "—"
    decimals = 2 if abs(float(str(row["value"]))) < 1000 else 0
    return wording.figure(row["value"], "", None, decimals)


def _pairs(names: Sequence[str], values: Sequence[str]) -> list[list[tuple[str, str]]]:
    pairs = list(zip(names, values, strict=True))
    return [pairs[start : start + 2] for start in range(0, len(pairs), 2)]


def _mark(name: str, row: Row) -> str:
    """B5, or B5数据缺失, or B5* where it is below the floor."""
    if row["verdict"] == "missing":
        return f"{name}{wording.VERDICTS['missing']}"
    return f"{name}*" if row["floor_verdict"] == "not_met" else name


def faults(result: Result) -> None:
    """Faults, gravest first, one paragraph each: where, what, how to mend."""
    screen = Screen()
    refused = result.extra.get("attempt") == "refused"
    screen.heading(result, "上次载入被拒，原因如下" if refused else "读入情况")
    if not result.rows:
        screen.line("没有错误、缺报、质询或不计入。")
        return
    counts = {name: sum(1 for row in result.rows if row["severity"] == name) for name in wording.SEVERITIES}
    answered = sum(1 for row in result.rows if row["severity"] == "query" and row.get("explanation"))
    words = [f"{wording.SEVERITIES[name]} {count}" for name, count in counts.items() if count]
    screen.line("、".join(words) + (f"（其中 {answered} 项质询已有说明）" if answered else ""))
    screen.line()
    screen.table(
        [("类别", "keep"), ("位置与说明", "left")],
        [[str(wording.word("severity", row["severity"])), fault_text(row)] for row in result.rows],
    )


def fault_text(row: Row) -> str:
    place, message = wording.place(row), wording.joined(row["message"])
    if place and message.startswith(f"{place}："):
        message = message.removeprefix(f"{place}：")
    explanation = wording.joined(row.get("explanation"))
    answer = f"说明：{explanation}（{wording.joined(row.get('explained_by'))}）" if explanation else ""
    return "\n".join(part for part in (place, message, answer) if part)


def trace(result: Result) -> None:
    """A figure and what it is made of."""
    screen = Screen()
    extra = result.extra
    screen.heading(result, f"{extra['indicator']} {extra['subject_name'] or extra['subject_id']}")
    figures = extra["figures"]
    for figure in figures if isinstance(figures, list) else []:  # pyright: ignore[reportUnknownVariableType]
        _figure(screen, figure, result.rows)  # pyright: ignore[reportUnknownArgumentType]


def _figure(screen: Screen, figure: Row, rows: Sequence[Row]) -> None:
    level = wording.LEVELS.get(str(figure["level"]), "")
    title = " ".join(part for part in (level, wording.joined(figure["item"])) if part)
    if figure["text"] is not None:
        value = wording.joined(figure["text"])
    elif figure["value"] is not None:
        value = wording.figure(figure["value"], figure["unit"], None, 4)
    else:
        value = ""
    cv = f"，差异系数 {wording.figure(figure['cv'], '差异系数')}" if figure["cv"] is not None else ""
    screen.line("　".join(part for part in (title, f"{value}{cv}") if part) or "构成", "bold")
    screen.table(
        [("角色", "keep"), ("值", "right"), ("权重", "right"), ("名称与出处", "left")],
        [
            [
                ("　" if row["role"] == "addend" else "") + str(wording.word("role", row["role"])),
                _traced(row),
                _weight(row),
                _origin(row),
            ]
            for row in rows
            if (row["level"], row["item"]) == (figure["level"], figure["item"])
        ],
    )
    screen.line()


def _traced(row: Row) -> str:
    if row["role"] == "conclusion":
        return wording.joined(row["as_written"]) or "缺报"
    return "缺报" if row["value"] is None else wording.figure(row["value"], "", None, 4)


def _weight(row: Row) -> str:
    if row["role"] != "addend":
        return ""
    text = wording.joined(row["weight_text"])
    plain = wording.figure(row["weight"], "", None, 6)
    return plain if not text or len(text) > 8 else text


def _origin(row: Row) -> str:
    if row["role"] in {"numerator", "denominator"}:  # its addends say where it stands
        return wording.joined(row["label"])
    text = wording.joined(row["weight_text"])
    label = wording.joined(row["label"])
    level = wording.word("level", row["record_level"])
    lines = [f"{label}（{level}）" if level and not row["level"] else label, f"权重 {text}" if len(text) > 8 else ""]
    if row["file"]:
        lines += [wording.place(row), f"{_written(row)}　sha256 {str(row['sha256'])[:12]}…"]
        lines += [f"{wording.HEADINGS[name]}：{row[name]}" for name in ("correction", "explanation") if row[name]]
    return "\n".join(line for line in lines if line)


def _written(row: Row) -> str:
    text = wording.joined(row["as_written"])
    return f"写作“{text}”" if text else "空格"


def status(result: Result) -> None:
    """Every partition."""
    screen = Screen()
    if not result.rows:
        screen.line("还没有载入任何县。请先运行：junheng load YEAR COUNTY")
        return
    columns = [("学年", "keep"), ("县", "left"), ("状态", "left"), ("结论", "keep")]
    columns += [("差距", "right"), ("数据缺失", "right"), ("质询", "right")]
    if screen.wide:
        columns += [("载入时间", "keep")]
    screen.table(
        columns,
        [
            [
                str(row["year"]),
                f"{row['county_name'] or ''} {row['county']}".strip(),
                _state(row),
                str(wording.word("verdict", row["county_verdict"]) or "—"),
                *(_count(row[name]) for name in ("gaps", "missing", "queries")),
                *([wording.local_time(row["loaded_at"])] if screen.wide else []),
            ]
            for row in result.rows
        ],
    )
    for row in result.rows:
        if row["loaded"]:
            key = f"{row['year']} {row['county']}"
            screen.line(f"{key}　标准 {row['standard']}　指纹 {str(row['fingerprint'])[:16]}", "dim")
    for row in result.rows:
        if row["refused"]:
            key = f"{row['year']} {row['county']}"
            at = wording.local_time(row["refused_at"])
            screen.line(f"{key} 于 {at} 被拒，{row['refused_errors']} 个错误：junheng faults {key}")


def _state(row: Row) -> str:
    if not row["loaded"]:
        return "被拒"
    words = ["已载入", "试算" if row["provisional"] else "", "其后被拒" if row["refused"] else ""]
    return "，".join(word for word in words if word)


def _count(value: object) -> str:
    return "—" if value is None else str(value)
