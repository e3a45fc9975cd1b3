// SPDX-License-Identifier: GPL-3.0-only
// Delay-loaded imports: the first call of such a function comes here to load its DLL and fill in the slot.
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

using FailureHook = PVOID(NTAPI*)(ULONG reason, PVOID information);
constexpr ULONG hook_load = 3;
constexpr ULONG hook_procedure = 4;

// What a hook is told; the layout is the compilers' DELAYLOAD_INFO.
struct DelayInformation {
    ULONG Size;
    const IMAGE_DELAYLOAD_DESCRIPTOR* Descriptor;
    PIMAGE_THUNK_DATA Thunk;
    const char* Dll;
    ULONG ImportByName;
    union {
        const char* Name;
        ULONG Ordinal;
    };
    PVOID ModuleBase;
    PVOID Unused;
    ULONG LastError;
};

struct Request {
    const Image& image;
    const IMAGE_DELAYLOAD_DESCRIPTOR& descriptor;
    const char* dll;
    PVOID* module;
    IMAGE_THUNK_DATA* addresses;
    const IMAGE_THUNK_DATA* names;
};

NTSTATUS load_target(const Request& request) {
    if (*request.module) return STATUS_SUCCESS;
    Path path = {};
    for (const char* at = request.dll; *at; ++at) {
        const WCHAR c = static_cast<UCHAR>(*at);
        if (!path.append(&c, 1)) return STATUS_DLL_NOT_FOUND;
    }
    UNICODE_STRING name = path.string();
    PVOID base;
    const NTSTATUS status = LdrLoadDll(nullptr, nullptr, &name, &base);
    if (NT_SUCCESS(status)) *request.module = base;
    return status;
}

NTSTATUS find_target(const Request& request, SIZE_T index, const char*& name, ULONG& ordinal,
                     PVOID& address) {
    const ULONGLONG entry = request.names[index].Ordinal;
    name = nullptr;
    ordinal = 0;
    if (IMAGE_SNAP_BY_ORDINAL64(entry)) {
        ordinal = static_cast<ULONG>(IMAGE_ORDINAL64(entry));
        return LdrGetProcedureAddress(*request.module, nullptr, ordinal, &address);
    }
    name = entry <= 0xffffffff ? request.image.string(static_cast<ULONG>(entry) + sizeof(USHORT)) : nullptr;
    if (!name) return STATUS_INVALID_IMAGE_FORMAT;
    ANSI_STRING text;
    RtlInitAnsiString(&text, name);
    return LdrGetProcedureAddress(*request.module, &text, 0, &address);
}

PVOID fail(const Request& request, PIMAGE_THUNK_DATA thunk, NTSTATUS status, const char* name, ULONG ordinal,
           FailureHook hook, ULONG reason) {
    DelayInformation information = {};
    information.Size = sizeof(information);
    information.Descriptor = &request.descriptor;
    information.Thunk = thunk;
    information.Dll = request.dll;
    information.ImportByName = name != nullptr;
    information.Name = name;
    if (!name) information.Ordinal = ordinal;
    information.ModuleBase = *request.module;
    information.LastError = RtlNtStatusToDosError(status);
    if (hook) {
        if (PVOID address = hook(reason, &information)) return address;
    }
    PVOID address =
        missing_function(request.dll, name ? name : reinterpret_cast<const char*>(ULONG_PTR{ordinal}));
    return address;
}

PVOID resolve(const Request& request, PIMAGE_THUNK_DATA thunk, FailureHook hook) {
    const SIZE_T index = static_cast<SIZE_T>(thunk - request.addresses);
    NTSTATUS status = load_target(request);
    if (!NT_SUCCESS(status)) return fail(request, thunk, status, nullptr, 0, hook, hook_load);
    const char* name;
    ULONG ordinal;
    PVOID address = nullptr;
    status = find_target(request, index, name, ordinal, address);
    if (!NT_SUCCESS(status)) address = fail(request, thunk, status, name, ordinal, hook, hook_procedure);
    if (address) thunk->Function = reinterpret_cast<ULONGLONG>(address);
    return address;
}

}  // namespace
}  // namespace ldr

extern "C" PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID Base, const IMAGE_DELAYLOAD_DESCRIPTOR* Descriptor,
                                                PVOID FailureDllHook, PVOID, PIMAGE_THUNK_DATA Thunk, ULONG) {
    using namespace ldr;
    Image image;
    const auto* headers = RtlImageNtHeader(Base);
    if (!headers || !NT_SUCCESS(Image::open(Base, headers->OptionalHeader.SizeOfImage, image)))
        return nullptr;
    const Request request = {image,
                             *Descriptor,
                             image.string(Descriptor->DllNameRVA),
                             image.at<PVOID>(Descriptor->ModuleHandleRVA),
                             image.at<IMAGE_THUNK_DATA>(Descriptor->ImportAddressTableRVA),
                             image.at<IMAGE_THUNK_DATA>(Descriptor->ImportNameTableRVA)};
    if (!request.dll || !request.module || !request.addresses || !request.names) return nullptr;
    return resolve(request, Thunk, reinterpret_cast<FailureHook>(FailureDllHook));
}
