"""``junheng ui``: Dagster's web interface on loopback, over the same storage that loads write their history to."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.options import var_option

_EXPOSED = (
    "警告：Dagster 没有登录。监听 {host} 后，凡能连到这台机器的人都能{what}。"
    "请改用默认的 127.0.0.1，并在前面放一个要登录的代理（docs/login.md）。"
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``. A name that could mean anything is not."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@click.command(cls=ChineseCommand)
@click.option("--raw", metavar="DIR", default="raw", help="填报文件所在文件夹；默认 ./raw")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), default=3000, help="端口，默认 3000")
@click.option("--host", metavar="ADDR", default="127.0.0.1", help="监听地址，默认只限本机；对外开放前请先设登录代理")
@click.option("--read-only", is_flag=True, help="只看：不能发起载入，不能改动任何东西")
@var_option
def ui(raw: str, port: int, host: str, read_only: bool, var: Path) -> int:
    """打开 Dagster：资产、血缘、检验、分区与历次运行（含命令行发起的）。按 Ctrl+C 结束。

    在网页上一次发起一个县的载入；几个县一起请用 junheng load --all。
    """
    from orchestration.settings import go_quiet

    go_quiet()
    from orchestration.history import home_of

    folder, var = Path(raw).resolve(), var.resolve()
    home = home_of(var)
    if not is_loopback(host):
        click.echo(_EXPOSED.format(host=host, what="看到全部数据" if read_only else "看到全部数据、发起载入"), err=True)
    click.echo(f"Dagster：http://{host}:{port}（数据在 {var}；按 Ctrl+C 结束）", err=True)
    environment = {**os.environ, "DAGSTER_HOME": str(home), "JUNHENG_RAW": str(folder), "JUNHENG_VAR": str(var)}
    arguments = ["-m", "dagster_webserver", "-m", "orchestration.definitions", "-h", host, "-p", str(port)]
    arguments += ["--read-only"] if read_only else []
    return subprocess.call([sys.executable, *arguments], env=environment)  # noqa: S603 - our own interpreter
