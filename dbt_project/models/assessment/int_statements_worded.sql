-- The 达标情况 sentence of every indicator, computed from the verdicts; the county's own sentences are claims and
-- are not read.
with missing as (
    select
        year,
        county,
        indicator,
        count(distinct subject_id || coalesce(level, '')) filter (where subject_type = 'section') as sections,
        count(distinct subject_id) filter (where subject_type = 'school') as schools,
        count(*) filter (where subject_type = 'county' and test <> 'balance') as county_figures
    from {{ ref('int_verdicts_classified') }}
    where verdict = 'missing' and test <> 'detail'
    group by year, county, indicator
),

missing_texts as (
    select
        year,
        county,
        indicator,
        case
            when sections + schools + county_figures = 0 then '差异系数无法计算。'
            else
                concat_ws(
                    '、',
                    case when sections > 0 then cast(sections as varchar) || '个学段' end,
                    case when schools > 0 then cast(schools as varchar) || '所学校' end,
                    case when county_figures > 0 then cast(county_figures as varchar) || '项县级数据' end
                ) || '缺报。'
        end as statement
    from missing
),

failing_texts as (
    select * from {{ ref('int_statements_of_resources') }}
    union all
    select * from {{ ref('int_statements_of_facilities') }}
    union all
    select * from {{ ref('int_statements_of_other_tests') }}
)

select
    verdicts.year,
    verdicts.county,
    verdicts.indicator,
    case verdicts.verdict
        when 'met' then '达标。'
        when 'missing' then '数据缺失。' || coalesce(missing_texts.statement, '')
        else '不达标。' || coalesce(failing_texts.statement, '')
    end as statement,
    missing_texts.statement as missing_statement
from {{ ref('int_indicator_verdicts') }} as verdicts
left join missing_texts using (year, county, indicator)
left join failing_texts using (year, county, indicator)
