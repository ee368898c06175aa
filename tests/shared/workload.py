"""Publishers and readers as processes of their own: many loads of few counties, so that they meet.

A publisher notes every run before it publishes and again once it has been told that it is published; a killed one
leaves a run that may or may not be there. What each run publishes follows from its number of pupils alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from orchestration import progress
from orchestration.publication import reader, snapshot
from orchestration.publication.lake import committing
from tests.unit.publication import fake_warehouse as fake

COUNTIES = ("370321", "370322", "370323", "370324", "370325", "370326")


def publisher(var: Path, log: Path, seconds: float, seed: str) -> None:
    """Publish one or two counties again and again; every other publisher waits for no turn, so that they collide."""
    dice = random.Random(seed)
    if int(seed.removeprefix("publisher").partition(".")[0]) % 2:
        committing._TURN_SECONDS = 0.0
    end = time.monotonic() + seconds
    again: list[str] = []

    def listen(step: progress.Progress) -> None:
        if step.detail.startswith(("别人先发布了", "连不上")):
            again.append(step.detail)

    number = 0
    with log.open("a", encoding="utf-8") as notes, progress.listening(listen):
        while time.monotonic() < end:
            number += 1
            run_id = f"{seed}-{number}"
            counties = sorted(dice.sample(COUNTIES, dice.choice((1, 1, 2))))
            pupils = dice.randrange(1, 2000)
            fake.build(var, counties, pupils=pupils)
            again.clear()
            note(notes, run=run_id, counties=counties, pupils=pupils, at="begun")
            snapshot.sweep(var)
            began = time.monotonic()
            snapshot.publish(var, run_id, [fake.partition(county) for county in counties])
            note(notes, run=run_id, at="published", seconds=round(time.monotonic() - began, 2), again=list(again))


def note(notes: object, **said: object) -> None:
    """One line, at once."""
    print(json.dumps(said, ensure_ascii=False), file=notes, flush=True)  # type: ignore[call-overload]


def look(state: snapshot.Snapshot, pupils_of: Mapping[str, int] | None = None) -> list[str]:
    """What is wrong with a state: a county twice, half, or mixed of two runs; nothing, if all is well."""
    wrong: list[str] = []
    listed = [(record.year, record.county) for record in state.partitions]
    if len(set(listed)) != len(listed):
        wrong.append(f"listed twice: {listed}")
    with reader.opened(state) as connection:
        for record in state.partitions:
            where = f"year = {record.year} AND county = '{record.county}'"
            counts = [
                connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
                for table in ("marts.counties", "marts.verdicts", "marts.schools", "evidence.received")
            ]
            if counts != [(1,), (33,), (5,), (1,)]:
                wrong.append(f"{record.county} of {record.run_id}: rows {counts}")
            [(shown, evident)] = connection.execute(
                f"""
                SELECT
                    (SELECT any_value(pupils) FROM marts.section_metrics
                        WHERE {where} AND school_code = '{fake.NINE_YEAR}'),
                    (SELECT any_value(value) FROM evidence.cells
                        WHERE {where} AND field = 'pupils' AND level = 'primary' AND record_id = '{fake.NINE_YEAR}')
                """
            ).fetchall()
            expected = pupils_of.get(record.run_id) if pupils_of else None
            if shown != evident or (expected is not None and shown != expected):
                wrong.append(f"{record.county} of {record.run_id}: pupils {shown}, {evident}, expected {expected}")
        known = {row[0] for row in connection.execute("SELECT county FROM marts.counties").fetchall()}
    if known != {county for _, county in listed}:
        wrong.append(f"marts hold {sorted(map(str, known))}, listed are {listed}")
    return wrong


def read(var: Path, log: Path, seconds: float) -> None:
    """Read the newest state again and again; every error is noted."""
    end = time.monotonic() + seconds
    reads = 0
    with log.open("a", encoding="utf-8") as notes:
        while time.monotonic() < end:
            try:
                state = reader.current(var)
                wrong = look(state) if state is not None else []
                reads += 1
            except Exception as error:
                wrong = [f"{type(error).__name__}: {error}"]
            for one in wrong:
                note(notes, wrong=one)
            time.sleep(1)  # a dashboard asks often, and not without a breath
        note(notes, reads=reads)


def main() -> None:
    """``publisher VAR LOG SECONDS SEED`` or ``reader VAR LOG SECONDS -``."""
    options = argparse.ArgumentParser()
    options.add_argument("kind", choices=("publisher", "reader"))
    options.add_argument("var", type=Path)
    options.add_argument("log", type=Path)
    options.add_argument("seconds", type=float)
    options.add_argument("seed")
    given = options.parse_args(sys.argv[1:])
    if given.kind == "publisher":
        publisher(given.var, given.log, given.seconds, given.seed)
    else:
        read(given.var, given.log, given.seconds)


if __name__ == "__main__":
    main()
