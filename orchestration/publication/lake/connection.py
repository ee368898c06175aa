"""Connections to the shared warehouse: extensions loaded from their packages, the lake attached as ``junheng``."""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orchestration.publication.lake.place import DATA, LAKE, WAREHOUSE, LakeError, Place, redacted
from orchestration.publication.sql import literal

if TYPE_CHECKING:
    import duckdb

# A server that restarts is back within seconds; who waits longer should be told.
READER_PATIENCE, WRITER_PATIENCE = 20.0, 120.0
_TRIES = 5
_UNREACHABLE = (
    'failed to execute query "rollback"',
    'failed to execute query "begin',
    # DuckLake's own transaction in PostgreSQL broke off within one of our statements.
    "current transaction is aborted",
    "unable to connect to postgres",
    "could not connect",
    "server closed the connection",
    "terminating connection",
    "no connection to the server",
    "connection to server",
    "the database system is",
    "could not receive data from server",
    "could not send data to server",
)
# Also of two that create the catalogue at the same moment.
_CONFLICTS = (
    "transaction conflict",
    "could not serialize",
    "duplicate key value",
    "already exists",
    "maximum retry count",
)
_DENIED = ("permission denied", "read-only transaction", "attached in read-only mode")
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

_idle: list[duckdb.DuckDBPyConnection] = []


class EmptyError(LakeError):
    """Nobody has published into this catalogue yet."""


class ConflictError(LakeError):
    """Another publisher came first; nothing was written, and the work may be begun again."""


class UnreachableError(LakeError):
    """PostgreSQL cannot be reached, or went away; what was being written is not there, or (commit) unknown."""


class AwayError(UnreachableError):
    """PostgreSQL was waited for as long as is reasonable: trying again would only make somebody wait longer."""


@contextmanager
def attached(
    where: Place, *, version: int | None = None, write: bool = False, patience: float | None = None
) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection whose current database is the lake; read-only, at ``version`` where given, unless ``write``.

    Waits ``patience`` seconds for a server that is away. Raises AwayError, LakeError.
    """
    seconds = patience if patience is not None else WRITER_PATIENCE if write else READER_PATIENCE
    end = time.monotonic() + seconds
    while True:
        connection = _idle.pop() if _idle else _loaded()
        try:
            _attach(connection, where, version, write=write)
            break
        except UnreachableError as error:
            _put_back(connection)
            if time.monotonic() > end:
                raise AwayError(f"等了 {seconds:.0f} 秒，{error}") from None
            time.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - not for secrets
        except BaseException:
            _put_back(connection)
            raise
    try:
        yield connection
    finally:
        _put_back(connection)


@contextmanager
def steady(where: Place, version: int) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection at one version that outlives the server: a statement during which it went away is run again.

    The version never changes and nothing is written, so no answer can differ. Raises what `attached` raises.
    """
    connection = _Steady(where, version)
    try:
        yield cast("duckdb.DuckDBPyConnection", connection)
    finally:
        connection.close()


class _Answer:
    """What a statement answered, with the methods that readers ask it by."""

    def __init__(self, description: list[tuple[Any, ...]], rows: list[Any]) -> None:
        self.description = description
        self._rows = rows
        self._next = 0

    def fetchone(self) -> Any:
        """The next row, or None."""
        self._next += 1
        return self._rows[self._next - 1] if self._next <= len(self._rows) else None

    def fetchall(self) -> list[Any]:
        """All rows that have not been fetched yet."""
        rest, self._next = self._rows[self._next :], len(self._rows)
        return rest


