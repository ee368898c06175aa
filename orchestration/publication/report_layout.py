"""What stands in the template of the 自评报告: the standing text of the chapters, and where the tags are."""

from __future__ import annotations

from orchestration.publication.make_templates import Draft

_INDENT = 28  # two characters of the body
_LINE = 26
_FINDINGS = [
    ("指标及要求", "{{ i.clause }}", 62),
    ("指标值或简要结论", "{{ line }}", 78),
    ("是否达标", "{{ i.verdict }}#", 20),
]


def fill(draft: Draft) -> None:
    """Write the report's chapters into the draft."""
    draft.style("Title", "黑体", 20, before=0, after=6)
    draft.style("Heading 1", "黑体", 16, before=14, after=6)
    draft.style("Heading 2", "楷体", 14, before=10, after=4)
    draft.style("Caption", "黑体", 10.5, before=6, after=3)
    draft.body("仿宋", 14)
    _head(draft)
    _situation(draft)
    _standing(draft)
    _gaps(draft)
    _measures(draft)
    _plan(draft)
    draft.text("")
    draft.text("{{ paper.county }}人民政府（盖章）", align="right", line=_LINE)
    draft.text("　　　　年　　月　　日", align="right", line=_LINE)


def _body(draft: Draft, text: str) -> None:
    draft.text(text, align="both", indent=_INDENT, line=_LINE)


def _caption(draft: Draft, text: str) -> None:
    draft.text(text, "Caption", align="center")


def _chart(draft: Draft, name: str, caption: str) -> None:
    draft.text(f"{{{{ charts.{name} }}}}", align="center").paragraph_format.keep_with_next = True
    _caption(draft, caption)


def _counts(part: str) -> str:
    tags = {name: f"{{{{ parts.{part}.{name} }}}}" for name in ("indicators", "met", "not_met", "missing")}
    return "{indicators}项中，达标{met}项，不达标{not_met}项，数据缺失{missing}项。".format(**tags)


def _head(draft: Draft) -> None:
    draft.text("{{ paper.mark }}{{ paper.county }}创建全国义务教育优质均衡发展县", "Title", align="center")
    draft.text("自　评　报　告", "Title", align="center")
    draft.text("（{{ paper.school_year }}）", align="center", line=_LINE)
    draft.tag("if paper.provisional")
    _body(draft, "【试算】报送的数据中有错误，有错误的数值按缺报处理。本报告仅供内部核对，不作正式结论。")
    draft.tag("endif")
    _body(
        draft,
        "根据《县域义务教育优质均衡发展督导评估办法》（教督〔2017〕6号），我县以{{ paper.school_year }}初义务教育学校"
        "年报和县、校两级填报数据为依据，对资源配置、政府保障程度、教育质量、社会认可度各项指标和一票否决事项逐项自评。"
        "全部{{ parts.all.indicators }}项中，达标{{ parts.all.met }}项，不达标{{ parts.all.not_met }}项，"
        "数据缺失{{ parts.all.missing }}项；全县自评结论：{{ county.verdict }}。现将有关情况报告如下。",
    )


def _situation(draft: Draft) -> None:
    draft.text("一、基本情况", "Heading 1")
    _body(draft, "全县列入评估名单的学校共{{ schools_total }}所（含教学点、特殊教育学校），按办学类型见表1。")
    draft.tag("for level in levels")
    _body(
        draft,
        "{{ level.name }}：设有{{ level.name }}学段的学校{{ level.sections }}所，其中参加资源配置评估"
        "{{ level.sections_in_scope }}所；教学班{{ level.classes }}个，在校生{{ level.pupils }}人，"
        "专任教师{{ level.teachers }}人{{ level.owed }}。",
    )
    draft.tag("endfor")
    _caption(draft, "表1　全县学校基本情况")
    draft.table(
        [
            ("办学类型", "{{ t.name }}", 40),
            ("学校（所）", "{{ t.schools }}#", 20),
            ("参加资源配置评估（所）", "{{ t.schools_in_scope }}#", 26),
            ("综合达标（所）", "{{ t.schools_met }}#", 22),
            ("小学在校生（人）", "{{ t.primary_pupils }}#", 18),
            ("初中在校生（人）", "{{ t.junior_pupils }}#", 18),
            ("班数（个）", "{{ t.classes }}#", 16),
        ],
        "t in types",
    )


