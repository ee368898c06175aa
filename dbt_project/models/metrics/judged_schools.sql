select
    roster.year,
    roster.county,
    roster.school_code as subject_id,
    roster.school_name as subject_name,
    {{ figure_column('b10_music_rooms', 'bigint') }},
    {{ figure_column('b10_art_rooms', 'bigint') }},
    {{ figure_column('b10_rooms_required', 'bigint') }},
    {{ figure_column('b11_pupils_single', 'bigint') }},
    {{ figure_column('b11_pupils_through', 'bigint') }},
    {{ figure_column('b13_funded_pupils', 'bigint') }},
    {{ figure_column('b13_allocated_yuan') }},
    {{ figure_column('b13_required_yuan') }},
    {{ figure_column('b16_ratio') }},
    {{ figure_column('b19_ratio') }},
    {{ figure_column('b20_primary_ratio') }},
    {{ figure_column('b20_junior_ratio') }},
    {{ figure_column('b26_ratio') }}
from {{ ref('int_roster_united') }} as roster
left join {{ ref('fct_figures') }} as figures
    on
        roster.year = figures.year
        and roster.county = figures.county
        and roster.school_code = figures.subject_id
        and figures.judged_table = 'judged_schools'
where roster.scope in ('compulsory', 'special', 'unreported')
group by roster.year, roster.county, roster.school_code, roster.school_name
order by roster.year, roster.county, roster.school_code
