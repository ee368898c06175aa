"""Build the pages of one year and county into a folder that stands by itself: copied to a stick, it works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from orchestration.publication import wording
from orchestration.publication.papers import Heading
from orchestration.publication.reader import VERDICTS, Row
from orchestration.publication.wording import INDICATORS, SECTION_INDICATORS
from orchestration.site import words
from orchestration.site.facts import LEVELS, Facts, FigureKey, figure_key, grouped, in_order
from orchestration.site.near import NEAR_COEFFICIENT, NEAR_SHARE
from orchestration.site.rendering import PACKAGE, environment
from orchestration.site.sentences import sentence
from orchestration.site.sums import Excerpts, Sum, make_sum

ASSETS = "assets"
# Written empty; the front page fills it in, so that only a county that has one leads back to it.
FRONT_SCRIPT = "front.js"
DATA_DOCS = "data_docs"
PAPERS = "papers"
DICTIONARY = "dictionary.html"
# What may lie in the folder of papers, and what it is called.
PAPER_NAMES = {
    "gap_list.xlsx": "问题清单（Excel）",
    "gap_list.docx": "问题清单（Word）",
    "forms.xlsx": "官方表册：表Ⅰ–表Ⅵ（Excel）",
    "self_assessment.docx": "自评报告（Word）",
    "task_decomposition.xlsx": "创建工作任务分解表（Excel）",
    "dictionary.xlsx": "数据字典（Excel）",
}

# Where a page that is copied in leads back. Among the papers there is no site beside it: there it is but a comment.
_WAY_BACK = "<!-- way back -->"
_COUNTY_ASSETS = ("site.css", "site.js", "charts.js", "vega.js", "vega-LICENSE.txt")
_MOST_CHANGES = 200
# End tags that HTML lets one leave out before the next cell or row: a twelfth of all bytes.
_OMISSIBLE = re.compile(r"(?:</t[dhr]>\s*)+(?=<t[dhr][ >]|</t(?:head|body|able)>)")
_GROUPS = (
    *(wording.PARTS[part] for part in ("resources", "guarantee", "quality")),
    ("社会认可度与一票否决", wording.PARTS["approval"][1] + wording.PARTS["veto"][1]),
)
_NAVIGATION = (
    ("index.html", "总览"), ("gaps.html", "问题清单"), ("index.html#glance", "指标"), ("schools.html", "学校"),
    ("faults.html", "数据质询"),
)  # fmt: skip


def build_county_site(
    folder: Path,
    facts: Facts,
    heading: Heading,
    excerpts: Excerpts,
    *,
    data_docs: Path | None = None,
    papers: Path | None = None,
    dictionary: Path | None = None,
) -> Path:
    """Write every page of one year and county into ``folder``, which must be empty or not there; returns index.html.

    ``excerpts`` are the pieces of sheets around the cells of gaps (``sums.cells_wanted`` says which). ``data_docs``
    (a folder), ``papers`` (a folder that holds some of PAPER_NAMES) and ``dictionary`` (a page) are copied in and
    linked where they are there. The same rows give the same bytes. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy_assets(folder / ASSETS, _COUNTY_ASSETS)
    (folder / ASSETS / FRONT_SCRIPT).write_text("", encoding="utf-8")
    links = list(_copy_papers(folder, data_docs, papers, dictionary))
    site = _Site(folder, facts, heading, excerpts, links)
    site.write_all()
    return folder / "index.html"


