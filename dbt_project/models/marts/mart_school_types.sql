-- The county's schools by kind, and all together; those that have not reported have not said theirs.
with kinds as (
    select
        year,
        county,
        provisional,
        'type' as scope,
        type_code,
        coalesce(min(type_name), '未报送年报') as type_name,
        count(*) as schools,
        count(*) filter (where in_scope) as schools_in_scope,
        count(*) filter (where verdict = 'met') as schools_met,
        sum(primary_pupils) as primary_pupils,
        sum(junior_pupils) as junior_pupils,
        sum(classes) as classes
    from {{ ref('mart_schools') }}
    group by year, county, provisional, type_code
),

unioned as (
    select * from kinds
    union all
    select
        year,
        county,
        provisional,
        'total' as scope,
        null as type_code,
        '合计' as type_name,
        sum(schools) as schools,
        sum(schools_in_scope) as schools_in_scope,
        sum(schools_met) as schools_met,
        sum(primary_pupils) as primary_pupils,
        sum(junior_pupils) as junior_pupils,
        sum(classes) as classes
    from kinds
    group by year, county, provisional
)

select
    year,
    county,
    provisional,
    scope,
    cast(type_code as varchar) as type_code,
    type_name,
    cast(schools as integer) as schools,
    cast(schools_in_scope as integer) as schools_in_scope,
    cast(schools_met as integer) as schools_met,
    cast(primary_pupils as bigint) as primary_pupils,
    cast(junior_pupils as bigint) as junior_pupils,
    cast(classes as bigint) as classes
from unioned
order by year asc, county asc, scope desc, type_code asc nulls last
