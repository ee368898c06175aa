"""Begins a standard edition as a copy of another, with names and ids of its own; then its limits are changed by hand.

`python -m expectations.new_edition national-2017 shandong-2024 [FOLDER]`; FOLDER is `JUNHENG_STANDARDS`, or this one.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import click

from expectations.suite_reading import expectation_id
from expectations.suites import OWN_STANDARDS, SuiteError, edition_folder, editions, load_suites

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


def copy_edition(source: str, name: str, place: Path) -> Path:
    """Write the suites of `source` as the edition `name` under `place`; its folder.

    Raises SuiteError where there is no such source, or the name is taken or is none.
    """
    if not _NAME.fullmatch(name):
        raise SuiteError(f"标准名“{name}”不合式：小写字母、数字，以“-”相连，如 shandong-2024")
    folder = place / name.replace("-", "_")
    if name in editions() or folder.exists():
        raise SuiteError(f"已有标准“{name}”")
    load_suites(source)
    folder.mkdir(parents=True)
    for path in sorted(edition_folder(source).glob("judged_*.json")):
        suite: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        suite["id"] = expectation_id(name, path.stem)
        suite["name"] = str(suite["name"]).replace(source, name)
        suite["meta"]["standard"] = name
        for expectation in suite["expectations"]:
            expectation["id"] = expectation_id(name, expectation["meta"]["test_id"])
        text = json.dumps(suite, ensure_ascii=False, indent=2)
        (folder / path.name).write_text(text + "\n", encoding="utf-8")
    load_suites(name, folder)
    return folder


@click.command()
@click.argument("source", metavar="现有标准")
@click.argument("name", metavar="新标准")
@click.argument("place", metavar="[文件夹]", type=click.Path(path_type=Path), required=False)
def main(source: str, name: str, place: Path | None) -> None:
    """以一版现有标准为底，新建一版标准。"""
    try:
        folder = copy_edition(source, name, place or Path(os.environ.get(OWN_STANDARDS) or Path(__file__).parent))
    except SuiteError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"已建 {folder}：请逐条改 kwargs 的数值与 description，然后 junheng load … --standard {name}")


if __name__ == "__main__":
    main()
