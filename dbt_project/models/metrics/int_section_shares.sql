-- The share of a section in what its school owns as a whole (B4–B7): weighted pupils of the level over those
-- of all levels. Weights go by level (1 : 1.1 : 1.32), so 完全中学 come out at the 1 : 1.2 of the rule.
with weighted_levels as (
    select
        levels.year,
        levels.county,
        levels.school_code,
        levels.level,
        levels.pupils,
        weights.weight,
        cast(weights.weight * 100 as hugeint) as weight_hundredths
    from {{ ref('stg_school_levels') }} as levels
    inner join {{ ref('level_weights') }} as weights on levels.level = weights.level
    where levels.pupils > 0 or levels.pupils is null
),

school_totals as (
    select
        year,
        county,
        school_code,
        count(*) as level_count,
        bool_or(pupils is null) as pupils_missing,
        min(weight) as smallest_weight,
        sum(weight_hundredths * pupils) as weighted_pupils
    from weighted_levels
    group by year, county, school_code
),

-- Texts relate weights to the school's lowest level, as the rule does.
level_terms as (
    select
        weighted_levels.*,
        totals.level_count,
        totals.pupils_missing,
        totals.weighted_pupils as school_weighted_pupils,
        case
            when weighted_levels.weight = totals.smallest_weight then cast(weighted_levels.pupils as varchar)
            else
                {{ plain_number('weighted_levels.weight / totals.smallest_weight', 4) }}
                || '×'
                || cast(weighted_levels.pupils as varchar)
        end as term
    from weighted_levels
    inner join school_totals as totals using (year, county, school_code)
),

school_texts as (
    select
        year,
        county,
        school_code,
        string_agg(term, '+' order by weight) as terms
    from level_terms
    group by year, county, school_code
)

select
    level_terms.year,
    level_terms.county,
    level_terms.school_code,
    level_terms.level,
    case
        when level_terms.level_count = 1 then cast(1 as hugeint)
        -- One level's pupils missing: nobody's share is known.
        when level_terms.pupils_missing then null
        else level_terms.weight_hundredths * level_terms.pupils
    end as share_weight,
    case
        when level_terms.level_count = 1 then cast(1 as hugeint)
        when level_terms.pupils_missing then null
        else level_terms.school_weighted_pupils
    end as share_total,
    case
        when level_terms.level_count = 1 then ''
        when level_terms.pupils_missing then '×（在校生缺报，无法拆分）'
        else '×(' || level_terms.term || '/(' || school_texts.terms || '))'
    end as share_text
from level_terms
inner join school_texts using (year, county, school_code)