def _standing(draft: Draft) -> None:
    draft.text("二、各项指标达标情况", "Heading 1")
    draft.text("（一）资源配置（B1–B7）", "Heading 2")
    _body(draft, _counts("resources"))
    _body(
        draft,
        "学校综合评估：参加评估的学校中，达标{{ county.schools.met }}所，不达标{{ county.schools.not_met }}所，"
        "数据缺失{{ county.schools.missing }}所。",
    )
    draft.tag("for level in levels")
    _body(
        draft,
        "{{ level.name }}学段综合评估：达标{{ level.sections_met }}所，不达标{{ level.sections_not_met }}所，"
        "数据缺失{{ level.sections_missing }}所。",
    )
    _caption(draft, "表2-{{ loop.index }}　{{ level.name }}资源配置与校际均衡情况（学校数单位：所）")
    draft.table(
        [
            ("指标", "{{ r.indicator }}（{{ r.unit }}）", 34),
            ("标准", "{{ r.standard }}#", 12),
            ("底线", "{{ r.floor }}#", 13),
            ("全县均值", "{{ r.mean }}#", 18),
            ("差异系数", "{{ r.cv }}#", 17),
            ("限值", "{{ r.cv_limit }}#", 11),
            ("均衡", "{{ r.cv_verdict }}#", 18),
            ("达到标准 /评估", "{{ r.met }}/{{ r.judged }}#", 18),
            ("低于 底线", "{{ r.below_floor }}#", 11),
            ("数据 缺失", "{{ r.missing }}#", 11),
        ],
        "r in level.rows",
    )
    draft.tag("endfor")
    _chart(draft, "coefficients", "图1　七项指标差异系数（左：小学；右：初中；虚线为限值，深色为超过限值）")
    _chart(draft, "shares", "图2　达到标准的学校占比，%（左：小学；右：初中；柱上为达标数/评估数，深色为未全部达标）")
    _caption(draft, "表3　资源配置各项指标自评")
    draft.table(
        [
            ("指标及要求", "{{ i.clause }}", 62),
            ("达标情况", "{{ i.statement }}", 78),
            ("是否达标", "{{ i.verdict }}#", 20),
        ],
        "i in resources",
    )
    for heading, part, table in (
        ("（二）政府保障程度（B8–B22）", "guarantee", "表4　政府保障程度各项指标自评"),
        ("（三）教育质量（B23–B31）", "quality", "表5　教育质量各项指标自评"),
        ("（四）社会认可度（C1）", "approval", "表6　社会认可度自评"),
        ("（五）一票否决事项（V）", "veto", "表7　一票否决事项自评"),
    ):
        draft.text(heading, "Heading 2")
        _body(draft, _counts(part))
        _caption(draft, table)
        draft.table(_FINDINGS, f"i in {part}", lines=(1, "line in i.findings"))


def _gaps(draft: Draft) -> None:
    draft.text("三、存在的问题", "Heading 1")
    draft.tag("if shortfalls")
    _body(
        draft,
        "对照标准，问题清单列有不达标{{ county.gaps }}条、数据缺失{{ county.missing }}条。按指标和学段合计见表8，"
        "逐校、逐项的实际值、要求和差额见《问题清单》明细和各校“一校一案”。",
    )
    _caption(draft, "表8　各项指标差距合计")
    draft.table(
        [
            ("指标", "{{ s.indicator }} {{ s.title }}", 44),
            ("学段、项目", "{{ s.what }}", 26),
            ("问题", "{{ s.found }}", 31),
            ("不达标（条）", "{{ s.not_met }}#", 15),
            ("数据缺失（条）", "{{ s.missing }}#", 15),
            ("涉及学校（所）", "{{ s.schools }}#", 15),
            ("差额合计", "{{ s.shortfall }}#", 26),
        ],
        "s in shortfalls",
    )
    draft.tag("if charts.schools_behind")
    _chart(draft, "schools_behind", "图3　各项指标涉及的学校数（所）")
    draft.tag("endif")
    draft.tag("else")
    _body(draft, "对照标准，各项指标均已达标，没有缺报的数据。")
    draft.tag("endif")


def _measures(draft: Draft) -> None:
    draft.text("四、整改措施", "Heading 1")
    draft.tag("if measures")
    _body(draft, "对不达标和数据缺失的指标，逐项明确整改措施、完成时限和责任单位，见表9。")
    _caption(draft, "表9　整改措施、完成时限和责任单位")
    draft.table(
        [
            ("指标", "{{ m.indicator }} {{ m.title }}", 28),
            ("达标情况", "{{ m.statement }}", 48),
            ("整改措施", "{{ m.measure }}", 48),
            ("完成时限", "{{ m.deadline }}", 20),
            ("责任单位", "{{ m.units }}", 24),
        ],
        "m in measures",
    )
    draft.tag("else")
    _body(draft, "没有需要整改的指标，重点是巩固和提高。")
    draft.tag("endif")


def _plan(draft: Draft) -> None:
    draft.text("五、工作计划", "Heading 1")
    draft.tag("if deadlines")
    draft.text("（一）整改时间安排", "Heading 2")
    _caption(draft, "表10　整改时间表")
    draft.table(
        [
            ("完成时限", "{{ d.deadline }}", 34),
            ("完成整改的指标", "{{ d.indicators }}", 76),
            ("责任单位", "{{ d.units }}", 52),
        ],
        "d in deadlines",
    )
    draft.tag("endif")
    draft.tag("if standing")
    draft.text("（二）已达标指标的巩固", "Heading 2")
    _caption(draft, "表11　巩固措施")
    draft.table(
        [
            ("指标", "{{ m.indicator }} {{ m.title }}", 42),
            ("巩固措施", "{{ m.measure }}", 88),
            ("责任单位", "{{ m.units }}", 32),
        ],
        "m in standing",
    )
    draft.tag("endif")
    draft.text("（三）工作要求", "Heading 2")
    for text in (
        "一是加强组织领导。由创建工作领导小组统筹，各责任单位按《创建工作任务分解表》各负其责，定期会商解决困难。",
        "二是落实一校一案。学校逐项对照差额制定路线图和时间表，校长为第一责任人，责任督学跟踪督办、逐项销号。",
        "三是严格数据管理。缺报、错报限期补正，凡数据变动即重新核算；数据缺失的指标一律不作达标处理。",
        "四是强化督导检查。县政府教育督导室按时限检查整改进度并通报，结果纳入年度督导考核。",
    ):
        _body(draft, text)
