select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(school_code as varchar) as school_code,
    cast(school_name as varchar) as school_name,
    cast(built_year as integer) as built_year,
    cast(boarding as boolean) as boarding,
    cast(certified_teachers as bigint) as certified_teachers,
    cast(trained_teachers as bigint) as trained_teachers,
    cast(budget_yuan as decimal(20, 4)) as budget_yuan,
    cast(funded_pupils as bigint) as funded_pupils,
    cast(allocated_yuan as decimal(20, 4)) as allocated_yuan,
    cast(training_yuan as decimal(20, 4)) as training_yuan,
    cast(primary_in_catchment as bigint) as primary_in_catchment,
    cast(junior_in_catchment as bigint) as junior_in_catchment,
    cast(town as varchar) as town
from {{ source('landing', 'supplement') }}
