-- Which verdicts become gaps, and what is noted beside them.
with verdicts as (
    select *
    from {{ ref('int_verdicts_unmet') }}
),

county_failures as (
    select distinct
        year,
        county,
        indicator,
        level
    from verdicts
    where subject_type = 'county' and verdict = 'not_met'
),

-- The schools that keep a county's ratio from being final.
schools_missing as (
    select
        year,
        county,
        indicator,
        level,
        'county' as subject_type,
        string_agg(subject_name, '、' order by subject_id) as school_names
    from verdicts
    where test = 'detail' and verdict = 'missing'
    group by year, county, indicator, level
),

gaps as (
    select verdicts.*
    from verdicts
    left join county_failures
        on
            verdicts.year = county_failures.year
            and verdicts.county = county_failures.county
            and verdicts.indicator = county_failures.indicator
            and verdicts.level is not distinct from county_failures.level
    where
        case
            -- Schools are listed behind a county's ratio only where it fails: those that pull it down, and those
            -- whose figures are missing, who might.
            when verdicts.test = 'detail'
                then verdicts.verdict <> 'met' and county_failures.indicator is not null
            -- A missing value has one row (its standard), and the section's row stands for the coefficient's.
            when verdicts.test in ('floor', 'balance') then verdicts.verdict = 'not_met'
            else verdicts.verdict <> 'met'
        end
)

select
    gaps.* exclude (observed, required, numerator, denominator),
    -- Which size a school may have depends on its type, and a school that did not report has not said its type.
    case when not (gaps.is_unreported and gaps.indicator = 'B11') then gaps.required end as required,
    case when gaps.verdict = 'not_met' then gaps.observed end as observed,
    case when gaps.verdict = 'not_met' then gaps.numerator end as numerator,
    case when gaps.verdict = 'not_met' then gaps.denominator end as denominator,
    case
        when gaps.is_unreported then '学校未报送年报'
        when gaps.direction = 'in_set' then coalesce(gaps.text_value, '结论未填')
        when gaps.verdict = 'missing' and schools_missing.school_names is not null
            then '数据缺报：' || schools_missing.school_names
        -- Nothing of nothing: every value is there, but there is no ratio.
        when gaps.verdict = 'missing' and gaps.denominator = 0 and gaps.numerator is not null then '分母为零，无法计算'
        when gaps.verdict = 'missing' then '数据缺报'
        when gaps.is_incomplete then '部分数据缺报，按已报数据计算'
    end as note
from gaps
left join schools_missing
    on
        gaps.year = schools_missing.year
        and gaps.county = schools_missing.county
        and gaps.indicator = schools_missing.indicator
        and gaps.level is not distinct from schools_missing.level
        and gaps.subject_type = schools_missing.subject_type
