# SPDX-License-Identifier: GPL-3.0-only
"""What lies on the boot volume: names as programs see them below \\SystemRoot, and the files behind them."""

from __future__ import annotations

from pathlib import Path

SYSTEM32 = "System32"
# Built with everything, and put into the machines of `./neptune exec` alone (tools/cmd_exec.py).
OF_EXEC = ("exec.exe", "channel.sys", "bcryptprimitives.dll")


class Volume:
    """A mapping of names on the boot volume to files; kept sorted so that images are reproducible."""

    def __init__(self) -> None:
        self._entries: dict[str, str] = {}

    def add(self, name: str, path: str) -> None:
        """`path` is relative to the build folder or absolute; a later file of the same name wins, what is exec's is left out."""
        if Path(name).name not in OF_EXEC:
            self._entries[name] = path

    def include(self, other: Volume) -> None:
        """Takes over another volume's files; this volume's own win."""
        self._entries = {**other._entries, **self._entries}

    def files(self) -> list[str]:
        return [self._entries[name] for name in sorted(self._entries)]

    def write(self, listing: Path) -> None:
        """Writes `name=path` lines, only when they differ from what is there."""
        text = "".join(f"{name}={self._entries[name]}\n" for name in sorted(self._entries))
        listing.parent.mkdir(parents=True, exist_ok=True)
        if not listing.exists() or listing.read_text(encoding="utf-8") != text:
            listing.write_text(text, encoding="utf-8")
