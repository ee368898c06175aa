{{ config(materialized='rebuilt_view') }}
-- Each verdict with what was compared: observed, required and the shortfall in natural units.
with figures as (
    select *
    from {{ ref('fct_figures') }}
),

{{ required_figures() }},

tested as (
    select
        verdicts.year,
        verdicts.county,
        verdicts.standard,
        verdicts.test_id,
        verdicts.subject_type,
        verdicts.subject_id,
        verdicts.verdict,
        -- As in expected_tests; a school that did not report has no figure at all.
        coalesce(figures.is_incomplete or coalesce(required.is_incomplete, false), true) as is_incomplete,
        verdicts.is_unreported,
        verdicts.indicator,
        verdicts.test,
        verdicts.level,
        standards.shortfall_unit,
        standards.direction,
        figures.per_units,
        figures.numerator_scaled,
        figures.numerator_divisor,
        coalesce(figures.denominator_scaled, 10000) as denominator_scaled,
        case when figures.has_denominator then figures.numerator end as numerator,
        figures.denominator,
        figures.value as observed,
        figures.judged_value,
        figures.text_value,
        -- An ordinary limit, or the value of the column it is compared with (a plain count or sum).
        coalesce(
            standards.limit_millionths,
            required.numerator_scaled * 1000000 // required.numerator_divisor
        ) as required_millionths,
        coalesce(
            cast(standards.limit_value as double),
            -- A requirement formed from part of the classes is no requirement to show for a missing figure.
            case when verdicts.verdict <> 'missing' or not required.is_incomplete then required.value end
        ) as required
    from {{ ref('int_verdicts_classified') }} as verdicts
    left join {{ ref('stg_standards') }} as standards
        on verdicts.standard = standards.standard and verdicts.test_id = standards.test_id
    left join figures
        on
            verdicts.year = figures.year
            and verdicts.county = figures.county
            and standards.judged_table = figures.judged_table
            and standards.judged_column = figures.judged_column
            and verdicts.subject_id = figures.subject_id
    left join required_figures as required
        on
            verdicts.year = required.year
            and verdicts.county = required.county
            and standards.judged_table = required.judged_table
            and standards.required_column = required.judged_column
            and verdicts.subject_id = required.subject_id
),

-- Exact: (required × denominator / per_units − numerator) as one fraction of whole numbers.
lacking as (
    select
        tested.*,
        units.steps_per_unit,
        case
            when tested.verdict = 'not_met'
                then
                    case tested.direction when 'max' then -1 else 1 end
                    * (
                        tested.required_millionths * tested.denominator_scaled * tested.numerator_divisor
                        - tested.numerator_scaled * 10000000000 * tested.per_units
                    )
        end as lack_dividend,
        tested.numerator_divisor * 10000000000 * tested.per_units as lack_divisor
    from tested
    left join {{ ref('shortfall_units') }} as units on tested.shortfall_unit = units.shortfall_unit
)

select
    year,
    county,
    standard,
    test_id,
    indicator,
    test,
    level,
    subject_type,
    subject_id,
    verdict,
    is_incomplete,
    is_unreported,
    observed,
    required,
    case
        when verdict <> 'not_met' then null
        -- Whole teachers, rooms, classes and pupils; ㎡ and 元 to 0.01: always rounded up.
        when steps_per_unit is not null
            then
                cast(
                    {{ ceil_division('lack_dividend * steps_per_unit', 'lack_divisor') }} as double
                ) / steps_per_unit
        -- Coefficients have no natural unit: what is over the limit, as judged.
        else
            cast(
                cast(judged_value as decimal(28, 10)) - cast(required as decimal(28, 10)) as double
            )
    end as shortfall,
    numerator,
    denominator,
    text_value
from lacking
