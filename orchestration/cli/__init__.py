"""The command people type: ``junheng``.

Belongs here: arguments, help, exit codes and how rows look on a terminal. Does not belong here: reading
returns, computing, judging, or publishing; the commands call the rooms for that.

Importing this package loads nothing; each command loads its own module when it is called.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of ``junheng``; ends the process with interface.md's exit codes."""
    from orchestration import garbage
    from orchestration.cli.app import run

    garbage.collect_rarely()
    code = run()
    garbage.keep_what_is_there()
    raise SystemExit(code)
