"""Reading room: workbooks as received → typed, located values, or a fault that says how to mend them.

Belongs here: opening files safely, finding fields by header text (layout tables in ``layouts/``), casting cell by
cell, checks of consistency, landing as Parquet. Does not belong here: thresholds, indicators, verdicts.
"""
