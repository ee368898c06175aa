-- What people said of the values behind a figure: corrections that were applied, and answers to open queries.
-- A county's figure may rest on hundreds of cells: the first few are told, the others counted.
{%- set most = 3 %}

with said as (
    select
        year,
        county,
        record,
        record_id,
        level,
        field,
        file,
        sheet,
        cell,
        concat_ws('；', '更正：' || correction, '说明：' || explanation) as note
    from {{ source('landing', 'cells') }}
    where correction is not null or explanation is not null
),

values_said as (
    select distinct
        year,
        county,
        record,
        record_id,
        field
    from said
),

-- Few values have anything said of them: the others go before any of them is named.
addends as (
    select addends.*
    from ({{ every_addend() }}) as addends
    inner join values_said using (year, county, record, record_id, field)
),

{{ named_addends() }},

-- A cell may stand in numerator and denominator, or under two fields: it is told once.
told as (
    select
        addends.year,
        addends.county,
        addends.indicator,
        addends.level,
        addends.item,
        addends.subject_type,
        addends.subject_id,
        said.file,
        said.sheet,
        said.cell,
        min(addends.label) || '，' || said.note as note
    from named_addends as addends
    inner join said
        on
            addends.year = said.year
            and addends.county = said.county
            and addends.record = said.record
            and addends.record_id = said.record_id
            and addends.record_level is not distinct from said.level
            and addends.field = said.field
    group by
        addends.year,
        addends.county,
        addends.indicator,
        addends.level,
        addends.item,
        addends.subject_type,
        addends.subject_id,
        said.file,
        said.sheet,
        said.cell,
        said.note
),

listed as (
    select
        year,
        county,
        indicator,
        level,
        item,
        subject_type,
        subject_id,
        list(note order by file, sheet, cell) as notes
    from told
    group by year, county, indicator, level, item, subject_type, subject_id
)

select
    year,
    county,
    indicator,
    level,
    item,
    subject_type,
    subject_id,
    array_to_string(notes[:{{ most }}], '；')
    || case when len(notes) > {{ most }} then '；等 ' || cast(len(notes) as varchar) || ' 处' else '' end as note
from listed
