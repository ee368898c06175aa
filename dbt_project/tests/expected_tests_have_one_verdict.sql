-- What: a test that is expected and has no verdict, or a verdict that nobody expected.
-- When: the judge lost or invented rows, or verdicts of another load lie in the folder.
-- Resolve: judge again from the tables of this load; verdicts are complete by construction, never patched.
with answers as (
    select
        year,
        county,
        test_id,
        subject_type,
        subject_id,
        1 as expected,
        0 as judged
    from {{ ref('expected_tests') }}
    union all
    select
        year,
        county,
        test_id,
        subject_type,
        subject_id,
        0 as expected,
        1 as judged
    from {{ ref('stg_verdict_rows') }}
),

-- Millions of rows are counted by a number, the hash of their key; only those that do not fit are named.
misfits as (
    select hash(year, county, test_id, subject_type, subject_id) as key
    from answers
    group by all
    having sum(expected) <> 1 or sum(judged) <> 1
)

select
    year,
    county,
    test_id,
    subject_type,
    subject_id,
    sum(expected) as expected,
    sum(judged) as judged
from answers
where hash(year, county, test_id, subject_type, subject_id) in (from misfits)
group by year, county, test_id, subject_type, subject_id
having sum(expected) <> 1 or sum(judged) <> 1
