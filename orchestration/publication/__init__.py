"""Publication: the snapshot that others read, the papers, and what a reader needs to find its way in them.

Belongs here: exporting marts and evidence, the atomic pointer, refusal records, the rows of the reading
commands, and the official papers. Does not belong here: computing a figure or a verdict.

Importing this package, ``pointer``, ``reader``, ``tracing`` or ``refusals`` stays light (duckdb at most): the
reading commands start in well under a second because of it.
"""
