select
    partitions.year,
    partitions.county,
    partitions.county as subject_id,
    coalesce(partitions.county_name, partitions.county) as subject_name,
    {% for column in [
        'b8', 'b9_construction', 'b9_staffing', 'b9_funding', 'b9_equipment', 'b15_performance_pay', 'b17',
        'b21_rural_tilt', 'b22_care_system', 'b25_charters', 'b25_informatisation', 'b27', 'b28', 'b29', 'b30',
        'b31_chinese_level', 'b31_mathematics_level', 'b31_science_level', 'b31_physical_education_level',
        'b31_arts_level', 'b31_moral_education_level',
        'v_exam_admission', 'v_school_choice', 'v_key_schools',
    ] %}
    {{ text_column(column) }},
    {% endfor %}
    {{ text_column('v_key_classes') }}
from {{ ref('stg_partitions') }} as partitions
left join {{ ref('fct_figures') }} as figures
    on
        partitions.year = figures.year
        and partitions.county = figures.county
        and figures.judged_table = 'judged_conclusions'
group by partitions.year, partitions.county, partitions.county_name
order by partitions.year, partitions.county
