# SPDX-License-Identifier: GPL-3.0-only
"""What an ordinary user's program may not do: tried on the system of every day."""

from __future__ import annotations

import time
from dataclasses import replace

from cases import case, expect
from paths import build_dir
from shell import Shell
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


def _drivers(shell: Shell, wanted: list[str] | None = None) -> list[str]:
    """With `wanted` what comes to be. Who has taken a key asks for the next a moment later, so Enter has to be over."""
    for _ in range(10):
        seen = shell.run("sleep 0.5 & drivers")
        if wanted is None or seen == wanted:
            break
    return seen


@case("whole")
def a_burglar_inside_a_driver() -> None:
    """From inside a driver host; keyboard, shell and the other drivers go on as if nothing had been."""
    built = build_dir(CONFIG) / "pe"
    system = replace(RELEASE, added=(built / "inside.exe", built / "burglar.sys"))
    with booted(system) as shell:
        before = _drivers(shell)
        shown = shell.run("runas admin inside")
        expect(contains(shown, " passed, 0 failed"), f"{shown}")
        after = _drivers(shell, before)
        expect(after == before, f"a driver is not as it was: {before}, now {after}")
        expect(shell.run("echo on") == ["on"], "the prompt is gone")
        shell.run("kill i8042prt.sys")
        expect(shell.run("echo after")[-1:] == ["after"], "the keyboard is not")


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


@case("whole")
def acl_shows_and_changes_who_may_what() -> None:
    image, profile = "acl System32\\ntdll.dll", "acl C:\\Users\\Administrator"
    with booted() as shell:
        shown = shell.run(image)
        for line in ("owner  Administrators", "allow  Users", "read and execute, inherited"):
            expect(contains(shown, line), f"no `{line}` in {shown}")
        expect(contains(shell.run("acl C:\\"), "label  High: no writing from below"), "the root has no label")
        expect(contains(shell.run(f"ntcmd /c {image} /grant me:F"), "access denied"), "everybody changes an image's list")
        expect(shell.run(f"{profile} /grant Everyone:RX") == [], "nothing is granted")
        expect(contains(shell.run(profile), "Everyone           read and execute, and for all below"), "it is not shown")
        expect(shell.run(f"{profile} /deny Anonymous:W") == [], "nothing is denied")
        expect(shell.run(profile)[1].startswith("deny   Anonymous"), f"denials are not first: {shell.run(profile)}")
        for who in ("Everyone", "Anonymous"):
            expect(shell.run(f"{profile} /remove {who}") == [], "nothing is taken away")
        expect(not contains(shell.run(profile), "Everyone"), "it is still there")
        expect(shell.run(f"{profile} /owner SYSTEM") == [], "it is not given away")
        expect(contains(shell.run(profile), "owner  SYSTEM"), "it is still its maker's")
        for path in ("HKLM\\Software", "\\BaseNamedObjects"):
            expect(contains(shell.run(f"acl {path}"), "allow  "), f"{path} has no list")
        expect(contains(shell.run("acl none"), "none: "), "what is missing is not named")
        expect(contains(shell.run(f"{profile} /grant nobody:F"), "nobody is nobody's name"), "nobody has a name")
        expect(contains(shell.run(f"{profile} /grant me:Z"), "me:Z names no rights"), "Z is a right")


@case("whole")
def smss_goes_on_with_its_own_shell_only() -> None:
    """It is started again after it has ended, and finds its shell; or starts one, whatever else is called ntcmd.exe."""
    system = replace(RELEASE, added=(build_dir(CONFIG) / "pe/endsmss.exe",))
    with booted(system) as shell:
        shell.run("runas admin endsmss")
        time.sleep(4)
        # It would have said so if it had started a second one.
        expect(shell.run("echo still") == ["still"], "the shell is not what it was")
        # It leaves a program of the shell's name behind.
        shell.type("runas admin endsmss shell")
        row = shell.terminal.row
        shell.press("ret")
        shell.wait_prompt("starting another shell", row, 30)
        expect(contains(shell.run("whoami /all"), "S-1-16-12288"), "no shell of the administrator's")


@case("whole")
def programs_are_told_whose_they_are() -> None:
    with booted() as shell:
        for name, value in {
            "USERNAME": "Administrator",
            "USERDOMAIN": "NEPTUNE",
            "USERPROFILE": "C:\\Users\\Administrator",
            "TEMP": "C:\\Users\\Administrator\\AppData\\Local\\Temp",
        }.items():
            expect(contains(shell.run(f"ntcmd /c set {name}"), value), f"{name} is not {value}")
        # An ordinary program keeps what it likes there.
        shell.run("ntcmd /c echo x > %TEMP%\\x")
        expect(contains(shell.run("ntcmd /c type %TEMP%\\x"), "x"), "nothing can be kept in TEMP")
