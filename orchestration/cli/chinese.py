"""Click, speaking Chinese: usage, headings, errors; and help laid out by the width CJK characters really take."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from orchestration.publication.wording import width, wrapped

_HEADINGS = {"Options": "选项", "Commands": "命令", "Positional arguments": "参数", "Arguments": "参数"}
# How click writes a range behind an option's help.
_RANGE = re.compile(r"\s*\[(\d+)<=x<=(\d+)\]$")
# Messages that click makes itself, with no class of their own.
_SENTENCES = (
    (re.compile(r"Got unexpected extra arguments? \((?P<args>.*)\)", re.DOTALL), "多余的参数：{args}"),
    (re.compile(r"Option '(?P<name>.*?)' requires an argument\."), "选项 {name} 后面要有值"),
    (re.compile(r"Option '(?P<name>.*?)' requires (?P<count>\d+) arguments\."), "选项 {name} 后面要有 {count} 个值"),
    (re.compile(r"Option '(?P<name>.*?)' does not take a value\."), "选项 {name} 不带值"),
    (re.compile(r"Missing command\."), "没有写命令"),
    (re.compile(r"'(?P<value>.*)' is not one of (?P<choices>.*)\.", re.DOTALL), "“{value}”不在可选值之中：{choices}"),
    (re.compile(r"'(?P<value>.*)' is not a valid integer\.", re.DOTALL), "“{value}”不是整数"),
    (
        re.compile(r"(?P<value>.*) is not in the range (?P<least>\d+)<=x<=(?P<most>\d+)\."),
        "{value} 不在 {least} 到 {most} 之间",
    ),
)


class ChineseFormatter(click.HelpFormatter):
    """Help in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """用法：junheng …"""
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """A heading, translated where it is click's own."""
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        """Paragraphs, wrapped; those marked with a backspace character keep their lines."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
            if number:
                self.write("\n")
            if paragraph.startswith("\b"):
                lines = [line.rstrip() for line in paragraph.lstrip("\b").strip("\n").splitlines()]
            else:
                lines = wrapped(paragraph, self.width - self.current_indent)
            self.write("".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Terms and their explanations, in two columns."""
        rows = [(term, _RANGE.sub(r"（\1 到 \2）", explanation)) for term, explanation in rows]
        first = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, explanation in rows:
            lines = wrapped(explanation, max(self.width - first - self.current_indent, 20))
            head = indent + term
            if width(term) > first - col_spacing or not lines:
                self.write(head + "\n")
            else:
                self.write(head + " " * (first - width(term)) + lines.pop(0) + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines))


class ChineseContext(click.Context):
    """A context whose help is laid out by ChineseFormatter."""

    formatter_class = ChineseFormatter


def help_option(command: click.Command, ctx: click.Context) -> click.Option | None:
    """The command's own --help with a Chinese explanation."""
    option = click.Command.get_help_option(command, ctx)
    if option is not None:
        option.help = "显示本说明"
    return option


class ChineseCommand(click.Command):
    """A command with Chinese help."""

    context_class = ChineseContext

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The usage line's parts, without click's English [OPTIONS]."""
        self.options_metavar = "[选项]"
        return super().collect_usage_pieces(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help`` in Chinese."""
        return help_option(self, ctx)


def message(error: click.ClickException) -> str:
    """What went wrong, in Chinese, whichever class of click raised it."""
    text = _translated(error.message)
    if isinstance(error, click.MissingParameter):
        return f"缺少{'选项' if isinstance(error.param, click.Option) else '参数'} {_hint(error)}".rstrip()
    if isinstance(error, click.BadParameter):
        return f"{_hint(error)} 的值不对：{text}" if _hint(error) else text
    if isinstance(error, click.NoSuchOption):
        near = f"；是不是 {'、'.join(error.possibilities)}？" if error.possibilities else ""
        return f"没有选项 {error.option_name}{near}"
    if isinstance(error, click.FileError):
        return f"文件 {error.filename} 打不开：{text}"
    return text


def usage_text(error: click.UsageError) -> str:
    """The whole report of wrong usage: usage line, where help is, what went wrong."""
    lines: list[str] = []
    if error.ctx is not None:
        lines = [error.ctx.get_usage(), f"说明：{error.ctx.command_path} --help", ""]
    return "\n".join([*lines, f"错误：{message(error)}"])


def _translated(text: str) -> str:
    for pattern, sentence in _SENTENCES:
        match = pattern.fullmatch(text)
        if match:
            return sentence.format(**match.groupdict())
    return text


def _hint(error: click.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None:
        return error.param.opts[0] if isinstance(error.param, click.Option) else error.param.make_metavar(_ctx(error))
    return "、".join(hint) if hint is not None and not isinstance(hint, str) else hint or ""


def _ctx(error: click.UsageError) -> click.Context:
    return error.ctx or click.get_current_context()
