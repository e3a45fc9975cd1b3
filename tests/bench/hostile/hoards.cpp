// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that asks for much: memory of a device, pages next to each other, ports and interrupts beside
// hundreds of threads, a name at the end of a long path; and then is ended with all it has.
#include "tests/bench/hostile/hostile.hpp"
#include "tests/common/drivers.hpp"
#include "tests/drivers/hoarder/hoarder.h"

namespace hostile {

namespace {

constexpr WCHAR kService[] = u"HostileHoarder";
constexpr ULONG kPages = 2'048;
constexpr ULONG kBlocks = 24;
constexpr ULONG kThreads = 400;
constexpr ULONG kPorts = 16;
constexpr ULONG kDepth = 4'000;
HANDLE device;

void want(View what, ULONG code, ULONG count) {
    const NTSTATUS status = test::control(device, code, count);
    if (!NT_SUCCESS(status)) fail(what, status);
}

bool start_driver() {
    test::set_service_text(kService, u"Ports", u"memory 0xc0000000-0xc0ffffff, 0x300-0x33f, irq 5");
    NTSTATUS status = test::load_driver(kService, u"System32\\drivers\\hoarder.sys");
    if (NT_SUCCESS(status)) status = test::open_device(kService, device);
    if (!NT_SUCCESS(status)) fail(u"hoarder", status);
    return NT_SUCCESS(status);
}

void stop_driver() {
    NtClose(device);
    test::unload_driver(kService);
}

// Starts the driver, does this with it, and unloads it.
template <typename Work>
void with_driver(Work work) {
    if (!start_driver()) return;
    work();
    stop_driver();
}

void maps() {
    with_driver([] { want(u"map", HOARDER_MAP, kPages); });
}

void neighbours() {
    with_driver([] {
        want(u"contiguous", HOARDER_CONTIGUOUS, kBlocks);
        want(u"kept", HOARDER_KEEP, kBlocks);
    });
}

void grants() {
    with_driver([] {
        want(u"threads", HOARDER_THREADS, kThreads);
        want(u"ports", HOARDER_PORTS, kPorts);
        want(u"interrupt", HOARDER_INTERRUPT, 4);
    });
}

// Directories one in the other, and the name of a device in the last.
void devices() {
    static HANDLE directories[kDepth];
    static WCHAR path[32'000] = u"\\BaseNamedObjects";
    ULONG length = sizeof u"\\BaseNamedObjects" / sizeof(WCHAR) - 1;
    HANDLE parent = nullptr;
    for (HANDLE& directory : directories) {
        app::Attributes attributes(parent ? View(u"d") : View(u"\\BaseNamedObjects\\d"), OBJ_CASE_INSENSITIVE,
                                   parent);
        const NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, attributes.get());
        if (!NT_SUCCESS(status)) return fail(u"directory", status);
        parent = directory;
        path[length++] = u'\\';
        path[length++] = u'd';
    }
    path[length++] = u'\\';
    path[length++] = u'x';
    with_driver([=] {
        IO_STATUS_BLOCK io;
        const NTSTATUS status = NtDeviceIoControlFile(device, nullptr, nullptr, nullptr, &io, HOARDER_DEVICE,
                                                      path, length * sizeof(WCHAR), nullptr, 0);
        if (!NT_SUCCESS(status)) fail(u"device name", status);
    });
    for (const HANDLE directory : directories)
        NtClose(directory);
}

constexpr Load kLoads[] = {
    {u"maps", maps},
    {u"neighbours", neighbours},
    {u"grants", grants},
    {u"devices", devices},
};

}  // namespace

Loads hoard_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
