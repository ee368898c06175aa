"""libpq's connection strings, taken apart as libpq does: what can never be used, or holds a secret, is told before
anything is tried. What is wrong is said without the string: whoever wrote it wrong may have put a secret anywhere.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_URI = re.compile(r"\s*postgres(?:ql)?://", re.IGNORECASE)
_PAIR = re.compile(r"\s*([^\s=]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?!')(?:[^\s\\]|\\.)*)", re.DOTALL)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECRET = re.compile(r"\b(?:ssl)?password\s*=", re.IGNORECASE)
# A stray "@" behind a colon is meant as a password, wherever libpq would stop to read one.
_USER_AND_PASSWORD = re.compile(r"[^?\s]*:[^?\s]*@|[^/]*:[^/]*@")
_SECRETS = {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}


class DsnError(ValueError):
    """The connection string cannot be used; the message (Chinese) says why."""


def holds_secret(dsn: str) -> bool:
    """Whether a password is written in the string, however its name is spelt. Raises DsnError."""
    if _SECRET.search(dsn):
        return True
    if (uri := _URI.match(dsn)) and _USER_AND_PASSWORD.match(dsn, uri.end()):
        return True
    return any(name.strip().lower() in _SECRETS for name, _ in options(dsn))


def options(dsn: str) -> list[tuple[str, str]]:
    """Names and values that the string states; of a URI, its ports and its parameters. Raises DsnError."""
    uri = _URI.match(dsn)
    found = _of_uri(dsn[uri.end() :]) if uri else _of_pairs(dsn)
    for name, value in found:
        if name == "port" and not all(
            port == "" or (port.isascii() and port.isdigit() and 0 < int(port) < 65536) for port in value.split(",")
        ):
            raise DsnError("port 须是 1 到 65535 的数字")
    return found


def _of_pairs(dsn: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(dsn.rstrip())
    while at < end:
        pair = _PAIR.match(dsn, at)
        if pair is None:
            raise DsnError("须是 名称=值，以空格隔开；值里有空格的用成对的单引号括起")
        name, value = pair.groups()
        found.append((name, re.sub(r"\\(.)", r"\1", value[1:-1] if value.startswith("'") else value)))
        at = pair.end()
    return found


def _of_uri(rest: str) -> list[tuple[str, str]]:
    if _BAD_ESCAPE.search(rest):
        raise DsnError("% 之后须是两位十六进制数")
    address, _, parameters = rest.partition("?")
    hosts = address.partition("/")[0].rpartition("@")[2].strip()
    found = [
        ("port", port) for host in hosts.split(",") for port in [host.rpartition("]")[2].partition(":")[2]] if port
    ]
    for parameter in filter(None, parameters.strip().split("&")):
        name, equals, value = parameter.partition("=")
        if not equals or "=" in value:
            raise DsnError("? 之后须是 名称=值，以 & 隔开")
        found.append((unquote(name), unquote(value)))
    return found
