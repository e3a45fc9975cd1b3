# SPDX-License-Identifier: GPL-3.0-only
"""The differential run: its answers are read, compared and judged as they should be."""

from __future__ import annotations

import differ
from cases import case, expect

OURS = "== a/b\r\none = 1\none = 2\ntwo = x = y\nexit = 0\n== a/c\nexit = 0\n== end\n"
WINE = "== a/b\none = 1\none = 3\ntwo = x = y\nmore = 5\nexit = 0\n"


@case("tools")
def differences_are_told() -> None:
    same, found = differ.differences(differ.read(OURS), differ.read(WINE))
    expect(same == 3, f"{same} answers are the same")
    wanted = [("a/b", "one (2)", "2", "3"), ("a/b", "more", "-", "5"), ("a/c", "exit", "0", "-")]
    expect(found == wanted, f"differences: {found}")


@case("tools")
def judgements_are_read() -> None:
    text = "a/b ours\n  one (2): 2 | 3\n  more: - | 5\nBecause it\nis so.\n\n# a comment\n\na/c either\n  exit: 0 | -\nNobody knows.\n"
    first, second = differ.parse(text)
    expect(first.differences == [("a/b", "one (2)", "2", "3"), ("a/b", "more", "-", "5")], f"{first}")
    expect(first.reason == "Because it is so." and second.verdict == "either", f"{first}, {second}")
    for wrong in ("a/b nobody\n  x: 1 | 2\nwhy\n", "a/b ours\n  x: 1 | 2\n", "a/b ours\nwhy\n"):
        try:
            differ.parse(wrong)
        except differ.Malformed:
            continue
        expect(False, f"taken for a judgement: {wrong!r}")
