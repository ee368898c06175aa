{{ config(materialized='rebuilt_view') }}
-- Each verdict with the kind of test it answers. Most are met, and nobody asks what was compared there: figures are
-- left to int_verdicts_compared, names to int_verdicts_measured.
select
    verdicts.year,
    verdicts.county,
    verdicts.standard,
    verdicts.test_id,
    split_part(verdicts.test_id, '.', 1) as indicator,
    -- A school that did not report stands on the list where its sections would.
    coalesce(standards.test, case verdicts.test_id when 'B12.unreported' then 'rule' else 'standard' end) as test,
    standards.level,
    verdicts.subject_type,
    verdicts.subject_id,
    verdicts.verdict,
    verdicts.test_id like '%.unreported' as is_unreported
from {{ ref('stg_verdict_rows') }} as verdicts
left join {{ ref('stg_standards') }} as standards
    on verdicts.standard = standards.standard and verdicts.test_id = standards.test_id
