// SPDX-License-Identifier: GPL-3.0-only
// The loader: modules, exports, loading and unloading, static TLS, and files that are no DLLs.
#include "tests/system/test.h"
#include "tests/system/tls.h"

namespace {

thread_local int mine = 11;
thread_local int zeroed;
int program_callbacks[4];

NTSTATUS load(const WCHAR* name, PVOID& base) {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    return LdrLoadDll(nullptr, nullptr, &string, &base);
}

template <typename T>
T* procedure(PVOID base, const char* name, ULONG ordinal = 0) {
    ANSI_STRING string;
    RtlInitAnsiString(&string, name);
    PVOID address = nullptr;
    LdrGetProcedureAddress(base, name ? &string : nullptr, ordinal, &address);
    return reinterpret_cast<T*>(address);
}

struct ThreadView {
    int first_program;
    int zero_program;
    int first_dll;
    int second_dll;
    int (*next)();
};

NTSTATUS NTAPI look_at_tls(PVOID parameter) {
    auto* view = static_cast<ThreadView*>(parameter);
    view->first_program = mine++;
    view->zero_program = zeroed++;
    if (view->next) {
        view->first_dll = view->next();
        view->second_dll = view->next();
    }
    return 0;
}

void run_thread(ThreadView& view) {
    HANDLE thread = nullptr;
    RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, look_at_tls, &view, &thread, nullptr);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    NtClose(thread);
}

struct Found {
    bool program;
    bool ntdll;
    ULONG count;
};

void NTAPI note_module(PLDR_DATA_TABLE_ENTRY module, PVOID context, BOOLEAN*) {
    auto* found = static_cast<Found*>(context);
    UNICODE_STRING ntdll = RTL_CONSTANT_STRING(u"NTDLL.DLL");
    ++found->count;
    if (module->DllBase == NtCurrentPeb()->ImageBaseAddress) found->program = true;
    if (RtlEqualUnicodeString(&module->BaseDllName, &ntdll, TRUE)) found->ntdll = true;
}

}  // namespace

void NTAPI tls_callback(PVOID, ULONG reason, PVOID) {
    if (reason < 4) ++program_callbacks[reason];
}

TEST(lists_hold_program_and_ntdll) {
    Found found = {};
    CHECK(NT_SUCCESS(LdrEnumerateLoadedModules(0, note_module, &found)));
    CHECK(found.program && found.ntdll && found.count == 2);
    PPEB_LDR_DATA data = NtCurrentPeb()->Ldr;
    CHECK(data->Initialized);
    auto* first =
        CONTAINING_RECORD(data->InLoadOrderModuleList.Flink, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
    CHECK(first->DllBase == NtCurrentPeb()->ImageBaseAddress);
}

TEST(exports_of_ntdll) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"ntdll");
    PVOID base = nullptr;
    REQUIRE(NT_SUCCESS(LdrGetDllHandle(nullptr, nullptr, &name, &base)));
    auto* get_peb = procedure<PPEB()>(base, "RtlGetCurrentPeb");
    CHECK(get_peb && get_peb() == NtCurrentPeb());
    CHECK(procedure<void>(base, "ZwClose") == procedure<void>(base, "NtClose"));
    ANSI_STRING missing;
    RtlInitAnsiString(&missing, "NoSuchFunction");
    PVOID address = nullptr;
    CHECK(LdrGetProcedureAddress(base, &missing, 0, &address) == STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK(LdrGetProcedureAddress(base, nullptr, 60000, &address) == STATUS_ORDINAL_NOT_FOUND);
    CHECK(!NT_SUCCESS(LdrGetProcedureAddress(&name, &missing, 0, &address)));
}

TEST(load_call_unload) {
    PVOID base = nullptr;
    REQUIRE(NT_SUCCESS(load(u"ldrtest.dll", base)));
    auto* add = procedure<int(int, int)>(base, "Add");
    REQUIRE(add);
    CHECK(add(2, 3) == 5);
    auto* hidden = procedure<int()>(base, nullptr, 77);
    CHECK(hidden && hidden() == 7777);
    auto* forwarded = procedure<PPEB()>(base, "Forwarded");
    CHECK(forwarded && forwarded() == NtCurrentPeb());
    int* calls = procedure<int>(base, "attach_calls");
    REQUIRE(calls);
    CHECK(calls[DLL_PROCESS_ATTACH] == 1);
    void** own = procedure<void*>(base, "own_address");
    CHECK(own && *own == calls);  // relocated
    PVOID again = nullptr;
    CHECK(NT_SUCCESS(load(u"LDRTEST", again)) && again == base);
    CHECK(NT_SUCCESS(LdrUnloadDll(base)));
    CHECK(add(4, 5) == 9);  // one reference is left
    CHECK(NT_SUCCESS(LdrUnloadDll(base)));
    MEMORY_BASIC_INFORMATION information = {};
    NtQueryVirtualMemory(NtCurrentProcess(), base, MemoryBasicInformation, &information, sizeof(information),
                         nullptr);
    CHECK(information.State == MEM_FREE);
    CHECK(LdrUnloadDll(base) == STATUS_DLL_NOT_FOUND);
}

