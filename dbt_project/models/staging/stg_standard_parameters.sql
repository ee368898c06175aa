select
    cast(standard as varchar) as standard,
    cast(indicator as varchar) as indicator,
    cast(name as varchar) as name,
    cast(value as decimal(18, 6)) as value
from {{ source('expectations', 'standard_parameters') }}
