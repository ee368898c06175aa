"""The floor that judging is measured against: one plain SQL script from landed Parquet to verdict rows.

It knows only what the made-up nation needs (every school reports and is listed, nothing is missing), keeps no
addends, traces nothing and is judged by nobody. Limits come from the exported standards, so that both sides judge the
same thing; the bench compares the rows with the pipeline's.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

_SECTIONS = """
create table sections as
with levels as (
    select l.*, s.type_code,
        case when s.type_code = '312' then case l.level when 'primary' then 10 else 11 end else 10 end as weight
    from read_parquet('{landing}/school_levels/*.parquet') l
    join read_parquet('{landing}/schools/*.parquet') s using (year, county, school_code)
),
shared as (
    select *, pupils * weight / sum(pupils * weight) over (partition by year, county, school_code) as share from levels
)
select
    l.year, l.county, l.school_code as subject_id, l.level, l.pupils, l.type_code, l.classes, l.teachers,
    100.0 * (case l.level when 'primary' then teachers_associate else 0 end + teachers_bachelor + teachers_master
        + teachers_doctor + teachers_postgraduate) / l.pupils as b1,
    100.0 * backbone_teachers / l.pupils as b2,
    100.0 * (teachers_pe + teachers_art + teachers_music + teachers_fine_art) / l.pupils as b3,
    share * (teaching_area_m2 - gym_area_m2)::double / l.pupils as b4,
    share * (sports_ground_area_m2 + gym_area_m2)::double / l.pupils as b5,
    share * equipment_value_wan::double * 10000 / l.pupils as b6,
    100.0 * share * multimedia_rooms / l.pupils as b7,
    (case l.level when 'primary' then classes_46_50 else 0 end + classes_51_55 + classes_56_60 + classes_61_65
        + classes_66_or_more)::double as b12_classes_over
from shared l
join read_parquet('{landing}/school_resources/*.parquet') r using (year, county, school_code)
"""
_SCHOOLS = """
create table schools as
with rooms as (
    select year, county, school_code,
        count(*) filter (where kind = 'music' and area_m2 >= 96) as music,
        count(*) filter (where kind = 'art' and area_m2 >= 90) as art
    from read_parquet('{landing}/rooms/*.parquet') group by all
),
sums as (
    select year, county, subject_id, any_value(type_code) as type_code, sum(pupils) as pupils,
        sum(classes) as classes, sum(teachers) as teachers,
        sum(pupils) filter (level = 'primary') as primary_pupils, sum(pupils) filter (level = 'junior') as junior_pupils
    from sections group by all
),
rate as (
    select year, county, value::double as rate from read_parquet('{landing}/county_return/*.parquet')
    where item = '小学生均公用经费基准定额'
)
select
    s.year, s.county, s.subject_id, s.teachers, l.trained_teachers, l.certified_teachers, s.primary_pupils,
    s.junior_pupils, l.primary_in_catchment, l.junior_in_catchment,
    music::double as b10_music_rooms, art::double as b10_art_rooms, ceil(classes / 12.0) as b10_rooms_required,
    case when s.type_code <> '312' then s.pupils::double end as b11_pupils_single,
    case when s.type_code = '312' then s.pupils::double end as b11_pupils_through,
    case when s.type_code in ('211', '218') and s.pupils < 100 then l.funded_pupils::double end as b13_funded_pupils,
    case when s.type_code in ('211', '218') and s.pupils < 100 then l.allocated_yuan::double end as b13_allocated_yuan,
    100 * rate as b13_required_yuan,
    trained_teachers / s.teachers as b16_ratio, certified_teachers / s.teachers as b19_ratio,
    training_yuan::double / budget_yuan::double as b26_ratio,
    primary_in_catchment / s.primary_pupils as b20_primary_ratio,
    junior_in_catchment / s.junior_pupils as b20_junior_ratio
from sums s
join read_parquet('{landing}/supplement/*.parquet') l
    on s.year = l.year and s.county = l.county and s.subject_id = l.school_code
