"""An independent reading of the rules, in plain Python, to hold against what the pipeline publishes.

It shares nothing with the pipeline: workbooks are opened as zip archives and read at fixed cell addresses
(the samples' addresses in LAYOUT.md, not the header texts), figures are exact fractions, and the limits are
written down a second time in `standard_2017`. Only the 基础基 forms (2020/2021 and before) are understood.

    result = compute(Path("raw/2017/370321"), 2017, "370321")

Standard library only.
"""

from .arithmetic import Dispersion, coefficient_of_variation, dispersion, split_shares
from .judgement import compute
from .result import Balance, Gap, IndicatorVerdict, OracleResult, SectionFigure, SectionVerdict

__all__ = [
    "Balance",
    "Dispersion",
    "Gap",
    "IndicatorVerdict",
    "OracleResult",
    "SectionFigure",
    "SectionVerdict",
    "coefficient_of_variation",
    "compute",
    "dispersion",
    "split_shares",
]
