# SPDX-License-Identifier: GPL-3.0-only
"""A writer of ninja files: rules, edges and phony targets, in the order they are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


def escape(text: str) -> str:
    return text.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def join(paths: Iterable[str]) -> str:
    return " ".join(escape(path) for path in paths)


class NinjaFile:
    """Collects the text of one build.ninja; `write` replaces the file in one step."""

    def __init__(self) -> None:
        self._lines: list[str] = ["# Written by tools/build.py.", "ninja_required_version = 1.10", ""]
        self.outputs: set[str] = set()

    def variable(self, name: str, value: str) -> None:
        self._lines.append(f"{name} = {value}")

    def rule(self, name: str, command: str, description: str, **options: str) -> None:
        self._lines += ["", f"rule {name}", f"  command = {command}", f"  description = {description}"]
        self._lines += [f"  {key} = {value}" for key, value in options.items()]

    def build(
        self,
        output: str,
        rule: str,
        inputs: Iterable[str],
        *,
        needs: Iterable[str] = (),
        after: Iterable[str] = (),
        variables: Mapping[str, str] | None = None,
        also: Iterable[str] = (),
    ) -> str:
        """One edge; `needs` are implicit inputs, `after` only orders, `also` are further outputs."""
        if output in self.outputs:
            raise SystemExit(f"neptune: two folders make {output}: the last part of one's name must be another")
        self.outputs.add(output)
        extra = f" | {join(also)}" if also else ""
        line = f"build {escape(output)}{extra}: {rule} {join(inputs)}"
        if needs := list(needs):
            line += f" | {join(needs)}"
        if after := list(after):
            line += f" || {join(after)}"
        self._lines.append(line)
        self._lines += [f"  {key} = {value}" for key, value in (variables or {}).items()]
        return output

    def phony(self, name: str, inputs: Iterable[str]) -> None:
        self._lines.append(f"build {escape(name)}: phony {join(inputs)}")

    def default(self, name: str) -> None:
        self._lines.append(f"default {escape(name)}")

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        temporary.replace(path)
