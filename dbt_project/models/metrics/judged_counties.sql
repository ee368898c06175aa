select
    partitions.year,
    partitions.county,
    partitions.county as subject_id,
    coalesce(partitions.county_name, partitions.county) as subject_name,
    {% for level in ['primary', 'junior'] %}
    {% for indicator in ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'] %}
    {{ figure_column(indicator ~ '_cv_' ~ level) }},
    {% endfor %}
    {% endfor %}
    {% for column in [
        'b14_yuan_per_pupil', 'b15_teacher_pay_yuan', 'b15_civil_servant_pay_yuan', 'b16_ratio',
        'b18_exchange_ratio', 'b18_backbone_ratio', 'b19_ratio', 'b20_primary_ratio', 'b20_junior_ratio',
        'b21_allotment_ratio', 'b22_ratio', 'b23_retention_ratio', 'b24_ratio', 'c1_ratio',
        'b31_chinese_rate', 'b31_mathematics_rate', 'b31_science_rate', 'b31_physical_education_rate',
        'b31_arts_rate',
    ] %}
    {{ figure_column(column) }},
    {% endfor %}
    {{ figure_column('b31_moral_education_rate') }}
from {{ ref('stg_partitions') }} as partitions
left join {{ ref('fct_figures') }} as figures
    on
        partitions.year = figures.year
        and partitions.county = figures.county
        and figures.judged_table = 'judged_counties'
group by partitions.year, partitions.county, partitions.county_name
order by partitions.year, partitions.county
