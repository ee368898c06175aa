# Two commands on a fresh machine: `make load` and `make test`. Windows without make: see README, “Windows”.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' \
	2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
RAW ?= raw
VAR ?= var
YEAR ?= 2017
COUNTY ?= 370321

.PHONY: help setup load test check audit bench bench-national kills fuzz soak shared ui lock bundle test-bundle clean

help: ## 列出各命令
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.core ## 建立 .venv（只需 Python ≥3.11）

load: $(VENV)/.core ## 载入随库的桓台县 2017 年报，列出问题清单
	@$(BIN)/junheng load $(YEAR) $(COUNTY) --raw $(RAW) --var $(VAR)

# In the order of the folders: the long files come before the many short ones, and no core waits for the other.
test: $(VENV)/.dev ## 运行全部测试
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## 类型、代码、SQL、房间之间的导入、依赖
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --config dbt_project/.sqlfluff dbt_project
	@$(MAKE) --no-print-directory audit

audit: $(VENV)/.dev ## 依赖：锁定、散列、许可、彼此相容、有没有用、已知漏洞
	$(BIN)/python -m pip check
	$(BIN)/deptry orchestration expectations
	$(BIN)/python -m orchestration.delivery.audit $(AUDIT)

bench: $(VENV)/.dev ## 一次县载入的耗时，及与仅导入各库之比；读 2000 校
	$(BIN)/python -m tests.bench.county_load
	$(BIN)/python -m tests.bench.reading

bench-national: $(VENV)/.dev ## 全国规模：2900 个县、21 万个学段，与纯 SQL、dbt 检验相比
	$(BIN)/python -m tests.bench.national

kills: $(VENV)/.dev ## 在各种命令的任意时刻 kill -9 一百次（次数 KILLS），每次之后核对发布的数据是否完整
	$(BIN)/python -m tests.kills --kills $(or $(KILLS),100)

fuzz: $(VENV)/.dev ## 读入被改坏的文件，时长 SECONDS 秒（默认 600）
	$(BIN)/python -m tests.faults.fuzzing --seconds $(or $(SECONDS),600)

soak: $(VENV)/.dev ## 共享模式：4 个载入者、4 个读者同时 SECONDS 秒（默认 300），途中 kill -9 载入者与 PostgreSQL
	$(BIN)/python -m tests.shared.soak --seconds $(or $(SECONDS),300)

shared: $(VENV)/.core ## 装上共享模式所需的 DuckDB 扩展（docs/shared_mode.md）
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-shared.lock

ui: $(VENV)/.core ## 打开 Dagster（仅本机 127.0.0.1:3000）
	@$(BIN)/junheng ui --raw $(RAW) --var $(VAR)

lock: $(VENV)/.dev ## 重算锁定文件（含散列，不含任何主机名）
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header --no-strip-extras \
	  --python-version 3.11 pyproject.toml --group build -o requirements.lock -q
	sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ /p;}' requirements.lock > requirements-uv.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header --no-strip-extras \
	  --python-version 3.11 pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock -q
	for p in duckdb-extension-ducklake duckdb-extension-postgres-scanner; do \
	  sed -n "/^$$p==/,/^[^ ]/{/^$$p==/p;/^ /p;}" requirements-dev.lock; done > requirements-shared.lock

# What pip is configured for is where the wheels come from. `make bundle PLATFORMS=windows-amd64 PYTHONS=3.12` makes less.
bundle: $(VENV)/.core ## 离线安装包：每个平台一个压缩包，写到 dist
	$(BIN)/python -m orchestration.delivery.bundle $(PLATFORMS) $(if $(PYTHONS),--pythons $(PYTHONS))

test-bundle: $(VENV)/.dev ## 断网安装本机平台的离线安装包，载入样例县，与预期相比
	$(BIN)/python -m orchestration.delivery.bundle linux-$$(uname -m)
	$(BIN)/python -m pytest -s -rs tests/bundle/offline_install.py

clean: ## 删除 .venv 与 var
	rm -rf $(VENV) $(VAR)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo '需要 Python 3.11–3.13（含 venv 与 pip）。' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The lock is complete, so nothing is resolved. uv (itself from the lock) is many times faster than pip; where it
# cannot reach what pip is configured for, pip does the same work. Like pip it compiles at once: where Python may not
# write bytecode (PYTHONDONTWRITEBYTECODE), every process would otherwise compile dagster, dbt and GX anew.
define install
	@echo '安装依赖（$(1)，按散列核对）…'
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-uv.lock \
	  && $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r $(1) \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $(1)
	@PYTHONWARNINGS='ignore:Editable installation' \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
endef

$(VENV)/.core: requirements.lock requirements-uv.lock pyproject.toml | $(VENV)/bin/python
	$(call install,requirements.lock)
	@$(BIN)/python -m compileall -q orchestration expectations
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	$(call install,requirements-dev.lock)
	@touch $@
