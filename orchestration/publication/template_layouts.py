"""What stands in the two templates, from top to bottom: the standing text, and where the tags are."""

from __future__ import annotations

from orchestration.publication.make_templates import Draft

_UNREPORTED = (
    "本校列入学校名单，但未报送本学年年报，各项指标均为数据缺失，不能判定，也不算达标。"
    "请立即补报《义务教育学校年报》工作簿；补报并重新载入后，另出本校正式的一校一案。"
)


def school_plan() -> bytes:
    """一校一案, A4 upright, one to three pages a school."""
    draft = Draft(10.5, 9, (18, 18, 25, 18))
    draft.style("Title", "黑体", 18, before=0, after=2)
    draft.style("Heading 1", "黑体", 12, before=10, after=4)
    draft.style("Heading 2", "黑体", 10.5, before=6, after=3)
    draft.text("{{ paper.mark }}{{ school.name }}", "Title", align="center")
    draft.text(
        "创建全国义务教育优质均衡发展县“一校一案”（{{ paper.county }}　{{ paper.school_year }}）",
        align="center",
        size=12,
    )
    draft.form(
        [
            [("标识码", 22, True), ("{{ school.code }}", 36, False), ("办学类型", 22, True),
             ("{{ school.type }}", 36, False), ("举办者", 22, True), ("{{ school.operator }}", 36, False)],
            [("所在乡镇", 22, True), ("{{ school.town }}", 36, False), ("建校年份", 22, True),
             ("{{ school.built_year }}", 36, False), ("寄宿制", 22, True), ("{{ school.boarding }}", 36, False)],
            [("小学在校生", 22, True), ("{{ school.primary_pupils }}", 36, False), ("初中在校生", 22, True),
             ("{{ school.junior_pupils }}", 36, False), ("班数", 22, True), ("{{ school.classes }}", 36, False)],
            [("学校综合", 22, True), ("{{ school.verdict }}", 36, False), ("问题", 22, True),
             ("{{ problems|length }} 项指标", 36, False), ("待说明", 22, True),
             ("{{ questions|length }} 条", 36, False)],
        ]
    )  # fmt: skip
    draft.text("一、资源配置七项指标", "Heading 1")
    draft.tag("if school.unreported")
    draft.text(_UNREPORTED, indent=21)
    draft.tag("endif")
    draft.tag("if school.scope_reason")
    draft.text("不参加资源配置评估：{{ school.scope_reason }}。其余指标仍按规定判定。", indent=21)
    draft.tag("endif")
    draft.tag("for section in sections")
    draft.text("{{ section.level }}（在校生 {{ section.pupils }}，班数 {{ section.classes }}）", "Heading 2")
    draft.table(
        [
            ("指标", "{{ r.indicator }} {{ r.title }}（{{ r.unit }}）", 52),
            ("实际", "{{ r.value }}#", 18),
            ("标准", "{{ r.standard }}#", 15),
            ("底线", "{{ r.floor }}#", 15),
            ("结论", "{{ r.verdict }}#", 24),
            ("距标准还差", "{{ r.shortfall }}#", 25),
            ("距底线还差", "{{ r.floor_shortfall }}#", 25),
        ],
        "r in section.rows",
    )
    draft.text(
        "七项中达到标准 {{ section.met }} 项，达到底线 {{ section.at_floor }} 项；{{ section.level }}综合评估："
        "{{ section.verdict }}。"
    )
    draft.tag("endfor")
    draft.text("二、其他判定到校的指标", "Heading 1")
    draft.tag("if others")
    draft.table(
        [
            ("指标与要求", "{{ r.indicator }} {{ r.requirement }}", 67),
            ("实际", "{{ r.value }}#", 43),
            ("应", "{{ r.required }}#", 25),
            ("结论", "{{ r.verdict }}#", 19),
            ("差额", "{{ r.shortfall }}#", 20),
        ],
        "r in others",
    )
    draft.tag("else")
    draft.text("没有判定到本校的其他指标。", indent=21)
    draft.tag("endif")
    draft.text("三、问题、措施与时限", "Heading 1")
    draft.tag("if problems")
    draft.table(
        [
            ("序号", "{{ p.number }}#", 10),
            ("指标", "{{ p.indicator }} {{ p.title }}", 28),
            ("问题与差额", "{{ line }}", 54),
            ("整改措施", "{{ p.measure }}", 42),
            ("完成时限", "{{ p.deadline }}", 19),
            ("责任单位", "{{ p.units }}", 21),
        ],
        "p in problems",
        lines=(2, "line in p.lines"),
    )
    draft.tag("else")
    draft.text("{{ keep }}", indent=21)
    draft.tag("endif")
    draft.text("四、数据质询与说明", "Heading 1")
    draft.tag("if questions")
    draft.table(
        [
            ("类别", "{{ q.kind }}#", 14),
            ("位置", "{{ q.place }}", 46),
            ("核查所见", "{{ q.message }}", 74),
            ("学校说明", "{{ q.answer }}", 40),
        ],
        "q in questions",
    )
    draft.tag("else")
    draft.text("本校数据没有待说明的质询。", indent=21)
    draft.tag("endif")
    draft.text("五、签字", "Heading 1")
    draft.form(
        [
            [("学校（盖章）", 58, True), ("责任督学", 58, True), ("县教育局（盖章）", 58, True)],
            [("校长签字：", 58, False), ("签字：", 58, False), ("负责人签字：", 58, False)],
            [("　　　　年　　月　　日", 58, False)] * 3,
        ],
        height=9,
    )
    return draft.finish()


def self_assessment() -> bytes:
    """自评报告 in the manner of an official report (仿宋 body, 黑体 and 楷体 headings), tables at 9 points."""
    from orchestration.publication.report_layout import fill

    draft = Draft(14, 9, (30, 24, 28, 24))
    fill(draft)
    return draft.finish()
