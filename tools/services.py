#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-only
"""Makes everything that follows from the service declarations (abi/nt/nt.services, abi/wdm/wdm.services).

    tools/services.py --out DIR          stubs, prototypes, dispatch table, tracer tables
    tools/services.py --doc FILE         the reference page docs/services.md

Outputs below DIR: nt/services.h, nt/wdm_services.h, ntdll/stubs.S, ntdll/services.def, executive/services.hpp,
executive/services.cpp. The form of a declaration is described at the top of abi/nt/nt.services.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DECLARATIONS = ["abi/nt/nt.services", "abi/wdm/wdm.services"]
REGISTER_ARGUMENTS = 4
CPTR_SERVICE = 1  # NEPTUNE_CPTR_SERVICE
# Message register i of the calling thread's IPC buffer lies at gs:[THREAD_PAGE + 8 + 8 * i] (abi/nt/neptune.h).
THREAD_PAGE = 0x2000
SPDX = "SPDX-License-Identifier: GPL-3.0-only"


class DeclarationError(Exception):
    """A declaration that does not follow the form; the message names file and line."""


@dataclass
class Argument:
    direction: str
    name: str
    type: str
    words: list[str]

    @property
    def pointer(self) -> bool:
        return self.type.endswith("*")

    @property
    def target(self) -> str:
        return self.type.rstrip("*")

    @property
    def optional(self) -> bool:
        return "optional" in self.words

    def modifier(self, key: str) -> str | None:
        return next((w[len(key) + 1 :] for w in self.words if w.startswith(key + "=")), None)

    @property
    def handle_type(self) -> str | None:
        """The object type a HANDLE argument must name, None for other arguments."""
        if self.type != "HANDLE" or self.direction != "in" or self.words[:1] == ["value"]:
            return None
        return self.words[0]

    @property
    def handle_access(self) -> str:
        plain = [w for w in self.words[1:] if w != "optional"]
        return plain[0] if plain else "0"


@dataclass
class Service:
    name: str
    number: int
    attributes: list[str]
    arguments: list[Argument] = field(default_factory=list)
    source: str = ""
    partial: str = ""  # what is missing; empty: it is complete

    def has(self, attribute: str) -> bool:
        return attribute in self.attributes


def parse_argument(text: str, where: str) -> Argument:
    match = re.fullmatch(r"(in|out|inout) (\w+): (\w+\**)((?: [\w=|]+)*)", text.strip())
    if not match:
        raise DeclarationError(f"{where}: not an argument: {text.strip()!r}")
    direction, name, kind, rest = match.groups()
    argument = Argument(direction, name, kind, rest.split())
    if kind == "HANDLE" and direction == "in" and not argument.words:
        raise DeclarationError(f"{where}: {name}: a HANDLE needs an object type (or 'any', or 'value')")
    if direction != "in" and not argument.pointer and not argument.modifier("bytes"):
        raise DeclarationError(f"{where}: {name}: an {direction} argument is a pointer")
    return argument


def parse_service(text: str, number: int, where: str, source: str) -> Service:
    partial = re.match(r'\w+\[(?:[\w,]+,)?partial="([^"\]]*)"\]', text)
    if partial:
        text = re.sub(r',?partial="[^"]*"', "", text, count=1).replace("[]", "", 1)
    match = re.fullmatch(r"(Nt\w+)(?:\[([\w,]+)\])?\((.*)\)", text)
    if not match:
        raise DeclarationError(f"{where}: not a declaration: {text[:60]!r}")
    name, attributes, arguments = match.groups()
    service = Service(name, number, attributes.split(",") if attributes else [], source=source)
    service.partial = partial[1] if partial else ""
    if arguments.strip():
        service.arguments = [parse_argument(a, where) for a in arguments.split(",")]
    names = {a.name for a in service.arguments}
    for argument in service.arguments:
        for key in ("bytes", "count"):
            if argument.modifier(key) and argument.modifier(key) not in names:
                raise DeclarationError(f"{where}: {argument.name}: no argument {argument.modifier(key)}")
    return service


def parse(path: Path, number: int) -> list[Service]:
    services: list[Service] = []
    pending, first = "", 0
    for line_number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if not pending and line.startswith("base "):
            base = int(line[5:], 0)
            if base < number:
                raise DeclarationError(f"{path.name}:{line_number}: base {base:#x} overlaps number {number:#x}")
            number = base
            continue
        first = first if pending else line_number
        pending = f"{pending} {line}".strip()
        if pending.endswith(","):
            continue
        services.append(parse_service(pending, number, f"{path.name}:{first}", path.parent.name))
        number += 1
        pending = ""
    if pending:
        raise DeclarationError(f"{path.name}: the last declaration does not end")
    return services


def load() -> list[Service]:
    services: list[Service] = []
    for name in DECLARATIONS:
        services += parse(ROOT / name, services[-1].number + 1 if services else 0)
    seen: set[str] = set()
    for service in services:
        if service.name in seen:
            raise DeclarationError(f"{service.name} is declared twice")
        seen.add(service.name)
    return services


# --- what programs see


def c_type(argument: Argument) -> str:
    if argument.type == "PVOID" and argument.modifier("bytes"):
        return "const VOID*" if argument.direction == "in" else "PVOID"
    if argument.pointer:
        return ("const " if argument.direction == "in" else "") + argument.type
    return argument.type


def prototype(service: Service, prefix: str) -> str:
    arguments = ", ".join(f"{c_type(a)} {a.name}" for a in service.arguments) or "void"
    return f"NTSYSAPI NTSTATUS NTAPI {prefix}{service.name[2:]}({arguments});"


def c_header(services: list[Service], include: str) -> str:
    lines = [f"// {SPDX}", "// Generated by tools/services.py. Do not edit.", "#pragma once", f'#include "{include}"', ""]
    lines += [f"#define NEPTUNE_SERVICE_{s.name} {s.number:#x}u" for s in services]
    lines += ["", "#ifdef __cplusplus", 'extern "C" {', "#endif"]
    for service in services:
        lines += [prototype(service, "Nt"), prototype(service, "Zw")]
    lines += ["#ifdef __cplusplus", "}", "#endif", ""]
    return "\n".join(lines)


def stub(service: Service) -> list[str]:
    """One seL4_Call. rax keeps rsp, the caller's home space keeps the non-volatile registers that the call needs."""
    label = service.name
    lines = [f".globl {label}", f".globl Zw{label[2:]}", f"{label}:", f"Zw{label[2:]}:"]
    extra = service.arguments[REGISTER_ARGUMENTS:]
    for index, _ in enumerate(extra):
        lines += [
            f"    mov rax, [rsp + {0x28 + 8 * index:#x}]",
            f"    mov gs:[{THREAD_PAGE + 8 + 8 * (REGISTER_ARGUMENTS + index):#x}], rax",
        ]
    lines += ["    mov [rsp + 8], rdi", "    mov [rsp + 16], rsi", "    mov [rsp + 24], r15"]
    count = len(service.arguments)
    lines += ["    mov r15, r9"] if count > 3 else []
    lines += ["    mov r9, r8"] if count > 2 else []
    lines += ["    mov r8, rdx"] if count > 1 else []
    lines += ["    mov r10, rcx"] if count > 0 else []
    lines += [
        "    mov rax, rsp",
        f"    mov edi, {CPTR_SERVICE}",
        f"    mov esi, {service.number << 12 | REGISTER_ARGUMENTS:#x}",
        "    mov rdx, -1",
        "    syscall",
        "    mov rsp, rax",
        "    cmp rsi, 0x1000",
        "    jae KiServiceReply",
        "    mov eax, r10d",
        "    mov rdi, [rsp + 8]",
        "    mov rsi, [rsp + 16]",
        "    mov r15, [rsp + 24]",
        "    ret",
        "",
    ]
    return lines


