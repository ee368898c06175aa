-- What: two rows of a staging or intermediate model with the same key, or a key with a part unknown.
-- When: a return was read twice, an export says a thing twice, or a join multiplies rows.
-- Resolve: look at the key named; for stg_ models mend the reader, for int_ models the join.
-- Addends are views over millions of rows: a repeated one is found where they are written, in mart_figure_addends.
{{ broken_keys([
    ('stg_partitions', ['year', 'county'], []),
    ('stg_schools', ['year', 'county', 'school_code'], []),
    ('stg_school_levels', ['year', 'county', 'school_code', 'level'], []),
    ('stg_school_resources', ['year', 'county', 'school_code'], []),
    ('stg_supplement', ['year', 'county', 'school_code'], []),
    ('stg_rooms', ['year', 'county', 'row_id'], []),
    ('stg_county_return', ['year', 'county', 'indicator', 'item'], []),
    ('stg_county_profile', ['year', 'county', 'line'], []),
    ('stg_task_decomposition', ['year', 'county', 'indicator'], []),
    ('stg_standards', ['standard', 'test_id'], []),
    ('stg_standard_parameters', ['standard', 'name'], []),
    ('int_sections_scoped', ['year', 'county', 'school_code', 'level'], []),
    ('int_grades_counted', ['year', 'county', 'school_code', 'level'], []),
    ('int_section_shares', ['year', 'county', 'school_code', 'level'], []),
    ('int_roster_united', ['year', 'county', 'school_code'], []),
    ('int_rooms_counted', ['year', 'county', 'school_code', 'kind', 'row_id'], ['row_id']),
    ('int_school_figures_concerned', ['year', 'county', 'school_code', 'judged_column'], []),
    ('int_figures_summed', ['year', 'county', 'judged_table', 'judged_column', 'subject_id'], []),
]) }}
