-- What: a value that enters a figure but has no cell it was read from.
-- When: the reader landed a value without its place, or record, record_id, level or field are named otherwise.
-- Resolve: compare the row with landing `cells`; the names are those of the landing columns.
select addends.*
from {{ ref('mart_figure_addends') }} as addends
left join {{ source('landing', 'cells') }} as cells
    on
        addends.year = cells.year
        and addends.county = cells.county
        and addends.record = cells.record
        and addends.record_id = cells.record_id
        and addends.record_level is not distinct from cells.level
        and addends.field = cells.field
where addends.value is not null and cells.field is null
