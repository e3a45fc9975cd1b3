// SPDX-License-Identifier: GPL-3.0-only
// Modules and the lists they are on.
#include "ntdll/ldr/ldr.hpp"
#include "ntdll/rtl/clock.hpp"
#include "ntdll/seh/seh.hpp"
#include "ntdll/sxs/context.hpp"

namespace ldr {

Loader loader;

namespace {

void link(Module* module) {
    InsertTailList(&loader.data.InLoadOrderModuleList, &module->entry.InLoadOrderLinks);
    InsertTailList(&loader.data.InMemoryOrderModuleList, &module->entry.InMemoryOrderLinks);
    InitializeListHead(&module->entry.InInitializationOrderLinks);
}

bool copy_name(const UNICODE_STRING& from, UNICODE_STRING& to) {
    return NT_SUCCESS(RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &from, &to));
}

void register_functions(Module* module) {
    const Image::Directory directory = module->image.directory(IMAGE_DIRECTORY_ENTRY_EXCEPTION);
    auto* table = directory.size ? module->image.at<RUNTIME_FUNCTION>(directory.rva) : nullptr;
    seh::add_image(module->image.base(), module->image.size(), table,
                   table ? directory.size / static_cast<ULONG>(sizeof(RUNTIME_FUNCTION)) : 0);
}

}  // namespace

Module* create_module(const Image& image, const UNICODE_STRING& full_name) {
    auto* module = static_cast<Module*>(allocate(sizeof(Module)));
    if (!module) return nullptr;
    LDR_DATA_TABLE_ENTRY& entry = module->entry;
    if (!copy_name(full_name, entry.FullDllName)) {
        release(module);
        return nullptr;
    }
    entry.BaseDllName = base_name(entry.FullDllName);
    const IMAGE_NT_HEADERS& headers = image.headers();
    module->image = image;
    module->tls_index = no_tls;
    entry.DllBase = image.base();
    entry.EntryPoint = image.entry_point();
    entry.SizeOfImage = image.size();
    entry.TimeDateStamp = headers.FileHeader.TimeDateStamp;
    entry.OriginalBase = headers.OptionalHeader.ImageBase;
    entry.TlsIndex = 0xffff;
    entry.ObsoleteLoadCount = 0xffff;
    if (headers.FileHeader.Characteristics & IMAGE_FILE_DLL) entry.Flags |= LDRP_IMAGE_DLL;
    InitializeListHead(&entry.HashLinks);
    InitializeListHead(&module->node.Modules);
    InsertTailList(&module->node.Modules, &entry.NodeModuleLink);
    entry.DdagNode = &module->node;
    module->node.LoadCount = 1;
    module->node.State = LdrModulesMapped;
    entry.LoadTime.QuadPart = rtl::time_of_tick();
    link(module);
    register_functions(module);
    return module;
}

void destroy_module(Module* module) {
    seh::remove_image(module->image.base());
    remove_tls(module);
    RemoveEntryList(&module->entry.InLoadOrderLinks);
    RemoveEntryList(&module->entry.InMemoryOrderLinks);
    if (module->initialised_list) RemoveEntryList(&module->entry.InInitializationOrderLinks);
    NtUnmapViewOfSection(NtCurrentProcess(), module->image.base());
    sxs::release(reinterpret_cast<sxs::Context*>(module->entry.EntryPointActivationContext));
    RtlFreeUnicodeString(&module->entry.FullDllName);
    release(module->dependencies);
    release(module);
}

Module* find_by_name(const UNICODE_STRING& name) {
    Module* found = nullptr;
    for_each_module([&](Module& module) {
        if (!found && RtlEqualUnicodeString(&module.entry.BaseDllName, &name, TRUE)) found = &module;
    });
    return found;
}

Module* find_by_full_name(const UNICODE_STRING& name) {
    Module* found = nullptr;
    for_each_module([&](Module& module) {
        if (!found && RtlEqualUnicodeString(&module.entry.FullDllName, &name, TRUE)) found = &module;
    });
    return found;
}

Module* find_by_base(PVOID base) {
    Module* found = nullptr;
    for_each_module([&](Module& module) {
        if (module.entry.DllBase == base) found = &module;
    });
    return found;
}

Module* find_by_address(PVOID address) {
    Module* found = nullptr;
    for_each_module([&](Module& module) {
        const ULONG_PTR offset =
            reinterpret_cast<ULONG_PTR>(address) - reinterpret_cast<ULONG_PTR>(module.entry.DllBase);
        if (offset < module.entry.SizeOfImage) found = &module;
    });
    return found;
}

// Records that `module` uses `on`, which then lives as long as `module`. False when memory or the bound runs
// out.
bool add_dependency(Module* module, Module* on) {
    if (module == on) return true;
    for (ULONG i = 0; i < module->dependency_count; ++i) {
        if (module->dependencies[i] == on) return true;
    }
    if (module->dependency_count == max_dependencies) return false;
    if (module->dependency_count % 8 == 0) {
        const SIZE_T size = (module->dependency_count + 8) * sizeof(Module*);
        PVOID grown = module->dependencies
                          ? RtlReAllocateHeap(rtl::process_heap(), 0, module->dependencies, size)
                          : allocate(size);
        if (!grown) return false;
        module->dependencies = static_cast<Module**>(grown);
    }
    module->dependencies[module->dependency_count++] = on;
    if (on->references != pinned) ++on->references;
    return true;
}

}  // namespace ldr
