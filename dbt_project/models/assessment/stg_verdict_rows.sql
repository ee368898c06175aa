{{ config(materialized='rebuilt_view') }}
select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(standard as varchar) as standard,
    cast(test_id as varchar) as test_id,
    cast(subject_type as varchar) as subject_type,
    cast(subject_id as varchar) as subject_id,
    cast(verdict as varchar) as verdict
from {{ source('judgement', 'verdict_rows') }}
