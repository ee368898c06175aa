"""Limits stand in the suites and nowhere else: neither in SQL nor in the Python of the other rooms.

What is this: a search for the suites' own numbers in code. When does it matter: a limit written twice will one
day differ. How to resolve: join `standards` or `standard_parameters`, or pass the limit in.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from synthetic import SUITES

ROOT = Path(__file__).parents[3]
NUMBERS = {test.limit for suite in SUITES for test in suite.tests if test.limit is not None} | {
    parameter.value for suite in SUITES for parameter in suite.parameters
}
# Nought, one, "per hundred" and the scale of a DECIMAL stand in any SQL.
SQL_NUMBERS = NUMBERS - {0, 1, 6, 100}
# In Python only what can hardly be anything else counts wherever it stands; the others where they are compared.
TELLING = {number for number in NUMBERS if not number.is_integer() and (number > 1 or len(repr(number)) > 4)}
COMPARED = NUMBERS - {0, 1, 6, 12}


def limits_in_sql(text: str) -> list[float]:
    code = re.sub(r"\{#.*?#\}|/\*.*?\*/", "", text, flags=re.DOTALL)
    code = re.sub(r"--.*|'[^'\n]*'", "", code)
    return [n for n in map(float, re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", code)) if n in SQL_NUMBERS]


def numbers_in(node: ast.AST) -> set[float]:
    return {
        float(child.value)
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, int | float)
    }


def limits_in_python(text: str) -> list[float]:
    tree = ast.parse(text)
    compared = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant)
        for number in numbers_in(side)
    }
    return sorted((compared & COMPARED) | (numbers_in(tree) & TELLING))


def test_the_search_finds_what_it_looks_for() -> None:
    assert limits_in_sql("select b4 >= 4.5 as met, '4.5' -- 4.5\n from t where classes > 45") == [4.5, 45.0]
    assert limits_in_python("met = area >= 96\nfloor = 3.825\nwidth = 96") == [3.825, 96.0]


def test_no_limit_stands_in_sql() -> None:
    files = sorted((ROOT / "dbt_project").rglob("*.sql"))
    files = [path for path in files if "target" not in path.parts]
    found = {
        str(path.relative_to(ROOT)): limits for path in files if (limits := limits_in_sql(path.read_text("utf-8")))
    }
    assert not found


def test_no_limit_stands_in_python() -> None:
    files = [path for room in ("orchestration", "expectations") for path in sorted((ROOT / room).rglob("*.py"))]
    assert files
    found = {
        str(path.relative_to(ROOT)): limits for path in files if (limits := limits_in_python(path.read_text("utf-8")))
    }
    assert not found
