// SPDX-License-Identifier: GPL-3.0-only
// Imports that no DLL provides. A program often never calls them, so it is loaded all the same; a call raises
// EXCEPTION_WINE_STUB with the names of DLL and function (or the ordinal).
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

// One function that stands in: its code loads the record's address and jumps to the common part.
struct Thunk {
    UCHAR load_record[2];  // mov rcx, imm64
    const void* record;
    UCHAR load_target[2];  // mov rax, imm64
    const void* target;
    UCHAR jump[2];  // jmp rax
    UCHAR pad[2];
} __attribute__((packed));
static_assert(sizeof(Thunk) == 24);

struct Record {
    const char* dll;
    const char* name;
};

constexpr ULONG per_pool = PAGE_SIZE / sizeof(Thunk);

// The thunks are all made at once, so that no page is ever both written and executed.
struct Pool {
    alignas(PAGE_SIZE) Thunk thunks[per_pool];
    alignas(PAGE_SIZE) Record records[per_pool];
};

Pool* pool;
ULONG used;

void raise_missing(const Record* missing) {
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = EXCEPTION_WINE_STUB;
    record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    record.NumberParameters = 2;
    record.ExceptionInformation[0] = reinterpret_cast<ULONG_PTR>(missing->dll);
    record.ExceptionInformation[1] = reinterpret_cast<ULONG_PTR>(missing->name);
    if (reinterpret_cast<ULONG_PTR>(missing->name) > 0xffff) {
        DbgPrint("missing function %s!%s was called\n", missing->dll, missing->name);
    } else {
        DbgPrint("missing function %s!#%u was called\n", missing->dll,
                 static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(missing->name)));
    }
    RtlRaiseException(&record);
}

bool make_executable(PVOID base, SIZE_T size) {
    ULONG old;
    return NT_SUCCESS(NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, PAGE_EXECUTE_READ, &old));
}

bool grow() {
    PVOID base = nullptr;
    SIZE_T size = sizeof(Pool);
    const NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size,
                                                    MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) return false;
    auto* made = static_cast<Pool*>(base);
    for (ULONG i = 0; i < per_pool; ++i) {
        made->thunks[i] = {{0x48, 0xb9}, &made->records[i],
                           {0x48, 0xb8}, reinterpret_cast<const void*>(raise_missing),
                           {0xff, 0xe0}, {}};
    }
    if (!make_executable(made->thunks, sizeof(made->thunks))) return false;
    pool = made;
    used = 0;
    return true;
}

}  // namespace

PVOID missing_function(const char* dll, const char* name) {
    if ((!pool || used == per_pool) && !grow()) return nullptr;
    pool->records[used] = {dll, name};
    return &pool->thunks[used++];
}

}  // namespace ldr
