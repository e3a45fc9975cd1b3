# SPDX-License-Identifier: GPL-3.0-only
"""Merges export lists (.def) of one PE image into one, sorted by name, so that a component can have several."""

from __future__ import annotations

import argparse
import re
from pathlib import Path


def entries(path: Path) -> list[str]:
    """The export lines of one list, without comments: those after EXPORTS, or all where that word is missing."""
    lines = [raw.split(";")[0].strip() for raw in path.read_text(encoding="utf-8").splitlines()]
    heads = [index for index, line in enumerate(lines) if line.upper() == "EXPORTS"]
    return [line for line in lines[heads[0] + 1 if heads else 0 :] if line and not line.startswith("LIBRARY")]


def with_hints(lines: list[str]) -> list[str]:
    """Sorted lines for an import library whose users look for a name first where it stands among the DLL's."""
    hinted, index = [], 0
    for line in lines:
        own = re.search(r"\s@\d+(\s+NONAME\b)?", line)  # an ordinal of its own; without a name it is not among them
        hinted.append(line if own else re.sub(r"(\s+(?:DATA|PRIVATE)\b|$)", rf" @{index}\1", line, count=1))
        index += not (own and own[1])
    return hinted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, help="the image's file name")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hints", action="store_true", help="the list is an import library's")
    parser.add_argument("lists", type=Path, nargs="+")
    arguments = parser.parse_args()
    lines: dict[str, str] = {}
    for path in arguments.lists:
        for line in entries(path):
            name = line.replace("=", " ").split()[0]
            if lines.setdefault(name, line) != line:
                raise SystemExit(f"{path}: {name} is exported twice, differently")
    merged = [lines[name] for name in sorted(lines)]
    body = "".join(f"    {line}\n" for line in (with_hints(merged) if arguments.hints else merged))
    arguments.out.write_text(f'LIBRARY "{arguments.library}"\nEXPORTS\n{body}', encoding="utf-8")


if __name__ == "__main__":
    main()
