"""``junheng withdraw``, ``rollback``, ``prune``, ``backup``, ``restore``: what is published, kept in order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration import machine
from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import FAILED, NOT_LOADED, USAGE, Stop
from orchestration.cli.options import County, var_option, year_argument
from orchestration.publication import wording

if TYPE_CHECKING:
    from orchestration.upkeep import NotFollowedError


def _waiting() -> None:
    click.echo("另一次载入正在进行，等它结束……", err=True)


@click.command(cls=ChineseCommand)
@year_argument
@click.argument("counties", type=County(), metavar="COUNTY…", nargs=-1, required=True)
@var_option
def withdraw(year: int, counties: tuple[str, ...], var: Path) -> None:
    """撤回：发布一份不含这些县的新快照，并撤去它们的成果文件。

    原始填报不动，可以再载入；先前的快照还在，可用 junheng rollback 回到那时。
    """
    from orchestration import upkeep
    from orchestration.publication.snapshot import NotPublishedError

    keys = [(year, county) for county in dict.fromkeys(counties)]
    try:
        published, held = upkeep.withdraw(var, keys, _waiting)
    except upkeep.NotFollowedError as error:
        raise _not_followed("数据已经撤回", error) from error
    except NotPublishedError as error:
        absent = "、".join(f"{y} {county}" for y, county in error.keys or keys)
        raise Stop(NOT_LOADED, f"{absent} 没有已发布的数据，什么也没有撤回。") from error
    click.echo(f"已撤回 {'、'.join(f'{y} {county}' for y, county in keys)}；现有 {len(published.partitions)} 个县次。")
    _held(held)


@click.command(cls=ChineseCommand)
@click.argument("run_id", metavar="[RUN]", required=False)
@var_option
def rollback(run_id: str | None, var: Path) -> None:
    """回到先前的快照：不写 RUN（运行编号）则回到上一份；成果文件随之换回。

    回退之后，写明 RUN 也可以再指向较新的一份。
    """
    from orchestration import upkeep
    from orchestration.publication.lifecycle import NoSnapshotError

    try:
        snapshot, held = upkeep.roll_back(var, run_id, _waiting)
    except upkeep.NotFollowedError as error:
        raise _not_followed(f"已经回到快照 {error.snapshot.run_id}", error) from error
    except NoSnapshotError as error:
        known = "；可以回到：" + "、".join(error.known) if error.known else ""
        wanted = f"快照 {run_id}" if run_id else "更早的快照"
        raise Stop(NOT_LOADED if run_id is None else USAGE, f"没有{wanted}{known}") from error
    partitions = "、".join(f"{record.year} {record.county}" for record in snapshot.partitions) or "（空）"
    click.echo(f"现为快照 {snapshot.run_id}（{wording.local_time(snapshot.created_at)}）：{partitions}")
    _held(held)


@click.command(cls=ChineseCommand)
@click.option("--keep", metavar="N", help="保留几份快照，含现用的一份，至少 1")
@var_option
@click.pass_context
def prune(ctx: click.Context, keep: str | None, var: Path) -> None:
    """清理旧快照：保留现用的和最新的，共 N 份；仍在使用的成果文件一律保留，正在读旧快照的人不受影响。"""
    from orchestration import upkeep

    if keep is None or not keep.isdecimal() or int(keep) < 1:
        ctx.fail("请写明 --keep N：保留几份快照，至少 1")
    done = upkeep.prune(var, int(keep), _waiting)
    click.echo(f"保留 {len(done.kept)} 份，清理 {len(done.removed)} 份。")
    if done.held:
        click.echo(f"正被打开、下次再清理的：{'、'.join(done.held)}", err=True)


@click.command(cls=ChineseCommand)
@click.argument("file", metavar="FILE")
@var_option
def backup(file: str, var: Path) -> None:
    """备份：把现在发布的数据、成果文件、收件登记写成一个文件，可在别的机器上恢复。"""
    from orchestration import upkeep
    from orchestration.publication.backup import BackupError, NothingPublishedError

    target = Path(file).absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise Stop(USAGE, f"错误：没有文件夹 {target.parent}，或 {target} 是文件夹")
    try:
        count = upkeep.back_up(var, target, _waiting)
    except NothingPublishedError as error:
        raise Stop(NOT_LOADED, f"{error}请先运行：junheng load YEAR COUNTY") from error
    except BackupError as error:
        raise Stop(USAGE, f"错误：{error}") from error
    except OSError as error:
        raise Stop(USAGE, f"错误：{_refused_by(error, target, var)}") from error
    click.echo(f"已备份 {count} 个文件：{target}")


@click.command(cls=ChineseCommand)
@click.argument("file", metavar="FILE")
@var_option
def restore(file: str, var: Path) -> None:
    """恢复：核对备份里每个文件的散列，然后在 --var 的文件夹里恢复；那里须没有发布过数据。"""
    from orchestration import upkeep
    from orchestration.publication.backup import BackupError

    source = Path(file).absolute()
    if not source.is_file():
        raise Stop(USAGE, f"错误：没有文件 {source}")
    try:
        snapshot = upkeep.restore(source, var, _waiting)
    except upkeep.NotFollowedError as error:
        raise _not_followed(f"已恢复并发布快照 {error.snapshot.run_id}", error) from error
    except BackupError as error:
        raise Stop(USAGE, f"错误：{error}") from error
    except OSError as error:
        raise Stop(USAGE, f"错误：恢复不了（{machine.at_a_path(error)}）；什么也没有改变。") from error
    click.echo(f"已恢复快照 {snapshot.run_id}，{len(snapshot.partitions)} 个县次：{snapshot.duckdb}")


def _not_followed(done: str, error: NotFollowedError) -> Stop:
    """What was done, and what was not: as a load says it."""
    return Stop(FAILED, f"{done}，成果文件还没有放全：{error}\n下一次命令会补齐。")


def _refused_by(error: OSError, target: Path, var: Path) -> str:
    """Which file could not be written for a backup: the target, or the working folder's own lock."""
    from orchestration.lock import LOCK

    why = machine.at_a_path(error)
    at = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else target
    if at.name == LOCK and at.parent == var:
        return f"{at} 写不进去（{why}）：备份时要锁住工作文件夹，请让它可写"
    if at.is_relative_to(var.resolve()) and at.parent != target.parent:
        return f"{at} 打不开（{why}），没有备份"
    return f"{target} 写不进去（{why}）"


def _held(held: Sequence[Path]) -> None:
    if held:
        click.echo(f"正被打开、下次载入时再换的文件：{'、'.join(str(path) for path in held)}", err=True)
