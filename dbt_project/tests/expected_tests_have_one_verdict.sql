-- What: a test that is expected and has no verdict, or a verdict that nobody expected.
-- When: the judge lost or invented rows, or verdicts of another load lie in the folder.
-- Resolve: judge again from the tables of this load; verdicts are complete by construction, never patched.
with expected as (
    select
        year,
        county,
        test_id,
        subject_type,
        subject_id
    from {{ ref('expected_tests') }}
),

judged as (
    select
        year,
        county,
        test_id,
        subject_type,
        subject_id
    from {{ ref('stg_verdict_rows') }}
)

select
    *,
    'no verdict' as fault
from (
    select * from expected
    except all
    select * from judged
) as unanswered
union all
select
    *,
    'not expected' as fault
from (
    select * from judged
    except all
    select * from expected
) as unasked
