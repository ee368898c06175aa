{#- A nation's addends are joined within 2.5 GB: what does not fit is spilled beside the warehouse. -#}
{{ config(pre_hook="set memory_limit = '2.5GB'", post_hook="reset memory_limit") }}
-- From a figure to the values it is made of: Σ weight × value = the figure's numerator or denominator
-- (rooms: Σ weight = rooms counted). Joins to `cells` on (year, county, record, record_id, level, field).
with addends as (
    {{ every_addend() }}
),

{{ named_addends() }},

located as (
    select distinct
        year,
        county,
        record,
        record_id,
        level as record_level,
        field,
        true as has_cell
    from {{ source('landing', 'cells') }}
    -- Only noughts are looked up, below; the cells of a nought are noughts.
    where coalesce(value, 0) = 0
)

select
    addends.year,
    addends.county,
    partitions.provisional,
    addends.indicator,
    addends.level,
    addends.item,
    addends.subject_type,
    addends.subject_id,
    addends.part,
    addends.position,
    addends.label,
    case
        when addends.left_out then 0
        else
            cast(addends.factor as double)
            * (cast(addends.share_weight as double) / cast(addends.share_total as double))
    end as weight,
    case
        when addends.left_out then '不计入（缺报）'
        when addends.record = 'room' then case when addends.factor > 0 then '计入' else '不计入' end
        when addends.factor = 0 then '不计数，须填报'
        when addends.factor = 1 then coalesce(nullif(addends.share_text, ''), '×1')
        when addends.factor < 0
            then '−' || {{ plain_number('abs(addends.factor)', 0) }} || addends.share_text
        else '×' || {{ plain_number('addends.factor', 0) }} || addends.share_text
    end as weight_text,
    addends.value,
    addends.record,
    addends.record_id,
    addends.record_level,
    addends.field
from named_addends as addends
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join located
    on
        addends.year = located.year
        and addends.county = located.county
        and addends.record = located.record
        and addends.record_id = located.record_id
        and addends.record_level is not distinct from located.record_level
        and addends.field = located.field
-- An edition without a field (研究生 in one, 博士 and 硕士 in another) lands it as nought: no cell, nothing to show.
where located.has_cell or addends.value is distinct from 0