def stubs(services: list[Service]) -> str:
    lines = [
        f"# {SPDX}",
        "# Generated by tools/services.py. Do not edit.",
        "# KiServiceReply (ntdll) finds rsp = the caller's, rdi, rsi and r15 in the home space, the reply in r10, r8, r9, r15.",
        ".intel_syntax noprefix",
        ".text",
        "",
    ]
    for service in services:
        if not service.has("user"):
            lines += stub(service)
    return "\n".join(lines)


def exports(services: list[Service]) -> str:
    names = sorted(prefix + s.name[2:] for s in services for prefix in ("Nt", "Zw"))
    return "\n".join(f"    {name}" for name in names) + "\n"


# --- what the Executive sees


def field_type(argument: Argument) -> str:
    wrapper = {"in": "UserIn", "out": "UserOut", "inout": "UserInOut"}[argument.direction]
    if argument.modifier("bytes"):
        return f"ke::{wrapper}Buffer"
    if argument.pointer:
        return f"ke::{wrapper}<{argument.target}>"
    return argument.type


def word(index: int) -> str:
    return f"w.first[{index}]" if index < REGISTER_ARGUMENTS else f"rest[{index - REGISTER_ARGUMENTS}]"


def field_value(service: Service, index: int) -> str:
    argument = service.arguments[index]
    length = argument.modifier("bytes")
    if length:
        at = next(i for i, a in enumerate(service.arguments) if a.name == length)
        kind = service.arguments[at].type
        return f"{{{word(index)}, static_cast<std::size_t>(scalar<{kind}>({word(at)}))}}"
    if argument.pointer:
        return f"{field_type(argument)}({word(index)})"
    return f"scalar<{argument.type}>({word(index)})"


