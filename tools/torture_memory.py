# SPDX-License-Identifier: GPL-3.0-only
"""Reads the last calls of the service fuzzer out of a machine's memory, also when the system in it has stopped.

Each thread of the fuzzer writes its calls into a page of its own, which begins with a mark (tests/torture/services/
shared.hpp has the layout).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import services

PAGE = 4096
MARK = 0x73657274726F7431
HEADER = struct.Struct("<QQIIQQQQQ")
RECORD = struct.Struct("<HHI17Q")
RECORDS = 27
INSIDE = 1


@dataclass
class ThreadCalls:
    """One thread's page: who it is and its last calls, oldest first."""

    slot: int
    incarnation: int
    process: int
    thread: int
    calls: int
    seed: int
    lines: list[str]
    inside: bool  # its last call has not come back


def _describe(declared: list[services.Service], record: tuple[int, ...]) -> str:
    index, state, status, *words = record
    if index >= len(declared):
        return f"service {index}?"
    service = declared[index]
    arguments = ", ".join(
        f"{argument.name}={word:#x}" for argument, word in zip(service.arguments, words, strict=False)
    )
    result = "..." if state == INSIDE else f"= {status:#010x}"
    return f"{service.name}({arguments}) {result}"


def _page(declared: list[services.Service], data: bytes) -> ThreadCalls:
    _, _, slot, incarnation, process, thread, calls, seed, _ = HEADER.unpack_from(data)
    newest = min(calls, RECORDS)
    records = [
        RECORD.unpack_from(data, HEADER.size + (calls - newest + i) % RECORDS * RECORD.size) for i in range(newest)
    ]
    lines = [_describe(declared, record) for record in records]
    return ThreadCalls(slot, incarnation, process, thread, calls, seed, lines, bool(records) and records[-1][1] == INSIDE)


def pages(memory: bytes) -> Iterator[bytes]:
    """The marked pages of a machine's memory."""
    mark = struct.pack("<QQ", MARK, MARK ^ (1 << 64) - 1)
    at = memory.find(mark)
    while at >= 0:
        if at % PAGE == 0:
            yield memory[at : at + PAGE]
        at = memory.find(mark, at + 1)


def read(memory: bytes) -> list[ThreadCalls]:
    """Every thread of the fuzzer that has called anything. A page that was freed may still be there: the newest counts."""
    declared = services.load()
    found: dict[int, ThreadCalls] = {}
    for data in pages(memory):
        one = _page(declared, data)
        if one.calls and one.calls >= found.get(one.slot, one).calls:
            found[one.slot] = one
    return [found[slot] for slot in sorted(found)]


def report(memory: bytes, last: int) -> list[str]:
    """The last calls of each thread as lines for a person."""
    lines: list[str] = []
    for one in read(memory):
        lines.append(
            f"thread {one.process}.{one.thread}, slot {one.slot}, start {one.incarnation}, call {one.calls},"
            f" {'inside the last' if one.inside else 'outside'}:"
        )
        lines += [f"    {line}" for line in one.lines[-last:]]
    return lines
