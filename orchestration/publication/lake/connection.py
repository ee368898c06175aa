"""Connections to the shared warehouse: extensions loaded from their packages, the lake attached as ``junheng``."""

from __future__ import annotations

import importlib.util
import random
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orchestration import progress
from orchestration.publication.lake.errors import AwayError, LostFileError, ReadOnlyError, UnreachableError, explained
from orchestration.publication.lake.place import LAKE, LakeError, Place
from orchestration.publication.sql import literal

if TYPE_CHECKING:
    import duckdb

# A server that restarts is back within seconds; who waits longer should be told.
READER_PATIENCE, WRITER_PATIENCE = 20.0, 120.0
_TRIES = 5
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

# For whom the privileges are asked: DuckLake's tables are in the schema that the user creates tables in.
_MAY_WRITE = """
    SELECT current_setting('default_transaction_read_only') = 'off' AND NOT pg_is_in_recovery() AND coalesce(
        has_table_privilege(to_regclass('ducklake_snapshot')::oid, 'INSERT'),
        has_schema_privilege(current_schema(), 'CREATE'), false)
"""

_idle: list[duckdb.DuckDBPyConnection] = []
_loads = 0


@contextmanager
def loading() -> Generator[None]:
    """Within it whatever only reads waits for the server as long as who writes: a restart costs no load its work."""
    global _loads  # noqa: PLW0603 - of the process: stages of a load may run in any of its threads
    _loads += 1
    try:
        yield
    finally:
        _loads -= 1


def check_right_to_write(where: Place) -> None:
    """Raise ReadOnlyError where the user may only read: before work that would be in vain. Raises LakeError."""
    import duckdb

    with _open(lambda connection: _attach_catalogue(connection, where), WRITER_PATIENCE) as connection:
        try:
            row = connection.execute(f"FROM postgres_query('{LAKE}', {literal(_MAY_WRITE)})").fetchone()
        except duckdb.Error as error:
            raise explained(error) from None
    if row is None or not row[0]:
        raise ReadOnlyError


@contextmanager
def attached(where: Place, *, version: int | None = None, write: bool = False) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection whose current database is the lake; read-only, at ``version`` where given, unless ``write``.

    Waits for a server that is away. Raises AwayError, LakeError.
    """
    patience = WRITER_PATIENCE if write or _loads else READER_PATIENCE
    with _open(lambda connection: _attach(connection, where, version, write=write), patience) as connection:
        yield connection


@contextmanager
def _open(attach: Callable[[duckdb.DuckDBPyConnection], None], seconds: float) -> Generator[duckdb.DuckDBPyConnection]:
    end = time.monotonic() + seconds
    while True:
        connection = _idle.pop() if _idle else _loaded()
        try:
            attach(connection)
            break
        except UnreachableError as error:
            _put_back(connection)
            if time.monotonic() > end:
                raise AwayError(f"等了 {seconds:.0f} 秒，{error}") from None
            progress.report("共享仓库", f"连不上 PostgreSQL，最多等 {seconds:.0f} 秒")
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

        Raises AwayError when the server does not come back, UnreachableError when it goes away each time,
        LostFileError when a file of the version is not there, and duckdb.Error.
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
                if isinstance(problem, LostFileError):
                    raise problem from None
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


def _attach_catalogue(connection: duckdb.DuckDBPyConnection, where: Place) -> None:
    """PostgreSQL alone, whether there is a lake in it yet or not."""
    import duckdb

    try:
        connection.execute(f"ATTACH {literal(where.dsn)} AS {LAKE} (TYPE postgres, READ_ONLY)")
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
