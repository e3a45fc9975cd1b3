# SPDX-License-Identifier: GPL-3.0-only
"""The components of the tree as ninja edges. Each method adds one component; a missing folder adds nothing."""

from __future__ import annotations

import re
from pathlib import Path

import archive
import toolchain as tc
from ninja_file import NinjaFile
from paths import ROOT, UP, build_dir
from sources import Tree
from volume import SYSTEM32, Volume


# The targets that always exist, if only as nothing to do.
GROUPS = (
    "kernel",
    "executive",
    "ntdll",
    "wdm",
    "apps",
    "drivers",
    "tests-system",
    "rootserver",
    "host-tests",
    "fuzzers",
    "image",
)
# Root servers whose amount of work tests/rootserver/amount sets.
LONG_ROOT_SERVERS = ("crashme", "edges", "hostile")


class Components:
    """Adds every component of the tree to one ninja file."""

    def __init__(self, ninja: NinjaFile, tree: Tree, config: str) -> None:
        self.ninja = ninja
        self.tree = tree
        self.config = config
        self.folder = build_dir(config)
        self.volume = Volume()
        self.test_volume = Volume()
        self.groups: dict[str, list[str]] = {name: [] for name in GROUPS}

    def add_all(self) -> None:
        self.kernel("kernel", self.config)
        self.kernel("kernel-contract", "contract")
        self.kernel("kernel-debug", "debug")
        self.ntdll()
        self.wdm()
        self.pe_programs("apps", "apps", self.volume)
        self.pe_programs("tests/system", "tests-system", self.test_volume)
        self.pe_programs("tests/bench", "tests-system", self.test_volume)
        self.pe_programs("tests/torture", "tests-system", self.test_volume)
        self.drivers()
        self.examples()
        self.seed()
        self.executive()
        self.root_servers()
        self.host_tests()
        self.fuzzers()
        for name, outputs in self.groups.items():
            self.ninja.phony(name, sorted(set(outputs)))
        everything = [name for name in self.groups if name not in ("host-tests", "fuzzers", "image")]
        self.ninja.phony("all", everything)
        self.ninja.default("all")

    # Building blocks

    def _group(self, name: str, output: str) -> str:
        self.groups.setdefault(name, []).append(output)
        return output

    def _objects(self, kind: tc.Kind, where: str, sources: list[str], flags: str = "") -> list[str]:
        suffix = ".obj" if kind in (tc.PE, tc.DRIVER) else ".o"
        result = []
        for source in sources:
            language = {".cpp": "cxx", ".cc": "cxx", ".c": "c", ".S": "asm"}[Path(source).suffix]
            absolute = source if source.startswith(("gen/", "/")) else f"$root/{source}"
            output = f"obj/{where}/{source.lstrip('/')}{suffix}"
            rule = f"{language}_{kind.name}"
            result.append(self._edge(output, rule, [absolute], flags, needs=[f"flags/{rule}"]))
        return result

    def _edge(self, output: str, rule: str, inputs: list[str], flags: str = "", **more: list[str]) -> str:
        inputs = [name.replace("$root", UP) for name in inputs]
        return self.ninja.build(output, rule, inputs, variables={"flags": flags} if flags else None, **more)

    def _generated(self, component: str, suffixes: tuple[str, ...]) -> list[str]:
        base = self.folder / "gen" / component
        if not base.is_dir():
            return []
        found = [path for path in sorted(base.rglob("*")) if path.suffix in suffixes]
        return [path.relative_to(self.folder).as_posix() for path in found]

    def _component_sources(self, name: str, skip: tuple[str, ...] = ()) -> list[str]:
        """A component's own sources and what was generated for it."""
        own = self.tree.sources(name, skip)
        return own + self._generated(name, (".cpp", ".S")) if own else []

    def _base_library(self) -> list[str]:
        """base's functions for PE images: the COFF linker wants every symbol of an object, used or not."""
        if "lib/base.lib" not in self.ninja.outputs and (sources := self.tree.sources("base")):
            self._edge("lib/base.lib", "library", self._objects(tc.PE, "base", sources))
        return ["lib/base.lib"] if self.tree.sources("base") else []

    # Ring 0

    def kernel(self, target: str, overlay: str) -> None:
        sources = self._component_sources("kernel") + self.tree.sources("base")
        script = "kernel/arch/x86_64/kernel.ld"
        if not sources or not (ROOT / script).exists():
            return
        if not (ROOT / "kernel/config" / overlay).is_dir():
            return
        overlays = dict.fromkeys((overlay, self.config))
        flags = "-I$root/kernel/arch/x86_64 " + " ".join(f"-I$root/kernel/config/{name}" for name in overlays)
        for name in overlays:
            sources = sources + self.tree.sources(f"kernel/config/{name}")
        objects = self._objects(tc.KERNEL, target, sources, flags)
        link = f"-T {UP}/{script}"
        elf = self._edge(f"{target}/kernel.elf", "link_elf", objects, link, needs=[f"{UP}/{script}"])
        self._edge(f"{target}/kernel.stripped.elf", "strip", [elf])
        small = self._edge(f"{target}/kernel32.elf", "strip", [elf], "-O elf32-i386")
        self._group(target, small)
        self._group(target, f"{target}/kernel.stripped.elf")

    # PE images

    def _pe(self, group: str, output: str, objects: list[str], flags: str, libs: list[str]) -> str:
        """Links a PE with DWARF under symbols/, and strips it under pe/. Files that flags name are inputs too."""
        named = [word.removeprefix("@").removeprefix("/def:") for word in flags.split()]
        named = [name for word, name in zip(flags.split(), named, strict=True) if name != word]
        symbols = self.ninja.build(
            f"symbols/{output}",
            "link_pe",
            objects,
            needs=[*libs, *named],
            variables={"flags": flags, "libs": " ".join(libs)},
        )
        return self._group(group, self._edge(f"pe/{output}", "strip_pe", [symbols]))

    def _float_mark(self) -> list[str]:
        if "float" not in self.__dict__:
            self.float = self._objects(tc.PE, "crt", self.tree.sources("sdk/crt"))
        return self.float

    def _exports(self, component: str, library: str) -> tuple[str, str] | None:
        """The merged export list of a component and its import library, if it exports anything."""
        lists = [f"$root/{name}" for name in self.tree.files(component, "*.def")]
        lists += self._generated(component, (".def",))
        if not lists:
            return None
        lists = [name.replace("$root", UP) for name in lists]
        stem = Path(library).stem
        merged, hinted = (
            self.ninja.build(
                f"lib/{stem}{name}.def",
                "exports",
                lists,
                needs=[f"{UP}/tools/exports.py"],
                variables={"library": library, "hints": hints},
            )
            for name, hints in (("", ""), ("-hints", "--hints"))
        )
        return merged, self._edge(f"lib/{stem}.lib", "import_lib", [hinted])

    def _library(self, name: str) -> list[str]:
        return [f"lib/{name}.lib"] if f"lib/{name}.lib" in self.ninja.outputs else []

    def _shared(
        self, group: str, component: str, output: str, flags: str, libs: list[str], skip: tuple[str, ...] = ()
    ) -> None:
        sources = self._component_sources(component, skip)
        if not sources:
            return
        exports = self._exports(component, output)
        if exports:
            flags += f" /def:{exports[0]}"
            libs = [name for name in libs if name != exports[1]]
        objects = self._objects(tc.PE, component, sources) + self._float_mark()
        libs = libs + self._base_library()
        image = self._pe(group, output, objects, flags, libs)
        self.volume.add(f"{SYSTEM32}/{output}", image)

    def ntdll(self) -> None:
        flags = "/dll /noentry /base:0x170000000"
        self._shared("ntdll", "ntdll", "ntdll.dll", flags, [])

    def wdm(self) -> None:
        libs = self._library("ntdll")
        flags = "/entry:NtProcessStartup /base:0x140000000 " + self._own_flags("wdm")
        self._shared("wdm", "wdm", "ntoskrnl.exe", flags, libs, skip=("wdm/hal",))
        flags = "/dll /noentry /base:0x150000000 " + self._own_flags("wdm/hal")
        self._shared("wdm", "wdm/hal", "hal.dll", flags, self._library("ntoskrnl") + libs)

    def _own_flags(self, folder: str) -> str:
        """A component's `link.rsp`: further linker options, which win over the defaults."""
        return f"@{UP}/{folder}/link.rsp" if (ROOT / folder / "link.rsp").exists() else ""

    def pe_programs(self, folder: str, group: str, volume: Volume) -> None:
        """Programs of a folder; a folder named NAME.dll becomes a DLL that exports by dllexport or its .def."""
        for name, sources in self.tree.programs(folder).items():
            self._pe_program(name, folder, sources, group, volume)

    def _pe_program(self, name: str, folder: str, sources: list[str], group: str, volume: Volume) -> None:
        shared = name.endswith(".dll")
        output = name if "." in name else f"{name}.exe"
        objects = self._objects(tc.PE, f"{folder}/{name}", sources) + self._float_mark()
        own_entry = (ROOT / folder / name / "link.rsp").exists()
        flags = "/entry:NtProcessStartup /base:0x140000000"
        if shared:
            flags = "/dll" if own_entry else "/dll /noentry"
        flags += "".join(f" /def:{UP}/{path}" for path in self.tree.files(f"{folder}/{name}", "*.def")[:1])
        flags += " " + self._own_flags(f"{folder}/{name}")
        image = self._pe(group, output, objects, flags.strip(), self._library("ntdll"))
        volume.add(f"{SYSTEM32}/{output}", image)

    # Drivers

    def drivers(self) -> None:
        for family in self.tree.children("drivers"):
            for driver in self.tree.children(family):
                self._driver(driver, "drivers", self.volume)
        for driver in self.tree.children("tests/drivers"):
            self._driver(driver, "tests-system", self.test_volume)

    def _driver(self, folder: str, group: str, volume: Volume) -> None:
        sources = self.tree.sources(folder)
        if not sources:
            return
        name = f"{Path(folder).name.removesuffix('.sys')}.sys"
        objects = self._objects(tc.DRIVER, folder, sources, f"-I$root/{Path(folder).parent}")
        libs = f"-L{tc.MINGW}/lib -lntoskrnl -lhal"
        symbols = self.ninja.build(f"symbols/{name}", "link_driver", objects, variables={"libs": libs})
        image = self._group(group, self._edge(f"pe/{name}", "strip_pe", [symbols]))
        volume.add(f"{SYSTEM32}/drivers/{name}", image)

    def examples(self) -> None:
        """sdk/examples/NAME.exe/ is a program, NAME.sys/ a driver, NAME.elf/ a root server."""
        for folder in self.tree.children("sdk/examples"):
            if folder.endswith(".sys"):
                self._driver(folder, "examples", self.test_volume)
            elif folder.endswith(".elf"):
                self._root_server(folder, Path(folder).stem, self.tree.sources(folder))
            elif sources := self.tree.sources(folder):
                parent, name = folder.rsplit("/", 1)
                self._pe_program(name, parent, sources, "examples", self.test_volume)

    # The root server and what it carries

    def seed(self) -> None:
        """The registry seed: the system's own, then one fragment per driver that has one."""
        pieces = self.tree.files("tools", "*.reg") + self.tree.files("apps/smss", "*.reg")
        for family in self.tree.children("drivers"):
            for driver in self.tree.children(family):
                pieces += self.tree.files(driver, "*.reg")
        if pieces:
            needs = [f"{UP}/tools/seed.py"]
            output = self._edge("pe/seed.reg", "seed", [f"$root/{name}" for name in pieces], needs=needs)
            self.volume.add(f"{SYSTEM32}/config/seed.reg", output)

    def executive(self) -> None:
        sources = self._component_sources("executive") + self.tree.sources("base")
        script = Path(UP) / "executive/executive.ld"
        if not sources or not (self.folder / script).exists():
            return
        objects = self._objects(tc.EXECUTIVE, "executive", sources)
        body = self._group("executive", self._edge("image/executive.o", "link_relocatable", objects))
        self.test_volume.include(self.volume)
        # The test programs are an administrator's; with the boot volume of every day they are not.
        self.test_volume.add(archive.OPTIONS, f"{UP}/tests/system/boot.options")
        for name, volume in (("neptune", self.volume), ("test", self.test_volume)):
            elf = self._root_image(name, volume, body, script)
            self._group("executive" if name == "neptune" else "tests-system", elf)
        self._images()

    def _root_image(self, name: str, volume: Volume, body: str, script: Path) -> str:
        listing = self.folder / "image" / f"{name}.list"
        volume.write(listing)
        needs = [*volume.files(), f"{UP}/tools/archive.py"]
        archive = self._edge(f"image/{name}.archive", "archive", [f"image/{name}.list"], needs=needs)
        carrier = self._edge(f"image/{name}.archive.o", "embed", [archive], needs=[f"{UP}/tools/archive.S"])
        elf = self._edge(
            f"image/{name}.elf", "link_elf", [body, carrier], f"-T {script}", needs=[str(script)]
        )
        return self._edge(f"image/{name}.exe.elf", "strip", [elf])

    def _images(self) -> None:
        kernel = "kernel/kernel32.elf"
        if kernel not in self.ninja.outputs:
            return
        module = "image/neptune.exe.elf"
        for kind, output in (("floppy", "image/neptune.img"), ("iso", "image/neptune.iso")):
            self.ninja.build(
                output,
                "image",
                [],
                needs=[kernel, module, f"{UP}/tools/image.py"],
                variables={"kind": kind, "kernel": kernel, "module": module},
            )
            self._group("image", output)

    def root_servers(self) -> None:
        """tests/rootserver/NAME: other root servers, for the kernel alone; NAME-long does more of the same."""
        for name, sources in self.tree.programs("tests/rootserver").items():
            folder = f"tests/rootserver/{name}"
            sources = sources + self.tree.sources("base")
            self._root_server(folder, name, sources)
            if name in LONG_ROOT_SERVERS:
                self._root_server(folder, f"{name}-long", sources, "long")

    def _root_server(self, folder: str, name: str, sources: list[str], amount: str = "usual") -> None:
        """One linked at 4 MiB, or as the folder's or its parent's linker script says."""
        scripts = self.tree.files(folder, "*.ld") + self.tree.files(str(Path(folder).parent), "*.ld")
        flags = f"-T {UP}/{scripts[0]}" if scripts else "-e _start --image-base=0x400000"
        include = f"-I$root/sdk/include -I$root/tests/rootserver/amount/{amount}"
        objects = self._objects(tc.EXECUTIVE, f"{Path(folder).parent}/{name}", sources, include)
        needs = [f"{UP}/{scripts[0]}"] if scripts else []
        self._group(
            "rootserver", self._edge(f"rootserver/{name}.elf", "link_elf", objects, flags, needs=needs)
        )

    # Host tests

    def host_tests(self) -> None:
        gtest = "/usr/src/googletest/googletest/src"
        names = [path for path in self.tree.children("tests/host") if self.tree.sources(path)]
        if not names:
            return
        library = self._objects(
            tc.HOST, "gtest", [f"{gtest}/gtest-all.cc", f"{gtest}/gtest_main.cc"], f"-I{gtest}/.."
        )
        made: dict[tuple[str, str], str] = {}
        for folder in names:
            sources, flags = self._host_list(folder)
            sources = self.tree.sources(folder) + sources
            # A source that an earlier suite compiles with the same flags is compiled once.
            new = [source for source in sources if (source, flags) not in made]
            made.update(zip(((source, flags) for source in new), self._objects(tc.HOST, folder, new, flags)))
            objects = [made[source, flags] for source in sources]
            self._group("host-tests", self._edge(f"host/{Path(folder).name}", "link_host", objects + library))

    def fuzzers(self) -> None:
        """tests/fuzz/NAME: its sources and those under test, as for host tests, for libFuzzer."""
        for folder in self.tree.children("tests/fuzz"):
            if own := self.tree.sources(folder):
                sources, flags = self._host_list(folder)
                objects = self._objects(tc.HOST, folder, own + sources, f"{flags} {tc.FUZZED}")
                self._group("fuzzers", self._edge(f"fuzz/{Path(folder).name}", "link_host", objects, tc.FUZZER))

    def _host_list(self, folder: str) -> tuple[list[str], str]:
        """sources.txt: globs of sources under test, `-x` lines are compiler flags, `!glob` leaves out.

        A line `@FOLDER` stands for the lines of that folder's list.
        """
        listing = ROOT / folder / "sources.txt"
        sources: list[str] = []
        flags: list[str] = []
        lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
        for line in (text.split("#")[0].strip() for text in lines):
            if line.startswith("-"):
                for option in ("-iquote", "-I"):
                    line = re.sub(rf"(^|\s){option}(?=\w)", rf"\1{option}$root/", line)
                flags += line.split()
            elif line.startswith("@"):
                more, its_flags = self._host_list(line[1:])
                sources = [name for name in sources if name not in more] + more
                flags += its_flags.split()
            elif line:
                remove = line.startswith("!")
                pattern = line.lstrip("!").strip()
                base = self.folder if pattern.startswith("gen/") else ROOT
                found = sorted(path.relative_to(base).as_posix() for path in base.glob(pattern))
                sources = [name for name in sources if name not in found]
                sources += [] if remove else found
        return sources, " ".join(flags)
