"""A figure's way back: the sum written out, and the cells it came from, each in its piece of the sheet where shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.publication import wording
from orchestration.publication.figures import Figure
from orchestration.publication.reader import Row
from orchestration.publication.wording import RATIO_UNIT
from orchestration.returns.excerpts import Excerpt, Place
from orchestration.site.facts import Facts, FigureKey
from orchestration.site.words import NOT_REPORTED, NOTHING, plain

Excerpts = Mapping[tuple[str, str, str], Excerpt]

_ROOM = "room"
_HUNDRED = "/百名学生"
_PLAIN_WEIGHTS = {"×1": "", "−1": "−"}


@dataclass(frozen=True)
class Piece:
    """A piece of a sheet with the cells in question marked (addresses such as E10)."""

    file: str
    sha256: str
    excerpt: Excerpt
    marked: frozenset[str]

    @property
    def cells(self) -> str:
        """The marked addresses, as written in a caption."""
        return "、".join(sorted(self.marked, key=lambda cell: (len(cell), cell)))


@dataclass(frozen=True)
class Sum:
    """One figure as its page shows it. ``lines`` is the sum in words and signs, ``addends`` the trace's rows,
    ``judged`` the tests it was put to, ``gaps`` its rows of the gap list, ``absent`` cells whose piece cannot be
    shown."""

    key: FigureKey
    figure: Figure | None
    judged: Sequence[Row]
    gaps: Sequence[Row]
    lines: Sequence[str] = ()
    addends: Sequence[Row] = ()
    pieces: Sequence[Piece] = ()
    absent: Sequence[Row] = field(default_factory=lambda: [])

    @property
    def verdict(self) -> str | None:
        """The worst verdict of its tests; None where nothing judges it."""
        found = {str(row["verdict"]) for row in self.judged}
        return next((one for one in ("not_met", "missing", "met") if one in found), None)


def make_sum(
    key: FigureKey, figure: Figure | None, judged: Sequence[Row], gaps: Sequence[Row], excerpts: Excerpts
) -> Sum:
    """Put a figure, its tests and the pieces of sheets together; pieces are shown for gaps only."""
    if figure is None:
        return Sum(key, None, judged, gaps)
    addends = addends_of(figure)
    pieces, absent = _pieces(cells_of(addends), excerpts) if gaps else ([], [])
    return Sum(key, figure, judged, gaps, written_out(figure), addends, pieces, absent)


def addends_of(figure: Figure) -> list[Row]:
    """The trace's rows that stand in cells: addends and conclusions, not the totals."""
    return [row for row in figure.rows if row["role"] in {"addend", "conclusion"}]


def cells_of(addends: Sequence[Row]) -> list[Row]:
    """The addends whose cells are shown: a county's sum over schools is shown at each school, not once more."""
    over_schools = len({row["school_code"] for row in addends if row["school_code"]}) > 1
    return [row for row in addends if row["cell"] and not (over_schools and row["school_code"])]


def cells_wanted(facts: Facts) -> dict[str, list[Place]]:
    """The cells to be shown in their sheets, by file: those of every figure on the gap list."""
    places: dict[str, list[Place]] = {}
    for subject, figures in facts.figures.items():
        for key in facts.gap_keys(subject):
            figure = figures.get(key)
            if figure is None:
                continue
            for row in cells_of(addends_of(figure)):
                cells = places.setdefault(str(row["file"]), [])
                place = (str(row["sheet"]), str(row["cell"]))
                if place not in cells:
                    cells.append(place)
    return places


def written_out(figure: Figure) -> list[str]:
    """The sum, a line each for the value, the numerator and the denominator."""
    totals = {str(row["role"]): row for row in figure.rows if row["role"] in {"numerator", "denominator"}}
    numerator, denominator = totals.get("numerator"), totals.get("denominator")
    is_ratio = denominator is not None and ("/" in (figure.unit or "") or figure.unit == RATIO_UNIT)
    lines: list[str] = []
    if is_ratio and numerator is not None and denominator is not None:
        hundred = " × 100" if _HUNDRED in (figure.unit or "") else ""
        parts = f"{plain(numerator['value'])} ÷ {plain(denominator['value'])}{hundred}"
        lines.append(f"值 = 分子 ÷ 分母{hundred} = {parts} = {_value(figure)}")
    for part, total, name in (
        ("numerator", numerator, "分子" if is_ratio else "实际"),
        ("denominator", denominator, "分母" if is_ratio else "要求所依"),
    ):
        if total is not None:
            addends = [row for row in figure.rows if row["role"] == "addend" and row["part"] == part]
            lines.append(f"{name} = {_addition(addends, total['value'])}")
    return lines


def _value(figure: Figure) -> str:
    return NOTHING if figure.value is None else wording.figure(figure.value, figure.unit, None, 4)


def _addition(addends: Sequence[Row], total: object) -> str:
    if addends and all(row["record"] == _ROOM for row in addends):
        return f"计入的专用教室 {plain(total)} 间（共列 {len(addends)} 间）"
    terms = [term(row) for row in addends if row["weight"] != 0.0]
    if len(terms) > 12:
        return f"{len(terms)} 项之和 = {plain(total)}"
    joined = " ＋ ".join(terms).replace("＋ −", "− ")
    return plain(total) if not terms or terms == [plain(total)] else f"{joined} = {plain(total)}"


def term(row: Row) -> str:
    """An addend as it enters the sum: 7587.4, −820, 23226×(166/(166+1.1×210))."""
    value = NOT_REPORTED if row["value"] is None else plain(row["value"])
    text = wording.joined(row["weight_text"]) or "×1"
    if text in _PLAIN_WEIGHTS:
        return f"{_PLAIN_WEIGHTS[text]}{value}"
    return f"{value}{text}"


def _pieces(addends: Sequence[Row], excerpts: Excerpts) -> tuple[list[Piece], list[Row]]:
    """The pieces that show the addends' cells, a cell that another piece shows marked there, and what has none."""
    places: dict[tuple[str, str, str], Row] = {}
    for row in addends:
        if row["file"] and row["sheet"] and row["cell"]:
            places.setdefault((str(row["file"]), str(row["sheet"]), str(row["cell"])), row)
    shown: list[tuple[str, str, Excerpt, set[str]]] = []
    absent: list[Row] = []
    for (file, sheet, cell), row in places.items():
        for other_file, _, excerpt, marked in shown:
            if (other_file, excerpt.sheet) == (file, sheet) and cell in _addresses(excerpt):
                marked.add(cell)
                break
        else:
            excerpt = excerpts.get((file, sheet, cell))
            if excerpt is None:
                absent.append(row)
            else:
                shown.append((file, wording.joined(row["sha256"]), excerpt, {cell}))
    return [Piece(file, sha256, excerpt, frozenset(marked)) for file, sha256, excerpt, marked in shown], absent


def _addresses(excerpt: Excerpt) -> set[str]:
    return {f"{letter}{number}" for number, _, _ in excerpt.rows for letter in excerpt.columns}
