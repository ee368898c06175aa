with verdicts as (
    select
        verdicts.*,
        standards.item,
        standards.unit,
        standards.judged_table,
        standards.judged_column
    from {{ ref('int_verdicts_classified') }} as verdicts
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    inner join {{ ref('stg_standards') }} as standards
        on partitions.standard = standards.standard and verdicts.test_id = standards.test_id
    where verdicts.subject_type = 'county'
),

figure_names as (
    select
        judged_column,
        any_value(figure_name) as figure_name
    from {{ ref('county_addends') }}
    group by judged_column
),

-- Ratios, those shown beside included; where the test's own item is a 项目 they bear a name of their own.
ratios as (
    select
        figures.year,
        figures.county,
        figures.indicator,
        coalesce(figure_names.figure_name, verdicts.item) as item,
        figures.level,
        figures.numerator,
        figures.denominator,
        figures.value,
        cast(null as varchar) as text,
        coalesce(verdicts.unit, '比值') as unit,
        verdicts.verdict,
        cast(null as varchar) as evidence
    from {{ ref('fct_figures') }} as figures
    left join figure_names on figures.judged_column = figure_names.judged_column
    left join verdicts
        on
            figures.year = verdicts.year
            and figures.county = verdicts.county
            and figures.judged_table = verdicts.judged_table
            and figures.judged_column = verdicts.judged_column
    where figures.subject_type = 'county' and figures.has_denominator
),

-- The county return as it was filled in; a verdict where a test reads that very 项目.
single_items as (
    select
        judged_table,
        judged_column,
        indicator,
        any_value(item) as item
    from {{ ref('county_addends') }}
    group by judged_table, judged_column, indicator
    having count(*) = 1
),

items as (
    select
        items.year,
        items.county,
        items.indicator,
        items.item,
        null as level,
        null as numerator,
        null as denominator,
        cast(items.value as double) as value,
        items.text,
        verdicts.unit,
        verdicts.verdict,
        items.evidence
    from {{ ref('stg_county_return') }} as items
    left join single_items
        on items.indicator = single_items.indicator and items.item = single_items.item
    left join verdicts
        on
            items.year = verdicts.year
            and items.county = verdicts.county
            and single_items.judged_table = verdicts.judged_table
            and single_items.judged_column = verdicts.judged_column
),

counts as (
    select
        year,
        county,
        indicator,
        item,
        level,
        null as numerator,
        null as denominator,
        value,
        null as text,
        unit,
        null as verdict,
        null as evidence
    from {{ ref('int_county_counts') }}
),

unioned as (
    select * from ratios
    union all
    select * from items
    union all
    select * from counts
)

select
    unioned.year,
    unioned.county,
    partitions.provisional,
    unioned.indicator,
    unioned.item,
    unioned.level,
    unioned.numerator,
    unioned.denominator,
    unioned.value,
    unioned.text,
    unioned.unit,
    unioned.verdict,
    unioned.evidence
from unioned
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
order by unioned.year, unioned.county, unioned.indicator, unioned.item, {{ level_order('unioned.level') }}
