# SPDX-License-Identifier: GPL-3.0-only
"""./neptune check: what CI holds the tree to. Each check returns its complaints; none means it passed."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import build
import differ
import layers
from paths import ROOT
from tracked import c_sources, files

MAX_LINES = 500
SPDX = "SPDX-License-Identifier: GPL-3.0-only"
CODE_SUFFIXES = {".h", ".hpp", ".c", ".cpp", ".S", ".ld", ".py", ".services", ".sh"}
# `#ifdef __cplusplus` makes a C header usable from C++; every other choice is made by file or type.
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b(.*)$", re.MULTILINE)
CONDITIONAL_ALLOWED = re.compile(r"__cplusplus|__ASSEMBLER__|__has_include")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")


def _code() -> list[str]:
    return [name for name in files() if Path(name).suffix in CODE_SUFFIXES]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def check_format() -> list[str]:
    names = c_sources()
    if not names:
        return []
    command = ["clang-format-19", "--dry-run", "-Werror", *names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line.split(": error:")[0] for line in result.stderr.splitlines() if ": error:" in line]
    return sorted({line.rsplit(":", 2)[0] + ": not formatted (./neptune format)" for line in lines})


def check_license() -> list[str]:
    return [
        f"{name}: no SPDX line at the top"
        for name in _code()
        if SPDX not in "\n".join(_text(name).splitlines()[:3])
    ]


def check_size() -> list[str]:
    sizes = ((name, _text(name).count("\n")) for name in _code() if not name.startswith("abi/"))
    return [f"{name}: {lines} lines, at most {MAX_LINES}" for name, lines in sizes if lines > MAX_LINES]


def check_headers() -> list[str]:
    """Each header of ours opens with what the thing is, above its `#pragma once`."""
    found = []
    for name in c_sources():
        if not name.endswith(".hpp") or name.startswith(("kernel/arch/", "kernel/config/")):
            continue
        opening = _text(name).partition("#pragma once")[0].splitlines()
        if not any(line.startswith("// ") and SPDX not in line for line in opening):
            found.append(f"{name}: does not open with what it is")
    return found


def check_conditionals() -> list[str]:
    found = []
    for name in c_sources():
        for match in CONDITIONAL.finditer(_text(name)):
            if not CONDITIONAL_ALLOWED.search(match[2]) and not name.startswith(("sdk/include/", "abi/")):
                found.append(f"{name}: #{match[1]}{match[2]}: choose a file or a type instead")
    return found


def check_unfinished() -> list[str]:
    names = (name for name in _code() if name != "tools/cmd_check.py")
    return [
        f"{name}: {match[0]} left in the code" for name in names for match in UNFINISHED.finditer(_text(name))
    ]


def check_python() -> list[str]:
    """Syntax, names that nothing defines, imports that nobody uses."""
    names = [name for name in files() if name.endswith(".py")]
    result = subprocess.run(["pyflakes3", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).splitlines()


def check_generated() -> list[str]:
    """Generated files that are part of the tree are what their generators write."""
    found = []
    if (ROOT / "tools/sel4gen.py").exists():
        command = [sys.executable, "-B", "tools/sel4gen.py", "--check"]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            found.append((result.stdout + result.stderr).strip() or "tools/sel4gen.py --check failed")
    (ROOT / "build").mkdir(exist_ok=True)
    for tool, name in (("services", "services.md"), ("ntdll_exports", "ntdll-exports.md")):
        page, fresh = ROOT / "docs" / name, ROOT / "build" / name
        subprocess.run([sys.executable, "-B", f"tools/{tool}.py", "--doc", str(fresh)], cwd=ROOT, check=True)
        if not page.exists() or fresh.read_text(encoding="utf-8") != page.read_text(encoding="utf-8"):
            found.append(f"docs/{name} is not what tools/{tool}.py --doc writes")
    return found + differ.check_page()


def check_tidy(config: str) -> list[str]:
    build.build(config, ["build.ninja"], quiet=True)
    names = [name for name in c_sources() if name.endswith(".cpp") and not name.startswith("tests/")]
    command = ["run-clang-tidy-19", "-quiet", "-j2", "-p", str(ROOT), *names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [line for line in result.stdout.splitlines() if " warning: " in line or " error: " in line]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "format": check_format,
    "layers": layers.check,
    "generated files": check_generated,
    "license lines": check_license,
    "file sizes": check_size,
    "headers": check_headers,
    "conditionals": check_conditionals,
    "unfinished work": check_unfinished,
    "python": check_python,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tidy", action="store_true", help="run clang-tidy too, which takes minutes")


def main(arguments: argparse.Namespace) -> int:
    checks = dict(CHECKS)
    if arguments.tidy:
        checks["clang-tidy"] = lambda: check_tidy(arguments.config)
    failed = 0
    for name, run in checks.items():
        complaints = run()
        failed += bool(complaints)
        print(f"{'FAIL' if complaints else 'ok':4} {name}", flush=True)
        for complaint in complaints:
            print(f"       {complaint}", flush=True)
    return 1 if failed else 0
