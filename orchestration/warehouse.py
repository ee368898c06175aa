"""dbt in process: one parsed manifest for any working folder, two selections, and the DuckDB lock given back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import progress
from orchestration.settings import DBT_PROJECT, go_quiet

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_KEPT_PARSES = 4  # other versions of the project may be loading at this moment
_IGNORED = {"target", "logs", "dbt_packages"}


class DbtFailed(Exception):
    """dbt could not build a selection, or one of its tests failed: a defect of ours or of the machine (exit 1)."""


@dataclass(frozen=True)
class NodeOutcome:
    """What became of one dbt node. ``rows`` only where dbt reports them; ``failures`` for tests."""

    unique_id: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str


@cache
def project_digest() -> str:
    """sha256 over the dbt project and dbt's version: names the parsed manifest it belongs to."""
    from importlib.metadata import version

    digest = hashlib.sha256("|".join(version(name) for name in ("dbt-core", "dbt-duckdb")).encode())
    for path in sorted(DBT_PROJECT.rglob("*")):
        relative = path.relative_to(DBT_PROJECT)
        if path.is_file() and not _IGNORED & set(relative.parts):
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def prepare_manifest(var: Path) -> Path:
    """Path of ``manifest.json`` for the project as it is now; parsed once for all working folders.

    It is kept in the project's own target folder, or under ``var`` where that cannot be written. Raises DbtFailed
    where the project does not parse.
    """
    folder = _parsed_folder(var) / project_digest()
    manifest = folder / "manifest.json"
    if manifest.exists() and (folder / "partial_parse.msgpack").exists():
        return manifest
    parsing = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(parsing, ignore_errors=True)
    parsing.mkdir(parents=True)
    progress.report("准备", "解析 dbt 项目")
    with _environment(var):
        _invoke(["parse", *_common_arguments(parsing)], None)
    try:
        parsing.rename(folder)
    except OSError:  # another process has parsed the same project in the meantime
        shutil.rmtree(parsing, ignore_errors=True)
    parsed = sorted(folder.parent.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime)
    # The one just made stays whatever the clock said when the others were.
    for old in [path for path in parsed if path != manifest][: -(_KEPT_PARSES - 1)]:
        shutil.rmtree(old.parent, ignore_errors=True)
    return manifest


def _parsed_folder(var: Path) -> Path:
    target = DBT_PROJECT / "target"
    try:
        target.mkdir(exist_ok=True)
    except OSError:
        return var.resolve() / "dbt"
    return target if os.access(target, os.W_OK) else var.resolve() / "dbt"


def manifest_content(var: Path) -> dict[str, Any]:
    """The parsed manifest as Dagster wants it."""
    return json.loads(prepare_manifest(var).read_bytes())


def build(selector: str, var: Path) -> list[NodeOutcome]:
    """Run one selection (`selectors.yml`) of the project with its tests, in process.

    Raises DbtFailed naming every node that failed.
    """
    var = var.resolve()
    folder = prepare_manifest(var).parent
    target = var / "dbt" / "run"
    with _environment(var):
        results = _invoke(
            ["build", "--selector", selector, "--no-write-json", *_common_arguments(target)],
            _load_manifest(folder),
            stage="计算" if selector == "metrics" else "汇总",
        )
    outcomes = [_outcome(result) for result in results]
    failed = [outcome for outcome in outcomes if outcome.status not in ("success", "pass", "warn", "no-op")]
    if failed:
        lines = "\n".join(f"  {outcome.unique_id}: {outcome.status} {outcome.message}" for outcome in failed[:20])
        raise DbtFailed(f"dbt 的 {selector} 有 {len(failed)} 个节点没有通过：\n{lines}")
    return outcomes


def _outcome(result: Any) -> NodeOutcome:  # noqa: ANN401 - dbt's result types are private
    return NodeOutcome(
        str(result.node.unique_id),
        str(getattr(result.node.resource_type, "value", result.node.resource_type)),
        str(getattr(result.status, "value", result.status)),
        float(result.execution_time or 0),
        result.failures,
        str(result.message or ""),
    )


def _common_arguments(target: Path) -> list[str]:
    return [
        "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target),
        "--log-path", str(target), "--log-level", "none", "--log-level-file", "none", "--no-use-colors",
        "--no-version-check", "--no-send-anonymous-usage-stats", "--no-populate-cache",
    ]  # fmt: skip


@contextlib.contextmanager
def _environment(var: Path) -> Generator[None]:
    """profiles.yml takes the working folder from the environment."""
    before = os.environ.get("JUNHENG_VAR")
    os.environ["JUNHENG_VAR"] = str(var.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ["JUNHENG_VAR"]
        else:
            os.environ["JUNHENG_VAR"] = before


@cache
def _load_manifest(folder: Path) -> Manifest:
    from dbt.contracts.graph.manifest import Manifest

    return Manifest.from_msgpack((folder / "partial_parse.msgpack").read_bytes())  # type: ignore[attr-defined]


def _invoke(arguments: list[str], manifest: Manifest | None, stage: str = "") -> list[Any]:
    go_quiet()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    done = 0

    def listen(event: Any) -> None:  # noqa: ANN401 - a protobuf message without types
        nonlocal done
        if event.info.name == "NodeFinished":
            done += 1
            progress.report(stage, str(event.data.node_info.node_name), done)

    runner = dbtRunner(manifest=manifest, callbacks=[listen] if stage else [])
    # dbt writes to stdout whatever its log level; stdout belongs to the command that runs us.
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise):
            result = runner.invoke(arguments)  # pyright: ignore[reportUnknownMemberType]
    finally:
        # dbt keeps the file open after returning, and DuckDB lets no other reader in while it does.
        DuckDBConnectionManager.close_all_connections()
    if result.exception is not None:
        raise DbtFailed(f"dbt {arguments[0]} 失败：{result.exception}") from result.exception
    if not result.success and not getattr(result.result, "results", None):
        raise DbtFailed(f"dbt {arguments[0]} 失败：{noise.getvalue()[-2000:]}")
    return list(getattr(result.result, "results", []))
