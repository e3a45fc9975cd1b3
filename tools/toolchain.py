# SPDX-License-Identifier: GPL-3.0-only
"""The compiler and linker flags of every kind of binary in the tree, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CLANG = "clang++-19"
# tools/libcxx.py puts it there.
LIBCXX_PLACE = "$root/build/libcxx"
LIBCXX_HEADERS = f"-isystem {LIBCXX_PLACE}/include/c++/v1"
MINGW = "/usr/x86_64-w64-mingw32"

WARNINGS = "-Wall -Wextra -Werror"
FREESTANDING = (
    "-ffreestanding -fno-exceptions -fno-common -ffile-prefix-map=$root=. -fdebug-compilation-dir=."
)
# libc++'s headers over our own few C headers: nothing of either is linked.
LIBCXX = (
    f"-nostdlibinc -nostdinc++ {LIBCXX_HEADERS} -isystem $root/sdk/include/crt"
    " -D_LIBCPP_NO_VCRUNTIME -D_LIBCPP_HAS_NO_THREADS -D_LIBCPP_HAS_NO_LOCALIZATION"
    " -D_LIBCPP_HAS_NO_FILESYSTEM -D_LIBCPP_HAS_NO_RANDOM_DEVICE -D_LIBCPP_HAS_NO_MONOTONIC_CLOCK"
)
CXX = "-std=c++23 -fno-rtti -fno-threadsafe-statics"
SECTIONS = "-ffunction-sections -fdata-sections"
ELF = "--target=x86_64-unknown-linux-gnu -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -gdwarf-4"
OPTIMISE = {"release": "-O2 -DNDEBUG", "debug": "-Og"}
# The Executive is many small files that call each other: its release build is optimised as a whole, at the link.
WHOLE = {"release": "-flto=thin", "debug": ""}


@dataclass(frozen=True)
class Kind:
    """How the sources of one sort of binary are compiled."""

    name: str
    common: str  # every language
    cxx: str  # C++ only
    c: str  # C only


def _kind(name: str, common: str, cxx: str = CXX, c: str = "-std=c17") -> Kind:
    return Kind(name, " ".join(common.split()), cxx, c)


KERNEL = _kind(
    "kernel",
    f"{ELF} {WARNINGS} {FREESTANDING} {LIBCXX} {SECTIONS} -mcmodel=kernel -mno-red-zone -mno-mmx -mno-sse -mno-avx"
    " -mno-implicit-float",
)
EXECUTIVE = _kind("executive", f"{ELF} {WARNINGS} {FREESTANDING} {LIBCXX} {SECTIONS}")
# __try guards hardware faults too (-fasync-exceptions, given to the compiler proper: the driver's option would turn C++
# exceptions and their handler on as well). Every function has unwind data, or no exception could pass it.
PE = _kind(
    "pe",
    f"--target=x86_64-pc-windows-msvc {WARNINGS} {FREESTANDING} {LIBCXX} {SECTIONS}"
    " -D_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS"
    " -Xclang -fasync-exceptions -funwind-tables -fms-extensions -mno-avx -fno-stack-protector -gdwarf-4",
)
# Drivers are ordinary Windows drivers: mingw's DDK headers, no libc++, no header of ours but abi/wdm and base.
DRIVER = _kind(
    "driver",
    f"--target=x86_64-w64-windows-gnu {WARNINGS} {FREESTANDING} {SECTIONS} -nostdinc++ -nostdlibinc"
    f" {LIBCXX_HEADERS} -isystem {MINGW}/include -isystem {MINGW}/include/ddk"
    " -D_LIBCPP_NO_VCRUNTIME -D_LIBCPP_HAS_NO_THREADS -fms-extensions -funwind-tables -mno-avx -mno-stack-arg-probe"
    " -Wno-#warnings -Wno-unknown-pragmas -Wno-pragma-pack"
    # mingw declares these two as external and then defines them in wdm.h, once in every object: leave the first out.
    " -D__INTRINSIC_DEFINED_InterlockedBitTestAndSet -D__INTRINSIC_DEFINED_InterlockedBitTestAndReset"
    " -fno-stack-protector -gdwarf-4",
)
HOST = _kind(
    "host",
    f"{WARNINGS} -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    " -ffile-prefix-map=$root=. -isystem /usr/src/googletest/googletest/include",
    cxx=f"-std=c++23 -nostdinc++ {LIBCXX_HEADERS}",
)
# What libFuzzer wants of the objects of its targets, and of their linking.
FUZZED = "-fsanitize=fuzzer-no-link"
# libFuzzer itself is built over libstdc++, the targets over libc++: their names differ.
FUZZER = "-fsanitize=fuzzer -Wl,-lstdc++"
KINDS = (KERNEL, EXECUTIVE, PE, DRIVER, HOST)


def languages(config: str) -> Iterator[tuple[str, str, str]]:
    """Rule name, compiler and flags of every language of every kind, as in `cxx_kernel`."""
    c_compiler = CLANG.replace("clang++", "clang")
    for kind in KINDS:
        optimise = "" if kind is HOST else OPTIMISE[config]
        if kind is EXECUTIVE:
            optimise += f" {WHOLE[config]}"
        flags = f"{kind.common} {optimise} -I$root -Igen"
        yield f"cxx_{kind.name}", CLANG, f"{flags} {kind.cxx}"
        yield f"c_{kind.name}", c_compiler, f"{flags} {kind.c}"
        yield f"asm_{kind.name}", c_compiler, flags.replace(WARNINGS, "")


# What is optimised at this link is inlined less than the compiler would, or the Executive grows by a fifth.
LINK_RELOCATABLE = "ld.lld-19 -r --thinlto-cache-dir=lto -mllvm -inline-threshold=110"
LINK_ELF = "ld.lld-19 --gc-sections --build-id=none -z max-page-size=4096 -z noexecstack"
EMBED = "clang-19 --target=x86_64-unknown-linux-gnu"
LINK_PE = (
    "lld-link-19 /nologo /nodefaultlib /subsystem:native /filealign:4096 /dynamicbase /timestamp:0"
    " /opt:ref /debug:dwarf"
)
LINK_DRIVER = (
    "ld.lld-19 -m i386pep --subsystem native --entry DriverEntry --image-base 0x10000 --dynamicbase"
    " --file-alignment 4096 --no-insert-timestamp --gc-sections --build-id=none"
)
LINK_HOST = (
    f"{CLANG} -nostdlib++ -L{LIBCXX_PLACE}/lib -l:libc++.a -l:libc++abi.a -fuse-ld=lld-19 -fsanitize=address,undefined"
    " -pthread"
)
