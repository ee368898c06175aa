-- What: a row of the seeds that is declared twice or uses a word nobody knows.
-- When: somebody added an indicator's addend, a class band or a weight.
-- Resolve: mend the seed named; each addend stands once, with a known level, record and part.
with keys as (
    select
        'indicator_addends' as seed,
        concat_ws('|', indicator, level, field) as key,
        level in ('primary', 'junior') and record in ('school_level', 'school_resource') as is_known
    from {{ ref('indicator_addends') }}
    union all
    select
        'school_addends' as seed,
        concat_ws('|', judged_column, part, field) as key,
        part in ('numerator', 'denominator') and record in ('supplement', 'school_level') as is_known
    from {{ ref('school_addends') }}
    union all
    select
        'county_addends' as seed,
        concat_ws('|', judged_column, part, item) as key,
        part in ('numerator', 'denominator', 'text')
        and judged_table in ('judged_counties', 'judged_conclusions', 'shown') as is_known
    from {{ ref('county_addends') }}
    union all
    select
        'section_indicators' as seed,
        indicator as key,
        per_pupils > 0 as is_known
    from {{ ref('section_indicators') }}
    union all
    select
        'level_weights' as seed,
        level as key,
        weight > 0 as is_known
    from {{ ref('level_weights') }}
    union all
    select
        'class_bands' as seed,
        field as key,
        smallest_class > 0 as is_known
    from {{ ref('class_bands') }}
    union all
    select
        'shortfall_units' as seed,
        shortfall_unit as key,
        steps_per_unit > 0 as is_known
    from {{ ref('shortfall_units') }}
    union all
    select
        'operator_types' as seed,
        operator_name as key,
        form_code between 1 and 10 as is_known
    from {{ ref('operator_types') }}
    union all
    select
        'form_blanks' as seed,
        concat_ws('|', indicator, position) as key,
        coalesce(part, 'closing')
        in ('value', 'numerator', 'denominator', 'text', 'limit', 'parameter', 'statement', 'closing')
        and coalesce(printed, 'text') in ('whole', 'percent', 'ten_thousands', 'stated', 'text') as is_known
    from {{ ref('form_blanks') }}
)

select
    seed,
    key,
    count(*) as row_count
from keys
group by seed, key
having count(*) > 1 or not bool_and(coalesce(is_known, false))
