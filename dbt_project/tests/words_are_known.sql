-- What: a level, scope, kind, test or direction that no model knows.
-- When: the reader or the suites gained a word; joins on it would quietly find nothing.
-- Resolve: teach the models the word, or mend the reader or the suite.
select
    'stg_schools.scope' as field,
    scope as word
from {{ ref('stg_schools') }}
where scope is null or scope not in ('compulsory', 'special', 'vocational', 'senior')
union all
select
    'stg_school_levels.level' as field,
    level as word
from {{ ref('stg_school_levels') }}
where level is null or level not in ('primary', 'junior', 'senior', 'special')
union all
select
    'stg_rooms.kind' as field,
    kind as word
from {{ ref('stg_rooms') }}
where kind is null or kind not in ('music', 'art')
union all
select
    'stg_standards.test' as field,
    test as word
from {{ ref('stg_standards') }}
where test is null or test not in ('standard', 'floor', 'balance', 'rule', 'detail')
union all
select
    'stg_standards.direction' as field,
    direction as word
from {{ ref('stg_standards') }}
where direction is null or direction not in ('min', 'max', 'in_set')
