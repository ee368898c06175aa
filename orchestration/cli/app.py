"""The command group, loaded lazily, and the exit codes (interface.md)."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import click

from orchestration import machine
from orchestration.cli.chinese import ChineseContext, help_option, usage_text
from orchestration.cli.exits import FAILED, INTERRUPTED, OK, USAGE, Stop
from orchestration.publication.lake.place import LakeError
from orchestration.publication.pointer import PointerError
from orchestration.publication.wording import clean

# Name → where it is, and its line in the overview (so that the overview loads nothing).
COMMANDS = {
    "load": ("orchestration.cli.load:load", "读入年报与填报表，计算、判定、发布"),
    "check": ("orchestration.cli.load:check", "只读入并检查填报，不发布"),
    "gaps": ("orchestration.cli.readers:gaps", "问题清单：每项差距、差多少、谁在何时整改"),
    "verdicts": ("orchestration.cli.readers:verdicts", "各指标结论（B1–B31、C1、V）与全县结论"),
    "metrics": ("orchestration.cli.readers:metrics", "各校各学段 B1–B7 与全县差异系数"),
    "faults": ("orchestration.cli.readers:faults", "上次读入时的错误、缺报、质询与不计入"),
    "trace": ("orchestration.cli.tracing:trace", "把一个数字追到文件、工作表、单元格"),
    "changes": ("orchestration.cli.changes:changes", "与上次载入相比，哪些文件、数值、结论变了"),
    "template": ("orchestration.cli.template:template", "写出空白填报表：县级填报表、学校补充填报表、质询说明、更正"),
    "slips": ("orchestration.cli.slips:slips", "退回单：每所学校要改正、补报、说明的，附所在位置"),
    "forms": ("orchestration.cli.forms:forms", "官方表格 表Ⅰ–表Ⅵ、问题清单、任务分解表：在哪里，或另存一份"),
    "report": ("orchestration.cli.word_papers:report", "自评报告（Word）：在哪里，另存，或用自己的模板"),
    "plans": ("orchestration.cli.word_papers:plans", "一校一案（Word）：每所学校的差距、措施、时限、责任单位"),
    "query": ("orchestration.cli.query:query", "用 SQL 查询最新快照，只读"),
    "dictionary": ("orchestration.cli.dictionary:dictionary", "数据字典：每个公布的字段的含义、单位、算法、条文、来源"),
    "status": ("orchestration.cli.readers:status", "各年各县：已载入、被拒、试算、质询"),
    "withdraw": ("orchestration.cli.upkeep:withdraw", "撤回已发布的县，其余不变"),
    "rollback": ("orchestration.cli.upkeep:rollback", "回到先前的快照"),
    "prune": ("orchestration.cli.upkeep:prune", "清理旧快照"),
    "backup": ("orchestration.cli.upkeep:backup", "把发布的数据与成果备份成一个文件"),
    "restore": ("orchestration.cli.upkeep:restore", "从备份恢复到空的工作文件夹"),
    "ui": ("orchestration.cli.ui:ui", "打开 Dagster 网页（只限本机）"),
}


class LazyGroup(click.Group):
    """Commands by name; the module is imported when the command is called."""

    context_class = ChineseContext

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help`` in Chinese."""
        return help_option(self, ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command, or None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast("click.Command", getattr(importlib.import_module(module), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, without importing a command."""
        with formatter.section("命令"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is named in Chinese, with the nearest known ones."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS)
            ctx.fail(f"没有命令 {args[0]}" + (f"；是不是 {'、'.join(near)}？" if near else ""))
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, invoke_without_command=True, options_metavar="[选项]", subcommand_metavar="命令 …")
@click.pass_context
def junheng(ctx: click.Context) -> None:
    """均衡：由义务教育学校年报与县级填报表，判定全县是否优质均衡，列出问题清单，并可把每个数字追到原始单元格。

    \b
    先载入：  junheng load 2017 370321
    再查看：  junheng verdicts 2017 370321
              junheng gaps 2017 370321
    追一个数：junheng trace 2017 370321 B4 学校名称 --level primary
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; nothing is raised."""
    _open_closed_streams()
    _speak_utf8()
    try:
        code = _run(sys.argv[1:] if args is None else args)
        sys.stdout.flush()
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        # Windows reports a closed pipe as an invalid argument.
        return _pipe_closed() if sys.platform == "win32" and error.errno == 22 else _failed(error)
    return code


def _run(args: Sequence[str]) -> int:
    """Like click's own main, with our exit codes, and without its exit code 1 for a closed pipe."""
    try:
        with junheng.make_context("junheng", list(args)) as ctx:
            result = junheng.invoke(ctx)
    except click.exceptions.Exit as done:  # --help
        return done.exit_code
    except click.UsageError as error:
        _say(usage_text(error))
        return USAGE
    except Stop as stop:
        _say(stop.text)
        return stop.code
    except KeyboardInterrupt as stop:
        _say(str(stop) or "已中断。")
        return INTERRUPTED
    except (click.Abort, EOFError):
        _say("已中断。")
        return INTERRUPTED
    except (LakeError, PointerError) as error:
        _say(f"错误：{error}")
        return FAILED
    except OSError:
        raise
    except Exception as error:  # the last resort: say it in one line, and whole when asked
        return _failed(error)
    return result if isinstance(result, int) else OK


def _say(text: str) -> None:
    """On stderr; names from the returns may be part of it."""
    if text:
        click.echo(clean(text), err=True)


def _failed(error: Exception) -> int:
    import traceback

    if os.environ.get("JUNHENG_DEBUG"):
        traceback.print_exception(error)
    elif refused := machine.sentence(error):
        _say(f"没有完成：{refused}")
        _say("发布的数据仍是完整的一份。")
    else:
        _say(f"程序出错：{type(error).__name__}: {error}")
        _say("设环境变量 JUNHENG_DEBUG=1 再运行可见全部细节。已发布的数据未受影响。")
    return FAILED


def _open_closed_streams() -> None:
    """Who closed stdin, stdout or stderr (``>&-``) wants nothing there; the next file that is opened must not be it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open until the end


def _speak_utf8() -> None:
    """UTF-8 whatever the locale says, and plain newlines, so that output is the same on every system."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _pipe_closed() -> int:
    """The reader (head, less) has seen enough: be quiet, also when the interpreter flushes at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return OK
