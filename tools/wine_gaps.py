#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-only
"""What libwine's PE files import from ntdll.dll that is neither a service nor an export of ours.

    tools/wine_gaps.py [--services]     one name a line with the number of files that import it, most first
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import libwine
import ntdll_exports
import pe
import services


def wanted() -> Counter[str]:
    """Names that are imported from ntdll, by number of files."""
    found: Counter[str] = Counter()
    for path in sorted(libwine.ensure().iterdir()):
        try:
            found.update(set(pe.read(path).imported_names("ntdll.dll")))
        except pe.BadImage:
            continue
    return found


def present() -> set[str]:
    names = {prefix + service.name[2:] for service in services.load() for prefix in ("Nt", "Zw")}
    return names | {name for name, _ in ntdll_exports.exports()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", action="store_true", help="Nt and Zw services alone")
    options = parser.parse_args()
    try:
        imported = wanted()
    except libwine.Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    have = present()
    for name, count in sorted(imported.items(), key=lambda item: (-item[1], item[0])):
        if name not in have and (name.startswith(("Nt", "Zw")) or not options.services):
            print(f"{count:4} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
