select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(indicator as varchar) as indicator,
    cast(measure as varchar) as measure,
    cast(deadline as date) as deadline,
    cast(deadline_text as varchar) as deadline_text,
    cast(responsible_units as varchar[]) as responsible_units
from {{ source('landing', 'task_decomposition') }}
