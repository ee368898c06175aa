"""The limits of each standard edition, and the judging of warehouse tables against them.

What belongs here: the native Great Expectations suites (`national_2017/*.json`), which are the only place a
threshold is written, and the code that exports, judges with, and documents them. What does not: reading
workbooks, computing indicators, or wording gaps.
"""
