# SPDX-License-Identifier: GPL-3.0-only
"""The files of the tree as git knows them: tracked, or new and not ignored."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from paths import ROOT

C_SUFFIXES = {".h", ".hpp", ".c", ".cpp"}


@cache
def files() -> tuple[str, ...]:
    """Every file, relative to the root, sorted."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(sorted(name for name in set(result.stdout.splitlines()) if (ROOT / name).is_file()))


def c_sources() -> list[str]:
    return [name for name in files() if Path(name).suffix in C_SUFFIXES]
