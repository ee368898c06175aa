"""Hypothesis strategies of made-up counties: kinds of school, what is left blank, who did not report, the seed."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from .county_spec import KINDS, LEVEL_BLANKS, SCHOOL_BLANKS, CountySpec, SchoolSpec, random_school


@st.composite
def counties(draw: st.DrawFn, *, gaps_in_returns: bool = True) -> tuple[CountySpec, int]:
    """A spec and a seed for `write_county`; with `gaps_in_returns`, blanks and absent schools too."""
    seed = draw(st.integers(0, 2**16))
    kinds = ["211", "311", *draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))]
    schools = [random_school(kind, Random(seed + number)) for number, kind in enumerate(kinds)]
    if gaps_in_returns:
        schools = [draw(_with_blanks(school)) for school in schools]
        # Not the first two, lest the county have no section at all.
        absent = draw(st.sampled_from([None, *range(2, len(schools))]))
        if absent is not None and schools[absent].type_code != "361":
            schools[absent] = replace(schools[absent], workbook=False)
    return CountySpec(tuple(schools)), seed


@st.composite
def _with_blanks(draw: st.DrawFn, school: SchoolSpec) -> SchoolSpec:
    """The school with at most two required cells blank, none in most cases."""
    levels = [level for level in school.levels if level != "senior"]
    names = [*SCHOOL_BLANKS, *(f"{level}.{blank}" for level in levels for blank in LEVEL_BLANKS)]
    blanks = draw(st.one_of(st.just([]), st.just([]), st.lists(st.sampled_from(names), max_size=2)))
    return replace(school, blanks=frozenset(blanks)) if school.levels else school
