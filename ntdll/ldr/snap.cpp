// SPDX-License-Identifier: GPL-3.0-only
// Binding imports: each import's slot gets the address of the export it names, in the end of a chain of
// forwarders.
#include "ntdll/crt/text.hpp"
#include "ntdll/ldr/ldr.hpp"

namespace ldr {
namespace {

// Makes a range of the image writable for a scope.
class Writable {
public:
    Writable(PVOID base, SIZE_T size) : base_(base), size_(size) {
        status_ = NtProtectVirtualMemory(NtCurrentProcess(), &base_, &size_, PAGE_READWRITE, &old_);
    }
    ~Writable() {
        if (!NT_SUCCESS(status_) || old_ == PAGE_READWRITE || old_ == PAGE_WRITECOPY) return;
        ULONG ignored;
        NtProtectVirtualMemory(NtCurrentProcess(), &base_, &size_, old_, &ignored);
    }
    Writable(const Writable&) = delete;
    Writable& operator=(const Writable&) = delete;
    NTSTATUS status() const { return status_; }

private:
    PVOID base_;
    SIZE_T size_;
    ULONG old_ = 0;
    NTSTATUS status_;
};

bool in_writable_section(const Image& image, const void* address) {
    ULONG rva;
    if (!image.rva_of(reinterpret_cast<ULONGLONG>(address), rva)) return false;
    for (unsigned i = 0; i < image.section_count(); ++i) {
        const IMAGE_SECTION_HEADER& section = image.sections()[i];
        const ULONG size = section.Misc.VirtualSize ? section.Misc.VirtualSize : section.SizeOfRawData;
        if (rva - section.VirtualAddress < size) return section.Characteristics & IMAGE_SCN_MEM_WRITE;
    }
    return false;
}

bool widen(const char* text, SIZE_T count, Path& path) {
    path.length = 0;
    if (count >= Path::limit) return false;
    for (SIZE_T i = 0; i < count; ++i)
        path.text[i] = static_cast<UCHAR>(text[i]);
    path.length = static_cast<ULONG>(count);
    path.text[count] = 0;
    return true;
}

NTSTATUS load_forwarded(const char* dll, SIZE_T length, Module* importer, Module*& target) {
    Path path;
    if (!widen(dll, length, path)) return STATUS_INVALID_IMAGE_FORMAT;
    NTSTATUS status = load_module(path.string(), loader.search_path, target);
    if (!NT_SUCCESS(status)) {
        tell_dll_failure(status, path.string());
        return status;
    }
    // The importer's dependency keeps the target from here on; load_module's own reference goes.
    const bool kept = add_dependency(importer, target);
    if (target->references != pinned) --target->references;
    return kept ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

bool same_text(const char* one, const char* other, SIZE_T length) {
    for (SIZE_T i = 0; i < length; ++i) {
        if (one[i] != other[i]) return false;
    }
    return true;
}

// "DLL.Name" or "DLL.#ordinal"; the DLL name may itself hold dots. Most lead where the last one led.
NTSTATUS follow_forwarder(const char* forwarder, Module* importer, Binding& binding, Wanted& wanted) {
    const char* dot = crt::find_last(forwarder, '.');
    if (!dot) return STATUS_INVALID_IMAGE_FORMAT;
    const auto length = static_cast<SIZE_T>(dot - forwarder);
    if (!binding.target || length != binding.forwarder_length ||
        !same_text(forwarder, binding.forwarder, length)) {
        Module* target;
        const NTSTATUS status = load_forwarded(forwarder, length, importer, target);
        if (!NT_SUCCESS(status)) return status;
        binding.forwarder = forwarder;
        binding.forwarder_length = length;
        binding.target = target;
        binding.target_cursor = {};
    }
    wanted = {};
    if (dot[1] == '#') {
        wanted.ordinal = static_cast<ULONG>(crt::parse_number(dot + 2, 10, 0xffff).magnitude);
    } else {
        wanted.name = {dot + 1, rtl::length(dot + 1) + 1};
        wanted.hint = ~0u;
    }
    return STATUS_SUCCESS;
}

const Exports& exports_of(Module& module) {
    if (!module.exports_open) {
        module.exports = Exports::open(module.image);
        module.exports_open = true;
    }
    return module.exports;
}

// False for a name outside the image.
bool read_wanted(const Image& image, const IMAGE_THUNK_DATA& name, Wanted& wanted) {
    wanted = {};
    if (IMAGE_SNAP_BY_ORDINAL64(name.Ordinal)) {
        wanted.ordinal = IMAGE_ORDINAL64(name.Ordinal);
        return true;
    }
    if (name.AddressOfData >= image.size()) return false;
    const auto rva = static_cast<ULONG>(name.AddressOfData);
    const auto* hint = image.at<USHORT>(rva);
    const auto* text = hint ? image.at<char>(rva + sizeof(USHORT)) : nullptr;
    if (!text) return false;
    wanted.name = {text, image.size() - rva - sizeof(USHORT)};
    wanted.hint = *hint;
    return true;
}

NTSTATUS snap_one(Module* module, Module* from, const char* dll, Binding& binding,
                  const IMAGE_THUNK_DATA& name, IMAGE_THUNK_DATA& target) {
    PVOID address = nullptr;
    Wanted wanted;
    if (!read_wanted(module->image, name, wanted)) return STATUS_INVALID_IMAGE_FORMAT;
    NTSTATUS status = resolve_export(from, wanted, module, binding, address);
    if (status == STATUS_ENTRYPOINT_NOT_FOUND || status == STATUS_ORDINAL_NOT_FOUND) {
        const bool by_name = wanted.name.text;
        if (by_name && !module->image.string(static_cast<ULONG>(name.AddressOfData + sizeof(USHORT))))
            return STATUS_INVALID_IMAGE_FORMAT;
        address = missing_function(
            dll, by_name ? wanted.name.text : reinterpret_cast<const char*>(IMAGE_ORDINAL64(name.Ordinal)));
        status = address ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status)) target.Function = reinterpret_cast<ULONGLONG>(address);
    return status;
}

NTSTATUS snap_dll(Module* module, const Imports& imports) {
    Path path;
    if (!widen(imports.dll(), rtl::length(imports.dll()), path)) return STATUS_INVALID_IMAGE_FORMAT;
    Module* from;
    NTSTATUS status = load_module(path.string(), loader.search_path, from);
    if (!NT_SUCCESS(status)) {
        DbgPrint("%wZ: cannot load %s: status %08x\n", &module->entry.BaseDllName, imports.dll(),
                 static_cast<ULONG>(status));
        tell_dll_failure(status, path.string());
        return status;
    }
    const bool kept = add_dependency(module, from);
    if (from->references != pinned) --from->references;
    if (!kept) return STATUS_NO_MEMORY;
    Binding binding = {};
    for (SIZE_T i = 0; i < imports.count(); ++i) {
        // The target slot is the name slot in images without a separate name table: take the name first.
        const IMAGE_THUNK_DATA name = imports.names()[i];
        status = snap_one(module, from, imports.dll(), binding, name, imports.targets()[i]);
        if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS resolve_export(Module* module, Wanted wanted, Module* importer, Binding& binding, PVOID& address) {
    Exports::Cursor* cursor = &binding.cursor;
    for (unsigned depth = 0; depth < max_depth; ++depth) {
        Export found;
        const Exports& exports = exports_of(*module);
        NTSTATUS status = wanted.name.text ? exports.find(wanted.name, wanted.hint, *cursor, found)
                                           : exports.find(wanted.ordinal, found);
        if (!NT_SUCCESS(status)) return status;
        if (!found.forwarder) {
            address = module->image.base() + found.rva;
            return STATUS_SUCCESS;
        }
        status = follow_forwarder(found.forwarder, importer, binding, wanted);
        if (!NT_SUCCESS(status)) return status;
        module = binding.target;
        cursor = &binding.target_cursor;
    }
    return STATUS_INVALID_IMAGE_FORMAT;
}

NTSTATUS snap_imports(Module* module) {
    Imports imports(module->image);
    for (;;) {
        bool more;
        NTSTATUS status = imports.next(more);
        if (!NT_SUCCESS(status) || !more) return status;
        if (!imports.count()) continue;
        if (in_writable_section(module->image, imports.targets())) {
            status = snap_dll(module, imports);
        } else {
            Writable writable(imports.targets(), imports.count() * sizeof(IMAGE_THUNK_DATA));
            status = writable.status();
            if (NT_SUCCESS(status)) status = snap_dll(module, imports);
        }
        if (!NT_SUCCESS(status)) return status;
    }
}

}  // namespace ldr
