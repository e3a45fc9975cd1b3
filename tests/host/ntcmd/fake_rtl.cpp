// SPDX-License-Identifier: GPL-3.0-only
//
// The few ntdll functions that the shell's pure parts use, over the host's heap, and the TEB and PEB behind
// RtlProcessHeap().
#include <asm/prctl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "abi/nt/nt.h"
#include "abi/nt/ntrtl.h"

namespace {

class FakeTeb final : public testing::Environment {
public:
    void SetUp() override {
        teb_.NtTib.Self = &teb_.NtTib;
        teb_.ProcessEnvironmentBlock = &peb_;
        ASSERT_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS, &teb_), 0);
    }

private:
    TEB teb_{};
    PEB peb_{};
};

const auto* const environment = testing::AddGlobalTestEnvironment(new FakeTeb);

}  // namespace

extern "C" {
PVOID NTAPI RtlAllocateHeap(PVOID, ULONG, SIZE_T size) {
    return std::malloc(size);
}
PVOID NTAPI RtlReAllocateHeap(PVOID, ULONG, PVOID memory, SIZE_T size) {
    return std::realloc(memory, size);
}
BOOLEAN NTAPI RtlFreeHeap(PVOID, ULONG, PVOID memory) {
    std::free(memory);
    return TRUE;
}
void NTAPI RtlMoveMemory(PVOID to, const VOID* from, SIZE_T length) {
    std::memmove(to, from, length);
}
void NTAPI RtlRaiseStatus(NTSTATUS) {
    std::abort();
}
}
