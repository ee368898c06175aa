"""What errors leave nobody to trust, taken out of use: it becomes missing, so that a provisional load can go on.

Two figures that disagree are both in doubt, a return handed in twice is in doubt as a whole. A school of which not
even the kind is sure any more stays on the roster, as one that has not reported. Without ``--provisional`` a partition
with an error is refused, and nothing here shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestration.returns.faults import Disagreement, Fault, Place
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.values import ERROR, Value

_KIND = frozenset({"type_code", "counted_as_school"})  # what decides whether, and on what, a school is judged
_CONCERN_OF_CATCHMENT = frozenset({"operator_code", "urban_rural_code"})  # B20 asks 公办 in city and town only
_CATCHMENT = "_in_catchment"


class Doubted:
    """Places in doubt: of every error its cell and all that it names, and further ones."""

    def __init__(self, faults: Iterable[Fault], further: Iterable[Place] = ()) -> None:
        errors = [found for found in faults if found.severity == "error"]
        self._places: set[Place] = {(found.file, found.sheet, found.cell) for found in errors if found.cell}
        self._places.update(place for found in errors if isinstance(found, Disagreement) for place in found.doubts)
        self._places.update(further)

    def __bool__(self) -> bool:
        return bool(self._places)

    def __contains__(self, place: Place) -> bool:
        file, sheet, _ = place
        return bool(self._places) and not self._places.isdisjoint((place, (file, sheet, None), (file, None, None)))


def take_out(doubted: Doubted, values: Iterable[Value], schools: dict[str, SchoolReturn]) -> dict[str, str]:
    """Blank every value in doubt. Schools that then cannot be judged leave ``schools``; returns their names by code."""
    if not doubted:
        return {}
    unsure: set[str] = set()
    catchment: list[Value] = []
    of_unknown_concern: set[str] = set()
    for value in values:
        if value.place in doubted:
            value.value, value.state = None, ERROR
        if value.record == "school" and value.state == ERROR:
            if value.field in _KIND:
                unsure.add(value.record_id)
            elif value.field in _CONCERN_OF_CATCHMENT:
                of_unknown_concern.add(value.record_id)
        elif value.record == "supplement" and value.field.endswith(_CATCHMENT):
            catchment.append(value)
    for value in catchment:
        if value.record_id in of_unknown_concern:
            value.value, value.state = None, ERROR
    return dict(_set_aside(schools, unsure))


def _set_aside(schools: dict[str, SchoolReturn], unsure: set[str]) -> Iterator[tuple[str, str]]:
    """Schools of no sure kind, and campuses that joined no school: those are nobody's section."""
    for code in [code for code, school in schools.items() if code in unsure or school.is_campus]:
        yield code, schools.pop(code).name or code
