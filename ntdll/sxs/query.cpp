// SPDX-License-Identifier: GPL-3.0-only
// What programs ask about activation contexts.
#include "ntdll/sxs/context.hpp"
#include "ntdll/sxs/locate.hpp"

namespace sxs {
namespace {

// The answer: a structure with texts behind it, as far as there is room. Nothing is written unless all fits.
class Answer {
public:
    Answer(PVOID to, SIZE_T size, SIZE_T fixed, PSIZE_T length)
        : to_(static_cast<char*>(to)), size_(size), needed_(fixed), length_(length) {}

    // Where the text will be; null for an empty one.
    PCWSTR add(Text text) {
        if (text.empty()) return nullptr;
        const SIZE_T at = needed_;
        needed_ += (text.size() + 1) * sizeof(WCHAR);
        if (to_ && needed_ <= size_) {
            rtl::copy(to_ + at, text.data(), text.size() * sizeof(WCHAR));
            rtl::zero(to_ + needed_ - sizeof(WCHAR), sizeof(WCHAR));
        }
        return reinterpret_cast<PCWSTR>(to_ + at);
    }
    void add_bytes(SIZE_T count) { needed_ += count; }
    bool fits() const {
        if (length_) *length_ = needed_;
        return to_ && needed_ <= size_;
    }
    template <typename T>
    NTSTATUS give(const T& value) const {
        if (!fits()) return STATUS_BUFFER_TOO_SMALL;
        rtl::copy(to_, &value, sizeof(value));
        return STATUS_SUCCESS;
    }

private:
    char* to_;
    SIZE_T size_, needed_;
    PSIZE_T length_;
};

ULONG characters(Text text) {
    return static_cast<ULONG>(text.size());
}
ULONG bytes(Text text) {
    return static_cast<ULONG>(text.size() * sizeof(WCHAR));
}

NTSTATUS detailed(const Context* context, PVOID to, SIZE_T size, PSIZE_T length) {
    ACTIVATION_CONTEXT_DETAILED_INFORMATION information = {};
    Answer answer(to, size, sizeof(information), length);
    information.ulFormatVersion = context ? 1 : 0;
    information.ulRootConfigurationPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
    information.ulRootManifestPathType = information.ulAppDirPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
    if (context) {
        const Assembly& root = *context->assemblies.at(0);
        information.ulAssemblyCount = context->assemblies.count;
        information.ulRootManifestPathType = root.path_type;
        information.ulRootManifestPathChars = characters(root.manifest_path);
        information.ulAppDirPathType = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
        information.ulAppDirPathChars = characters(context->folder);
        information.lpRootManifestPath = answer.add(root.manifest_path);
        information.lpAppDirPath = answer.add(context->folder);
    }
    return answer.give(information);
}

// `,name="value"` with quotes in the value as references.
Text append_part(Arena& arena, Text text, Text name, Text value) {
    if (value.empty()) return text;
    Text quoted = {};
    while (!value.empty()) {
        const SIZE_T at = value.find_first_of(u"\"&");
        const Text plain = value.substr(0, at);
        const Text special = at == Text::npos ? Text() : value[at] == '"' ? Text(u"&quot;") : Text(u"&amp;");
        quoted = join(arena, quoted, plain, special);
        value = at == Text::npos ? Text() : value.substr(at + 1);
    }
    const Text head = join(arena, text, u",", name, u"=\"");
    return join(arena, head, quoted, u"\"");
}

Text version_text(const Version& version, Arena& arena) {
    auto* room = arena.make<WCHAR>(24);
    if (!room) return {};
    SIZE_T count = 0;
    const USHORT parts[] = {version.major, version.minor, version.build, version.revision};
    for (const USHORT part : parts) {
        WCHAR digits[6];
        SIZE_T used = 0;
        ULONG left = part;
        do
            digits[used++] = static_cast<WCHAR>('0' + left % 10);
        while (left /= 10);
        if (count) room[count++] = '.';
        while (used)
            room[count++] = digits[--used];
    }
    return {room, count};
}

// The name and its attributes in the order of the alphabet.
Text encoded(const Identity& identity, Arena& arena) {
    Text text = identity.name;
    if (identity.language != u"*") text = append_part(arena, text, u"language", identity.language);
    text = append_part(arena, text, u"processorArchitecture", identity.architecture);
    text = append_part(arena, text, u"publicKeyToken", identity.token);
    text = append_part(arena, text, u"type", identity.type);
    if (!identity.has_version) return text;
    return append_part(arena, text, u"version", version_text(identity.version, arena));
}

NTSTATUS assembly(const Context* context, const ULONG* index, PVOID to, SIZE_T size, PSIZE_T length) {
    const Assembly* found = context && index && *index ? context->assemblies.at(*index - 1) : nullptr;
    if (!found) return STATUS_INVALID_PARAMETER;
    Arena arena;
    ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION information = {};
    Answer answer(to, size, sizeof(information), length);
    const Text identity = encoded(found->identity, arena);
    information.ulFlags = *index == 1 ? 1 : 0;  // the root
    information.ulEncodedAssemblyIdentityLength = bytes(identity);
    information.ulManifestPathType = found->path_type;
    information.ulManifestPathLength = bytes(found->manifest_path);
    information.liManifestLastWriteTime = found->written;
    information.ulPolicyPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
    information.ulManifestVersionMajor = 1;
    information.ulAssemblyDirectoryNameLength = bytes(found->directory_name);
    information.ulFileCount = found->files.count;
    information.lpAssemblyEncodedAssemblyIdentity = answer.add(identity);
    information.lpAssemblyManifestPath = answer.add(found->manifest_path);
    information.lpAssemblyDirectoryName = answer.add(found->directory_name);
    return answer.give(information);
}

NTSTATUS file(const Context* context, const ACTIVATION_CONTEXT_QUERY_INDEX* index, PVOID to, SIZE_T size,
              PSIZE_T length) {
    const Assembly* in = context && index && index->ulAssemblyIndex
                             ? context->assemblies.at(index->ulAssemblyIndex - 1)
                             : nullptr;
    const File* found = in ? in->files.at(index->ulFileIndexInAssembly) : nullptr;
    if (!found) return STATUS_INVALID_PARAMETER;
    ASSEMBLY_FILE_DETAILED_INFORMATION information = {};
    Answer answer(to, size, sizeof(information), length);
    information.ulFlags = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT;
    information.ulFilenameLength = bytes(found->name);
    information.ulPathLength = bytes(found->load_from);
    information.lpFileName = answer.add(found->name);
    information.lpFilePath = answer.add(found->load_from);
    return answer.give(information);
}

NTSTATUS run_level(const Context* context, PVOID to, SIZE_T size, PSIZE_T length) {
    ACTIVATION_CONTEXT_RUN_LEVEL_INFORMATION information = {};
    Answer answer(to, size, sizeof(information), length);
    if (context) {
        information.RunLevel = context->assemblies.at(0)->run_level;
        information.UiAccess = context->assemblies.at(0)->ui_access;
    }
    return answer.give(information);
}

NTSTATUS compatibility(const Context* context, PVOID to, SIZE_T size, PSIZE_T length) {
    using Information = ACTIVATION_CONTEXT_COMPATIBILITY_INFORMATION;
    const ULONG count = context ? context->assemblies.at(0)->compatible.count : 0;
    Answer answer(to, size, count ? offsetof(Information, Elements) : sizeof(ULONG), length);
    answer.add_bytes(count * sizeof(COMPATIBILITY_CONTEXT_ELEMENT));
    const NTSTATUS status = answer.give(count);
    if (!NT_SUCCESS(status) || !count) return status;
    auto* element = static_cast<Information*>(to)->Elements;
    context->assemblies.at(0)->compatible.each(
        [&element](const Compatible& one) { *element++ = {one.id, one.type, one.tested}; });
    return STATUS_SUCCESS;
}

NTSTATUS basic(Context* context, bool referenced, PVOID to, SIZE_T size, PSIZE_T length) {
    ACTIVATION_CONTEXT_BASIC_INFORMATION information = {};
    Answer answer(to, size, sizeof(information), length);
    information.ActivationContext = context;
    const NTSTATUS status = answer.give(information);
    if (NT_SUCCESS(status) && referenced && context) reference(context);
    return status;
}

NTSTATUS answer(ULONG flags, Context* context, const void* instance, ULONG kind, PVOID to, SIZE_T size,
                PSIZE_T length) {
    switch (kind) {
        case ActivationContextBasicInformation:
            return basic(context, !(flags & RTL_QUERY_ACTIVATION_CONTEXT_FLAG_NO_ADDREF), to, size, length);
        case ActivationContextDetailedInformation:
            return detailed(context, to, size, length);
        case AssemblyDetailedInformationInActivationContext:
            return assembly(context, static_cast<const ULONG*>(instance), to, size, length);
        case FileInformationInAssemblyOfAssemblyInActivationContext:
            return file(context, static_cast<const ACTIVATION_CONTEXT_QUERY_INDEX*>(instance), to, size,
                        length);
        case RunlevelInformationInActivationContext:
            return run_level(context, to, size, length);
        case CompatibilityInformationInActivationContext:
            return compatibility(context, to, size, length);
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

// The context that a question is about, with a reference; null for a process without one.
NTSTATUS subject(ULONG flags, HANDLE handle, Context*& context) {
    constexpr ULONG module =
        RTL_QUERY_ACTIVATION_CONTEXT_FLAG_IS_MODULE | RTL_QUERY_ACTIVATION_CONTEXT_FLAG_IS_ADDRESS;
    constexpr ULONG known =
        module | RTL_QUERY_ACTIVATION_CONTEXT_FLAG_USE_ACTIVE | RTL_QUERY_ACTIVATION_CONTEXT_FLAG_NO_ADDREF;
    context = nullptr;
    if (flags & ~known) return STATUS_INVALID_PARAMETER;
    Context* wanted = nullptr;
    if (flags & RTL_QUERY_ACTIVATION_CONTEXT_FLAG_USE_ACTIVE) {
        if (handle) return STATUS_INVALID_PARAMETER;
        const auto* top = rtl::teb()->ActivationContextStackPointer->ActiveFrame;
        wanted = top ? static_cast<Context*>(top->ActivationContext) : nullptr;
        if (!wanted) return STATUS_SUCCESS;
    } else if (flags & module) {
        PLDR_DATA_TABLE_ENTRY entry;
        if (!handle || !NT_SUCCESS(LdrFindEntryForAddress(handle, &entry))) return STATUS_DLL_NOT_FOUND;
        if ((flags & RTL_QUERY_ACTIVATION_CONTEXT_FLAG_IS_MODULE) && entry->DllBase != handle)
            return STATUS_DLL_NOT_FOUND;
        wanted = reinterpret_cast<Context*>(entry->EntryPointActivationContext);
        if (!wanted) return STATUS_SUCCESS;
    } else {
        wanted = handle ? static_cast<Context*>(handle) : process_default();
        if (!wanted) return STATUS_SUCCESS;
    }
    context = reference(wanted);
    return context ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

const Setting* setting(const Context& context, Text space, Text name) {
    const Setting* found = nullptr;
    context.assemblies.at(0)->settings.each([&](const Setting& one) {
        if (!found && one.name == name && one.space == space) found = &one;
    });
    return found;
}

// Data's fields up to the roster index are always given, those behind as far as they are asked for and there
// is room.
NTSTATUS give(Context& context, const Section& section, Found found, ULONG flags,
              ACTCTX_SECTION_KEYED_DATA& data) {
    const ULONG size = data.cbSize;
    data.ulDataFormatVersion = 1;
    data.lpData = section.base + found.offset;
    data.ulLength = found.length;
    data.lpSectionGlobalData = nullptr;
    data.ulSectionGlobalDataLength = 0;
    data.lpSectionBase = section.base;
    data.ulSectionTotalLength = section.size;
    data.hActCtx = nullptr;
    if (flags & FIND_ACTCTX_SECTION_KEY_RETURN_HACTCTX) data.hActCtx = reference(&context);
    if (size >= offsetof(ACTCTX_SECTION_KEYED_DATA, ulFlags)) data.ulAssemblyRosterIndex = found.roster;
    if (size >= offsetof(ACTCTX_SECTION_KEYED_DATA, AssemblyMetadata)) {
        data.ulFlags = (flags & FIND_ACTCTX_SECTION_KEY_RETURN_FLAGS) && &context == process_default()
                           ? ACTIVATION_CONTEXT_SECTION_KEYED_DATA_FLAG_FOUND_IN_PROCESS_DEFAULT
                           : 0;
    }
    if (size >= sizeof(data)) rtl::zero(&data.AssemblyMetadata, sizeof(data.AssemblyMetadata));
    return STATUS_SUCCESS;
}

template <typename Key>
NTSTATUS find_key(ULONG flags, ULONG kind, const Key& key, ACTCTX_SECTION_KEYED_DATA* data) {
    constexpr ULONG known = FIND_ACTCTX_SECTION_KEY_RETURN_HACTCTX | FIND_ACTCTX_SECTION_KEY_RETURN_FLAGS |
                            FIND_ACTCTX_SECTION_KEY_RETURN_ASSEMBLY_METADATA;
    if (flags & ~known) return STATUS_INVALID_PARAMETER;
    if (data && data->cbSize < offsetof(ACTCTX_SECTION_KEYED_DATA, ulAssemblyRosterIndex))
        return STATUS_INVALID_PARAMETER;
    Context* const top = active();
    Context* const candidates[] = {top, process_default() == top ? nullptr : process_default()};
    NTSTATUS status = STATUS_SXS_SECTION_NOT_FOUND;
    for (Context* context : candidates) {
        if (!context || kind >= section_count || !context->sections[kind].base) continue;
        const Found found = find(context->sections[kind], key);
        status = STATUS_SXS_KEY_NOT_FOUND;
        if (!found.length) continue;
        return data ? give(*context, context->sections[kind], found, flags, *data) : STATUS_SUCCESS;
    }
    return status;
}

}  // namespace
}  // namespace sxs

extern "C" {

NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID* Extension, ULONG Section,
                                                     PCUNICODE_STRING Name, PVOID Data) {
    if (Extension || !Name || !Name->Buffer) return STATUS_INVALID_PARAMETER;
    const sxs::Text key(Name->Buffer, Name->Length / sizeof(WCHAR));
    return sxs::find_key(Flags, Section, key, static_cast<ACTCTX_SECTION_KEYED_DATA*>(Data));
}

NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID* Extension, ULONG Section,
                                                   const GUID* Guid, PVOID Data) {
    if (Extension || !Guid) return STATUS_INVALID_PARAMETER;
    return sxs::find_key(Flags, Section, *Guid, static_cast<ACTCTX_SECTION_KEYED_DATA*>(Data));
}

NTSTATUS NTAPI RtlQueryInformationActivationContext(ULONG Flags, HANDLE Context, PVOID SubInstance,
                                                    ULONG Class, PVOID Information, SIZE_T Size,
                                                    PSIZE_T ReturnLength) {
    sxs::Context* context;
    if (ReturnLength) *ReturnLength = 0;
    NTSTATUS status = sxs::subject(Flags, Context, context);
    if (!NT_SUCCESS(status)) return status;
    status = sxs::answer(Flags, context, SubInstance, Class, Information, Size, ReturnLength);
    sxs::release(context);
    return status;
}

// Sizes in characters, with the terminator.
NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE Context, PCWSTR Namespace,
                                                            PCWSTR Name, PWSTR Buffer, SIZE_T Size,
                                                            PSIZE_T Written) {
    constexpr sxs::Text usual = u"http://schemas.microsoft.com/SMI/2005/WindowsSettings";
    if (Flags || !Name || (!Buffer && Size)) return STATUS_INVALID_PARAMETER;
    if (Written) *Written = 0;
    const sxs::Text space = Namespace ? sxs::text_of(Namespace) : usual;
    if (space.substr(0, 33) != usual.substr(0, 33)) return STATUS_INVALID_PARAMETER;
    sxs::Context* context;
    NTSTATUS status = sxs::subject(0, Context, context);
    if (!NT_SUCCESS(status)) return status;
    const sxs::Setting* found = context ? sxs::setting(*context, space, sxs::text_of(Name)) : nullptr;
    status = STATUS_SXS_KEY_NOT_FOUND;
    if (found) {
        const SIZE_T needed = found->value.size() + 1;
        if (Written) *Written = needed;
        status = Size < needed ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
        if (NT_SUCCESS(status)) {
            rtl::copy(Buffer, found->value.data(), (needed - 1) * sizeof(WCHAR));
            Buffer[needed - 1] = 0;
        }
    }
    sxs::release(context);
    return status;
}

}  // extern "C"
