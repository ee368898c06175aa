select
    balance.year,
    balance.county,
    partitions.provisional,
    balance.level,
    balance.indicator,
    balance.numerator,
    balance.denominator,
    balance.mean,
    balance.standard_deviation,
    balance.cv,
    cast(balance.sections as integer) as sections,
    verdicts.verdict
from {{ ref('fct_county_balance') }} as balance
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join {{ ref('int_verdicts_classified') }} as verdicts
    on
        balance.year = verdicts.year
        and balance.county = verdicts.county
        and balance.level = verdicts.level
        and balance.indicator = verdicts.indicator
        and verdicts.test = 'balance'
order by balance.year, balance.county, {{ level_order('balance.level') }}, balance.indicator
