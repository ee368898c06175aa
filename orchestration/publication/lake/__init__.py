"""Published data shared by several machines: a DuckLake whose catalogue is in PostgreSQL, its Parquet in one folder.

Used instead of ``var/published`` where ``JUNHENG_WAREHOUSE`` says so. Belongs here: attaching, committing a load in one
transaction, opening a version for reading. Does not belong here: what is published (``export``) or read (``reader``).
"""
