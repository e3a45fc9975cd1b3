// SPDX-License-Identifier: GPL-3.0-only
//
// The processes of the system at one moment. The list lies in memory that this class allocates and frees.
#pragma once

#include "abi/nt/ntdll.h"

namespace torture {

class ProcessList {
public:
    ProcessList() {
        NtAllocateVirtualMemory(NtCurrentProcess(), &base_, 0, &size_, MEM_RESERVE | MEM_COMMIT,
                                PAGE_READWRITE);
        ULONG length = 0;
        good_ = base_ && NT_SUCCESS(NtQuerySystemInformation(SystemProcessInformation, base_,
                                                             static_cast<ULONG>(size_), &length));
    }
    ProcessList(const ProcessList&) = delete;
    ProcessList& operator=(const ProcessList&) = delete;
    ~ProcessList() {
        SIZE_T all = 0;
        if (base_) NtFreeVirtualMemory(NtCurrentProcess(), &base_, &all, MEM_RELEASE);
    }

    // Null when there is no list, as when memory is short.
    const SYSTEM_PROCESS_INFORMATION* first() const {
        return good_ ? static_cast<const SYSTEM_PROCESS_INFORMATION*>(base_) : nullptr;
    }
    const SYSTEM_PROCESS_INFORMATION* next(const SYSTEM_PROCESS_INFORMATION* process) const {
        if (!process->NextEntryOffset) return nullptr;
        return reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(reinterpret_cast<const UCHAR*>(process) +
                                                                   process->NextEntryOffset);
    }
    bool good() const { return good_; }

private:
    PVOID base_ = nullptr;
    SIZE_T size_ = 0x80000;  // bytes; room for about a thousand threads
    bool good_ = false;
};

}  // namespace torture
