# SPDX-License-Identifier: GPL-3.0-only
"""System calls that mean something to begin with, in the target's encoding: every invocation at least once, and messages."""

from __future__ import annotations

from pathlib import Path

import sel4gen

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = sel4gen.parse((ROOT / sel4gen.SOURCE).read_text(encoding="utf-8"))
LABELS = {f"{method.object}.{method.name}": method.label for method in CONTRACT.methods}
NUMBERS = {call.name: call.number for call in CONTRACT.named["syscall"]}

# What the fake machine puts where, and furnish() behind it.
TCB, CNODE, SPACE, IRQS, ASIDS, POOL, PORTS, BUFFER, DOMAINS = 1, 2, 3, 4, 5, 6, 7, 10, 11
UNTYPED, DEVICE, SMALL = 16, 17, 18
ENDPOINT, NOTIFICATION, THREAD, OTHER, INNER, PDPT, DIRECTORY, TABLE, PAGE = 32, 33, 34, 36, 40, 41, 42, 43, 44
FREE = 60  # and the slots behind it
TICK, INTERRUPT, PAGE_FAULT, EXCEPTION = 0, 16, 24, 32
PML4_TYPE, FRAME_TYPE, LARGE_TYPE = 6, 8, 9


def word(value: int) -> bytes:
    value %= 1 << 64
    if value < 160:
        return bytes([value])
    if value % 4096 == 0 and value >> 12 < 60:
        return bytes([160 + (value >> 12)])
    if value & (value - 1) == 0:
        return bytes([220, value.bit_length() - 1])
    if ~value % (1 << 64) < 256:
        return bytes([240, ~value % 256])
    return bytes([250]) + value.to_bytes(8, "big")


def call(cap: int, method: str, *words: int, caps: tuple[int, ...] = ()) -> bytes:
    """One invocation by Call."""
    head = bytes([44]) + word(cap) + bytes([LABELS[method], len(words), len(caps)])
    return head + b"".join(map(word, (*words, *caps))) + (word(FREE + 9) if len(caps) == 3 else b"")


def system_call(name: str, cap: int = 0, *words: int, label: int = 0, caps: tuple[int, ...] = ()) -> bytes:
    head = bytes([160 - NUMBERS[name] - 1]) + word(cap) + bytes([label, len(words), len(caps)])
    return head + b"".join(map(word, (*words, *caps))) + (word(FREE + 9) if len(caps) == 3 else b"")


def retype(kind: int, slot: int, size: int = 0, count: int = 1, untyped: int = UNTYPED) -> bytes:
    return call(untyped, "Untyped.Retype", kind, size, 0, 0, slot, count, caps=(CNODE,))


def capabilities() -> list[bytes]:
    """Copies, badges, moves and the end of them."""
    return [
        call(CNODE, "CNode.Copy", FREE, 64, ENDPOINT, 64, 15, caps=(CNODE,)),
        call(CNODE, "CNode.Mint", FREE + 1, 64, ENDPOINT, 64, 15, 7, caps=(CNODE,)),
        call(CNODE, "CNode.Mint", FREE + 2, 64, NOTIFICATION, 64, 3, 1 << 20, caps=(CNODE,)),
        call(CNODE, "CNode.Copy", FREE + 3, 64, PAGE, 64, 2, caps=(CNODE,)),
        call(CNODE, "CNode.Move", FREE + 4, 64, FREE + 1, 64, caps=(CNODE,)),
        call(CNODE, "CNode.Mutate", FREE + 5, 64, INNER, 64, 60, caps=(CNODE,)),
        call(CNODE, "CNode.Rotate", FREE + 6, 64, 0, FREE, 64, 0, FREE + 4, 64, caps=(CNODE, CNODE)),
        call(CNODE, "CNode.Rotate", FREE, 64, 0, FREE + 2, 64, 0, FREE, 64, caps=(CNODE, CNODE)),
        call(FREE + 5, "CNode.Copy", 3, 4, ENDPOINT, 64, 15, caps=(CNODE,)),
        call(CNODE, "CNode.CancelBadgedSends", FREE, 64),
        call(CNODE, "CNode.SaveCaller", FREE + 7, 64),
        call(CNODE, "CNode.Delete", FREE + 5, 64),
        call(CNODE, "CNode.Revoke", ENDPOINT, 64),
        call(CNODE, "CNode.Revoke", UNTYPED, 64),
    ]


