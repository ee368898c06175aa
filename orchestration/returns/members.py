"""What a layout table does not know and cannot pass over: stated units, and further members of a total.

A figure in another unit than the field's is never rescaled; a class band, degree or grade that no table names makes
the sums wrong, so a number in it is an error. Other unknown rows and columns do not matter and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestration.returns.layout import FieldGroup, FieldPlace, FieldType, field_groups, units
from orchestration.returns.locate import Locator, NotFound, Position
from orchestration.returns.numbers import cast
from orchestration.returns.text import normalise
from orchestration.returns.workbook import Sheet

_MEASURED = frozenset({"money", "area"})  # counts are counts, whatever a form calls them


@dataclass(frozen=True)
class UnknownMember:
    """A row or column that looks like a member of a group and is none the table names. ``known`` are those it names.

    ``position`` is the cell of a row, or the header of a column.
    """

    group: FieldGroup
    label: str
    position: Position
    by_row: bool
    known: str


def differing_unit(locator: Locator, position: Position, what: FieldType) -> tuple[str, Position] | None:
    """The unit stated for a cell where it is not the field's, with the cell that states it."""
    expected = units().get(normalise(what.unit)) if what.unit else None
    if expected is None or expected[0] not in _MEASURED:
        return None
    for stated, where in locator.stated_units(position):
        if units()[stated][0] in _MEASURED:
            return (stated, where) if units()[stated] != expected else None
    return None


def unknown_members(
    sheet: Sheet, locator: Locator, places: Sequence[FieldPlace], level: str | None
) -> Iterator[UnknownMember]:
    """Rows and columns of one level's groups that no field of the form stands for (LAYOUT §0)."""
    for group in field_groups():
        members = [p for p in places if p.record == group.record and p.level == level and p.field in group.fields]
        columns = {place: locator.column(place) for place in members}
        found = [(place, column) for place, column in columns.items() if not isinstance(column, NotFound)]
        if not found:
            continue
        if len({place.row for place, _ in found}) > 1:
            yield from _rows(sheet, locator, group, [place for place, _ in found], found[0][1])
        else:
            yield from _columns(locator, group, found, places)


def _rows(
    sheet: Sheet, locator: Locator, group: FieldGroup, members: list[FieldPlace], column: int
) -> Iterator[UnknownMember]:
    bounds = locator.rows_of_block(members[0])
    if isinstance(bounds, NotFound):
        return
    known = frozenset[str]().union(*(place.row for place in members))
    for row in range(*bounds):
        labels = locator.labels(row, column)
        alien = next((text for text in labels if group.pattern.search(text)), None)
        if alien is not None and not known.intersection(labels) and carries_number(sheet.at(row, column)):
            yield UnknownMember(group, alien, Position(row, column), True, _names(place.row_text for place in members))


def _columns(
    locator: Locator, group: FieldGroup, found: list[tuple[FieldPlace, int]], places: Sequence[FieldPlace]
) -> Iterator[UnknownMember]:
    """Columns beside the known ones: under the same headers, or under none but those of the whole sheet."""
    paths = locator.paths
    parents = {tuple(header.text for header in paths[column][:-1]) for _, column in found}
    first, *others = ({header.text for header in paths[column]} for _, column in found)
    everywhere = first.intersection(*others)
    read = {column for place in places if not isinstance(column := locator.column(place), NotFound)}
    for column, path in enumerate(paths):
        if not path or column in read or not group.pattern.search(path[-1].text):
            continue
        parent = tuple(header.text for header in path[:-1])
        if parent in parents or everywhere.issuperset(parent):
            position = Position(path[-1].row, column)
            yield UnknownMember(group, path[-1].text, position, False, _names(p.column_text for p, _ in found))


def _names(texts: Iterator[str]) -> str:
    return "、".join(text.split("/")[-1].split("|")[0] for text in texts)


def carries_number(raw: object) -> bool:
    """Whether a cell says anything but nought."""
    reading = cast(raw, "count")
    return not reading.blank and (reading.complaint is not None or bool(reading.value))
