"""A PostgreSQL of one's own: Debian's server in a temporary folder, on a unix socket, with passwords asked for."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

ROLES = Path(__file__).parents[2] / "docs" / "shared_mode" / "roles.sql"


def binaries() -> Path | None:
    """Where ``initdb`` and ``postgres`` are, the newest version; None where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """Start, stop, kill, restart; ``password`` is the same for the administrator and both roles."""

    def __init__(self, bin_folder: Path) -> None:
        self.bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="junheng-pg-"))
        self.password = secrets.token_hex(16)
        # PostgreSQL refuses to run as root: there the package's own user does it, or who owns nothing.
        self.user, self.group = _unprivileged() if os.geteuid() == 0 else (None, None)
        secret = self.folder / "password"
        secret.write_text(self.password)
        if self.user:
            for path in (self.folder, secret):
                shutil.chown(path, self.user, self.group)
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret),
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        self.start()

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "data"

    def dsn(self, database: str, user: str) -> str:
        """libpq's words for one database; without the password."""
        return f"dbname={database} host={self.folder} port=5432 user={user}"

    def start(self) -> None:
        """Start, also after a kill, and wait until it answers. As our own child: a dead one must be reaped, else its
        lock file still names a process. What a killed process had written the system keeps: no need to flush."""
        options = [
            f"unix_socket_directories={self.folder}",
            "listen_addresses=",
            "port=5432",
            "max_connections=60",
            "fsync=off",
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.data), *(part for one in options for part in ("-c", one))],
                user=self.user,
                group=self.group,
                extra_groups=[] if self.user else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.folder), "-p", "5432"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Stop and remove everything."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """``kill -9`` of the postmaster and, as after a power cut, of everything it had started."""
        postmaster = self._process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in [postmaster, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait(30)
        while any(_alive(int(child)) for child in children):
            time.sleep(0.02)

    def sql(self, database: str, *statements: str, user: str = "postgres", check: bool = True) -> str:
        """What ``psql`` prints (stderr included)."""
        command = [str(self.bin / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        return self._psql(command, database, user, check)

    def database(self, name: str) -> None:
        """A new database with both roles, as the notes tell an administrator to make it."""
        self.sql("postgres", f"CREATE DATABASE {name}")
        self._psql(
            [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(ROLES)], name, "postgres", True
        )
        for role in ("junheng_writer", "junheng_reader"):
            self.sql(name, f"ALTER ROLE {role} PASSWORD '{self.password}'")

    def _psql(self, command: list[str], database: str, user: str, check: bool) -> str:
        done = subprocess.run(
            [*command, "-d", self.dsn(database, user)],
            env={**os.environ, "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout + done.stderr

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.bin / program), *arguments],
            user=self.user,
            group=self.group,
            extra_groups=[] if self.user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )


def _unprivileged() -> tuple[str, int]:
    """Name and group of the user to run as in root's stead."""
    import pwd  # not on Windows, where these tests are skipped

    known = {one.pw_name: one.pw_gid for one in pwd.getpwall()}
    name = "postgres" if "postgres" in known else "nobody"
    return name, known[name]


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
