"""docs/login/nginx.conf before a real Dagster: nothing without the password, everything with it, nothing from afar."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.tools import ROOT, command, environment, raw_of_huantai

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
USER, PASSWORD = "县教体局", "一个密码 with spaces"
GOOD = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
WRONG = {"Authorization": "Basic " + base64.b64encode(f"{USER}:password".encode()).decode()}
QUERY = json.dumps({"query": "{ version }"}).encode()

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")


PATIENCE = 60.0  # seconds for an answer on a busy machine


class PortTakenError(Exception):
    """Somebody else was faster; other ports may be free."""


def free_port() -> int:
    """Below 32768: those from there on Linux gives to whoever connects to something."""
    while True:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def started(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    """Wait until what we have started, and nobody else, answers."""
    until = time.monotonic() + 5 * PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            if answers():
                return
        if process.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace")
            if "address already in use" in said.lower():
                raise PortTakenError(said)
            pytest.fail(f"ended with {process.returncode}: {said}")
        time.sleep(0.2)
    pytest.fail(f"no answer: {log.read_text(encoding='utf-8', errors='replace')}")


@contextlib.contextmanager
def running(log: Path, answers: Callable[[], bool], arguments: list[str]) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(arguments, stdout=out, stderr=out, env=environment(), start_new_session=True)
        try:
            started(process, answers, log)
            yield
        finally:
            for sent in (signal.SIGINT, signal.SIGKILL):  # to all that it has started, too
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sent)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)


@dataclass(frozen=True)
class Site:
    dagster: int
    plain: int
    secure: int

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.secure}"

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Status and text of an answer; a body makes it a POST of JSON."""
        kind = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self.origin + path, body, {**kind, **headers})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=TRUSTING) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    def websocket(self, **headers: str) -> ClientConnection:
        return connect(
            f"wss://localhost:{self.secure}/graphql", ssl=TRUSTING, additional_headers=headers,
            subprotocols=[Subprotocol("graphql-ws")], proxy=None, open_timeout=PATIENCE,
        )  # fmt: skip


TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shipped file with ports and paths of this test in it, `junheng ui` behind it."""
    for _ in range(5):
        folder = tmp_path_factory.mktemp("login")
        with contextlib.ExitStack() as running_here:
            try:
                site = start(folder, running_here)
            except PortTakenError:
                continue
            yield site
            return
    pytest.fail("every port that was free was taken a moment later")


def start(folder: Path, running_here: contextlib.ExitStack) -> Site:
    """Both servers, on ports that are free now; they end with the stack. Raises PortTakenError."""
    site = Site(free_port(), free_port(), free_port())
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")], check=True, capture_output=True,
    )  # fmt: skip
    # As docs/login.md has it made.
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, check=True, capture_output=True, encoding="utf-8"
    )
    (folder / "users").write_text(f"{USER}:{hashed.stdout}", encoding="utf-8")
    text = (ROOT / "docs" / "login" / "nginx.conf").read_text(encoding="utf-8")
    for written, here in (
        ("listen 80;", f"listen 127.0.0.1:{site.plain};"), ("listen 443 ssl;", f"listen 127.0.0.1:{site.secure} ssl;"),
        ("/etc/nginx/junheng/", f"{folder}/"), ("127.0.0.1:3000", f"127.0.0.1:{site.dagster}"),
        ("junheng.example", "localhost"),
    ):  # fmt: skip
        assert written in text
        text = text.replace(written, here)
    buffers = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in buffers)
    # Workers of the same user: started by root they would be nobody, who may not look into pytest's folders.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{text}\n}}\n",
        encoding="utf-8",
    )
    ui = command("ui", "--raw", str(raw_of_huantai()), "--var", str(folder / "var"), "--port", str(site.dagster))
    nginx = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    ours = ssl.create_default_context(cafile=str(folder / "server.crt"))

    def dagster_answers() -> bool:
        """What answers says where it keeps its files: in this folder."""
        query = json.dumps({"query": "{ instance { info } }"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{site.dagster}/graphql", query, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return str(folder) in str(json.load(answer))

    def nginx_answers() -> bool:
        """Only our nginx has the key of the certificate made above."""
        with (
            socket.create_connection(("127.0.0.1", site.secure), timeout=PATIENCE) as plain,
            ours.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True

    running_here.enter_context(running(folder / "ui.log", dagster_answers, ui))
    running_here.enter_context(running(folder / "nginx.log", nginx_answers, nginx))
    return site


@pytest.mark.parametrize("headers", [{}, WRONG])
def test_nothing_without_the_password(site: Site, headers: dict[str, str]) -> None:
    for path in ("/", "/graphql", "/server_info", "/runs"):
        assert site.ask(path, **headers)[0] == 401, path
    assert site.ask("/graphql", QUERY, **headers)[0] == 401
    with pytest.raises(InvalidStatus) as refused, site.websocket(**headers):
        pass
    assert refused.value.response.status_code == 401


def test_everything_with_it(site: Site) -> None:
    status, page = site.ask("/", **GOOD)
    assert status == 200 and "<html" in page
    status, answer = site.ask("/graphql", QUERY, Origin=site.origin, **GOOD)
    assert status == 200 and json.loads(answer)["data"]["version"]
    with site.websocket(Origin=site.origin, **GOOD) as socket_:
        socket_.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket_.recv(timeout=PATIENCE))["type"] == "connection_ack"


def test_without_tls_it_only_sends_elsewhere(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.plain), timeout=PATIENCE) as plain:
        plain.sendall(b"GET /runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = plain.recv(4096).decode()
    assert " 301 " in answer.splitlines()[0] and "Location: https://localhost/runs" in answer


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.example", "null", "http://localhost", "https://localhost.example"]
)
def test_another_sites_page_cannot_use_the_login(site: Site, origin: str) -> None:
    assert site.ask("/graphql", QUERY, Origin=origin, **GOOD)[0] == 403
    with pytest.raises(InvalidStatus) as refused, site.websocket(Origin=origin, **GOOD):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("prefix", ["/graphql?query=", "/graphql?%71uery=", "//graphql?query=", "/graphql/?query="])
def test_a_link_or_picture_cannot_ask_for_anything(site: Site, prefix: str) -> None:
    assert site.ask(prefix + "{version}", **GOOD)[0] == 403


def test_dagster_would_do_what_a_link_asks(site: Site) -> None:
    """Why the configuration refuses it: should this fail one day, Dagster has learned to refuse it itself."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{site.dagster}/graphql?query={{version}}", timeout=PATIENCE
    ) as answer:
        assert "version" in json.load(answer)["data"]


def test_dagster_itself_listens_on_this_machine_only(site: Site) -> None:
    """The kernel's table of listening sockets: the port on 127.0.0.1 and nowhere else."""
    listening = [
        line.split()[1].split(":")[0]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == site.dagster
    ]
    assert listening == ["0100007F"]
