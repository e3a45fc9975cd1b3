// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/mm/imports.hpp"

#include "abi/nt/ntdll.h"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/mm/image.hpp"
#include "wdm/platform/platform.hpp"

namespace mm {
namespace {

constexpr ULONG kMaximumLibraries = 16;
constexpr ULONG kMaximumNameLength = 64;
constexpr ULONG64 kByOrdinal = 1ull << 63;

// --- calls to functions that nobody exports

[[noreturn]] void missing_function(const char* name) {
    ke::bug_check_text(ke::kDriverEntryPointMissing,
                       "a driver called a function that does not exist here: ", name);
}

// mov rcx, [name]; mov rax, missing_function; jmp rax
struct [[gnu::packed]] Stub {
    UCHAR mov_rcx[3] = {0x48, 0x8b, 0x0d};
    LONG name_distance = 0;  // from the next instruction
    UCHAR mov_rax[2] = {0x48, 0xb8};
    void (*target)(const char*) = missing_function;
    UCHAR jmp_rax[2] = {0xff, 0xe0};
};

// A page of stubs, all made at once, and behind it their names: no page is ever both written and executed.
constexpr ULONG kStubs = 4096 / sizeof(Stub);
struct StubPages {
    alignas(4096) Stub stubs[kStubs];
    alignas(4096) const char* names[kStubs];
};

bool protect(void* start, SIZE_T length, ULONG protection, ULONG& old) {
    return NT_SUCCESS(NtProtectVirtualMemory(NtCurrentProcess(), &start, &length, protection, &old));
}

StubPages* make_stubs() {
    PVOID base = nullptr;
    SIZE_T size = sizeof(StubPages);
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                            PAGE_READWRITE)))
        return nullptr;
    auto* pages = static_cast<StubPages*>(base);
    for (ULONG i = 0; i < kStubs; i++) {
        Stub stub;
        auto next = reinterpret_cast<ULONG64>(&pages->stubs[i]) + offsetof(Stub, mov_rax);
        stub.name_distance = static_cast<LONG>(reinterpret_cast<ULONG64>(&pages->names[i]) - next);
        pages->stubs[i] = stub;
    }
    ULONG old;
    return protect(pages->stubs, sizeof pages->stubs, PAGE_EXECUTE_READ, old) ? pages : nullptr;
}

void* stub_for(const char* name) {
    static constinit StubPages* pages = nullptr;
    static constinit ULONG used = kStubs;
    if (used == kStubs) {
        pages = make_stubs();
        if (pages == nullptr) return nullptr;
        used = 0;
    }
    pages->names[used] = name;
    return &pages->stubs[used++];
}

// --- where imports come from

struct Library {
    char name[kMaximumNameLength];
    void* base;
};

constinit Library libraries[kMaximumLibraries]{};

bool same(const char* a, const char* b) {
    return _stricmp(a, b) == 0;
}

bool is_kernel(const char* name) {
    return same(name, "ntoskrnl.exe") || same(name, "hal.dll");
}

void* own_base() {
    return NtCurrentPeb()->ImageBaseAddress;
}

