"""The dictionary as one page: an anchor a table, column, indicator and field; nothing from outside; A4 printable."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from orchestration.dictionary.content import (
    RECORDS,
    Clause,
    Content,
    Field,
    ranges,
    sources_of,
    type_text,
)
from orchestration.dictionary.figures import Figure
from orchestration.publication.declared import Column, Table

_STYLE = """
@page { size: A4 landscape; margin: 12mm 12mm 14mm; }
* { box-sizing: border-box; }
html { scroll-padding-top: 3.2rem; }
body { font: 15px/1.6 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  color: #1b2430; background: #fff; margin: 0; }
main { max-width: 1500px; margin: 0 auto; padding: 0 1.2rem 4rem; }
nav.top { position: sticky; top: 0; background: #fff; border-bottom: 1px solid #c9d0d8; padding: .5rem 1.2rem;
  display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; z-index: 1; }
h1 { font-size: 1.7rem; margin: 1.6rem 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; border-bottom: 2px solid #1f4e79; padding-bottom: .2rem; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .2rem; }
h3 code { font-size: 1.05rem; }
p { margin: .2rem 0 .6rem; }
a { color: #0b4f8a; } a:focus-visible { outline: 2px solid #0b4f8a; outline-offset: 2px; }
code { font-family: "DejaVu Sans Mono", Consolas, Menlo, monospace; font-size: .9em; overflow-wrap: anywhere; }
.index { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .3rem 1.2rem; padding: 0;
  list-style: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 60rem; font-size: .9rem; }
th, td { border: 1px solid #c9d0d8; padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #eef2f6; white-space: nowrap; }
tbody th { font-weight: normal; background: #fafbfc; }
:target { background: #fff3c4; }
.formula { display: block; color: #41505f; }
.small { color: #41505f; font-size: .85rem; }
@media print {
  nav.top { display: none; } body { font-size: 9pt; } main { max-width: none; padding: 0; }
  table { min-width: 0; font-size: 8pt; } tr { break-inside: avoid; } thead { display: table-header-group; }
  h2, h3 { break-after: avoid; } a { color: inherit; text-decoration: none; } .wide { overflow: visible; }
}
"""
_COLUMN_HEADS = ("字段", "名称", "类型", "单位", "含义与算法", "条文", "来源")
_COLUMN_WIDTHS = (15, 10, 9, 8, 26, 12, 20)


def page(content: Content) -> str:
    """The whole page."""
    linked = {clause.code for clause in content.clauses} | {figure.indicator for figure in content.figures}
    tables = "".join(_table(content, table, linked) for table in content.tables)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>均衡数据字典</title>
<style>{_STYLE}</style>
</head>
<body>
<nav class="top" aria-label="本页"><!-- way back --><a href="#tables">表与字段</a><a href="#figures">指标</a>
<a href="#fields">填报字段</a> <a href="#clauses">条文</a></nav>
<main>
<h1>均衡数据字典</h1>
<p>每个公布的字段是什么、单位、怎样算、依据哪条、读自哪张报表的哪个表头。模式 <code>marts</code> 是对外约定的数据，
约定版本 {escape(content.contract)}；模式 <code>evidence</code> 是每个数的出处。
单位“随 … 列”写在同一行的那一列，“随指标”见该指标。</p>
<h2 id="tables">表与字段</h2>
<ul class="index">{"".join(_index(table) for table in content.tables)}</ul>
{tables}
<h2 id="figures">指标</h2>
<p>每个指标的数由哪些填报值加减而成；名称连到填报字段。</p>
{_figures(content)}
<h2 id="fields">填报字段</h2>
<p>每个填报值在各版报表中的位置，按表头文字定位。</p>
{"".join(_fields(content, record) for record in RECORDS)}
<h2 id="clauses">条文</h2>
{_clauses(content.clauses)}
</main>
</body>
</html>
"""


def _index(table: Table) -> str:
    title = table.title
    return f'<li><a href="#{_id(table.name)}"><code>{escape(table.name)}</code></a> {escape(title)}</li>'


def _table(content: Content, table: Table, linked: set[str]) -> str:
    key = f"一行由 {'、'.join(f'<code>{escape(name)}</code>' for name in table.key)} 区分。" if table.key else ""
    kind = "视图：汇总快照里的全部县。" if table.view else ""
    rows = "".join(_column(content, table, column, linked) for column in table.columns)
    return (
        f'<h3 id="{_id(table.name)}"><code>{escape(table.schema)}.{escape(table.name)}</code></h3>'
        f"<p>{escape(table.description)}{key}{kind}</p>{_grid(_COLUMN_HEADS, rows, table.name, _COLUMN_WIDTHS)}"
    )


def _column(content: Content, table: Table, column: Column, linked: set[str]) -> str:
    formula = f'<span class="formula">算法：{escape(column.formula)}</span>' if column.formula else ""
    return (
        f'<tr id="{_id(f"{table.name}.{column.name}")}"><th scope="row"><code>{escape(column.name)}</code></th>'
        f"<td>{escape(column.label)}</td><td>{escape(type_text(column))}</td><td>{escape(column.unit)}</td>"
        f"<td>{escape(column.description)}{formula}</td><td>{_clause_links(content, column, linked)}</td>"
        f"<td>{_source_links(content, column)}</td></tr>\n"
    )


def _clause_links(content: Content, column: Column, linked: set[str]) -> str:
    parts: list[str] = []
    for code in (code for code in column.clauses if "." in code):
        clause = content.clause(code)
        text = escape(clause.title if clause else code)
        parts.append(f'<a href="#{_id(code)}">{text}</a>' if code in linked else text)
    return "；".join([*parts, *_indicator_links([code for code in column.clauses if "." not in code], linked)])


def _indicator_links(codes: list[str], linked: set[str]) -> list[str]:
    """B1–B7 with a link to the first of them."""
    return [
        f'<a href="#{_id(text.partition("–")[0].partition("、")[0])}">{escape(text)}</a>'
        if text.partition("–")[0].partition("、")[0] in linked
        else escape(text)
        for text in ranges(codes)
    ]


def _source_links(content: Content, column: Column) -> str:
    fields, indicators = sources_of(content, column)
    parts = [
        f'<a href="#{_id(one.anchor)}">{escape(f"{RECORDS[one.record]}·{one.label}")}</a>'
        if one
        else '<a href="#fields-county_return">县级填报</a>'
        for one in fields
    ]
    figures = [f"{link} 的加数" for link in _indicator_links(indicators, {one.indicator for one in content.figures})]
    return "；".join([*parts, *figures])


def _figures(content: Content) -> str:
    rows: list[str] = []
    last = ""
    for figure in content.figures:
        anchor = f' id="{_id(figure.indicator)}"' if figure.indicator != last else ""
        last = figure.indicator
        clause = content.clause(figure.indicator)
        name = figure.name or (clause.title if clause else "")
        rows.append(
            f'<tr{anchor}><th scope="row">{escape(figure.indicator)}</th><td>{escape(name)}</td>'
            f"<td>{escape(figure.level)}</td><td>{escape(figure.unit)}</td><td>{_formula(figure)}</td></tr>\n"
        )
    return _grid(("指标", "名称", "学段", "单位", "算法"), "".join(rows), "指标", (6, 24, 7, 9, 54))


def _formula(figure: Figure) -> str:
    """The sum in words, each word linked to its field."""
    text = escape(figure.formula)
    addends = {escape(one.label): one.anchor for one in (*figure.numerator, *figure.denominator)}
    # The longest first, and each once behind a mark, so that no label is looked for inside another's link.
    marks: list[str] = []
    for label, anchor in sorted(addends.items(), key=lambda one: (-len(one[0]), one[0])):
        text = text.replace(label, f"\x00{len(marks)}\x00")
        marks.append(f'<a href="#{_id(anchor)}">{label}</a>')
    for number, link in enumerate(marks):
        text = text.replace(f"\x00{number}\x00", link)
    return text


def _fields(content: Content, record: str) -> str:
    rows = "".join(_field(field) for field in content.fields if field.record == record)
    head = f'<h3 id="fields-{_id(record)}">{escape(RECORDS[record])}</h3>'
    return head + _grid(("字段", "名称", "单位", "空格", "报表与表头"), rows, RECORDS[record], (17, 20, 6, 8, 49))


def _field(field: Field) -> str:
    places = "<br>".join(
        f"{escape(edition)} {escape(form)}{f'（{escape(level)}）' if level else ''}：{escape(where)}"
        for edition, level, form, where in field.places
    )
    return (
        f'<tr id="{_id(field.anchor)}"><th scope="row"><code>{escape(field.name)}</code></th>'
        f"<td>{escape(field.label)}</td><td>{escape(field.unit)}</td><td>{escape(field.blank)}</td>"
        f'<td class="small">{places}</td></tr>\n'
    )


def _clauses(clauses: Iterable[Clause]) -> str:
    rows = "".join(
        f'<tr{_clause_anchor(clause)}><th scope="row">{escape(clause.code)}</th><td>{escape(clause.title)}</td>'
        f"<td>{escape(clause.text)}</td><td>{escape(clause.reading)}</td></tr>\n"
        for clause in clauses
    )
    if not rows:
        return "<p>载入之后才有条文。</p>"
    return _grid(("指标或参数", "简称", "条文", "解读"), rows, "条文", (15, 20, 40, 25))


def _clause_anchor(clause: Clause) -> str:
    """Indicators have their anchor at the figures; parameters, and an indicator without figures, here."""
    return f' id="{_id(clause.code)}"' if "." in clause.code else f' id="clause-{_id(clause.code)}"'


def _grid(heads: Iterable[str], rows: str, label: str, widths: Iterable[int]) -> str:
    cols = "".join(f'<col style="width:{width}%">' for width in widths)
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(label)}"><table><colgroup>{cols}</colgroup>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )


def _id(name: str) -> str:
    return escape(name.replace(" ", "_"))
