# SPDX-License-Identifier: GPL-3.0-only
"""Which tests name a function: the coverage pages' last column."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from paths import ROOT
from tracked import files

SHOWN = 4
_WORD = re.compile(r"\b[A-Za-z_]\w+\b")
_SUFFIXES = {".c", ".cpp", ".h", ".hpp", ".py"}
# They call every service that there is, from a table.
_EVERYTHING = ("tests/fuzz/services/", "tests/torture/services/")


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for name in files():
        if not name.startswith("tests/") or Path(name).suffix not in _SUFFIXES or name.startswith(_EVERYTHING):
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        for word in set(_WORD.findall(text)):
            found.setdefault(word, set()).add(name)
    return {word: tuple(sorted(names)) for word, names in found.items()}


def tests_of(*names: str) -> str:
    """`system/memory, win32/heap and 3 more`; empty when no test names any of these functions."""
    tests = sorted({test for name in names for test in _by_word().get(name, ())})
    short = [str(Path(test).relative_to("tests").with_suffix("")) for test in tests]
    more = len(short) - SHOWN
    return ", ".join(short[:SHOWN]) + (f" and {more} more" if more > 0 else "")