def threads() -> list[bytes]:
    return [
        call(THREAD, "TCB.ReadRegisters", 0, 20),
        call(THREAD, "TCB.WriteRegisters", 0, 2, 4096, 8192),
        call(THREAD, "TCB.CopyRegisters", 15, caps=(OTHER,)),
        call(THREAD, "TCB.Configure", ENDPOINT, 0, 0, 0, caps=(CNODE, SPACE, 0)),
        call(THREAD, "TCB.SetPriority", 7, caps=(TCB,)),
        call(THREAD, "TCB.SetMCPriority", 9, caps=(TCB,)),
        call(THREAD, "TCB.SetSchedParams", 100, 90, caps=(TCB,)),
        call(THREAD, "TCB.SetIPCBuffer", 4096, caps=(PAGE,)),
        call(THREAD, "TCB.SetSpace", ENDPOINT, 0, 0, caps=(CNODE, SPACE)),
        call(THREAD, "TCB.BindNotification", caps=(NOTIFICATION,)),
        call(THREAD, "TCB.UnbindNotification"),
        call(THREAD, "TCB.SetTLSBase", 4096),
        call(THREAD, "TCB.SetFlags", 0, 1),
        call(THREAD, "TCB.Suspend"),
        call(THREAD, "TCB.Resume"),
        call(DOMAINS, "DomainSet.Set", 1, caps=(THREAD,)),
        call(DOMAINS, "DomainSet.ScheduleConfigure", 0, 0, 2),
        call(DOMAINS, "DomainSet.ScheduleConfigure", 1, 1, 2),
        call(DOMAINS, "DomainSet.ScheduleSetStart", 0),
        bytes([TICK] * 6),
        call(CNODE, "CNode.Delete", THREAD, 64),
    ]


def spaces() -> list[bytes]:
    return [
        call(TABLE, "PageTable.Map", 4096, 0, caps=(SPACE,)),
        call(PAGE, "Page.Map", 4096, 3, 0, caps=(SPACE,)),
        call(PAGE, "Page.Map", 4096, 2, 1, caps=(SPACE,)),
        call(PAGE, "Page.GetAddress"),
        call(PAGE + 1, "Page.Map", 4096, 3, 0, caps=(SPACE,)),
        call(PAGE, "Page.Unmap"),
        call(TABLE, "PageTable.Unmap"),
        retype(LARGE_TYPE, FREE, untyped=DEVICE),
        call(FREE, "Page.Map", 1 << 21, 3, 4, caps=(SPACE,)),
        call(FREE, "Page.Unmap"),
        call(DIRECTORY, "PageDirectory.Unmap"),
        call(DIRECTORY, "PageDirectory.Map", 0, 0, caps=(SPACE,)),
        call(PDPT, "PDPT.Unmap"),
        call(PDPT, "PDPT.Map", 0, 0, caps=(SPACE,)),
        retype(PML4_TYPE, FREE + 1, count=2),
        call(ASIDS, "ASIDControl.MakePool", FREE + 3, 64, caps=(SMALL, CNODE)),
        call(FREE + 3, "ASIDPool.Assign", caps=(FREE + 1,)),
        call(POOL, "ASIDPool.Assign", caps=(FREE + 2,)),
        call(THREAD, "TCB.SetSpace", 0, 0, 0, caps=(CNODE, FREE + 1)),
        call(CNODE, "CNode.Delete", FREE + 2, 64),
        call(CNODE, "CNode.Revoke", SMALL, 64),
        system_call("Yield"),
    ]


def devices() -> list[bytes]:
    handler, message, port = FREE, FREE + 1, FREE + 2
    return [
        call(IRQS, "IRQControl.Get", 1, FREE, 64, caps=(CNODE,)),
        call(IRQS, "IRQControl.GetIOAPIC", handler, 64, 0, 2, 0, 0, 10, caps=(CNODE,)),
        call(IRQS, "IRQControl.GetMSI", message, 64, 0, 3, 0, 0, 11, caps=(CNODE,)),
        call(handler, "IRQHandler.SetNotification", caps=(NOTIFICATION,)),
        bytes([INTERRUPT, 10, INTERRUPT, 10]),
        call(handler, "IRQHandler.Ack"),
        call(handler, "IRQHandler.Clear"),
        call(CNODE, "CNode.Delete", handler, 64),
        call(PORTS, "IOPortControl.Issue", 0x60, 0x67, port, 64, caps=(CNODE,)),
        *(call(port, f"IOPort.In{bits}", 0x60) for bits in (8, 16, 32)),
        *(call(port, f"IOPort.Out{bits}", 0x60, 5) for bits in (8, 16, 32)),
        call(CNODE, "CNode.Delete", port, 64),
    ]


def messages() -> list[bytes]:
    """A server and its clients, faults, signals, a capability on its way."""
    return [
        system_call("Recv", ENDPOINT),
        system_call("Call", ENDPOINT, 1, 2, label=7),
        system_call("ReplyRecv", ENDPOINT, 3, label=8),
        system_call("NBSend", ENDPOINT, 1, 2, 3, 4, 5, 6, label=9),
        system_call("Send", ENDPOINT, 1, caps=(NOTIFICATION, ENDPOINT)),
        system_call("Recv", ENDPOINT),
        bytes([PAGE_FAULT, 5, EXCEPTION, 0]),
        system_call("Reply", 0, 1, 2),
        call(CNODE, "CNode.SaveCaller", FREE, 64),
        system_call("Send", FREE, 1),
        system_call("Send", NOTIFICATION),
        system_call("NBRecv", NOTIFICATION),
        system_call("Recv", NOTIFICATION),
        bytes([TICK]),
        call(CNODE, "CNode.Delete", ENDPOINT, 64),
        call(CNODE, "CNode.Delete", NOTIFICATION, 64),
    ]


def seeds() -> dict[str, bytes]:
    groups = (capabilities, threads, spaces, devices, messages)
    return {
        f"{group.__name__}-{every}": bytes([every]) + b"".join(group()) for group in groups for every in (0, 2)
    }
