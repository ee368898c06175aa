-- The parts of the plan's Annex 2 and what each asks, in its words; the numbers are the standard's.
with grouped as (
    select distinct
        standards.standard,
        standards.indicator,
        standards.position,
        case
            when per_section.indicator is not null then 'resources'
            when blanks.form = 'Ⅳ' then 'guarantee'
            when blanks.form = 'Ⅴ' then 'quality'
            when standards.indicator = 'V' then 'veto'
            else 'approval'
        end as part
    from {{ ref('stg_standards') }} as standards
    left join {{ ref('section_indicators') }} as per_section on standards.indicator = per_section.indicator
    left join (
        select distinct
            indicator,
            form
        from {{ ref('form_blanks') }}
    ) as blanks on standards.indicator = blanks.indicator
),

parts as (
    select
        standard,
        part,
        min(position) as position,
        min_by(indicator, position) as first_indicator,
        max_by(indicator, position) as last_indicator,
        count(distinct indicator) as indicators
    from grouped
    group by standard, part
),

floors as (
    select
        floors.standard,
        min(cast(floors.limit_value as double) / cast(standards.limit_value as double)) as share
    from {{ ref('stg_standards') }} as floors
    inner join {{ ref('stg_standards') }} as standards
        on
            floors.standard = standards.standard
            and floors.judged_column = standards.judged_column
            and floors.judged_table = standards.judged_table
            and standards.test = 'standard'
    where floors.test = 'floor'
    group by floors.standard
),

counted as (
    select
        verdicts.year,
        verdicts.county,
        grouped.part,
        count(*) filter (where verdicts.verdict = 'met') as met,
        count(*) filter (where verdicts.verdict = 'not_met') as not_met,
        count(*) filter (where verdicts.verdict = 'missing') as missing
    from {{ ref('int_indicator_verdicts') }} as verdicts
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    inner join grouped
        on partitions.standard = grouped.standard and verdicts.indicator = grouped.indicator
    group by verdicts.year, verdicts.county, grouped.part
),

balance as (
    select
        standard,
        max(limit_value) filter (where level = 'primary') as primary_limit,
        max(limit_value) filter (where level = 'junior') as junior_limit
    from {{ ref('stg_standards') }}
    where test = 'balance'
    group by standard
)

select
    partitions.year,
    partitions.county,
    partitions.provisional,
    cast(parts.position as integer) as position,
    parts.part,
    parts.first_indicator,
    parts.last_indicator,
    cast(parts.indicators as integer) as indicators,
    cast(counted.met as integer) as met,
    cast(counted.not_met as integer) as not_met,
    cast(counted.missing as integer) as missing,
    case parts.part
        when 'resources'
            then
                '每所学校至少' || {{ plain_number('limits.value', 0) }} || '项指标达到要求，余项不能低于要求的'
                || {{ plain_number('floors.share * 100', 2) }} || '%；所有指标校际差异系数，小学均小于或等于'
                || cast(cast(balance.primary_limit as decimal(18, 2)) as varchar) || '，初中均小于或等于'
                || cast(cast(balance.junior_limit as decimal(18, 2)) as varchar) || '。'
        when 'guarantee' then cast(parts.indicators as varchar) || '项指标均要达到要求。'
        when 'quality' then cast(parts.indicators as varchar) || '项指标均要达到要求。'
    end as requirement
from {{ ref('stg_partitions') }} as partitions
inner join parts on partitions.standard = parts.standard
inner join counted
    on
        partitions.year = counted.year
        and partitions.county = counted.county
        and parts.part = counted.part
left join {{ ref('stg_standard_parameters') }} as limits
    on partitions.standard = limits.standard and limits.name = 'SCHOOL.indicators_met_min'
left join floors on partitions.standard = floors.standard
left join balance on partitions.standard = balance.standard
order by partitions.year, partitions.county, position
