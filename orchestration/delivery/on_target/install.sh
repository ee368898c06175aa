#!/bin/sh
# Look for a Python that the bundle is made for, and leave the rest to install.py.
cd "$(dirname "$0")" || exit 1
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
  command -v "$python" >/dev/null 2>&1 || continue
  "$python" install.py --fits >/dev/null 2>&1 || continue
  exec "$python" install.py
done
echo '没有找到 Python 3.11、3.12 或 3.13。请先安装其中之一（含 venv），再运行 sh install.sh；' >&2
echo '装在别处的，写明它在哪里：PYTHON=/路径/python3.12 sh install.sh' >&2
exit 1
