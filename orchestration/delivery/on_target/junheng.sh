#!/bin/sh
# junheng.sh COMMAND ...: run junheng in this folder, where raw/ and var/ are.
cd "$(dirname "$0")" || exit 1
if [ ! -x .venv/bin/junheng ]; then
  echo '还没有安装：请先运行 sh install.sh' >&2
  exit 1
fi
exec .venv/bin/junheng "$@"
