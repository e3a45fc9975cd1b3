# SPDX-License-Identifier: GPL-3.0-only
"""Builds the Windows programs of tests/win32.

A program says in its first lines how it is built: `// runtime: msvcrt` (or ucrt; without it a program in C is built with both, one
in C++ with msvcrt, as mingw-w64 does by itself), `// libraries: -lNAME ...`, `// arguments:`, `// environment: NAME=VALUE`,
`// threads: posix` for the C++ library's threads. NAME.rc is its resources; each NAME/PART.c becomes a DLL NAME_PART.dll beside it,
which is loaded at the first call of its functions with `// delayed: yes`. What is in msvc/ is built by clang for the msvc
target, with vcruntime140.dll and the universal C runtime.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cases import Failure
from paths import ROOT

PROGRAMS = ROOT / "tests/win32"
MSVC = PROGRAMS / "msvc"
_START = MSVC / "start.cpp"
_MINGW = "/usr/x86_64-w64-mingw32"
_CLANG = (
    *("clang++-19", "--target=x86_64-pc-windows-msvc", "-std=c++20", "-O1", "-D_UCRT", "-D__USE_MINGW_ANSI_STDIO=0"),
    *("-fgnuc-version=12.2.0", "-fms-extensions", "-fasync-exceptions", "-fexceptions", "-fcxx-exceptions"),
    *("-isystem", f"{_MINGW}/include", "-Wno-ignored-attributes"),
)


@dataclass(frozen=True)
class Program:
    path: str  # in the machine's folder
    source: Path
    runtime: str

    def text(self) -> str:
        """What it should print: of its own runtime, where the two differ."""
        own = self.source.with_suffix(f".{self.runtime}.txt")
        chosen = own if own.is_file() else self.source.with_suffix(".txt")
        return chosen.read_bytes().decode("utf-8")


def header(source: Path, name: str) -> str:
    found = re.search(rf"^// {name}: (.*)$", source.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else ""


def sources() -> list[Path]:
    found = [path for folder in (PROGRAMS, MSVC) for path in folder.iterdir() if path.suffix in (".c", ".cpp")]
    return sorted(path for path in found if path != _START)


def run(*command: str | Path) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Failure(f"{command[-1]}: {result.stderr[-2000:]}")
    return result.stdout


def compile_gnu(source: Path, out: Path, *options: str | Path) -> None:
    compiler = "x86_64-w64-mingw32-g++" if source.suffix == ".cpp" else "x86_64-w64-mingw32-gcc"
    threads = header(source, "threads")
    libraries = header(source, "libraries").split()
    run(compiler + (f"-{threads}" if threads else ""), "-O1", "-s", "-static", "-o", out, source, *options, *libraries)


class Builder:
    """Builds into `folder`, with objects in `work`."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work
        specs = work / "ucrt.specs"
        specs.write_text(run("x86_64-w64-mingw32-gcc", "-dumpspecs").replace("-lmsvcrt", "-lucrt"), encoding="utf-8")
        self._ucrt = (f"-specs={specs}", "-D_UCRT")  # Debian's compiler is configured for msvcrt.dll

    def plan(self, source: Path) -> list[Program]:
        if source.parent == MSVC:
            return [Program(f"msvc\\{source.stem}.exe", source, "msvc")]
        wanted = header(source, "runtime") or ("msvcrt" if source.suffix == ".cpp" else "msvcrt ucrt")
        place = {"msvcrt": "", "ucrt": "ucrt\\"}
        return [Program(f"{place[name]}{source.stem}.exe", source, name) for name in wanted.split()]

    def _parts(self, program: Program, out: Path) -> list[Path]:
        """Its DLLs; their import libraries."""
        folder, libraries = program.source.with_suffix(""), []
        for part in sorted(folder.glob("*.c")) if folder.is_dir() else []:
            dll = out.parent / f"{folder.name}_{part.stem}.dll"
            library = self.work / f"{program.runtime}_{dll.name}.a"
            definition = library.with_suffix(".def")
            compile_gnu(part, dll, "-shared", f"-Wl,--out-implib,{library},--output-def,{definition}", *self._options(program))
            if header(program.source, "delayed"):
                run("x86_64-w64-mingw32-dlltool", "--temp-prefix", self.work / dll.stem, "-D", dll.name, "-d", definition, "--output-delaylib", library)
            libraries.append(library)
        return libraries

    def _options(self, program: Program) -> tuple[str, ...]:
        return self._ucrt if program.runtime == "ucrt" else ()

    def build(self, program: Program) -> None:
        out = self.folder / program.path.replace("\\", "/")
        out.parent.mkdir(exist_ok=True)
        libraries = self._parts(program, out)
        resources = program.source.with_suffix(".rc")
        if program.runtime == "msvc":
            return self._build_msvc(program, out, libraries)
        if resources.is_file():
            built = self.work / f"{program.runtime}_{resources.stem}.res.o"
            run("x86_64-w64-mingw32-windres", "-I", resources.parent, resources, built)
            libraries.insert(0, built)
        compile_gnu(program.source, out, *libraries, *self._options(program))

    def prepare_msvc(self) -> None:
        run("llvm-dlltool-19", "-m", "i386:x86-64", "-d", MSVC / "vcruntime140.def", "-l", self.work / "vcruntime140.lib")
        run(*_CLANG, "-c", "-o", self.work / "start.obj", _START)

    def _build_msvc(self, program: Program, out: Path, libraries: list[Path]) -> None:
        built = self.work / f"{program.source.stem}.obj"
        run(*_CLANG, "-c", "-o", built, program.source)
        common = [self.work / "start.obj", self.work / "vcruntime140.lib", "libucrt.a", "libkernel32.a"]
        options = [f"/libpath:{_MINGW}/lib", "/entry:start", "/nodefaultlib", "/subsystem:console", f"/out:{out}"]
        more = header(program.source, "libraries").split()
        run("lld-link-19", built, *common, *libraries, *more, *options)


def build(folder: Path, chosen: list[Path]) -> list[Program]:
    """The programs made of `chosen`, in `folder`. Raises Failure with what a compiler says."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        builder = Builder(folder, Path(name))
        programs = [program for source in chosen for program in builder.plan(source)]
        if any(program.runtime == "msvc" for program in programs):
            builder.prepare_msvc()
        list(pool.map(builder.build, programs))
    return programs