join rate on s.year = rate.year and s.county = rate.county
left join rooms r on s.year = r.year and s.county = r.county and s.subject_id = r.school_code
"""
_BALANCE = """
create table balance as
with long as (
    unpivot (select year, county, level, pupils, b1, b2, b3, b4, b5, b6, b7 from sections)
    on b1, b2, b3, b4, b5, b6, b7 into name indicator value value
),
means as (
    select *, sum(pupils * value) over w / sum(pupils) over w as mean from long
    window w as (partition by year, county, level, indicator)
)
select year, county, indicator || '_cv_' || level as judged_column,
    sqrt(sum(pupils * (value - mean) * (value - mean)) / sum(pupils)) / any_value(mean) as value
from means group by year, county, level, indicator
"""
# The county's ratios: numerator items over denominator items of the county return.
_RATIOS = (
    ("b14_yuan_per_pupil", "特殊教育学校公用经费拨付总额", "特殊教育学校在校生数"),
    ("b18_exchange_ratio", "实际交流轮岗教师数", "符合交流条件教师总数"),
    ("b18_backbone_ratio", "交流轮岗教师中骨干教师数", "实际交流轮岗教师数"),
    ("b21_allotment_ratio", "分配到初中学校的名额数", "优质高中招生计划数"),
    ("b22_ratio", "在公办学校就读的随迁子女数+在政府购买服务的民办学校就读的随迁子女数", "符合条件的随迁子女数"),
    ("b23_retention_ratio", "毕业班学生数", "三年前入学学生数+三年转入学生数-三年死亡学生数-三年转出学生数"),
    ("b24_ratio", "已入学残疾儿童少年数", "适龄残疾儿童少年数"),
    ("c1_ratio", "满意问卷数", "有效问卷数"),
)
_SUBJECTS = {
    "语文": "chinese", "数学": "mathematics", "科学": "science", "体育与健康": "physical_education", "艺术": "arts",
    "德育": "moral_education",
}  # fmt: skip
_CONCLUSIONS = {
    "学校规划布局": "b8", "学校建设标准统一": "b9_construction", "教师编制标准统一": "b9_staffing",
    "生均公用经费基准定额统一": "b9_funding", "基本装备配置标准统一": "b9_equipment",
    "绩效工资总量按规定足额核定": "b15_performance_pay", "教职工编制和岗位统筹分配": "b17",
    "名额分配向农村初中倾斜": "b21_rural_tilt", "留守儿童关爱体系健全": "b22_care_system",
    "所有学校制定章程": "b25_charters", "学校管理与教学信息化": "b25_informatisation",
    "教师信息化教学与设施设备利用": "b27", "德育工作与校园文化建设": "b28", "课程开齐开足与教学秩序": "b29",
    "无过重课业负担": "b30", "以考试方式招生": "v_exam_admission", "违规择校": "v_school_choice",
    "设立重点校": "v_key_schools", "设立重点班": "v_key_classes",
    **{f"{name}学业水平等级": f"b31_{code}_level" for name, code in _SUBJECTS.items()},
}  # fmt: skip


def _sum(items: str) -> str:
    terms = items.replace("-", "+-").split("+")
    return " + ".join(
        f"{'-' if term.startswith('-') else ''}any_value(value::double) filter (item = '{term.removeprefix('-')}')"
        for term in terms
    )


def _counties() -> str:
    columns = [f"({_sum(over)}) / ({_sum(under)}) as {name}" for name, over, under in _RATIOS]
    columns += [
        "any_value(value::double) filter (item = '义务教育学校教师年平均工资收入') as b15_teacher_pay_yuan",
        "any_value(value::double) filter (item = '当地公务员年平均工资收入') as b15_civil_servant_pay_yuan",
        *(
            f"any_value(value::double) filter (item = '{name}校际差异率') as b31_{code}_rate"
            for name, code in _SUBJECTS.items()
        ),
    ]
    return f"""
    create table counties as
    select * from (
        select year, county, {", ".join(columns)}
        from read_parquet('{{landing}}/county_return/*.parquet') group by all
    ) join (
        select year, county, sum(trained_teachers) / sum(teachers) as b16_ratio,
            sum(certified_teachers) / sum(teachers) as b19_ratio,
            sum(primary_in_catchment) / sum(primary_pupils) as b20_primary_ratio,
            sum(junior_in_catchment) / sum(junior_pupils) as b20_junior_ratio
        from schools group by all
    ) using (year, county)
    """


_SECTION_COLUMNS = ("b1", "b2", "b3", "b4", "b5", "b6", "b7", "b12_classes_over")
_SCHOOL_COLUMNS = (
    "b10_music_rooms", "b10_art_rooms", "b11_pupils_single", "b11_pupils_through", "b13_funded_pupils",
    "b13_allocated_yuan", "b16_ratio", "b19_ratio", "b26_ratio", "b20_primary_ratio", "b20_junior_ratio",
)  # fmt: skip
_COUNTY_COLUMNS = (
    *(name for name, _, _ in _RATIOS), "b15_teacher_pay_yuan", "b16_ratio", "b19_ratio", "b20_primary_ratio",
    "b20_junior_ratio", *(f"b31_{code}_rate" for code in _SUBJECTS.values()),
)  # fmt: skip


def _verdicts() -> str:
    conclusions = " ".join(f"when '{item}' then '{name}'" for item, name in _CONCLUSIONS.items())
    numbers = f"""
        select year, county, 'judged_sections_' || level as judged_table, judged_column, subject_id, value,
            null::double as required
        from (unpivot (select year, county, level, subject_id, {", ".join(_SECTION_COLUMNS)} from sections)
            on {", ".join(_SECTION_COLUMNS)} into name judged_column value value)
        union all
        select year, county, 'judged_schools', judged_column, subject_id, value,
            case judged_column when 'b13_allocated_yuan' then needed
                when 'b10_music_rooms' then rooms when 'b10_art_rooms' then rooms end
        from (unpivot (select year, county, subject_id, b13_required_yuan as needed, b10_rooms_required as rooms,
                {", ".join(_SCHOOL_COLUMNS)} from schools)
            on {", ".join(_SCHOOL_COLUMNS)} into name judged_column value value)
        union all
        select year, county, 'judged_counties', judged_column, county, value,
            case judged_column when 'b15_teacher_pay_yuan' then pay end
        from (unpivot (select year, county, b15_civil_servant_pay_yuan as pay, {", ".join(_COUNTY_COLUMNS)}
                from counties)
            on {", ".join(_COUNTY_COLUMNS)} into name judged_column value value)
        union all
        select year, county, 'judged_counties', judged_column, county, value, null from balance
    """
    return f"""
    copy (
        select year, county, standard, test_id, subject_type, subject_id,
            case when direction = 'min' and round(value, 10) < coalesce(required, limit_value::double) then 'not_met'
                when direction = 'max' and strict and round(value, 10) >= limit_value::double then 'not_met'
                when direction = 'max' and round(value, 10) > limit_value::double then 'not_met'
                else 'met' end as verdict
        from ({numbers}) join read_parquet('{{landing}}/standards/*.parquet') using (judged_table, judged_column)
        union all
        select year, county, standard, test_id, subject_type, county,
            case when list_contains(accepted, text) then 'met' else 'not_met' end
        from (
            select year, county, text, case item {conclusions} end as judged_column
            from read_parquet('{{landing}}/county_return/*.parquet') where text is not null
        ) join read_parquet('{{landing}}/standards/*.parquet') using (judged_column)
        order by all
    ) to '{{target}}' (format parquet)
    """


def judge_plainly(var: Path, target: Path) -> None:
    """Landed Parquet → verdict rows in ``target``, in one plain script."""
    places = {
        "landing": str(var / "landing").replace("'", "''"),
        "target": str(target).replace("'", "''"),
    }
    with duckdb.connect() as book:
        book.execute("set threads = 2")
        for script in (_SECTIONS, _SCHOOLS, _BALANCE, _counties(), _verdicts()):
            book.execute(script.format(**places))
