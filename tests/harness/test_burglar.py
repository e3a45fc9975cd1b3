# SPDX-License-Identifier: GPL-3.0-only
"""What an ordinary user's program may not do: tried on the system of every day."""

from __future__ import annotations

from dataclasses import replace

from cases import case, expect
from paths import build_dir
from support import CONFIG, RELEASE, booted, contains


@case("whole")
def a_burglar_gets_nowhere() -> None:
    burglars = ("burglar", "keythief", "fileburglar")
    system = replace(RELEASE, added=tuple(build_dir(CONFIG) / f"pe/{name}.exe" for name in burglars))
    with booted(system) as shell:
        for name in burglars:
            shown = shell.run(name)
            expect(contains(shown, " passed, 0 failed"), f"{name}: {shown}")
        expect(shell.run("echo on") == ["on"], "the prompt is gone")


@case("whole")
def the_shell_may_what_its_programs_may_not() -> None:
    with booted() as shell:
        for command in ("kill smss", "kill i8042prt", "unload beep", "log ps:info", "shutdown"):
            shown = shell.run(f"ntcmd /c {command}")
            refused = contains(shown, "access denied") or contains(shown, "a privilege is missing")
            expect(refused, f"an ordinary program may {command}: {shown}")
        expect(contains(shell.run("runas admin ntcmd /c whoami /all"), "S-1-16-12288"), "no High label")
        expect(contains(shell.run("ntcmd /c whoami /all"), "S-1-5-32-544  for denying only"), "an administrator")
        expect(contains(shell.run("ntcmd /c runas admin ntcmd /c ver"), "a privilege is missing"), "raised")
        # smss is nobody's to end, the shell's neither.
        expect(contains(shell.run("kill smss"), "access denied"), "smss was ended")
        expect(shell.run("unload beep") == [], "the shell cannot unload")
        expect(shell.run("load beep") == [], "the shell cannot load")
