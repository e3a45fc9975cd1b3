# SPDX-License-Identifier: GPL-3.0-only
"""Windows programs of the npm registry do their work under `./neptune exec`. What cannot be fetched is left out by its name."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import libwine
from cases import case, expect
from npm_packages import ESBUILD, FASTLIST, NINJA, NODE, PERL, SERVING_ESBUILD, SEVEN_ZIP, Package, Unavailable
from paths import ROOT

INPUTS = ROOT / "tests/win32/npm"
SECONDS = "300"


class Place:
    """A folder with a program and its files, and one for what comes back."""

    def __init__(self, work: Path) -> None:
        self.folder, self.out = work / "program", work / "out"
        self.folder.mkdir()

    def put(self, package: Package, name: str) -> None:
        shutil.copy(package.fetch(), self.folder / name)

    def run(self, *words: str, wanted: int = 0) -> str:
        """What it prints, standard error behind; line ends are the host's."""
        command = [str(ROOT / "neptune"), "exec", "--timeout", SECONDS, "--out", str(self.out), *words]
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode("utf-8", "replace").replace("\r\n", "\n")
        expect(done.returncode == wanted, f"{' '.join(words)}: exit code {done.returncode}, not {wanted}: {said[-3000:]}")
        return said


def _same(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        expect(path.is_file() and path.read_bytes() == data, f"{name} is not as it was packed")


def seven_zip(place: Place) -> None:
    place.put(SEVEN_ZIP, "7za.exe")
    noise = random.Random(7)
    files = {
        "data/empty": b"",
        "data/text.txt": b"a line that comes again and again\r\n" * 3000,
        "data/below/noise.bin": noise.randbytes(300_000),
        "data/below/deeper/one": b"1",
    }
    for name, data in files.items():
        path = place.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    expect("Everything is Ok" in place.run("7za.exe", "a", "-mmt2", "-psecret", "packed.7z", "data"), "7za a does not say that it is well")
    packed = place.out / "packed.7z"
    expect(300_000 < packed.stat().st_size < 303_000, f"{packed.stat().st_size} bytes packed")
    shutil.move(packed, place.folder)
    shutil.rmtree(place.folder / "data")
    said = place.run("7za.exe", "t", "-psecret", "packed.7z")
    expect("Everything is Ok" in said and "Files: 4" in said, f"7za t: {said}")
    place.run("7za.exe", "t", "-pwrong", "packed.7z", wanted=2)
    place.run("7za.exe", "x", "-psecret", "-ounpacked", "packed.7z")
    _same(files, place.out / "unpacked")


def fastlist(place: Place) -> None:
    place.put(FASTLIST, "fastlist.exe")
    rows = [line.split("\t") for line in place.run("fastlist.exe").splitlines()]
    expect(all(len(row) == 3 and row[0].isdigit() and row[1].isdigit() for row in rows), f"fastlist: {rows}")
    expect({"smss.exe", "fastlist.exe"} <= {row[2] for row in rows}, f"processes: {rows}")


def _bundle(package: Package) -> Callable[[Place], None]:
    def run(place: Place) -> None:
        place.put(package, "esbuild.exe")
        (place.folder / "lib.js").write_text("export const double = (x) => x * 2; export const other = 3;\n", encoding="utf-8")
        (place.folder / "app.js").write_text(
            'import { double } from "./lib.js";\nconst unused = 1;\nconsole.log(double(21));\n', encoding="utf-8"
        )
        place.run("esbuild.exe", "app.js", "--bundle", "--minify", "--outfile=out.js")
        made = (place.out / "out.js").read_text(encoding="utf-8")
        expect(made == "(()=>{var o=e=>e*2;console.log(o(21));})();\n", f"the bundle is {made}")
        (place.folder / "app.js").write_text("let = ;\n", encoding="utf-8")
        said = place.run("esbuild.exe", "app.js", "--bundle", wanted=1)
        expect("app.js:1:" in said and "1 error" in said, f"a mistake is told as {said}")

    return run


def node(place: Place) -> None:
    place.put(NODE, "node.exe")
    shutil.copy(INPUTS / "work.js", place.folder)
    said = place.run("node.exe", "-e", "process.stdout.write(process.platform + ' ' + process.argv[1]); process.exit(7)", "word", wanted=7)
    expect(said == "win32 word", f"node -e: {said}")
    said = place.run("node.exe", "work.js")
    expect(said == "interval\ntimer 1\ntimer 2\nworker 42\nzlib true true\n", f"work.js: {said}")
    expect((place.out / "made.txt").read_bytes() == b"by node", "the file that it wrote")


def ninja(place: Place) -> None:
    place.put(NINJA, "ninja.exe")
    for name in ("build.ninja", "build.cmd"):
        shutil.copy(INPUTS / name, place.folder)
    for name in "abc":
        (place.folder / f"{name}.txt").write_bytes(f"file {name}\r\n".encode())
    said = place.run("cmd", "/c", "build.cmd", wanted=1)
    expect("first 0\nninja: no work to do.\nsecond 0\n" in said, f"ninja: {said}")
    expect("[1/2] cmd /c copy /b b.txt b.mid" in said and "third 0\n" in said, f"ninja, when a file is gone: {said}")
    expect("unknown target 'missing.txt'" in said and "fourth 1\n" in said, f"ninja, for no target: {said}")
    expect((place.out / "all.txt").read_bytes() == b"file a\r\nfile b\r\nfile c\r\n", "what was built")


def servers(place: Place) -> None:
    """TCP, HTTP, UDP and names; two processes that accept at one port; children with pipes and channels."""
    place.put(NODE, "node.exe")
    for name in ("network.js", "cluster.js", "channel.js"):
        shutil.copy(INPUTS / name, place.folder)
    said = place.run("node.exe", "network.js")
    expect(
        said.splitlines()
        == [
            *("echo true", "family IPv4", "http 201 /some/path A BODY", "interfaces true", "localhost 127.0.0.1", "many 40"),
            *("no.such.host ENOTFOUND", "refused ECONNREFUSED", "udp datagram 127.0.0.1 true"),
        ],
        f"network.js: {said}",
    )
    said = place.run("--dll", "cmd.exe", "node.exe", "cluster.js")
    wanted = ["a worker ended", "a worker ended", "exec by a shell", 'fork {"sum":6}', "spawnSync from a child", "workers 2"]
    expect(said.splitlines() == wanted, f"cluster.js: {said}")


def serve(place: Place) -> None:
    place.put(SERVING_ESBUILD, "esbuild.exe")
    place.put(NODE, "node.exe")
    shutil.copy(INPUTS / "serve.js", place.folder)
    said = place.run("node.exe", "serve.js")
    expect(said.splitlines() == ["200 (()=>{var o=e=>e*2;console.log(o(21));})();", "", "404", "1", "ended 0"], f"esbuild --serve: {said}")


def perl(place: Place) -> None:
    shutil.copytree(PERL.fetch().parent, place.folder, dirs_exist_ok=True)
    said = place.run("exiftool.exe", "-ver")
    expect(said.strip() == "13.59", f"exiftool -ver: {said}")
    shutil.copy(INPUTS / "children.pl", place.folder / "exiftool_files")
    said = place.run("--dll", "cmd.exe", "exiftool_files/perl.exe", "children.pl")
    expect(said.splitlines() == ["backticks by a shell", "code 3", "pipe piped", "fork 5"], f"children.pl: {said}")


PROGRAMS: list[tuple[Package, Callable[[Place], None]]] = [
    (SEVEN_ZIP, seven_zip),
    (FASTLIST, fastlist),
    *((package, _bundle(package)) for package in ESBUILD),
    (NODE, node),
    (NINJA, ninja),
    (NODE, servers),
    (SERVING_ESBUILD, serve),
    (PERL, perl),
]


@case("whole", ours="Windows programs run on any kernel; once is enough")
def npm_programs() -> None:
    try:
        libwine.ensure()
    except libwine.Unavailable as error:
        print(f"neptune: left out, whole/npm-programs: {error}", flush=True)
        return
    for package, run in PROGRAMS:
        try:
            package.fetch()
        except Unavailable as error:
            print(f"neptune: left out, whole/npm-programs, {package.title}: {error}", flush=True)
            continue
        with tempfile.TemporaryDirectory() as name:
            run(Place(Path(name)))