namespace {
NTSTATUS procedure_status(PVOID base, const char* name) {
    ANSI_STRING string;
    RtlInitAnsiString(&string, name);
    PVOID address = nullptr;
    return LdrGetProcedureAddress(base, &string, 0, &address);
}
}  // namespace

TEST(forwarders_that_lead_nowhere) {
    PVOID base = nullptr;
    REQUIRE(NT_SUCCESS(load(u"ldrtest.dll", base)));
    CHECK(procedure_status(base, "Broken") == STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK(procedure_status(base, "BrokenDll") == STATUS_DLL_NOT_FOUND);
    CHECK(procedure_status(base, "Endless") == STATUS_INVALID_IMAGE_FORMAT);
    CHECK(NT_SUCCESS(LdrUnloadDll(base)));
}

TEST(load_many_times) {
    bool good = true;
    for (int i = 0; i < 20; ++i) {
        PVOID base = nullptr;
        good = good && NT_SUCCESS(load(u"ldrtest.dll", base)) && NT_SUCCESS(LdrUnloadDll(base));
    }
    CHECK(good);
}

TEST(entry_point_that_refuses) {
    PVOID base = nullptr;
    CHECK(load(u"refuses.dll", base) == STATUS_DLL_INIT_FAILED);
    CHECK(!base);
    Found found = {};
    LdrEnumerateLoadedModules(0, note_module, &found);
    CHECK(found.count == 2);
}

TEST(what_is_no_dll) {
    PVOID base = nullptr;
    CHECK(load(u"nosuch.dll", base) == STATUS_DLL_NOT_FOUND);
    CHECK(load(u"", base) == STATUS_DLL_NOT_FOUND);
    CHECK(load(u"\\SystemRoot\\System32\\config\\seed.reg", base) == STATUS_INVALID_IMAGE_NOT_MZ);
    CHECK(load(u"api-ms-win-core-nothing-l1-1-0.dll", base) == STATUS_DLL_NOT_FOUND);
    WCHAR longest[2000];
    for (WCHAR& c : longest)
        c = u'x';
    longest[1999] = 0;
    CHECK(!NT_SUCCESS(load(longest, base)));
}

TEST(static_tls) {
    CHECK(mine == 11);
    mine = 12;
    ThreadView view = {};
    run_thread(view);
    CHECK(view.first_program == 11 && view.zero_program == 0);
    CHECK(mine == 12 && zeroed == 0);
    CHECK(program_callbacks[DLL_PROCESS_ATTACH] == 1);
    CHECK(program_callbacks[DLL_THREAD_ATTACH] >= 1);
    CHECK(program_callbacks[DLL_THREAD_DETACH] == program_callbacks[DLL_THREAD_ATTACH]);
}

TEST(tls_of_a_dll_loaded_later) {
    PVOID base = nullptr;
    REQUIRE(NT_SUCCESS(load(u"ldrtest.dll", base)));
    auto* next = procedure<int()>(base, "NextPerThread");
    int* tls = procedure<int>(base, "tls_calls");
    int* calls = procedure<int>(base, "attach_calls");
    REQUIRE(next && tls && calls);
    CHECK(next() == 41 && next() == 42);
    ThreadView view = {};
    view.next = next;
    run_thread(view);
    CHECK(view.first_dll == 41 && view.second_dll == 42);
    CHECK(next() == 43);
    CHECK(tls[DLL_PROCESS_ATTACH] == 1 && tls[DLL_THREAD_ATTACH] == 1 && tls[DLL_THREAD_DETACH] == 1);
    CHECK(calls[DLL_THREAD_ATTACH] == 1 && calls[DLL_THREAD_DETACH] == 1);
    CHECK(NT_SUCCESS(LdrUnloadDll(base)));
}
