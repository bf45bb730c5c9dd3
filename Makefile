# Everything a checkout needs, from a bare Debian 12: `make demo`, `make test`.
# Recipes that people run speak Russian; the rest is for developers.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: setup demo test test-long lint bench shelf lock clean packages

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

# Pango and HarfBuzz lay out pages, Gcrypt digests by ГОСТ; the others judge our files in tests
# or make the faults (strace, and file systems by e2fsprogs and the rest) that our files must survive.
PACKAGES := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libgcrypt20 \
  poppler-utils qpdf rhash openssl libengine-gost-openssl softhsm2 xorriso par2 age strace e2fsprogs \
  xfsprogs btrfs-progs ntfs-3g exfat-fuse exfatprogs

setup: $(VENV)/ready

demo: setup
	$(BIN)/docgen demo demo

# A file of tests stays in one process, with what it has prepared.
ON_ALL_CORES := --numprocesses auto --dist loadfile

test: setup
	$(BIN)/python -m pytest $(ON_ALL_CORES) -m "not long"

# A kernel that knows FAT, where the host's does not; Debian has it for one kind of processor.
test-long: PACKAGES += $(if $(filter x86_64,$(shell uname -m)),user-mode-linux kmod)
test-long: setup
	$(BIN)/python -m pytest $(ON_ALL_CORES) -m long

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python bench/run.py

# Tables of variables, missing samples and pictures of templates; `make shelf NAMES="consent"`.
shelf: setup
	$(BIN)/python bench/shelf.py $(NAMES)

# Keeps the pins that still fit; `make lock UPGRADE=1` takes the newest versions.
lock: setup
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	  --allow-unsafe --no-emit-options --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host $(if $(UPGRADE),--upgrade) --extra dev \
	  --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A changed lock makes the environment anew, so that it holds the locked packages and no others.
# Of several Pythons the first that is new enough and can make environments is taken.
$(VENV)/locked: requirements.lock | packages
	@for python in $(PYTHON) python3.11 python3 /usr/bin/python3; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then break; fi; \
	  python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Нужен Python 3.11 или новее с модулем venv. Укажите его: make setup PYTHON=ПУТЬ" >&2; exit 1; \
	fi; \
	echo "Готовлю окружение в $(VENV), это минута-другая"; \
	"$$python" -m venv --clear $(VENV)
	@$(PIP) install --root-user-action=ignore --no-deps --use-pep517 --require-hashes \
	  --requirement requirements.lock
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	@$(PIP) install --root-user-action=ignore --no-deps --no-build-isolation --editable .
	@touch $@

# Debian packages that are missing; elsewhere than on Debian they are only named.
packages:
	@missing=(); \
	for package in $(PACKAGES); do \
	  [ "$$(dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null)" = installed ] \
	    || missing+=("$$package"); \
	done; \
	[ $${#missing[@]} -gt 0 ] || exit 0; \
	as_root=(); [ "$$(id -u)" = 0 ] || as_root=(sudo --non-interactive); \
	if ! command -v apt-get >/dev/null; then \
	  echo "Это не Debian: нужны библиотеки и программы, которые там зовутся $${missing[*]}" >&2; \
	elif [ $${#as_root[@]} -gt 0 ] && ! "$${as_root[@]}" true 2>/dev/null; then \
	  echo "Не хватает пакетов Debian. Установите их и повторите команду:" >&2; \
	  echo "  sudo apt-get install $${missing[*]}" >&2; \
	  exit 1; \
	else \
	  echo "Ставлю пакеты Debian: $${missing[*]}"; \
	  "$${as_root[@]}" apt-get -qq update; \
	  "$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	    apt-get -qq -o Dpkg::Use-Pty=0 install --no-install-recommends "$${missing[@]}" >/dev/null; \
	fi
