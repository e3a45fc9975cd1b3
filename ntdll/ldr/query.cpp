// SPDX-License-Identifier: GPL-3.0-only
// Questions about loaded modules, and addresses of their exports.
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

constexpr ULONG max_symbol = 512;

NTSTATUS find_procedure(PVOID base, const ANSI_STRING* name, ULONG ordinal, PVOID& address) {
    LoaderLock lock;
    // Handles of images mapped as data carry flags in their low bits.
    Module* module = find_by_base(reinterpret_cast<PVOID>(reinterpret_cast<ULONG_PTR>(base) & ~3ull));
    if (!module) return STATUS_DLL_NOT_FOUND;
    char text[max_symbol];
    const bool by_name = name && name->Length;
    if (by_name) {
        if (name->Length >= max_symbol) return STATUS_ENTRYPOINT_NOT_FOUND;
        rtl::copy(text, name->Buffer, name->Length);
        text[name->Length] = 0;
    }
    Wanted wanted = {{}, ~0u, ordinal};
    if (by_name) wanted.name = {text, name->Length + 1u};
    Binding binding = {};
    NTSTATUS status = resolve_export(module, wanted, module, binding, address);
    // A forwarder may have loaded a DLL: it must be ready before anybody calls into it.
    for (ULONG i = 0; NT_SUCCESS(status) && loader.process_ready && i < module->dependency_count; ++i) {
        status = attach(module->dependencies[i], false);
    }
    return status;
}

Module* find_handle(const UNICODE_STRING& name) {
    UNICODE_STRING host;
    Path path;
    if (!NT_SUCCESS(resolve_api_set(name, host)) || !with_extension(host, path)) return nullptr;
    redirect(path);
    const UNICODE_STRING file = path.string();
    if (Module* module = has_directory(file) ? find_by_full_name(file) : find_by_name(file)) return module;
    return nullptr;
}

}  // namespace
}  // namespace ldr

extern "C" {

NTSTATUS NTAPI LdrGetProcedureAddress(PVOID BaseAddress, const ANSI_STRING* Name, ULONG Ordinal,
                                      PVOID* ProcedureAddress) {
    return ldr::find_procedure(BaseAddress, Name, Ordinal, *ProcedureAddress);
}

NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID BaseAddress, const ANSI_STRING* Name, ULONG Ordinal,
                                        PVOID* ProcedureAddress, ULONG) {
    return ldr::find_procedure(BaseAddress, Name, Ordinal, *ProcedureAddress);
}

