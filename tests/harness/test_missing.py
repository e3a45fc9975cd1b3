# SPDX-License-Identifier: GPL-3.0-only
"""A program that lacks a DLL or a function of one is told so by name, on the screen."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import compose
from cases import case, expect
from machine import Machine
from paths import ROOT, build_dir
from support import CONFIG, booted

PROGRAM = """
#include "abi/nt/ntdll.h"
__declspec(dllimport) void {function}(void);
void NTAPI NtProcessStartup(PPEB Peb) {{
    UNREFERENCED_PARAMETER(Peb);
    {function}();
    NtTerminateProcess(NtCurrentProcess(), STATUS_SUCCESS);
}}
"""
LIBRARY = '#include "abi/nt/ntdll.h"\n{import_}__declspec(dllexport) void Provided(void) {{ {call} }}\n'
COMPILE = "clang-19 --target=x86_64-pc-windows-msvc -ffreestanding -fms-extensions -nostdlibinc".split()
LINK = ["lld-link-19", "/nodefaultlib", "/subsystem:native"]


def _run(*command: str | Path) -> None:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    expect(result.returncode == 0, result.stderr[-800:])


def _import_library(folder: Path, dll: str, *exports: str) -> Path:
    definition, library = folder / f"{dll}.def", folder / f"{dll}.lib"
    definition.write_text("\n".join((f"LIBRARY {dll}", "EXPORTS", *exports)) + "\n", encoding="utf-8")
    _run("llvm-dlltool-19", "-m", "i386:x86-64", "-d", definition, "-l", library)
    return library


def _object(folder: Path, name: str, text: str) -> Path:
    source, made = folder / f"{name}.c", folder / f"{name}.o"
    source.write_text(text, encoding="utf-8")
    include = ["-isystem", ROOT / "sdk/include/crt", "-I", ROOT, "-I", build_dir(CONFIG) / "gen"]
    _run(*COMPILE, *include, "-c", source, "-o", made)
    return made


def _program(folder: Path, name: str, function: str, *libraries: Path) -> Path:
    """A program that calls one function, which an import library promises."""
    out = folder / f"{name}.exe"
    made = _object(folder, name, PROGRAM.format(function=function))
    ntdll = build_dir(CONFIG) / "lib/ntdll.lib"
    _run(*LINK, "/entry:NtProcessStartup", f"/out:{out}", made, *libraries, ntdll)
    return out


def _library(folder: Path, name: str, needs: Path) -> Path:
    """A DLL that calls `Absent` of another."""
    out = folder / name
    text = LIBRARY.format(import_="__declspec(dllimport) void Absent(void);\n", call="Absent();")
    made = _object(folder, name, text)
    _run(*LINK, "/dll", "/noentry", f"/out:{out}", f"/implib:{out}.lib", made, needs)
    return out


def _screen(machine: Machine) -> str:
    return "\n".join(machine.vga_text())


@case("whole")
def a_missing_dll_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        absent = _import_library(folder, "absent.dll", "Absent")
        direct = _program(folder, "direct", "Absent", absent)
        between = _library(folder, "between.dll", absent)
        indirect = _program(folder, "indirect", "Provided", folder / "between.dll.lib")
        with booted(compose.System(config=CONFIG, added=(direct, between, indirect))) as shell:
            for program in ("direct", "indirect"):
                shell.run("cls")
                shell.run(program)
                shown = _screen(shell.machine)
                expect(f"{program}.exe: absent.dll was not found" in shown, shown)
                expect("0xc0000135" in shown, f"the shell does not say how it ended: {shown}")
                expect(shown.count("not found") == 1, f"it is said more than once: {shown}")


@case("whole")
def a_missing_function_is_named() -> None:
    """Programs import what they never call; so it is said when it is called."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        by_name = _program(folder, "byname", "NtAbsent", _import_library(folder, "ntdll.dll", "NtAbsent"))
        numbers = _import_library(folder, "ntdll.dll", "NtAbsent @60000 NONAME")
        by_number = _program(folder, "bynumber", "NtAbsent", numbers)
        with booted(compose.System(config=CONFIG, added=(by_name, by_number))) as shell:
            for program, what in (
                ("byname", "the entry point NtAbsent was not found in ntdll.dll"),
                ("bynumber", "the ordinal 60000 was not found in ntdll.dll"),
            ):
                shell.run("cls")
                shell.run(program)
                shown = _screen(shell.machine)
                expect(what in shown.replace("\n", ""), shown)
                expect("reading address" not in shown, f"there was no bad address: {shown}")


@case("whole")
def a_dll_that_does_not_start_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        refuses = _import_library(folder, "refuses.dll", "Refuse")
        program = _program(folder, "needs", "Refuse", refuses)
        with booted(compose.System(config=CONFIG, base="test", added=(program,))) as shell:
            shell.run("needs")
            shown = _screen(shell.machine)
            expect("needs.exe: refuses.dll did not start" in shown, shown)
            expect("0xc0000142" in shown, shown)
