# SPDX-License-Identifier: GPL-3.0-only
"""Joins registry files (REGEDIT text form) into the seed that the Executive reads at boot."""

from __future__ import annotations

import argparse
from pathlib import Path

HEADER = "Windows Registry Editor Version 5.00"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("pieces", type=Path, nargs="+")
    arguments = parser.parse_args()
    text = HEADER + "\n"
    for path in arguments.pieces:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        kept = [line.rstrip() for line in lines if line.strip() != HEADER and not line.startswith(";")]
        text += "\n" + "\n".join(kept).strip("\n") + "\n"
    arguments.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
