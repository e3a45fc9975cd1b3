// SPDX-License-Identifier: GPL-3.0-only
#include "apps/exec/control.hpp"

#include "abi/console/condrv.h"

namespace exec {
namespace {

constexpr ULONG kSubsystemNative = 1;

struct Watch {
    HANDLE volatile* running = nullptr;
    HANDLE events = nullptr;
};
constinit Watch the_watch;

NTSTATUS NTAPI watch(PVOID) {
    for (;;) {
        ULONG event = 0;
        IO_STATUS_BLOCK block;
        const NTSTATUS status = app::device_control(the_watch.events, CONDRV_AWAIT_EVENT, nullptr, 0, &event,
                                                    sizeof event, block);
        if (!NT_SUCCESS(status)) return status;
        const HANDLE process = *the_watch.running;
        SECTION_IMAGE_INFORMATION image = {};
        if (process &&
            NT_SUCCESS(
                NtQueryInformationProcess(process, ProcessImageInformation, &image, sizeof image, nullptr)) &&
            image.SubSystemType == kSubsystemNative)
            NtTerminateProcess(process, STATUS_CONTROL_C_EXIT);
    }
}

}  // namespace

void watch_for_control_c(HANDLE volatile* running) {
    const HANDLE console = NtCurrentPeb()->ProcessParameters->ConsoleHandle;
    if (!console) return;
    app::Attributes attributes(app::View(u"Events"), OBJ_CASE_INSENSITIVE, console);
    IO_STATUS_BLOCK block;
    app::Handle thread;
    the_watch.running = running;
    if (NT_SUCCESS(NtOpenFile(&the_watch.events, FILE_READ_DATA | SYNCHRONIZE, attributes.get(), &block,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, 0)))
        RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, watch, nullptr, thread.receive(),
                            nullptr);
}

}  // namespace exec
