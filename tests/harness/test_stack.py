# SPDX-License-Identifier: GPL-3.0-only
"""The Executive's stack: nothing recurses, half of it is more than any chain of direct calls takes (virtual
calls and coroutines begin a chain of their own), and no frame steps over the empty page below it."""

from __future__ import annotations

import call_graph
from cases import case, expect
from paths import build_dir
from support import CONFIG

PAGE = 4096
ELF = build_dir(CONFIG) / "image/neptune.elf"
# Recursion that no client can make deep, by a part of a function's mangled name.
BOUNDED = (
    "11__introsort",  # 2 log2 n levels, by construction
    # A frame is mapped in a paging structure, which may have to be made of a page itself; that is mapped nowhere.
    "2mm12_GLOBAL__N_16become",
    "2mm12_GLOBAL__N_19type_page",
    "2mm7map_own",
    "2mm9take_page",
)
# An assertion that fails is told once: one that fails meanwhile stops the machine (ke::crash).
END = "4base16assertion_failed"


@case("tools")
def the_executive_does_not_recurse() -> None:
    graph = call_graph.functions(ELF)
    expect(len(graph) > 1000, "the functions of the Executive are found")
    for name, function in graph.items():
        if END in name:
            function.calls.clear()
    found = [
        sorted(names)
        for names in call_graph.recursions(graph)
        if not all(any(part in name for part in BOUNDED) for name in names)
    ]
    expect(not found, f"recursion: {found}")
    stack = call_graph.symbol_distance(ELF, "executive_stack_guard", "executive_stack_top") - PAGE
    longest = call_graph.longest(graph)
    expect(longest <= stack // 2, f"a chain of direct calls takes {longest} bytes of the stack's {stack}")
    large = [name for name, function in graph.items() if function.frame >= PAGE - 8]
    expect(not large, f"frames of a page and more: {large}")
