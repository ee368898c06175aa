-- What each section gives to the variance of its level × B1–B7, S² = ΣPᵢ(xᵢ−X̄)² / ΣPᵢ: which schools drive the 差异系数.
-- Sums run in the order of ranks, so that the same figures give the same bits.
with deviations as (
    select
        metrics.year,
        metrics.county,
        metrics.school_code,
        metrics.level,
        metrics.indicator,
        metrics.denominator * (metrics.value - balance.mean) * (metrics.value - balance.mean) as deviation
    from {{ ref('fct_section_metrics') }} as metrics
    inner join {{ ref('fct_county_balance') }} as balance using (year, county, level, indicator)
    where metrics.value is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by year, county, level, indicator
            order by deviation desc, school_code asc
        ) as variance_rank
    from deviations
),

totals as (
    select
        year,
        county,
        level,
        indicator,
        list_sum(list_reverse_sort(list(deviation))) as total
    from ranked
    group by year, county, level, indicator
)

select
    ranked.year,
    ranked.county,
    ranked.school_code,
    ranked.level,
    ranked.indicator,
    ranked.variance_rank,
    -- Where all sections are alike there is no variance to share.
    case when totals.total > 0 then ranked.deviation / totals.total end as variance_share,
    case
        when totals.total > 0
            then sum(ranked.deviation) over (
                partition by ranked.year, ranked.county, ranked.level, ranked.indicator
                order by ranked.variance_rank rows between unbounded preceding and current row
            ) / totals.total
    end as cumulative_variance_share
from ranked
inner join totals using (year, county, level, indicator)