class _Steady:
    """DuckDB's connection, but for what happens when the server goes away."""

    def __init__(self, where: Place, version: int) -> None:
        self._place = where
        self._version = version
        self._held = ExitStack()
        self._connection = self._held.enter_context(attached(where, version=version))

    def execute(self, query: object, parameters: object = None) -> _Answer:
        """Run a statement to its last row: only then has the lake no more to say.

        Raises AwayError when the server does not come back, UnreachableError when it goes away each time, and
        duckdb.Error.
        """
        import duckdb

        problem: LakeError = UnreachableError()
        for _ in range(_TRIES):
            try:
                done = self._connection.execute(query, parameters)  # pyright: ignore[reportArgumentType]
                described = list(done.description or ())
                return _Answer(described, done.fetchall() if described else [])
            except duckdb.Error as error:
                problem = explained(error)
                if not isinstance(problem, UnreachableError):
                    raise
            # Not even its own settings can be changed while the lake it stands on is away: another one.
            self.close()
            self._connection = self._held.enter_context(attached(self._place, version=self._version))
        raise problem

    def close(self) -> None:
        """Give the connection back."""
        self._held.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _loaded() -> duckdb.DuckDBPyConnection:
    """DuckDB with the extensions. Checking their signatures takes longer than all else, so an instance is kept."""
    import duckdb

    connection = duckdb.connect(config=_CONFIG)
    for name in ("postgres_scanner", "ducklake"):
        connection.execute(f"LOAD {literal(_extension(name))}")
    return connection


def _put_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave nothing attached; an instance that cannot be cleaned (a query locks its settings) is not used again."""
    import duckdb

    try:
        # None may be open, or its server gone: then closing within it would take the whole process along.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
        if locked is None or locked[0]:
            connection.close()
            return
        connection.execute("USE memory")
        names = connection.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal").fetchall()
        for (name,) in names:
            if name != "memory" and not str(name).startswith("__ducklake_metadata_"):
                connection.execute(f"DETACH {name}")
    except duckdb.Error:
        connection.close()
    else:
        _idle.append(connection)


def _attach(connection: duckdb.DuckDBPyConnection, where: Place, version: int | None, *, write: bool) -> None:
    import duckdb

    options = ["DATA_INLINING_ROW_LIMIT 0", f"DATA_PATH {literal(f'{where.tables}/')}"]
    if write:
        where.tables.mkdir(parents=True, exist_ok=True)
    else:  # a reader may have the folder mounted elsewhere; a writer there would hide its files from the others
        options += ["READ_ONLY", "CREATE_IF_NOT_EXISTS false", "OVERRIDE_DATA_PATH true"]
    if version is not None:
        options.append(f"SNAPSHOT_VERSION {int(version)}")
    try:
        connection.execute(f"ATTACH {literal(f'ducklake:postgres:{where.dsn}')} AS {LAKE} ({', '.join(options)})")
        connection.execute(f"USE {LAKE}")
    except duckdb.Error as error:
        raise explained(error) from None


def _extension(name: str) -> Path:
    """The signed binary of the installed duckdb's version. Raises LakeError where its package is not installed."""
    import duckdb

    package = f"duckdb_extension_{name}"
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" if spec and spec.origin else None
    file = path / f"{name}.duckdb_extension" if path else None
    if file is None or not file.is_file():
        raise LakeError(
            f"共享模式需要软件包 {package.replace('_', '-')} {duckdb.__version__}："
            "pip install -r requirements-shared.lock"
        )
    return file


def explained(error: Exception) -> LakeError:
    """DuckDB's error as ours: in one line, without secrets, and saying what to look at."""
    text = " ".join(redacted(str(error)).split())
    low = text.lower()
    if "creating a new ducklake is explicitly disabled" in low:
        return EmptyError("共享仓库里还没有发布任何数据。")
    if "password authentication failed" in low or "no password supplied" in low:
        return LakeError(f"PostgreSQL 不接受这个用户或密码；请检查 PGUSER、PGPASSWORD 或 ~/.pgpass（{text}）")
    if "fatal: database" in low or "fatal: role" in low:
        return LakeError(f"PostgreSQL 里没有这个数据库或用户；建立的方法见 docs/shared_mode.md（{text}）")
    if any(sign in low for sign in _UNREACHABLE):
        return UnreachableError(f"连不上 PostgreSQL；请检查服务是否在运行、{WAREHOUSE} 是否写对（{text}）")
    if any(sign in low for sign in _CONFLICTS):
        return ConflictError(f"别人先发布了（{text}）")
    if any(sign in low for sign in _DENIED):
        return LakeError(f"这个用户只能读，不能写共享仓库（{text}）")
    if "data_path" in low or ("cannot open file" in low and "no such file" in low):
        return LakeError(f"{DATA} 不是共享仓库的数据文件夹，或里面的文件被移走了（{text}）")
    return LakeError(f"共享仓库出错：{text}")
