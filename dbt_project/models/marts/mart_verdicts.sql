with indicators as (
    select
        standard,
        indicator,
        min_by(title, test_id) as title,
        min_by(clause, test_id) as clause,
        min_by(responsible_units, test_id) as responsible_units
    from {{ ref('stg_standards') }}
    group by standard, indicator
),

balance as (
    select
        year,
        county,
        indicator,
        max(mean) filter (where level = 'primary') as primary_mean,
        max(cv) filter (where level = 'primary') as primary_cv,
        max(mean) filter (where level = 'junior') as junior_mean,
        max(cv) filter (where level = 'junior') as junior_cv
    from {{ ref('fct_county_balance') }}
    group by year, county, indicator
),

gap_counts as (
    select
        year,
        county,
        indicator,
        count(*) filter (where verdict = 'not_met') as gaps,
        count(*) filter (where verdict = 'missing') as missing
    from {{ ref('int_gaps_listed') }}
    group by year, county, indicator
)

select
    verdicts.year,
    verdicts.county,
    partitions.provisional,
    verdicts.position,
    verdicts.indicator,
    indicators.title,
    indicators.clause,
    verdicts.verdict,
    -- Counts of sections belong to the indicators that are judged on sections only.
    case when per_section.indicator is not null then cast(verdicts.sections_judged as integer) end
        as sections_judged,
    case when per_section.indicator is not null then cast(verdicts.sections_short as integer) end
        as sections_short,
    balance.primary_mean,
    balance.primary_cv,
    balance.junior_mean,
    balance.junior_cv,
    statements.statement,
    tasks.measure,
    case
        when len(tasks.responsible_units) > 0 then tasks.responsible_units
        else indicators.responsible_units
    end as responsible_units,
    tasks.deadline,
    tasks.deadline_text,
    cast(coalesce(gap_counts.gaps, 0) as integer) as gaps,
    cast(coalesce(gap_counts.missing, 0) as integer) as missing,
    statements.missing_statement
from {{ ref('int_indicator_verdicts') }} as verdicts
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
inner join indicators
    on partitions.standard = indicators.standard and verdicts.indicator = indicators.indicator
inner join {{ ref('int_statements_worded') }} as statements
    on
        verdicts.year = statements.year
        and verdicts.county = statements.county
        and verdicts.indicator = statements.indicator
left join {{ ref('section_indicators') }} as per_section on verdicts.indicator = per_section.indicator
left join balance
    on
        verdicts.year = balance.year
        and verdicts.county = balance.county
        and verdicts.indicator = balance.indicator
left join {{ ref('stg_task_decomposition') }} as tasks
    on
        verdicts.year = tasks.year
        and verdicts.county = tasks.county
        and verdicts.indicator = tasks.indicator
left join gap_counts
    on
        verdicts.year = gap_counts.year
        and verdicts.county = gap_counts.county
        and verdicts.indicator = gap_counts.indicator
order by verdicts.year, verdicts.county, verdicts.position
