# SPDX-License-Identifier: GPL-3.0-only
"""./neptune differ [THEME...]: small programs over the native services run here and under Debian's wine64, and are compared.

The themes are tests/differ/THEME.c. The last line is `N same, N judged, N unjudged`, counted in answers; the run fails when a
difference has no judgement in tests/differ/reasons.txt, or a judgement no difference any more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import build
import channel as ch
import cmd_exec
import compose
import differ
import packages
import report
import scratch
from exec_session import Session
from machine import Machine, Options
from paths import ROOT

PACKAGES = ["wine64"]  # of the host; nothing else needs it
WINE = Path("/usr/lib/wine/wine64")
SERVER = WINE.with_name("wineserver64")
SECONDS = 900.0  # for a theme, on a host with much other work
_QUIET = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml=;winedbg.exe=d", "WINESERVER": str(SERVER)}
_WARNINGS = ("-Wall", "-Werror", "-Wno-missing-braces", "-Wno-unused-value")
_LIBRARIES = ("-lntdll", "-ladvapi32")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("themes", nargs="*", metavar="THEME", help="of tests/differ; all of them without one")
    parser.add_argument("--write", action="store_true", help="write docs/differences.md from the judgements; run nothing")
    parser.add_argument("--show", action="store_true", help="print what each program says in both")


def say(text: str) -> None:
    print(f"neptune: {text}", file=sys.stderr, flush=True)


def _compile(theme: str, out: Path) -> None:
    command = ["x86_64-w64-mingw32-gcc", "-O1", "-s", "-static", *_WARNINGS, "-o", str(out)]
    command += [str(differ.SOURCES / f"{name}.c") for name in (theme, "differ")]
    done = subprocess.run([*command, *_LIBRARIES], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"neptune: {theme}.c cannot be compiled:\n{done.stderr}")


def _progress(column: str) -> Callable[[bytes], None]:
    """Tells of the programs as their output comes."""
    begun, seen = time.monotonic(), bytearray()
    told = [begun, 0]

    def take(data: bytes) -> None:
        seen.extend(data)
        now = time.monotonic()
        if now - told[0] > 5:
            told[:] = now, seen.count(b"\n== ") + 1
            say(f"  {column}: {told[1]} programs, {now - begun:.0f} s")

    return take


def _ours(config: str, folder: Path, themes: list[str]) -> str:
    """Every theme in one machine, with the administrator's rights, as Wine gives them."""
    parser = argparse.ArgumentParser()
    cmd_exec.add_arguments(parser)
    arguments = parser.parse_args(["--admin", str(folder / f"{themes[0]}.exe")])
    arguments.config = config
    program = cmd_exec.prepare(arguments)
    media = compose.media(cmd_exec.system(arguments, program), "direct")
    said = bytearray()
    progress = _progress("here")

    def take(_: int, data: bytes) -> None:
        said.extend(data)
        progress(data)

    with scratch.folder() as work:
        channel = ch.Channel(work)
        with Machine(Options(memory=512, reboot=False, accel="auto", extra=channel.qemu_words()), media) as machine:
            session = Session(machine, channel)
            session.sink = take
            for theme in themes:
                image = f"{program.folder}\\{theme}.exe"
                if not session.run(ch.start_order(image, f"{theme}.exe", program.folder + "\\", {}, True), SECONDS):
                    said.extend(b"the machine did not go on = " + report.plain(session.said)[-300:].encode() + b"\n")
                    break
    return said.decode("latin-1")


def _wine(folder: Path, themes: list[str]) -> str:
    """Under Wine, with a prefix of its own and no display."""
    text = ""
    with scratch.folder() as prefix:
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment |= {**_QUIET, "WINEPREFIX": str(prefix), "HOME": str(prefix)}
        say("  Wine makes its prefix")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run([WINE, "wineboot", "-i"], env=environment, timeout=SECONDS, check=True, **quiet)
        place = prefix / "drive_c/users/Public"
        progress = _progress("Wine")
        try:
            for theme in themes:
                shutil.copy(folder / f"{theme}.exe", place)
                command = [WINE, f"C:\\users\\Public\\{theme}.exe"]
                done = subprocess.run(
                    command, env=environment, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
                )
                text += done.stdout.decode("latin-1")
                progress(done.stdout)
        finally:
            subprocess.run([SERVER, "-k"], env=environment, check=False, **quiet)
            subprocess.run([SERVER, "-w"], env=environment, check=False, **quiet)
    return text


def _chosen(given: list[str]) -> list[str]:
    there = differ.themes()
    for theme in given:
        if theme not in there:
            raise SystemExit(f"neptune: there is no theme {theme}; there are: {' '.join(there)}")
    return given or there


def _write() -> int:
    differ.PAGE.write_text(differ.page(differ.judgements()), encoding="utf-8")
    return 0


def _show(ours: dict[str, dict[str, str]], wine: dict[str, dict[str, str]]) -> None:
    for program in ours | wine:
        print(f"== {program}")
        mine, theirs = ours.get(program, {}), wine.get(program, {})
        for label in mine | theirs:
            values = mine.get(label, differ.NOTHING), theirs.get(label, differ.NOTHING)
            print(f"  {label}: {' | '.join(dict.fromkeys(values))}")


def main(arguments: argparse.Namespace) -> int:
    try:
        known = differ.judgements()
    except differ.Malformed as error:
        raise SystemExit(f"neptune: {differ.REASONS.relative_to(ROOT)}: {error}") from None
    if arguments.write:
        return _write()
    packages.ensure(PACKAGES)
    themes = _chosen(arguments.themes)
    build.build(arguments.config, cmd_exec.targets(), quiet=True)
    with scratch.folder() as folder:
        for theme in themes:
            _compile(theme, folder / f"{theme}.exe")
        say(f"{len(themes)} themes; Wine first")
        wine = differ.read(_wine(folder, themes))
        ours = differ.read(_ours(arguments.config, folder, themes))
    if arguments.show:
        _show(ours, wine)
    same, found = differ.differences(ours, wine)
    judged = {one for judgement in known for one in judgement.differences}
    unjudged = [one for one in found if one not in judged]
    stale = [one for one in judged if one[0].partition("/")[0] in themes and one not in found]
    if unjudged:
        print(differ.blocks(unjudged))
    for program, label, mine, theirs in sorted(stale):
        print(f"judged, but not so any more: {program}: {label}: {mine} | {theirs}")
    print(f"{len(ours | wine)} programs of {len(themes)} themes")
    print(f"{same} same, {len(found) - len(unjudged)} judged, {len(unjudged)} unjudged")
    return 1 if unjudged or stale or not same else 0
