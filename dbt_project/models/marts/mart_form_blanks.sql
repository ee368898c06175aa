-- 表Ⅳ and 表Ⅴ: every blank of the official sentences with what fills it. Formatting is left to the paper.
with blanks as (
    select
        partitions.year,
        partitions.county,
        partitions.provisional,
        partitions.standard,
        blanks.*
    from {{ ref('stg_partitions') }} as partitions
    cross join {{ ref('form_blanks') }} as blanks
),

limits as (
    select
        standard,
        test_id,
        cast(limit_value as double) as value
    from {{ ref('stg_standards') }}
    union all
    select
        standard,
        name as test_id,
        cast(value as double) as value
    from {{ ref('stg_standard_parameters') }}
),

required as (
    select
        year,
        county,
        test_id,
        required,
        verdict
    from {{ ref('int_verdicts_compared') }}
    where subject_type = 'county'
),

filled as (
    select
        blanks.year,
        blanks.county,
        blanks.provisional,
        blanks.form,
        blanks.indicator,
        blanks.position,
        blanks.before,
        blanks.part,
        blanks.item,
        blanks.level,
        blanks.printed,
        case blanks.part
            when 'value' then metrics.value
            when 'numerator' then metrics.numerator
            when 'denominator' then metrics.denominator
            when 'limit' then limits.value
            when 'parameter' then limits.value
        end as value,
        case blanks.part
            when 'text' then metrics.text
            when 'statement' then verdicts.statement
        end as text,
        case when blanks.part = 'value' then required.required end as required,
        case when blanks.part = 'value' then required.verdict end as verdict,
        -- No row, or nothing of nothing: the sentence concerns nobody here. Any other empty blank is 缺报.
        metrics.item is null or coalesce(metrics.denominator = 0, false) as is_empty
    from blanks
    left join {{ ref('mart_county_metrics') }} as metrics
        on
            blanks.year = metrics.year
            and blanks.county = metrics.county
            and blanks.indicator = metrics.indicator
            and blanks.item = metrics.item
            and blanks.level is not distinct from metrics.level
    left join limits
        on
            blanks.standard = limits.standard
            and blanks.test_id = limits.test_id
    left join required
        on
            blanks.year = required.year
            and blanks.county = required.county
            and blanks.test_id = required.test_id
    left join {{ ref('mart_verdicts') }} as verdicts
        on
            blanks.year = verdicts.year
            and blanks.county = verdicts.county
            and blanks.indicator = verdicts.indicator
)

select
    year,
    county,
    provisional,
    form,
    indicator,
    position,
    before,
    part,
    item,
    level,
    printed,
    value,
    text,
    required,
    verdict,
    case
        when part is null then null
        when value is not null or text is not null then 'known'
        when is_empty then 'none'
        else 'missing'
    end as state
from filled
order by year, county, form, cast(substr(indicator, 2) as integer), position
