# SPDX-License-Identifier: GPL-3.0-only
"""Finds the sources of a component. Folders are globbed, so a new file needs no edit of any list."""

from __future__ import annotations

from pathlib import Path

from paths import ROOT

SUFFIXES = {".cpp", ".c", ".S"}
# `host` holds the seams that replace hardware or kernel in unit tests; `config` the overlays of the kernel.
NEVER = {"host", "config"}


class Tree:
    """Walks component folders and remembers every folder seen: a change there means a new build.ninja."""

    def __init__(self) -> None:
        self.folders: set[str] = {"."}

    def _seen(self, folder: str) -> bool:
        """Remembers a folder, or the one in which it would appear; True if it is there."""
        path = Path(folder)
        there = (ROOT / path).is_dir()
        while not (ROOT / path).is_dir():
            path = path.parent
        self.folders.add(path.as_posix())
        return there

    def sources(self, folder: str, skip: tuple[str, ...] = (), recursive: bool = True) -> list[str]:
        """All sources below `folder`, sorted; `skip` are paths relative to the root left out."""
        base = ROOT / folder
        if not self._seen(folder):
            return []
        found: list[str] = []
        for entry in sorted(base.iterdir()):
            name = entry.relative_to(ROOT).as_posix()
            if entry.is_dir():
                if recursive and entry.name not in NEVER and name not in skip:
                    found += self.sources(name, skip)
            elif entry.suffix in SUFFIXES and name not in skip:
                found.append(name)
        return found

    def files(self, folder: str, pattern: str) -> list[str]:
        """Files of one folder (not below) that match `pattern`, sorted."""
        base = ROOT / folder
        if not self._seen(folder):
            return []
        return sorted(path.relative_to(ROOT).as_posix() for path in base.glob(pattern) if path.is_file())

    def children(self, folder: str) -> list[str]:
        """The sub-folders of `folder`, sorted."""
        base = ROOT / folder
        if not self._seen(folder):
            return []
        return sorted(path.relative_to(ROOT).as_posix() for path in base.iterdir() if path.is_dir())

    def programs(self, folder: str) -> dict[str, list[str]]:
        """Programs of a folder: each `NAME.cpp` and each sub-folder `NAME/`, with its sources.

        A folder `common`, in it or beside it, is linked into each of them.
        """
        common = [*self.sources(f"{folder}/common"), *self.sources(f"{Path(folder).parent}/common")]
        result: dict[str, list[str]] = {}
        for path in self.sources(folder, recursive=False):
            result[Path(path).stem] = [path, *common]
        for child in self.children(folder):
            name = Path(child).name
            if name != "common" and name not in NEVER and (own := self.sources(child)):
                result[name] = [*own, *common]
        return result
