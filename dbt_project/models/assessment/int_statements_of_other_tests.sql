-- 达标情况 of the indicators for which Annex 2 gives no wording (all were met there): one phrase a failing test.
with failures as (
    select
        *,
        case level when 'primary' then '小学' when 'junior' then '初中' else '' end
        || coalesce(item, title) as tested
    from {{ ref('int_verdicts_unmet') }}
    where verdict = 'not_met' and test = 'rule' and indicator not in ('B10', 'B11', 'B12')
),

county_figures as (
    select
        year,
        county,
        indicator,
        test_id,
        case
            when indicator = 'V' then text_value || tested
            when unit = '结论' and regexp_matches(text_value, '^[ⅠⅡⅢⅣ]$') then tested || '为' || text_value || '级'
            when unit = '结论' then tested || '不达标'
            -- One decimal, as the official forms print ratios, unless that would read as the limit itself.
            when unit = '比值'
                then
                    tested || '为'
                    || {{ number_apart('observed * 100', 'required * 100', 1) }}
                    || '%（' || {{ plain_number('numerator', 2) }} || '/' || {{ plain_number('denominator', 2) }}
                    || '），低于' || {{ plain_number('required * 100', 1) }} || '%'
            when direction = 'max'
                then
                    tested || '为' || {{ plain_number('observed', 4) }}
                    || '，未低于' || {{ plain_number('required', 4) }}
            else
                tested || '为' || {{ number_apart('observed', 'required', 2) }} || split_part(unit, '/', 1)
                || '，低于' || {{ plain_number('required', 2) }} || split_part(unit, '/', 1)
        end as phrase
    from failures
    where subject_type = 'county'
),

school_figures as (
    select
        year,
        county,
        indicator,
        min(test_id) as test_id,
        cast(count(distinct subject_id) as varchar) || '所学校' || any_value(title) || '不达标' as phrase
    from failures
    where subject_type = 'school'
    group by year, county, indicator
),

phrases as (
    select * from county_figures
    union all
    select * from school_figures
)

select
    year,
    county,
    indicator,
    string_agg(phrase, '；' order by test_id) || '。' as statement
from phrases
group by year, county, indicator
