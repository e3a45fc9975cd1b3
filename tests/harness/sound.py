# SPDX-License-Identifier: GPL-3.0-only
"""Finds the tone in a recording of the PC speaker: a square wave between stretches of silence."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

HEADER = 44
QUIET = 2000  # samples nearer to the middle than this are silence


@dataclass(frozen=True)
class Tone:
    frequency: float  # Hz
    seconds: float


def _samples(path: Path) -> tuple[int, list[int]]:
    """Rate and left channel. Read by hand: QEMU fills in the sizes of the header only when it ends in peace."""
    data = path.read_bytes()
    channels, rate = struct.unpack_from("<HI", data, 22)
    bits = struct.unpack_from("<H", data, 34)[0]
    body = data[HEADER:]
    if bits == 16:
        count = len(body) // 2
        return rate, list(struct.unpack(f"<{count}h", body[: count * 2])[::channels])
    return rate, [(value - 128) * 256 for value in body[::channels]]


def loudest_tone(path: Path) -> Tone:
    """The longest stretch without 50 ms of silence, and the frequency of its rising edges."""
    rate, samples = _samples(path)
    best: tuple[int, int] = (0, 0)
    start: int | None = None
    last = 0
    for index, value in enumerate(samples):
        if abs(value) < QUIET:
            continue
        if start is None or index - last > rate // 20:
            start = index
        last = index
        if last - start > best[1] - best[0]:
            best = (start, last)
    first, end = best
    if end == first:
        return Tone(0.0, 0.0)
    middle = (max(samples[first:end]) + min(samples[first:end])) / 2
    edges = [i for i in range(first + 1, end) if samples[i - 1] <= middle < samples[i]]
    if len(edges) < 2:
        return Tone(0.0, (end - first) / rate)
    return Tone((len(edges) - 1) * rate / (edges[-1] - edges[0]), (end - first) / rate)
