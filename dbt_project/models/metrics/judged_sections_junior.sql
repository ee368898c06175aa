{{ judged_sections('junior') }}
