// SPDX-License-Identifier: GPL-3.0-only
// Loading and unloading with everything a DLL depends on.
#include "ntdll/ldr/ldr.hpp"
#include "ntdll/sxs/context.hpp"

namespace ldr {
namespace {

Module* find_loaded(const UNICODE_STRING& name) {
    return has_directory(name) ? find_by_full_name(name) : find_by_name(name);
}

void add_reference(Module* module) {
    if (module->references != pinned) ++module->references;
}

// Takes back everything a failed load mapped: the modules from `first` to the end of the load order, none of
// which was attached yet. They may depend on each other in circles, so they go together.
void undo_load(Module* first) {
    PLIST_ENTRY head = &loader.data.InLoadOrderModuleList;
    for (PLIST_ENTRY link = &first->entry.InLoadOrderLinks; link != head; link = link->Flink) {
        Module::of(link)->mark = true;
    }
    for (PLIST_ENTRY link = &first->entry.InLoadOrderLinks; link != head;) {
        Module* module = Module::of(link);
        link = link->Flink;
        for (ULONG i = 0; i < module->dependency_count; ++i) {
            if (!module->dependencies[i]->mark) release_module(module->dependencies[i]);
        }
        module->dependency_count = 0;
    }
    for (PLIST_ENTRY link = &first->entry.InLoadOrderLinks; link != head;) {
        Module* module = Module::of(link);
        link = link->Flink;
        destroy_module(module);
    }
}

NTSTATUS map_module(const UNICODE_STRING& name, const WCHAR* search_path, Module*& module) {
    Image image;
    Path full_name;
    NTSTATUS status = map_dll(name, search_path, image, full_name);
    if (!NT_SUCCESS(status)) return status;
    // The same file may be there under another spelling of its path.
    if (Module* other = find_by_full_name(full_name.string())) {
        NtUnmapViewOfSection(NtCurrentProcess(), image.base());
        add_reference(other);
        module = other;
        return STATUS_SUCCESS;
    }
    module = create_module(image, full_name.string());
    if (!module) {
        NtUnmapViewOfSection(NtCurrentProcess(), image.base());
        return STATUS_NO_MEMORY;
    }
    module->references = 1;
    if (!loader.depth) loader.first_loaded = module;
    if (module->is_dll()) {
        const bool native = rtl::peb()->ImageSubsystem == IMAGE_SUBSYSTEM_NATIVE;
        sxs::Context* own = nullptr;
        if (!native) status = sxs::create_for_module(image.base(), module->entry.FullDllName, own);
        module->entry.EntryPointActivationContext = reinterpret_cast<struct _ACTIVATION_CONTEXT*>(own);
        const sxs::Activated activated(own);
        ++loader.depth;
        if (loader.depth > max_depth) status = STATUS_TOO_MANY_LINKS;
        if (NT_SUCCESS(status)) status = snap_imports(module);
        --loader.depth;
        if (NT_SUCCESS(status)) status = add_tls(module);
    }
    if (!NT_SUCCESS(status)) {
        if (!loader.depth) undo_load(loader.first_loaded);
        module = nullptr;
        return status;
    }
    module->state = State::Snapped;
    notify(LDR_DLL_NOTIFICATION_REASON_LOADED, *module);
    return STATUS_SUCCESS;
}

NTSTATUS load_dll(const UNICODE_STRING& name, const WCHAR* search_path, PVOID& base) {
    LoaderLock lock;
    Module* module;
    // A DLL's notification may load another one.
    const WCHAR* const before = loader.search_path;
    loader.search_path = search_path;
    NTSTATUS status = load_module(name, search_path, module);
    loader.search_path = before;
    if (!NT_SUCCESS(status)) return status;
    status = attach(module, !loader.process_ready);
    if (!NT_SUCCESS(status)) {
        release_module(module);
        return status;
    }
    base = module->entry.DllBase;
    return STATUS_SUCCESS;
}

}  // namespace

void redirect(Path& path) {
    if (has_directory(path.string())) return;
    sxs::Arena arena;
    const sxs::Text where = sxs::redirected({path.text, path.length}, arena);
    if (where.empty() || where.size() >= Path::limit) return;
    path.length = 0;
    path.append(where.data(), where.size());
}

NTSTATUS load_module(const UNICODE_STRING& name, const WCHAR* search_path, Module*& module) {
    UNICODE_STRING host;
    NTSTATUS status = resolve_api_set(name, host);
    if (!NT_SUCCESS(status)) return status == STATUS_APISET_NOT_PRESENT ? STATUS_DLL_NOT_FOUND : status;
    Path path;
    if (!with_extension(host, path)) return STATUS_DLL_NOT_FOUND;
    redirect(path);
    const UNICODE_STRING file = path.string();
    if (Module* loaded = find_loaded(file)) {
        add_reference(loaded);
        module = loaded;
        return STATUS_SUCCESS;
    }
    return map_module(file, search_path, module);
}

// Drops a reference. With the last one the module is told, unmapped, and its own dependencies are released.
void release_module(Module* module) {
    if (module->references == pinned || --module->references) return;
    module->references = 1;  // calls made from its own detach routine must not come here again
    if (module->attached()) detach(module, nullptr);
    if (module->state != State::Mapped) notify(LDR_DLL_NOTIFICATION_REASON_UNLOADED, *module);
    Module** dependencies = module->dependencies;
    const ULONG count = module->dependency_count;
    module->dependencies = nullptr;
    module->dependency_count = 0;
    destroy_module(module);
    for (ULONG i = count; i-- > 0;)
        release_module(dependencies[i]);
    release(dependencies);
}

}  // namespace ldr

extern "C" {

NTSTATUS NTAPI LdrLoadDll(PCWSTR DllPath, PULONG, PCUNICODE_STRING DllName, PVOID* BaseAddress) {
    if (!DllName || !DllName->Buffer || !BaseAddress) return STATUS_INVALID_PARAMETER;
    // A value of 1 asks for the default search, as null does.
    const bool own_path = reinterpret_cast<ULONG_PTR>(DllPath) > 0xffff;
    PVOID base = nullptr;
    const NTSTATUS status = ldr::load_dll(*DllName, own_path ? DllPath : nullptr, base);
    *BaseAddress = base;
    return status;
}

NTSTATUS NTAPI LdrUnloadDll(PVOID BaseAddress) {
    ldr::LoaderLock lock;
    ldr::Module* module = ldr::find_by_base(BaseAddress);
    if (!module) return STATUS_DLL_NOT_FOUND;
    if (!ldr::loader.data.ShutdownInProgress) ldr::release_module(module);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrAddRefDll(ULONG Flags, PVOID BaseAddress) {
    if (Flags & ~LDR_ADDREF_DLL_PIN) return STATUS_INVALID_PARAMETER;
    ldr::LoaderLock lock;
    ldr::Module* module = ldr::find_by_base(BaseAddress);
    if (!module) return STATUS_INVALID_PARAMETER;
    if (Flags & LDR_ADDREF_DLL_PIN) {
        module->references = ldr::pinned;
    } else {
        ldr::add_reference(module);
    }
    return STATUS_SUCCESS;
}

}  // extern "C"
