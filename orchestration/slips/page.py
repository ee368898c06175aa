"""A slip as one printable page: A4, no outside reference, every text of a return escaped."""

from __future__ import annotations

from html import escape

from orchestration.returns.excerpts import Excerpt
from orchestration.slips.slip import WORDS, Item, Slip

_STYLE = """
@page { size: A4; margin: 16mm 14mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.55 "SimSun", "Songti SC", "Noto Serif CJK SC", serif; color: #111; margin: 0 auto;
  max-width: 182mm; padding: 6mm 0; }
h1, h2, .kind, th { font-family: "SimHei", "Heiti SC", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 20pt; text-align: center; letter-spacing: .4em; margin: 0 0 2mm .4em; }
.school { text-align: center; font-size: 13pt; margin: 0 0 3mm; }
.lead, .files { margin: 0 0 2mm; }
.files { font-size: 9pt; color: #444; overflow-wrap: anywhere; }
section { border: 1px solid #888; margin: 0 0 4mm; break-inside: avoid; }
h2 { font-size: 11pt; margin: 0; padding: 1.5mm 3mm; background: #eee; border-bottom: 1px solid #888;
  overflow-wrap: anywhere; }
.kind { display: inline-block; border: 1px solid currentColor; padding: 0 1.5mm; margin-right: 2mm; }
.error .kind { color: #a40000; } .missing .kind { color: #8a5a00; } .query .kind { color: #00508a; }
dl { display: grid; grid-template-columns: 20mm 1fr; margin: 0; padding: 2mm 3mm; gap: .5mm 2mm; }
dt { color: #444; } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.mend { font-weight: bold; }
table { border-collapse: collapse; width: calc(100% - 6mm); margin: 0 3mm 3mm; font-size: 8.5pt; table-layout: fixed; }
th, td { border: 1px solid #aaa; padding: .6mm 1.2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f6f6f6; font-weight: normal; }
th.number { width: 9mm; text-align: center; } th.label { width: 34mm; }
td.marked { outline: 2.5px solid #a40000; outline-offset: -2px; background: #fff3c4; font-weight: bold; }
.answer { margin: 0 3mm 3mm; border-bottom: 1px solid #888; height: 9mm; color: #444; }
.sign { display: flex; justify-content: space-between; margin-top: 8mm; }
@media print { body { padding: 0; } section, td.marked { print-color-adjust: exact; } }
"""


def page(slip: Slip) -> str:
    """The whole page."""
    title = f"退回单 {slip.name} {slip.code}"
    files = "；".join(f"{file}（sha256 {sha256[:12]}）" for file, sha256 in slip.files if sha256)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>退回单</h1>
<p class="school">{escape(slip.name)}　{escape(slip.code)}</p>
<p class="lead">{escape(slip.lead)}</p>
{f'<p class="files">所核文件：{escape(files)}</p>' if files else ""}
{"".join(_item(number, item) for number, item in enumerate(slip.items, 1))}
<p class="sign"><span>填报人：＿＿＿＿＿＿</span><span>负责人：＿＿＿＿＿＿</span><span>日期：＿＿＿＿＿＿</span></p>
</body>
</html>
"""


def _item(number: int, item: Item) -> str:
    fault = item.fault
    rows = [
        ("项目", fault.field, ""), ("问题", item.problem, ""), ("现在填的", item.found, ""),
        ("应为", fault.expected, ""), ("怎样改", item.remedy, "mend"),
    ]  # fmt: skip
    lines = "".join(
        f'<dt>{head}</dt><dd class="{style}">{escape(text)}</dd>' for head, text, style in rows if text is not None
    )
    answer = '<p class="answer">说明：</p>' if fault.severity == "query" else ""
    return (
        f'<section class="{fault.severity}"><h2>{number}. <span class="kind">{WORDS[fault.severity]}</span>'
        f"{escape(item.place)}</h2><dl>{lines}</dl>{_table(item.excerpt) if item.excerpt else ''}{answer}</section>\n"
    )


def _table(excerpt: Excerpt) -> str:
    letters = "".join(f"<th>{letter}</th>" for letter in excerpt.columns)
    heads = "".join(f"<th>{escape(text)}</th>" for text in excerpt.headers)
    body = "".join(
        f'<tr><th class="number">{number}</th><th class="label">{escape(label)}</th>'
        + "".join(
            f'<td class="marked">{escape(text)}</td>' if f"{letter}{number}" == excerpt.marked
            else f"<td>{escape(text)}</td>"
            for letter, text in zip(excerpt.columns, cells, strict=True)
        )
        + "</tr>"
        for number, label, cells in excerpt.rows
    )  # fmt: skip
    return (
        f'<table><thead><tr><th class="number"></th><th class="label">行标</th>{letters}</tr>'
        f'<tr><th class="number"></th><th class="label">表头</th>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )
