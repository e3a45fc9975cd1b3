// SPDX-License-Identifier: GPL-3.0-only
#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "wdm/pump/emulate.hpp"

namespace pump {
namespace {

constexpr ULONG64 kKernelSharedData = 0xfffff78000000000;
constexpr ULONG64 kPage = 4096;

// Drivers load the kernel's address of KUSER_SHARED_DATA into a register and read through it: correct the
// register and let the instruction run again.
bool redirect_shared_data(CONTEXT& context, const EXCEPTION_RECORD& record) {
    if (record.NumberParameters < 2 || record.ExceptionInformation[0] != 0) return false;
    if (record.ExceptionInformation[1] - kKernelSharedData >= kPage) return false;
    bool found = false;
    ULONG64* general = &context.Rax;
    for (int i = 0; i < 16; i++) {
        if (general[i] - kKernelSharedData >= kPage) continue;
        general[i] = general[i] - kKernelSharedData + NEPTUNE_USER_SHARED_DATA;
        found = true;
    }
    return found;
}

LONG NTAPI on_exception(PEXCEPTION_POINTERS pointers) {
    CONTEXT& context = *pointers->ContextRecord;
    bool handled = false;
    switch (pointers->ExceptionRecord->ExceptionCode) {
        case STATUS_PRIVILEGED_INSTRUCTION:
            handled = emulate(context, reinterpret_cast<const UCHAR*>(context.Rip));
            break;
        case STATUS_ACCESS_VIOLATION:
            handled = redirect_shared_data(context, *pointers->ExceptionRecord);
            break;
        default:
            break;
    }
    return handled ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

}  // namespace

void install_emulator() {
    RtlAddVectoredExceptionHandler(1, on_exception);
}

}  // namespace pump
