-- The verdicts somebody has to look at: what is not met, and what cannot be claimed.
select *
from {{ ref('int_verdicts_measured') }}
where verdict <> 'met'