// A driver library beside the driver, such as videoprt.sys; loaded once.
NTSTATUS load_library(const char* name, void*& base) {
    for (Library& library : libraries) {
        if (library.base == nullptr) {
            WCHAR path[96] = u"\\SystemRoot\\System32\\drivers\\";
            SIZE_T length = wcslen(path);
            SIZE_T name_length = strlen(name);
            if (name_length >= kMaximumNameLength) return STATUS_OBJECT_NAME_INVALID;
            for (SIZE_T i = 0; i <= name_length; i++)
                path[length + i] = static_cast<WCHAR>(static_cast<UCHAR>(name[i]));
            UNICODE_STRING text;
            RtlInitUnicodeString(&text, path);
            Image image;
            NTSTATUS status = load_image(text, image);
            if (!NT_SUCCESS(status)) return status;
            memcpy(library.name, name, name_length + 1);
            library.base = base = image.base;
            return STATUS_SUCCESS;
        }
        if (!same(library.name, name)) continue;
        base = library.base;
        return STATUS_SUCCESS;
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

void* find_export(void* base, const char* name, ULONG ordinal) {
    PVOID address = nullptr;
    ANSI_STRING text;
    if (name != nullptr) RtlInitAnsiString(&text, name);
    NTSTATUS status = LdrGetProcedureAddress(base, name != nullptr ? &text : nullptr, ordinal, &address);
    return NT_SUCCESS(status) ? address : nullptr;
}

// --- one imported module

void* resolve(const View& view, void* library, ULONG64 thunk) {
    if ((thunk & kByOrdinal) != 0) {
        void* address = find_export(library, nullptr, thunk & 0xffff);
        return address != nullptr ? address : stub_for("(by ordinal)");
    }
    const char* name = view.text(thunk + offsetof(IMAGE_IMPORT_BY_NAME, Name));
    if (name == nullptr) return nullptr;
    void* address = find_export(library, name, 0);
    return address != nullptr ? address : stub_for(name);
}

NTSTATUS bind_module(const View& view, const IMAGE_IMPORT_DESCRIPTOR& descriptor, void* library) {
    ULONG names = descriptor.OriginalFirstThunk != 0 ? descriptor.OriginalFirstThunk : descriptor.FirstThunk;
    for (ULONG i = 0;; i++) {
        auto* name = view.at<ULONG64>(names + i * sizeof(ULONG64));
        auto* target = view.at<ULONG64>(descriptor.FirstThunk + i * sizeof(ULONG64));
        if (name == nullptr || target == nullptr) return STATUS_INVALID_IMAGE_FORMAT;
        if (*name == 0) return STATUS_SUCCESS;
        void* address = resolve(view, library, *name);
        if (address == nullptr) return STATUS_INVALID_IMAGE_FORMAT;
        *target = reinterpret_cast<ULONG64>(address);
    }
}

// The slots of a module, up to the one that is empty; 0 when the table does not end in the image.
SIZE_T table_size(const View& view, ULONG table) {
    for (ULONG i = 0;; i++) {
        auto* slot = view.at<ULONG64>(table + i * sizeof(ULONG64));
        if (slot == nullptr) return 0;
        if (*slot == 0) return i * sizeof(ULONG64);
    }
}

// Import tables may lie in a section that is only read.
NTSTATUS bind_protected(const View& view, const IMAGE_IMPORT_DESCRIPTOR& descriptor, void* library) {
    auto* slots = view.at<ULONG64>(descriptor.FirstThunk);
    SIZE_T size = table_size(view, descriptor.FirstThunk);
    if (slots == nullptr || size == 0) return bind_module(view, descriptor, library);
    ULONG old;
    if (!protect(slots, size, PAGE_READWRITE, old)) return STATUS_INVALID_IMAGE_FORMAT;
    NTSTATUS status = bind_module(view, descriptor, library);
    bool restored = protect(slots, size, old, old);
    return !NT_SUCCESS(status) || restored ? status : STATUS_INVALID_IMAGE_FORMAT;
}

}  // namespace

NTSTATUS bind_imports(const View& view) {
    const IMAGE_DATA_DIRECTORY* directory = view.directory(IMAGE_DIRECTORY_ENTRY_IMPORT);
    if (directory == nullptr) return STATUS_SUCCESS;
    for (ULONG offset = directory->VirtualAddress;; offset += sizeof(IMAGE_IMPORT_DESCRIPTOR)) {
        auto* descriptor = view.at<IMAGE_IMPORT_DESCRIPTOR>(offset);
        if (descriptor == nullptr) return STATUS_INVALID_IMAGE_FORMAT;
        if (descriptor->Name == 0) return STATUS_SUCCESS;
        const char* name = view.text(descriptor->Name);
        if (name == nullptr) return STATUS_INVALID_IMAGE_FORMAT;
        void* library = own_base();
        NTSTATUS status = is_kernel(name) ? STATUS_SUCCESS : load_library(name, library);
        if (NT_SUCCESS(status)) status = bind_protected(view, *descriptor, library);
        if (!NT_SUCCESS(status)) return status;
    }
}

void* system_routine(const char* name) {
    return find_export(own_base(), name, 0);
}

}  // namespace mm

extern "C" PVOID MmGetSystemRoutineAddress(PUNICODE_STRING name) {
    char text[mm::kMaximumNameLength * 2];
    SIZE_T length = name->Length / sizeof(WCHAR);
    if (length >= sizeof text) return nullptr;
    for (SIZE_T i = 0; i < length; i++)
        text[i] = static_cast<char>(name->Buffer[i]);
    text[length] = 0;
    return mm::system_routine(text);
}
