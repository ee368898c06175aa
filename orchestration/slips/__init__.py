"""Return slips (退回单): what each school, and the county itself, must mend, as .xlsx and printable HTML.

Belongs here: whose fault is whose, and how a slip looks. Does not belong here: finding faults (reading does), words of
a fault (the catalogue has them), figures and verdicts.
"""
