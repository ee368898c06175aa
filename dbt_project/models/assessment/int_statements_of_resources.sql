-- 达标情况 of B1–B7 where not met, as Annex 2 words it: mean and coefficient of each level, then which of them fail.
with phrases as (
    select
        standard,
        indicator,
        max(statement_phrase) as statement_phrase,
        max(mean_decimals) as mean_decimals
    from {{ ref('stg_standards') }}
    group by standard, indicator
),

level_texts as (
    select
        balance.year,
        balance.county,
        balance.indicator,
        balance.level,
        case balance.level when 'primary' then '小学' else '初中' end
        || replace(
            coalesce(phrases.statement_phrase, '均值为{mean}'),
            '{mean}',
            case phrases.mean_decimals
                when 0 then {{ plain_number('balance.mean', 0) }}
                when 1 then {{ plain_number('balance.mean', 1) }}
                else {{ plain_number('balance.mean', 2) }}
            end
        )
        || '，差异系数为'
        || {{ plain_number('balance.cv', 4) }} as level_text
    from {{ ref('fct_county_balance') }} as balance
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join phrases
        on partitions.standard = phrases.standard and balance.indicator = phrases.indicator
    where balance.cv is not null
),

means as (
    select
        year,
        county,
        indicator,
        string_agg(level_text, '；' order by {{ level_order('level') }}) || '。' as means_text
    from level_texts
    group by year, county, indicator
),

failures as (
    select
        year,
        county,
        indicator,
        count(distinct level) filter (where test = 'balance' and verdict = 'not_met') as levels_unbalanced,
        bool_or(test = 'standard' and verdict = 'not_met') as has_sections_short
    from {{ ref('int_verdicts_classified') }}
    group by year, county, indicator
)

select
    failures.year,
    failures.county,
    failures.indicator,
    coalesce(means.means_text, '')
    -- Only where both levels fail.
    || case when failures.levels_unbalanced = 2 then '差异系数均不达标。' else '' end
    || case when failures.has_sections_short then '部分学校不达标。' else '' end as statement
from failures
inner join {{ ref('section_indicators') }} using (indicator)
left join means using (year, county, indicator)