NTSTATUS NTAPI LdrGetDllHandleEx(ULONG Flags, PCWSTR, PULONG, PCUNICODE_STRING DllName, PVOID* BaseAddress) {
    constexpr ULONG known = LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT | LDR_GET_DLL_HANDLE_EX_PIN;
    if (!DllName || !BaseAddress || (Flags & ~known) || Flags == known) return STATUS_INVALID_PARAMETER;
    ldr::LoaderLock lock;
    ldr::Module* module = ldr::find_handle(*DllName);
    *BaseAddress = module ? module->entry.DllBase : nullptr;
    if (!module) return STATUS_DLL_NOT_FOUND;
    if (Flags & LDR_GET_DLL_HANDLE_EX_PIN) {
        module->references = ldr::pinned;
    } else if (!(Flags & LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT) && module->references != ldr::pinned) {
        ++module->references;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrGetDllHandle(PCWSTR DllPath, PULONG DllCharacteristics, PCUNICODE_STRING DllName,
                               PVOID* BaseAddress) {
    return LdrGetDllHandleEx(LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT, DllPath, DllCharacteristics, DllName,
                             BaseAddress);
}

NTSTATUS NTAPI LdrGetDllFullName(PVOID BaseAddress, PUNICODE_STRING FullName) {
    ldr::LoaderLock lock;
    ldr::Module* module = BaseAddress ? ldr::find_by_base(BaseAddress) : ldr::loader.program;
    if (!module) return STATUS_DLL_NOT_FOUND;
    const UNICODE_STRING& name = module->entry.FullDllName;
    RtlCopyUnicodeString(FullName, &name);
    return FullName->MaximumLength < name.Length + sizeof(WCHAR) ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrFindEntryForAddress(PVOID Address, PLDR_DATA_TABLE_ENTRY* Entry) {
    ldr::LoaderLock lock;
    ldr::Module* module = ldr::find_by_address(Address);
    if (!module) return STATUS_NO_MORE_ENTRIES;
    *Entry = &module->entry;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrEnumerateLoadedModules(ULONG Reserved, PLDR_ENUM_CALLBACK Callback, PVOID Context) {
    if (Reserved || !Callback) return STATUS_INVALID_PARAMETER;
    ldr::LoaderLock lock;
    BOOLEAN stop = FALSE;
    ldr::for_each_module([&](ldr::Module& module) {
        if (!stop) Callback(&module.entry, Context, &stop);
    });
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID BaseAddress) {
    ldr::LoaderLock lock;
    ldr::Module* module = ldr::find_by_base(BaseAddress);
    if (!module) return STATUS_DLL_NOT_FOUND;
    // It may have to set up what lies in its storage.
    if (module->tls_index != ldr::no_tls) return STATUS_DLL_NOT_FOUND;
    module->entry.Flags |= LDRP_DONT_CALL_FOR_THREADS;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrLockLoaderLock(ULONG Flags, PULONG Disposition, PULONG_PTR Cookie) {
    if (Disposition) *Disposition = LDR_LOCK_LOADER_LOCK_DISPOSITION_INVALID;
    if (!Cookie || (Flags & ~3u)) return STATUS_INVALID_PARAMETER;
    *Cookie = 0;
    if (Flags & LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY) {
        if (!Disposition) return STATUS_INVALID_PARAMETER;
        if (!RtlTryEnterCriticalSection(&ldr::loader.lock)) {
            *Disposition = LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED;
            return STATUS_SUCCESS;
        }
    } else {
        RtlEnterCriticalSection(&ldr::loader.lock);
    }
    if (Disposition) *Disposition = LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED;
    *Cookie = reinterpret_cast<ULONG_PTR>(rtl::teb()->ClientId.UniqueThread);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG, ULONG_PTR Cookie) {
    if (!Cookie) return STATUS_SUCCESS;
    if (Cookie != reinterpret_cast<ULONG_PTR>(rtl::teb()->ClientId.UniqueThread))
        return STATUS_INVALID_PARAMETER;
    return RtlLeaveCriticalSection(&ldr::loader.lock);
}

PIMAGE_BASE_RELOCATION NTAPI LdrProcessRelocationBlock(PVOID Page, ULONG Count, PUSHORT Relocations,
                                                       LONG_PTR Delta) {
    for (ULONG i = 0; i < Count; ++i) {
        char* at = static_cast<char*>(Page) + (Relocations[i] & 0xfff);
        switch (Relocations[i] >> 12) {
            case IMAGE_REL_BASED_ABSOLUTE:
                break;
            case IMAGE_REL_BASED_HIGHLOW:
                *reinterpret_cast<ULONG*>(at) += static_cast<ULONG>(Delta);
                break;
            case IMAGE_REL_BASED_DIR64:
                *reinterpret_cast<ULONGLONG*>(at) += static_cast<ULONGLONG>(Delta);
                break;
            default:
                return nullptr;
        }
    }
    return reinterpret_cast<PIMAGE_BASE_RELOCATION>(Relocations + Count);
}

// Options of single programs ("Image File Execution Options") are not kept.
NTSTATUS NTAPI LdrQueryImageFileExecutionOptions(PCUNICODE_STRING, PCWSTR, ULONG, PVOID, ULONG, PULONG) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

}  // extern "C"
