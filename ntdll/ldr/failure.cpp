// SPDX-License-Identifier: GPL-3.0-only
// What keeps a program from starting is told once, as a hard error that names the DLL. The first to be told
// is the cause: those that needed it fail after it.
#include "ntdll/ldr/ldr.hpp"

namespace ldr {

void tell_dll_failure(NTSTATUS status, const UNICODE_STRING& dll) {
    if (loader.process_ready || loader.failure_told) return;
    loader.failure_told = true;
    // NT's second parameter of a missing DLL is the path that was searched.
    const ULONG_PTR parameters[] = {reinterpret_cast<ULONG_PTR>(&dll),
                                    reinterpret_cast<ULONG_PTR>(&rtl::peb()->ProcessParameters->DllPath)};
    const ULONG count = status == STATUS_DLL_NOT_FOUND ? 2 : 1;
    ULONG response;
    NtRaiseHardError(status, count, (1u << count) - 1, parameters, OptionOk, &response);
}

void tell_start_failure(NTSTATUS status) {
    DbgPrint("%wZ: cannot start: status %08x\n", &rtl::peb()->ProcessParameters->ImagePathName,
             static_cast<ULONG>(status));
    if (loader.failure_told) return;
    const ULONG_PTR parameters[] = {static_cast<ULONG_PTR>(static_cast<ULONG>(status))};
    ULONG response;
    NtRaiseHardError(STATUS_APP_INIT_FAILURE, 1, 0, parameters, OptionOk, &response);
}

}  // namespace ldr
