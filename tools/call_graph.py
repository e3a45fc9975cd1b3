# SPDX-License-Identifier: GPL-3.0-only
"""What a linked ELF says of its use of the stack: who calls whom directly, and how large frames are."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_FUNCTION = re.compile(r"^<(.*)>:$")
_BRANCH = re.compile(r"\s(call|jmp|j\w+)\w*\s+0x[0-9a-f]+ <([^>+]+)(\+0x[0-9a-f]+)?>$")
_FRAME = re.compile(r"\ssubq?\s+\$0x([0-9a-f]+), %rsp\b")
_PUSH = re.compile(r"\spushq?\s")


@dataclass
class Function:
    """Calls of its own name are in `calls` too; a jump to another function's begin is a call in the last place."""

    calls: set[str] = field(default_factory=set)
    frame: int = 0  # bytes, without what is pushed
    pushed: int = 0  # bytes, at most


def functions(elf: Path) -> dict[str, Function]:
    """Every function of a linked ELF with symbols, by its mangled name."""
    command = ["llvm-objdump-19", "-d", "--no-show-raw-insn", "--no-leading-addr", str(elf)]
    found: dict[str, Function] = {}
    name = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if header := _FUNCTION.match(line.rstrip()):
                name = header[1]
                found[name] = Function()
            elif branch := _BRANCH.search(line.rstrip()):
                inside = branch[3] is not None or (branch[1] != "call" and branch[2] == name)
                if not inside:
                    found[name].calls.add(branch[2])
            elif frame := _FRAME.search(line.rstrip()):
                found[name].frame = max(found[name].frame, int(frame[1], 16))
            elif _PUSH.search(line):
                found[name].pushed += 8
    return found


def longest(graph: dict[str, Function]) -> int:
    """Bytes of stack that a chain of direct calls takes at most, none of them twice."""
    known: dict[str, int] = {}

    def below(name: str, above: frozenset[str]) -> int:
        if name not in graph or name in above:
            return 0
        if name not in known:
            function = graph[name]
            deepest = max((below(called, above | {name}) for called in function.calls), default=0)
            known[name] = deepest + function.frame + function.pushed + 8
        return known[name]

    return max(below(name, frozenset()) for name in graph)


def symbol_distance(elf: Path, first: str, second: str) -> int:
    """Bytes from one symbol to another."""
    lines = subprocess.run(["llvm-nm-19", str(elf)], capture_output=True, text=True, check=True).stdout.split("\n")
    at = {words[2]: int(words[0], 16) for line in lines if len(words := line.split()) == 3}
    return at[second] - at[first]


def recursions(graph: dict[str, Function]) -> list[set[str]]:
    """The sets of functions that reach themselves by direct calls (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root].calls)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            name, calls = work[-1]
            for called in calls:
                if called not in graph:
                    continue
                if called not in index:
                    index[called] = low[called] = len(index)
                    stack.append(called)
                    work.append((called, iter(sorted(graph[called].calls))))
                    break
                if called in stack:
                    low[name] = min(low[name], index[called])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    at = stack.index(name)
                    group = set(stack[at:])
                    del stack[at:]
                    if len(group) > 1 or name in graph[name].calls:
                        found.append(group)
    return found
