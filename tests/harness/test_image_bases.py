# SPDX-License-Identifier: GPL-3.0-only
"""Where bases are drawn (without the boot option aslr=0): other ones in each boot, and everything runs."""

from __future__ import annotations

import re
from dataclasses import replace

from cases import case, expect
from support import booted, contract_system, options

OURS = "the loader and the Executive's images"
PROGRAMS = ("bases", "loader", "seh")


def _boot() -> tuple[int, int, int]:
    system = contract_system("test")
    system = replace(system, boot_options=(*system.boot_options, ("aslr", "1")))
    with booted(system, options(memory=256)) as shell:
        texts = ["\n".join(shell.run(program)) for program in PROGRAMS]
    for program, text in zip(PROGRAMS, texts, strict=True):
        expect(re.search(r"\d+ passed, 0 failed", text) is not None, f"{program}: {text[-600:]}")
    bases = re.search(r"bases ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", texts[0])
    expect(bases is not None, texts[0])
    assert bases is not None
    return int(bases[1], 16), int(bases[2], 16), int(bases[3], 16)


@case("whole", ours=OURS)
def bases_are_drawn() -> None:
    first, second = _boot(), _boot()
    headers = (0x140000000, 0x170000000)
    expect(
        all(one != other for one, other in zip(first, second, strict=True)),
        f"twice the same: {first} and {second}",
    )
    expect(not set(first + second) & set(headers), "at the base of its headers")
    expect(all(4 << 30 <= base < 512 << 30 for base in first + second), f"out of place: {first}, {second}")
