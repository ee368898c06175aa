-- What: two rows of an assessment model with the same key, or a key with a part unknown.
-- When: a join with standards, figures or tasks multiplies rows.
-- Resolve: look at the key named and at what its model joins.
{{ broken_keys([
    ('int_verdicts_classified', ['year', 'county', 'test_id', 'subject_id'], []),
    ('int_verdicts_unmet', ['year', 'county', 'test_id', 'subject_id'], []),
    ('int_section_verdicts', ['year', 'county', 'school_code', 'level'], []),
    ('int_school_verdicts', ['year', 'county', 'school_code'], []),
    ('int_indicator_verdicts', ['year', 'county', 'indicator'], []),
    ('int_county_verdicts', ['year', 'county'], []),
    ('int_gaps_listed', ['year', 'county', 'indicator', 'test', 'level', 'subject_id', 'item'], ['level', 'item']),
    ('int_county_counts', ['year', 'county', 'indicator', 'item', 'level'], ['level']),
    ('int_statements_of_resources', ['year', 'county', 'indicator'], []),
    ('int_statements_of_facilities', ['year', 'county', 'indicator'], []),
    ('int_statements_of_other_tests', ['year', 'county', 'indicator'], []),
    ('int_statements_worded', ['year', 'county', 'indicator'], []),
]) }}