def copy_assets(target: Path, names: Iterable[str]) -> None:
    """Put styles and scripts where the pages look for them."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(PACKAGE / "static" / name, target / name)


def _copy_papers(
    folder: Path, data_docs: Path | None, papers: Path | None, dictionary: Path | None
) -> Iterable[tuple[str, str]]:
    for name, title in PAPER_NAMES.items():
        if papers is not None and (papers / name).is_file():
            (folder / PAPERS).mkdir(exist_ok=True)
            shutil.copyfile(papers / name, folder / PAPERS / name)
            yield f"{PAPERS}/{name}", title
    if data_docs is not None and (data_docs / "index.html").is_file():
        shutil.copytree(data_docs, folder / DATA_DOCS, dirs_exist_ok=True)
        _lead_back(folder / DATA_DOCS / "index.html", "../index.html")
        yield f"{DATA_DOCS}/index.html", "核查文档（逐项检验，Great Expectations）"
    if dictionary is not None and dictionary.is_file():
        shutil.copyfile(dictionary, folder / DICTIONARY)
        _lead_back(folder / DICTIONARY, "index.html")
        yield DICTIONARY, "数据字典"


def _lead_back(page: Path, href: str) -> None:
    text = page.read_text(encoding="utf-8")
    link = f'<a class="crumbs" href="{href}">← 总览</a>'
    page.write_text(text.replace(_WAY_BACK, link, 1), encoding="utf-8", newline="\n")


class _Site:
    """One county's pages in the making."""

    def __init__(
        self, folder: Path, facts: Facts, heading: Heading, excerpts: Excerpts, links: Sequence[tuple[str, str]]
    ) -> None:
        self._folder, self._facts, self._excerpts, self._links = folder, facts, excerpts, links
        self._directions = {
            (row["indicator"], row["test"], row["level"], row["item"]): row["direction"] for row in facts.tests
        }
        navigation = [*_NAVIGATION, *((href, "核查文档") for href, _ in links if href.startswith(DATA_DOCS))]
        navigation += [(href, "数据字典") for href, _ in links if href == DICTIONARY]
        self._shared: dict[str, object] = {
            "place": heading.place,
            "county": facts.county,
            "year": facts.year,
            "county_name": heading.county_name or facts.county,
            "standard": heading.standard,
            "fingerprint": heading.fingerprint,
            "provisional": heading.provisional,
            "navigation": navigation,
            "marks": words.MARKS,
            "titles": facts.titles,
            "summary": facts.summary,
            "directions": self._directions,
            "digests": facts.digests,
            "queries": len(facts.open_queries),
            "towns": sorted({town for town in facts.towns.values() if town}),
        }

    def write_all(self) -> None:
        """Every page of the county."""
        self._overview()
        for row in self._facts.verdicts:
            self._indicator(row)
        for school in self._facts.schools:
            self._school(school)
            self._figures(school)
        self._lists()

    def _write(self, path: str, template: str, here: str, **values: object) -> None:
        root = "../" * path.count("/")
        target = self._folder / path
        target.parent.mkdir(exist_ok=True)
        made = environment().get_template(template)
        text = made.render(**self._shared, root=root, here=here, sentence_of=self._sentence, **values)
        target.write_text(_OMISSIBLE.sub("", text), encoding="utf-8", newline="\n")

    def _sentence(self, row: Row) -> str:
        indicator = str(row["indicator"])
        direction = self._directions.get((row["indicator"], row["test"], row["level"], row["item"]))
        return sentence(row, self._facts.titles.get(indicator, indicator), direction)

    def _overview(self) -> None:
        facts = self._facts
        order = {"verdict": 0, "file": 1, "value": 2}
        changes = sorted(facts.changes, key=lambda row: order.get(str(row["kind"]), len(order)))
        groups = [(name, [row for row in facts.verdicts if row["indicator"] in wanted]) for name, wanted in _GROUPS]
        kinds = grouped(changes, "kind")
        self._write(
            "index.html",
            "overview.html",
            "总览",
            counts={"indicators": _tally(facts.verdicts), "balance": _tally(facts.balance)},
            verdicts=facts.verdicts,
            groups=groups,
            gap_counts={indicator: len(rows) for indicator, rows in facts.gaps_by_indicator.items()},
            near=facts.near,
            near_share=NEAR_SHARE,
            near_coefficient=NEAR_COEFFICIENT,
            changes=changes[:_MOST_CHANGES],
            more_changes=len(changes) > _MOST_CHANGES,
            changes_said="，".join(f"{words.word(kind, 'kind')} {len(rows)} 项" for kind, rows in kinds.items()),
            open_queries=facts.open_queries,
            links=self._links,
        )

    def _indicator(self, row: Row) -> None:
        facts, indicator = self._facts, str(row["indicator"])
        of_sections = indicator in SECTION_INDICATORS
        balance = [one for one in facts.balance if one["indicator"] == indicator]
        limits: dict[str, dict[str, object]] = {}
        for level in LEVELS:
            found = {
                test: (facts.limits.get((indicator, level, test)) or {}).get("limit_value")
                for test in ("standard", "floor", "balance")
            }
            mine: Row = next((one for one in balance if one["level"] == level), {"mean": None, "cv": None})
            limits[level] = {**found, "mean": mine["mean"], "cv": mine["cv"]}
        metrics = facts.metrics_by_indicator.get(indicator, [])
        judged = [] if of_sections else facts.judged_by_indicator.get(indicator, [])
        sums = [] if of_sections else self._sums(facts.county, indicator)
        at = facts.verdicts.index(row)
        self._write(
            f"indicators/{indicator}.html",
            "indicator.html",
            "指标",
            indicator=indicator,
            row=row,
            of_sections=of_sections,
            unit=next((one["unit"] for one in facts.tests_of.get(indicator, []) if one["test"] == "standard"), ""),
            balance=balance,
            limits=limits,
            levels_there=[level for level in LEVELS if any(one["level"] == level for one in metrics)],
            levels_judged=[level for level in LEVELS if any(one["level"] == level for one in judged)],
            sections=[self._with_tests(one) for one in metrics],
            county_rows=[one for one in facts.county_metrics if one["indicator"] == indicator],
            judged=judged,
            town_of=facts.towns,
            sums=sums,
            numbers=_file_numbers(sums),
            gaps=facts.gaps_by_indicator.get(indicator, []),
            tests=facts.tests_of.get(indicator, []),
            parameters=[one for one in facts.parameters if one["indicator"] == indicator],
            before=facts.verdicts[at - 1]["indicator"] if at else None,
            after=facts.verdicts[at + 1]["indicator"] if at + 1 < len(facts.verdicts) else None,
        )

    def _with_tests(self, metric: Row) -> tuple[Row, Row, Row]:
        key = (str(metric["school_code"]), str(metric["level"]), str(metric["indicator"]))
        none: Row = {"required": None, "ratio": None, "shortfall": None, "unit": None}
        tests = self._facts.value_tests
        return metric, tests.get((*key, "standard"), none), tests.get((*key, "floor"), none)

    def _school(self, school: Row) -> None:
        facts, code = self._facts, str(school["school_code"])
        gaps = facts.gaps_of.get(code, [])
        self._write(
            f"schools/{words.file_stem(code)}.html",
            "school.html",
            "学校",
            school=school,
            stem=words.file_stem(code),
            sections=facts.sections_of.get(code, []),
            values=[self._with_tests(one) for one in facts.metrics_of.get(code, [])],
            others=[
                one
                for one in facts.judged_of.get(code, [])
                if one["indicator"] not in SECTION_INDICATORS or one["unreported"]
            ],
            gaps=gaps,
            measures=list({str(one["indicator"]): one for one in reversed(gaps)}.values())[::-1],
            faults=facts.faults_of.get(code, []),
            school_files=facts.files_of.get(code, []),
        )

    def _figures(self, school: Row) -> None:
        sums = self._sums(str(school["school_code"]))
        self._write(
            f"figures/{words.file_stem(str(school['school_code']))}.html",
            "figures.html",
            "学校",
            school=school,
            sums=sums,
            numbers=_file_numbers(sums),
        )

    def _sums(self, subject: str, indicator: str | None = None) -> list[Sum]:
        facts = self._facts
        figures = facts.figures.get(subject, {})
        judged: dict[FigureKey, list[Row]] = {}
        for one in facts.judged_of.get(subject, []):
            judged.setdefault(figure_key(one), []).append(one)
        gaps: dict[FigureKey, list[Row]] = {}
        for one in facts.gaps_of.get(subject, []):
            gaps.setdefault(figure_key(one), []).append(one)
        keys = [key for key in in_order({*figures, *judged, *gaps}) if indicator in {None, key[0]}]
        return [make_sum(key, figures.get(key), judged.get(key, []), gaps.get(key, []), self._excerpts) for key in keys]

    def _lists(self) -> None:
        facts = self._facts
        units: dict[str, None] = {}
        for gap in facts.gaps:
            names = gap["responsible_units"]
            if isinstance(names, list):
                units.update(dict.fromkeys(str(name) for name in names))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        self._write(
            "gaps.html",
            "gaps.html",
            "问题清单",
            gaps=facts.gaps,
            indicators=[one for one in INDICATORS if one in facts.gaps_by_indicator],
            units=list(units),
            tests=list(dict.fromkeys(words.word(gap["test"], "test") for gap in facts.gaps)),
        )
        self._write(
            "schools.html",
            "schools.html",
            "学校",
            schools=facts.schools,
            types=sorted({str(one["type_name"] or one["type_code"] or "") for one in facts.schools} - {""}),
            gap_counts={code: len(rows) for code, rows in facts.gaps_of.items()},
        )
        self._write(
            "faults.html",
            "faults.html",
            "数据质询",
            faults=facts.faults,
            severities=list(dict.fromkeys(words.word(one["severity"], "severity") for one in facts.faults)),
        )


def _tally(rows: Sequence[Row]) -> Mapping[str, int]:
    return {verdict: sum(1 for row in rows if row["verdict"] == verdict) for verdict in VERDICTS}


def _file_numbers(sums: Sequence[Sum]) -> dict[str, int]:
    """The files of a page, numbered as they first come."""
    names = dict.fromkeys(str(row["file"]) for one in sums for row in one.addends if row["file"])
    return {name: number for number, name in enumerate(names, 1)}