def handler(service: Service) -> str:
    if service.has("blocking"):
        return f"ke::Task<NTSTATUS> {service.name}(ke::Call& call, {service.name}Args args);"
    return f"NTSTATUS {service.name}(ke::Call& call, const {service.name}Args& args);"


def executive_header(services: list[Service]) -> str:
    lines = [f"// {SPDX}", "// Generated by tools/services.py. Do not edit.", "#pragma once",
             '#include "executive/ke/call.hpp"', '#include "abi/nt/nt.h"', '#include "abi/wdm/ring.h"', ""]
    for service in services:
        if service.has("user"):
            continue
        lines.append(f"struct {service.name}Args {{")
        for a in service.arguments:
            lines.append(f"    {field_type(a)} {a.name};")
            if a.handle_type not in (None, "any"):
                lines.append(f"    static constexpr ACCESS_MASK {a.name}Access = {a.handle_access};")
        lines += ["};", handler(service), ""]
    return "\n".join(lines)


TRACE_KINDS = {"UNICODE_STRING": "String", "OBJECT_ATTRIBUTES": "ObjectAttributes", "LARGE_INTEGER": "Quad",
               "HANDLE": "Word", "PVOID": "Word", "SIZE_T": "Word", "ULONG": "Long", "LONG": "Long"}


def trace_argument(service: Service, argument: Argument) -> str:
    length = 0xFF
    if counted := argument.modifier("bytes") or argument.modifier("count"):
        length = next(i for i, a in enumerate(service.arguments) if a.name == counted and not a.pointer)
    if argument.modifier("bytes"):
        kind = "Buffer"
    elif argument.pointer:
        kind = TRACE_KINDS.get(argument.target, "Pointer")
    else:
        kind = "Handle" if argument.type == "HANDLE" else "Scalar"
    direction = argument.direction.capitalize()
    size = "1" if argument.modifier("bytes") else f"sizeof({argument.target if argument.pointer else argument.type})"
    return (f'{{"{argument.name}", ke::TraceKind::{kind}, ke::TraceDirection::{direction}, '
            f"{'true' if argument.pointer or argument.modifier('bytes') else 'false'}, {length}, {size}}}")


def fetch_rest(service: Service) -> list[str]:
    """Arguments behind the fourth lie in memory that the caller's other threads can write: each is read once."""
    count = len(service.arguments) - REGISTER_ARGUMENTS
    values = ", ".join(f"w.rest[{i}]" for i in range(count))
    return [f"    const ULONG64 rest[] = {{{values}}};"] if count > 0 else []


def thunk(service: Service) -> list[str]:
    blocking = service.has("blocking")
    result = "[[clang::coro_wrapper]] ke::Task<NTSTATUS>" if blocking else "NTSTATUS"
    used = bool(service.arguments)
    lines = [f"{result} call_{service.name}(ke::Call& call, {'const ke::Words& w' if used else 'const ke::Words&'}) {{",
             *fetch_rest(service),
             f"    return {service.name}(call, {service.name}Args{{"]
    lines += [f"        {field_value(service, i)}," for i in range(len(service.arguments))]
    return lines + ["    });", "}", ""]


