# SPDX-License-Identifier: GPL-3.0-only
"""./neptune debug: gdb in batch mode knows the images of each process, and each driver by its own symbols."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import libwine
from cases import case, expect
from processes import neptune

OURS = "gdb with the symbols of our own kernel"


def _debug(*commands: str, boot: str = "aslr=1") -> str:
    words = [word for command in commands for word in ("--gdb", command)]
    result = neptune("debug", "--boot", boot, *words)
    expect(result.returncode == 0, f"gdb ends with {result.returncode}: {result.stdout[-600:]}{result.stderr[-600:]}")
    return result.stdout


@case("whole", ours=OURS)
def debug_lists_the_images_of_each_process() -> None:
    said = _debug("neptune-until ntcmd.exe", "neptune-modules")
    listed = said.rpartition("process 4 ")[2]
    parts = dict(re.findall(r"process \d+ (\S+)\n((?:  0x.*\n)+)", "process 4 " + listed))
    expect({"smss.exe", "ntcmd.exe"} <= parts.keys(), f"the processes are {list(parts)}")
    hosts = {name: text for name, text in parts.items() if name.endswith(".sys")}
    expect(len(hosts) >= 3, f"driver hosts are {list(hosts)}")
    for name, text in hosts.items():
        for image in ("ntoskrnl.exe", "ntdll.dll", name):
            expect(re.search(rf"0x[0-9a-f]+ {re.escape(image)}", text), f"{name} without {image}:\n{text}")


@case("whole", ours=OURS)
def debug_stops_in_a_driver_by_its_own_name() -> None:
    """Its breakpoint is hit in its host, though another host may have another driver at the same address."""
    said = _debug(
        "neptune-until null.sys",
        "break DriverEntry if $process() == $mapped",
        "continue",
        "neptune-modules",
        boot="aslr=0",
    )
    # Where gdb has met other drivers as well, the breakpoint has several places, and the condition stops at one: "1.1".
    hit = re.search(r"Breakpoint 1(?:\.\d)?, (DriverEntry .* at \S*drivers/\S*null.*)", said, re.DOTALL)
    expect(hit, said[-1500:])
    hit = hit[1]
    expect("null.sys\n" in hit, said[-1500:])
    # At the bases of its headers i8042prt.sys lies at the same address, if its host has started.
    expect(not re.search(r"0x[0-9a-f]+ i8042prt\.sys\n", hit), said[-1500:])


@case("whole", ours=OURS)
def a_program_of_exec_in_gdb() -> None:
    """It stops by the program's own symbols, and what it writes and ends with comes through."""
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/a-program-of-exec-in-gdb: {error}", flush=True)
        return
    with tempfile.TemporaryDirectory() as name:
        source, program = Path(name) / "twice.c", Path(name) / "twice.exe"
        source.write_text(
            "#include <stdio.h>\nint twice(int x) { return 2 * x; }\n"
            'int main(void) { printf("n=%d\\n", twice(21)); return 3; }\n'
        )
        subprocess.run(["x86_64-w64-mingw32-gcc", "-g", "-o", program, source], check=True)
        commands = ("break twice", "continue", "backtrace", "continue")
        words = [f"--gdb-command={command}" for command in commands]
        result = neptune("exec", *words, str(program))
    expect(re.search(r"#0 +twice \(x=.*\n#1 .* main \(\)", result.stdout), result.stdout[-1500:])
    expect("n=42" in result.stdout, result.stdout[-1500:])
    expect(result.returncode == 3, f"it ends with {result.returncode}: {result.stderr[-600:]}")
