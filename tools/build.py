# SPDX-License-Identifier: GPL-3.0-only
"""Writes build/<config>/build.ninja: every binary of the tree, found by folder.

What is built how is the table in docs/building.md. The generator runs by itself when a source folder changes,
so `ninja -C build/release kernel` is always right once `./neptune build` ran.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

import ending
import generate
import libcxx
import scratch
import toolchain as tc
from components import Components
from ninja_file import NinjaFile
from paths import CONFIGS, ROOT, UP, build_dir
from sources import Tree


def _rules(ninja: NinjaFile, config: str) -> None:
    ninja.variable("root", UP)
    ninja.variable("builddir", ".")
    for name, compiler, flags in tc.languages(config):
        path = f"flags/{name}"
        _write_changed(build_dir(config) / path, flags.replace("$root", UP) + "\n")
        command = f"{compiler} @{path} $flags -MMD -MF $out.d -c $in -o $out"
        verb = "assemble" if name.startswith("asm") else "compile"
        ninja.rule(name, command, f"{verb} $in", depfile="$out.d", deps="gcc")
    # Objects are passed in a file, so that a failing link can be read.
    objects = {"rspfile": "$out.rsp", "rspfile_content": "$in_newline"}
    ninja.rule("link_elf", f"{tc.LINK_ELF} $flags @$out.rsp -o $out", "link $out", **objects)
    ninja.rule("link_relocatable", f"{tc.LINK_RELOCATABLE} @$out.rsp -o $out", "link $out", **objects)
    ninja.rule("link_pe", f"{tc.LINK_PE} $flags /out:$out @$out.rsp $libs", "link $out", **objects)
    ninja.rule("link_driver", f"{tc.LINK_DRIVER} @$out.rsp $libs -o $out", "link $out", **objects)
    ninja.rule("link_host", f"{tc.LINK_HOST} $flags @$out.rsp -o $out", "link $out", **objects)
    ninja.rule("strip", "llvm-objcopy-19 --strip-all $flags $in $out", "strip $out")
    ninja.rule("strip_pe", "llvm-objcopy-19 --strip-all $in $out", "strip $out")
    ninja.rule(
        "exports", "python3 -B $root/tools/exports.py --library $library $hints --out $out $in", "exports $out"
    )
    ninja.rule("library", "rm -f $out && llvm-ar-19 rcsD $out $in", "library $out")
    ninja.rule("import_lib", "llvm-dlltool-19 -m i386:x86-64 -d $in -l $out", "import library $out")
    ninja.rule("archive", "python3 -B $root/tools/archive.py --list $in --out $out", "pack $out")
    ninja.rule("embed", f"{tc.EMBED} -DARCHIVE='\"$in\"' -c $root/tools/archive.S -o $out", "embed $in")
    ninja.rule("seed", "python3 -B $root/tools/seed.py --out $out $in", "registry seed")
    ninja.rule(
        "image", "python3 -B $root/tools/image.py $kind $out --kernel $kernel --root $module", "image $out"
    )
    ninja.rule(
        "regenerate",
        f"{sys.executable} -B $root/tools/build.py --config {config}",
        "build.ninja",
        depfile="build.ninja.d",
        generator="1",
    )


def _write_changed(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def configure(config: str) -> Path:
    """Generates code and build.ninja for one configuration; returns its folder."""
    folder = build_dir(config)
    generate.run(folder / "gen")
    tree = Tree()
    ninja = NinjaFile()
    _rules(ninja, config)
    Components(ninja, tree, config).add_all()
    ninja.build("build.ninja", "regenerate", [])
    inputs = [*tree.folders, *generate.inputs(), *tree_inputs(tree)]
    ninja.write(folder / "build.ninja")
    depends = " ".join(f"{UP}/{name}" for name in sorted(inputs))
    (folder / "build.ninja.d").write_text(f"build.ninja: {depends}\n", encoding="utf-8")
    return folder


def tree_inputs(tree: Tree) -> list[str]:
    """Files other than sources that decide what build.ninja says."""
    own = tree.files("tools", "*.py")
    suites = tree.children("tests/host") + tree.children("tests/fuzz")
    lists = [name for child in suites for name in tree.files(child, "sources.txt")]
    return own + lists


def compile_commands(folder: Path) -> None:
    """Writes compile_commands.json at the root, for editors and clang-tidy, when build.ninja is newer."""
    database = ROOT / "compile_commands.json"
    if database.exists() and database.stat().st_mtime > (folder / "build.ninja").stat().st_mtime:
        return
    result = subprocess.run(["ninja", "-t", "compdb"], cwd=folder, check=True, capture_output=True, text=True)
    entries = [item for item in json.loads(result.stdout) if " -c " in item["command"]]
    database.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def _up_to_date(command: list[str]) -> bool:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0 and "no work to do" in result.stdout


def build(
    config: str, targets: list[str], jobs: int | None = None, keep_going: bool = False, quiet: bool = False
) -> None:
    """Brings `targets` (all when empty) of a configuration up to date; SystemExit when something fails."""
    libcxx.ensure()
    with scratch.locked(build_dir(config) / "lock", "another ./neptune that builds here"):
        _build(config, targets, jobs, keep_going, quiet)


def _build(config: str, targets: list[str], jobs: int | None, keep_going: bool, quiet: bool) -> None:
    folder = build_dir(config)
    if not (folder / "build.ninja").exists():
        configure(config)
    command = ["ninja", "-C", str(folder)]
    fresh = subprocess.run([*command, "build.ninja"], capture_output=True, text=True, check=False)
    if fresh.returncode != 0:
        raise SystemExit(f"neptune: {fresh.stdout}{fresh.stderr}")
    compile_commands(folder)
    command += [f"-j{jobs}"] if jobs else []
    command += ["-k0"] if keep_going else []
    if quiet and _up_to_date([*command, "-n", *targets]):
        return
    # Where building is not what was asked for, standard output is for what was.
    output = sys.stderr if quiet else None
    if subprocess.run([*command, *targets], stdout=output, check=False).returncode != 0:
        raise SystemExit("neptune: the build failed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", choices=CONFIGS, default="release")
    configure(parser.parse_args().config)


if __name__ == "__main__":
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, ending.end)  # ninja's: its caller has been told already
    main()