def executive_source(services: list[Service]) -> str:
    lines = [f"// {SPDX}", "// Generated by tools/services.py. Do not edit.",
             '#include "executive/services.hpp"', '#include "executive/ke/dispatch.hpp"', "#include <cstddef>", "",
             "namespace {", "template <typename T>", "T scalar(ULONG64 word) {",
             "    static_assert(sizeof(T) <= 8);", "    T value;",
             "    __builtin_memcpy(&value, &word, sizeof value);", "    return value;", "}", ""]
    present = [s for s in services if not s.has("user")]
    for service in present:
        lines += thunk(service)
        if service.arguments:
            lines.append(f"constexpr ke::TraceArgument trace_{service.name}[] = {{")
            lines += [f"    {trace_argument(service, a)}," for a in service.arguments]
            lines += ["};", ""]
    lines += ["}  // namespace", "", "constinit const ke::Service ke::services[ke::service_count] = {"]
    by_number = {s.number: s for s in present}
    for number in range(services[-1].number + 1):
        service = by_number.get(number)
        if not service:
            lines.append("    {},")
            continue
        trace = f"trace_{service.name}" if service.arguments else "nullptr"
        plain, blocking = ("nullptr", f"call_{service.name}") if service.has("blocking") else (f"call_{service.name}", "nullptr")
        driver = "true" if service.has("driver") else "false"
        lines.append(f'    {{"{service.name}", {plain}, {blocking}, {trace}, {len(service.arguments)}, {driver}}},')
    lines += ["};", ""]
    return "\n".join(lines)


# --- what people read


def document(services: list[Service]) -> str:
    import mentions  # of the tree's tests: only who writes the page asks

    partial = sum(bool(s.partial) for s in services)
    tests = {s.name: mentions.tests_of(s.name, "Zw" + s.name[2:]) for s in services}
    lines = ["<!-- Generated by tools/services.py from abi/nt/nt.services, abi/wdm/wdm.services and tests/. Do not edit. -->",
             "# Services", "",
             "Every service of the Executive, with its number. A dagger marks a service that may wait; "
             "\"ntdll\" one that ntdll answers itself; \"driver\" one that only driver hosts may call. "
             "Partial is what the declaration says is missing; complete, that nothing is known to be. Tests are those whose text names the service; "
             "the fuzzers, which call every one, are not listed.", "",
             f"{len(services)} services, {partial} of them partial; {sum(bool(t) for t in tests.values())} named by tests.", "",
             "| number | service | arguments | state | tests |", "|---|---|---|---|---|"]
    for service in services:
        marks = ("†" if service.has("blocking") else "") + (" ntdll" if service.has("user") else "")
        marks += " driver" if service.has("driver") else ""
        arguments = ", ".join(
            f"{a.direction} {a.name}" + (f": {a.handle_type}" if a.handle_type not in (None, "any") else "")
            + (" (optional)" if a.optional else "") for a in service.arguments)
        state = f"partial: {service.partial}" if service.partial else "complete"
        lines.append(f"| {service.number:#05x} | {service.name}{marks} | {arguments} | {state} | {tests[service.name]} |")
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--doc", type=Path)
    options = parser.parse_args()
    try:
        services = load()
    except DeclarationError as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    if options.doc:
        write(options.doc, document(services))
    if options.out:
        native = [s for s in services if s.source == "nt"]
        wdm = [s for s in services if s.source == "wdm"]
        write(options.out / "nt/services.h", c_header(native, "abi/nt/nt.h"))
        write(options.out / "nt/wdm_services.h", c_header(wdm, "abi/wdm/ring.h"))
        write(options.out / "ntdll/stubs.S", stubs(services))
        write(options.out / "ntdll/services.def", exports(services))
        header = executive_header(services).replace(
            '#include "abi/wdm/ring.h"', f'#include "abi/wdm/ring.h"\n\n#define NEPTUNE_SERVICE_COUNT {services[-1].number + 1:#x}u')
        write(options.out / "executive/services.hpp", header)
        write(options.out / "executive/services.cpp", executive_source(services))
    return 0


if __name__ == "__main__":
    sys.exit(main())
