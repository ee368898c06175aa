"""表Ⅳ, 表Ⅴ and 表Ⅵ: sentences with their blanks filled, and the questionnaires."""

from __future__ import annotations

from orchestration.publication import wording
from orchestration.publication.book import Book, heights_of, lines_of
from orchestration.publication.forms.reading import Forms
from orchestration.publication.forms.sheet import MISSING, NOTHING, FormSheet, decimals, fixed, shown
from orchestration.publication.reader import Row

_FORMS = (("Ⅳ", "表Ⅳ", "县级人民政府义务教育保障情况表"), ("Ⅴ", "表Ⅴ", "县域义务教育质量情况表"))
# Amounts are kept in 元 and the sentence of B14 speaks of 万元.
_TEN_THOUSAND = 10_000
_STANDARD_PARTS = ("limit", "parameter")
_QUESTIONNAIRES = (
    ("总数（份）", "发放问卷数"),
    ("有效（份）", "有效问卷数"),
    ("满意（份）", "满意问卷数"),
    ("满意度（%）", "满意度"),
)
_VISITS = (("人数（人）", "走访人数"), ("满意（人）", "走访满意人数"), ("满意度（%）", "走访满意度"))


def conclusion_sheets(book: Book, forms: Forms) -> None:
    """表Ⅳ (B8–B22) and 表Ⅴ (B23–B31): name, filled sentence, verdict; one row an indicator."""
    for form, name, title in _FORMS:
        sheet = FormSheet(book, name, title, [36, 56, 11], landscape=False)
        for column, text in enumerate(("名称", "指标值或简要结论", "是否达标")):
            sheet.head((2, column), text)
        sheet.head_done(2, 2, [24])
        for indicator, blanks in forms.blanks.items():
            if blanks[0]["form"] == form:
                _conclusion(sheet, forms.verdicts[indicator], blanks)
        sheet.notes(
            [
                f"横线上为填报或计算的数；“{MISSING}”为应填未填，“{NOTHING}”为不涉及。是否达标按未舍入的数值判定。",
                _second_retention(forms) if form == "Ⅴ" else "",
            ]
        )
        sheet.finish()


def recognition_sheet(book: Book, forms: Forms) -> None:
    """表Ⅵ: questionnaires and visits; who of them are parents is not collected."""
    sheet = FormSheet(book, "表Ⅵ", "义务教育社会认可度调查情况表", [18, *[15] * 7])
    sheet.head((2, 0), "项目", (2, 1))
    sheet.head((2, 1), "问卷调查", (1, len(_QUESTIONNAIRES)))
    sheet.head((2, 1 + len(_QUESTIONNAIRES)), "实地走访", (1, len(_VISITS)))
    items = (*_QUESTIONNAIRES, *_VISITS)
    for column, (text, _) in enumerate(items, 1):
        sheet.head((3, column), text)
    sheet.head_done(2, 3, [24, 30], 1)
    sheet.put((sheet.next, 0), "计")
    sheet.put((sheet.next + 1, 0), "其中：家长")
    for column, (text, item) in enumerate(items, 1):
        value, form = _recognition(forms.recognition.get(item, {}), percent=text.endswith("（%）"))
        sheet.put((sheet.next, column), value, form)
        sheet.put((sheet.next + 1, column), NOTHING)
    sheet.heights([32, 32])
    verdict = wording.VERDICTS.get(str(forms.verdicts.get("C1", {}).get("verdict")), wording.VERDICTS["missing"])
    sheet.notes(
        [
            f"社会认可度按有效问卷中满意的比例判定：{verdict}。实地走访只列出，不作判定。",
            "“其中：家长”没有单独收集。",
        ]
    )
    sheet.finish()


def sentence_of(blanks: list[Row]) -> list[tuple[str, bool]]:
    """The sentence of an indicator as (text, whether it fills a blank)."""
    pieces: list[tuple[str, bool]] = []
    for blank in blanks:
        pieces.append((wording.joined(blank["before"]), False))
        if blank["part"] is not None:
            part = str(blank["part"])
            filled = _filled(blank)
            # What the standard itself says is printed, as a statement is; only what is reported fills a blank.
            if part in _STANDARD_PARTS or part == "statement":
                pieces.append((filled, False))
            else:
                pieces.append((f" {filled} ", True))
    return pieces


def _conclusion(sheet: FormSheet, verdict: Row, blanks: list[Row]) -> None:
    pieces = sentence_of(blanks)
    if verdict["missing_statement"] and blanks[0]["part"] != "statement":
        pieces.append((f"（其中{wording.joined(verdict['missing_statement']).rstrip('。')}）", False))
    name = wording.joined(verdict["clause"] or verdict["title"])
    indicator = str(verdict["indicator"])
    name = name if name.startswith(indicator) else f"{indicator} {name}"
    text = wording.clean("".join(piece for piece, _ in pieces))
    heights = heights_of(max(lines_of(text, sheet.widths[1]), lines_of(name, sheet.widths[0])))
    row, rows = sheet.next, len(heights)
    sheet.label((row, 0), name, (rows, 1))
    sheet.sentence((row, 1), pieces, rows)
    sheet.put((row, 2), wording.VERDICTS[str(verdict["verdict"])], size=(rows, 1))
    sheet.heights(heights, 32 if rows == 1 else 0)


def _filled(blank: Row) -> str:
    """What stands in the blank: never a nought for a missing value, never rounded across the limit."""
    if blank["state"] == "missing":
        return MISSING
    if blank["state"] == "none":
        return NOTHING
    value = blank["value"]
    if not isinstance(value, int | float):
        return wording.joined(blank["text"])
    number, limit, printed = float(value), blank["required"], blank["printed"]
    if printed == "percent":
        number *= 100
        limit = limit * 100 if isinstance(limit, int | float) else None
        return _rounded(number, decimals(1, number, limit))
    if printed == "ten_thousands":
        return wording.trimmed(number / _TEN_THOUSAND, 6)
    if printed == "stated":
        return wording.trimmed(number, 4)
    return wording.trimmed(number, decimals(0, number, limit))


def _rounded(number: float, places: int) -> str:
    """Half up on decimals, with its trailing zeros: 100.0, 11.5."""
    whole, _, fraction = wording.trimmed(number, places).partition(".")
    return f"{whole}.{fraction.ljust(1, '0')}"


def _recognition(row: Row, *, percent: bool) -> tuple[object, str]:
    value = row.get("value")
    if not percent:
        return shown(value), "0"
    if not isinstance(value, float):
        return (NOTHING if row.get("denominator") == 0 else MISSING), "0"
    number = round(value * 100, 10)
    return number, fixed(1)


def _second_retention(forms: Forms) -> str:
    """B23 by the other formula in use, for information."""
    row = forms.retention
    if row is None or not isinstance(row["value"], float):
        return ""
    share = _rounded(row["value"] * 100, 1)
    return f"另一算法〔（毕业班－转入＋转出）÷（三年前入学－死亡）〕的三年巩固率为 {share}%，只供参考。"
