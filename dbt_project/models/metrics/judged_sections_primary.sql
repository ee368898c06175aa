{{ judged_sections('primary') }}
