# SPDX-License-Identifier: GPL-3.0-only
"""The layers of docs/architecture.md section 11, as a check: includes only go down."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from paths import ROOT
from tracked import c_sources

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# Component -> the prefixes it may include from, besides itself. The longest matching component decides.
ALLOWED: dict[str, tuple[str, ...]] = {
    "abi/nt": ("abi/nt",),
    "abi/wdm": ("abi/wdm", "abi/nt"),
    "abi/sel4": ("abi/sel4",),
    "abi/boot": (),
    "abi/exec": (),
    "abi/console": ("abi/console", "abi/nt"),
    "base": ("base", "abi/nt"),
    "kernel": ("kernel", "base", "abi/sel4", "abi/nt/ntstatus.h"),
    "executive": ("executive", "base", "abi"),
    "ntdll": ("ntdll", "base", "abi/nt", "abi/sel4", "abi/wdm"),
    "wdm": ("wdm", "base", "abi/nt", "abi/wdm", "abi/sel4"),
    "drivers": ("drivers", "abi/wdm", "base"),
    "drivers/exec": ("drivers/exec", "abi/exec"),
    "apps": ("apps", "abi/nt", "abi/console"),
    "apps/exec": ("apps/exec", "apps/common", "abi/nt", "abi/exec", "abi/console"),
    "sdk": ("sdk", "abi/nt", "abi/wdm"),
    "sdk/include/sel4": ("abi/sel4",),
    "tests/system": ("tests", "abi/nt", "abi/console"),
    "tests/torture": ("tests", "apps/common", "abi/nt", "abi/console"),
    "tests/bench": ("tests", "apps/common", "abi/nt"),
    "tests/drivers": ("tests/drivers", "abi/wdm"),
    "tests/rootserver": ("tests/rootserver", "abi/sel4", "base"),
}
# Inside the Executive, left to right; each may include what stands left of it.
EXECUTIVE = ("hal", "ke", "ob", "se", "mm", "ps", "lpc", "cm", "ex", "io", "pnp", "services")
SEL4_SPEAKERS = ("ke", "mm")
# Where the parts of a component that include each other by their short names live.
SHORT_ROOTS = {
    "kernel": ("kernel/arch/x86_64", "kernel/arch/host", "kernel/config/release"),
    "sdk": ("sdk/include",),
}
GENERATED = {"nt": "abi/nt", "executive": "executive", "ntdll": "ntdll", "wdm": "wdm"}


def _component(path: str) -> str | None:
    found = [name for name in ALLOWED if path == name or path.startswith(name + "/")]
    return max(found, key=len) if found else None


def resolve(source: str, target: str) -> str:
    """The path from the root of what `source` includes as `target`."""
    if (ROOT / target).exists():
        return target
    beside = (PurePosixPath(source).parent / target).as_posix()
    if (ROOT / beside).exists():
        return beside
    for base in SHORT_ROOTS.get(source.split("/")[0], ()):
        if (ROOT / base / target).exists():
            return f"{base}/{target}"
    first, _, rest = target.partition("/")
    return f"{GENERATED[first]}/{rest}" if first in GENERATED and rest else target


def _executive_part(path: str) -> str | None:
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "executive" else None


def _inside_executive(source: str, target: str) -> str | None:
    here, there = _executive_part(source), _executive_part(target)
    if here not in EXECUTIVE:
        return None
    if target.startswith("abi/sel4/") and here not in SEL4_SPEAKERS:
        return "only ke and mm speak seL4"
    if there in EXECUTIVE and EXECUTIVE.index(there) > EXECUTIVE.index(here):
        return f"{here} stands below {there}"
    return None


def complaint(source: str, target: str) -> str | None:
    """Why `source` may not include `target`, or None."""
    component = _component(source)
    if component is None:
        return None
    allowed = ALLOWED[component]
    if not any(target == name or target.startswith(name + "/") for name in (*allowed, component)):
        if "/" in target:
            return f"{component} may include only {', '.join(allowed) or 'nothing'}"
    return _inside_executive(source, target)


def check() -> list[str]:
    """Every include that goes up, as `file: includes X: why`."""
    found: list[str] = []
    for source in c_sources():
        for target in INCLUDE.findall((ROOT / source).read_text(encoding="utf-8")):
            if why := complaint(source, resolve(source, target)):
                found.append(f"{source}: includes {target}: {why}")
    return found
