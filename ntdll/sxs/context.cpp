// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/sxs/context.hpp"
#include "ntdll/sxs/locate.hpp"

namespace sxs {
namespace {

constexpr ULONG most_assemblies = 256;

RTL_SRWLOCK lock = RTL_SRWLOCK_INIT;
LIST_ENTRY contexts = {&contexts, &contexts};
Context* default_context;
volatile LONG made;

class Locked {
public:
    Locked() { RtlAcquireSRWLockExclusive(&lock); }
    ~Locked() { RtlReleaseSRWLockExclusive(&lock); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
};

Context* allocate() {
    auto* context =
        static_cast<Context*>(RtlAllocateHeap(rtl::process_heap(), HEAP_ZERO_MEMORY, sizeof(Context)));
    if (context) context->references = 1;
    return context;
}

void destroy(Context* context) {
    context->arena.~Arena();
    RtlFreeHeap(rtl::process_heap(), 0, context);
}

bool has(const Context& context, const Identity& wanted) {
    bool found = false;
    context.assemblies.each([&](const Assembly& assembly) {
        const Identity& there = assembly.identity;
        const bool any = wanted.architecture.empty() || wanted.architecture == u"*" ||
                         same(wanted.architecture, there.architecture);
        found |= any && same(there.name, wanted.name) && same(there.token, wanted.token);
    });
    return found;
}

void tell_missing(const Identity& wanted) {
    UNICODE_STRING name = unicode(wanted.name);
    DbgPrint("there is no assembly %wZ %u.%u.%u.%u\n", &name, wanted.version.major, wanted.version.minor,
             wanted.version.build, wanted.version.revision);
}

// Those that are NT's own, comctl32 version 6 above all, are on every machine that the author of a program or
// DLL thought of, and not here.
bool of_nt(const Identity& wanted) {
    constexpr Text own = u"Microsoft.Windows.";
    return wanted.name.size() > own.size() && same(wanted.name.substr(0, own.size()), own);
}

// What is missing is an error unless it may be; `lenient` goes on without what is NT's own, and tells.
NTSTATUS add_dependency(Context& context, const Identity& wanted, bool lenient) {
    if (has(context, wanted)) return STATUS_SUCCESS;
    if (context.assemblies.count == most_assemblies) return STATUS_SXS_CANT_GEN_ACTCTX;
    auto* found = context.arena.make<List<Assembly>::Node>();
    if (!found) return STATUS_NO_MEMORY;
    const NTSTATUS status = find_assembly(wanted, context.folder, context.arena, found->value);
    if (NT_SUCCESS(status)) {
        context.assemblies.link(found);
        return status;
    }
    if (status == STATUS_NO_MEMORY) return status;
    if (!wanted.optional) tell_missing(wanted);
    return wanted.optional || (lenient && of_nt(wanted)) ? STATUS_SUCCESS : STATUS_SXS_CANT_GEN_ACTCTX;
}

NTSTATUS add_dependencies(Context& context, bool lenient) {
    NTSTATUS status = STATUS_SUCCESS;
    // Those that are added on the way have dependencies of their own.
    for (ULONG i = 0; i < context.assemblies.count && NT_SUCCESS(status); ++i) {
        context.assemblies.at(i)->dependencies.each([&](const Identity& wanted) {
            if (NT_SUCCESS(status)) status = add_dependency(context, wanted, lenient);
        });
    }
    return status;
}

NTSTATUS fill(Context& context, const Source& source, bool lenient) {
    Text text;
    NTSTATUS status = decode_document(source.bytes, source.size, context.arena, text);
    if (!NT_SUCCESS(status)) return status;
    Assembly* root = context.assemblies.add(context.arena);
    if (!root) return STATUS_NO_MEMORY;
    status = read_manifest(text, context.arena, *root);
    if (!NT_SUCCESS(status)) return status;
    root->manifest_path = source.path;
    root->path_type = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
    root->written = source.written;
    root->directory = context.folder;
    status = add_dependencies(context, lenient);
    if (!NT_SUCCESS(status)) return status;
    const LONG number = __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
    return build_sections(context.assemblies, static_cast<ULONG>(number) * 0x10001, context.arena,
                          context.sections);
}

void publish(Context* context) {
    Locked locked;
    InsertTailList(&contexts, &context->links);
}

Text path_of(PVOID module, Arena& arena) {
    UNICODE_STRING name = {};
    WCHAR* room = arena.make<WCHAR>(0x1000);
    if (!room) return {};
    name = {0, 0x1ffe, room};
    const NTSTATUS status = LdrGetDllFullName(module, &name);
    return NT_SUCCESS(status) ? Text(room, name.Length / sizeof(WCHAR)) : Text();
}

NTSTATUS check(const ACTCTXW& wanted) {
    constexpr ULONG known = 0xff;
    constexpr ULONG least = offsetof(ACTCTXW, wProcessorArchitecture);
    constexpr USHORT amd64 = 9;
    const ULONG flags = wanted.dwFlags;
    if (wanted.cbSize < least || (flags & ~known)) return STATUS_INVALID_PARAMETER;
    const ULONG needed = flags & ACTCTX_FLAG_HMODULE_VALID              ? sizeof(ACTCTXW)
                         : flags & ACTCTX_FLAG_APPLICATION_NAME_VALID   ? offsetof(ACTCTXW, hModule)
                         : flags & ACTCTX_FLAG_RESOURCE_NAME_VALID      ? offsetof(ACTCTXW, lpApplicationName)
                         : flags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID ? offsetof(ACTCTXW, lpResourceName)
                         : flags & (ACTCTX_FLAG_LANGID_VALID | ACTCTX_FLAG_PROCESSOR_ARCHITECTURE_VALID)
                             ? offsetof(ACTCTXW, lpAssemblyDirectory)
                             : least;
    if (wanted.cbSize < needed) return STATUS_INVALID_PARAMETER;
    const bool module = flags & ACTCTX_FLAG_HMODULE_VALID;
    if (!wanted.lpSource && !module) return STATUS_INVALID_PARAMETER;
    if (module && !(flags & ACTCTX_FLAG_RESOURCE_NAME_VALID)) return STATUS_INVALID_PARAMETER;
    if ((flags & ACTCTX_FLAG_RESOURCE_NAME_VALID) && !wanted.lpResourceName) return STATUS_INVALID_PARAMETER;
    if ((flags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID) && !wanted.lpAssemblyDirectory)
        return STATUS_INVALID_PARAMETER;
    if ((flags & ACTCTX_FLAG_PROCESSOR_ARCHITECTURE_VALID) && wanted.wProcessorArchitecture != amd64)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// An absolute lpSource is taken as it is, another one below the assembly directory where there is one.
Text source_path(const ACTCTXW& wanted, Arena& arena) {
    const Text given = text_of(wanted.lpSource);
    const bool relative =
        wanted.lpSource && RtlDetermineDosPathNameType_U(wanted.lpSource) == RtlPathTypeRelative;
    if (relative && (wanted.dwFlags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID)) {
        const Text below = join(arena, text_of(wanted.lpAssemblyDirectory), u"\\", given);
        return below.empty() ? Text() : full_path(below, arena);
    }
    return given.empty() ? Text() : full_path(given, arena);
}

NTSTATUS read_source(const ACTCTXW& wanted, Arena& arena, Source& source) {
    const ULONG flags = wanted.dwFlags;
    const USHORT language = flags & ACTCTX_FLAG_LANGID_VALID ? wanted.wLangId : 0;
    const auto name = reinterpret_cast<ULONG_PTR>(wanted.lpResourceName);
    if (flags & ACTCTX_FLAG_HMODULE_VALID) {
        PVOID module = wanted.hModule ? wanted.hModule : rtl::peb()->ImageBaseAddress;
        source.path = path_of(module, arena);
        if (source.path.empty()) return STATUS_DLL_NOT_FOUND;
        return read_resource(module, name, language, arena, source);
    }
    const Text path = source_path(wanted, arena);
    if (path.empty()) return STATUS_OBJECT_NAME_INVALID;
    return flags & ACTCTX_FLAG_RESOURCE_NAME_VALID ? read_image_file(path, name, language, arena, source)
                                                   : read_file(path, arena, source);
}

NTSTATUS set_folder(const ACTCTXW* wanted, const Source& source, Context& context) {
    Text folder = folder_of(source.path);
    if (wanted && (wanted->dwFlags & ACTCTX_FLAG_ASSEMBLY_DIRECTORY_VALID)) {
        folder = full_path(text_of(wanted->lpAssemblyDirectory), context.arena);
        if (!folder.empty() && folder.back() != '\\') folder = join(context.arena, folder, u"\\");
        if (folder.empty()) return STATUS_NO_MEMORY;
    }
    context.folder = folder;
    return STATUS_SUCCESS;
}

NTSTATUS make_default(Context* context) {
    Locked locked;
    if (default_context) return STATUS_SXS_PROCESS_DEFAULT_ALREADY_SET;
    default_context = context;
    ++context->references;
    return STATUS_SUCCESS;
}

// A context of a manifest that was read, if there is one.
NTSTATUS of_source(Context* context, const Source& source, NTSTATUS read, Context*& made_context) {
    made_context = nullptr;
    NTSTATUS status = read;
    if (NT_SUCCESS(status)) status = set_folder(nullptr, source, *context);
    if (NT_SUCCESS(status)) status = fill(*context, source, true);
    if (NT_SUCCESS(status)) {
        publish(context);
        made_context = context;
        return status;
    }
    if (status == STATUS_SXS_CANT_GEN_ACTCTX) {
        UNICODE_STRING path = unicode(source.path);
        DbgPrint("%wZ: the manifest cannot be used\n", &path);
    }
    destroy(context);
    return NT_SUCCESS(read) || read == STATUS_NO_MEMORY ? status : STATUS_SUCCESS;
}

}  // namespace

NTSTATUS create(const ACTCTXW& wanted, Context*& made_context) {
    NTSTATUS status = check(wanted);
    if (!NT_SUCCESS(status)) return status;
    Context* context = allocate();
    if (!context) return STATUS_NO_MEMORY;
    Source source = {};
    status = read_source(wanted, context->arena, source);
    if (NT_SUCCESS(status)) status = set_folder(&wanted, source, *context);
    if (NT_SUCCESS(status)) status = fill(*context, source, false);
    if (NT_SUCCESS(status) && (wanted.dwFlags & ACTCTX_FLAG_SET_PROCESS_DEFAULT))
        status = make_default(context);
    if (!NT_SUCCESS(status)) {
        destroy(context);
        return status;
    }
    publish(context);
    made_context = context;
    return STATUS_SUCCESS;
}

NTSTATUS create_process_default() {
    Context* context = allocate();
    if (!context) return STATUS_NO_MEMORY;
    const UNICODE_STRING& program = rtl::peb()->ProcessParameters->ImagePathName;
    Source source = {};
    source.path = context->arena.copy({program.Buffer, program.Length / sizeof(WCHAR)});
    NTSTATUS status = read_resource(rtl::peb()->ImageBaseAddress, CREATEPROCESS_MANIFEST_RESOURCE_ID, 0,
                                    context->arena, source);
    if (!NT_SUCCESS(status)) {
        const Text beside = join(context->arena, source.path, u".manifest");
        status = beside.empty() ? STATUS_NO_MEMORY : read_file(beside, context->arena, source);
    }
    return of_source(context, source, status, default_context);
}

NTSTATUS create_for_module(PVOID base, const UNICODE_STRING& path, Context*& made_context) {
    made_context = nullptr;
    const LDR_RESOURCE_INFO info = {24, ISOLATIONAWARE_MANIFEST_RESOURCE_ID, 0};
    PIMAGE_RESOURCE_DATA_ENTRY entry;
    if (!NT_SUCCESS(LdrFindResource_U(base, &info, 3, &entry))) return STATUS_SUCCESS;
    Context* context = allocate();
    if (!context) return STATUS_NO_MEMORY;
    Source source = {};
    source.path = context->arena.copy({path.Buffer, path.Length / sizeof(WCHAR)});
    const NTSTATUS status =
        read_resource(base, ISOLATIONAWARE_MANIFEST_RESOURCE_ID, 0, context->arena, source);
    return of_source(context, source, status, made_context);
}

Context* reference(HANDLE handle) {
    Locked locked;
    for (PLIST_ENTRY link = contexts.Flink; link != &contexts; link = link->Flink) {
        Context* context = CONTAINING_RECORD(link, Context, links);
        if (context != handle) continue;
        ++context->references;
        return context;
    }
    return nullptr;
}

void release(Context* context) {
    if (!context) return;
    {
        Locked locked;
        if (--context->references) return;
        RemoveEntryList(&context->links);
    }
    destroy(context);
}

Context* process_default() {
    return default_context;
}

Context* active() {
    const RTL_ACTIVATION_CONTEXT_STACK_FRAME* top = rtl::teb()->ActivationContextStackPointer->ActiveFrame;
    // A frame of the null context stands for the process's own.
    auto* context = top ? static_cast<Context*>(top->ActivationContext) : nullptr;
    return context ? context : default_context;
}

Text redirected(Text dll, Arena& arena) {
    Context* const top = active();
    Context* const candidates[] = {top, default_context == top ? nullptr : default_context};
    for (Context* context : candidates) {
        if (!context) continue;
        const Found found = find(context->sections[ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION], dll);
        if (!found.length) continue;
        const Assembly* assembly = context->assemblies.at(found.roster - 1);
        const File* file = nullptr;
        assembly->files.each([&](const File& one) {
            if (!file && same(one.name, dll)) file = &one;
        });
        if (!file) return {};
        return file->load_from.empty() ? join(arena, assembly->directory, file->name)
                                       : full_path(file->load_from, arena);
    }
    return {};
}

Activated::Activated(Context* context) : frame_(), pushed_(context) {
    if (!pushed_) return;
    ACTIVATION_CONTEXT_STACK& stack = *rtl::teb()->ActivationContextStackPointer;
    frame_.Previous = stack.ActiveFrame;
    frame_.ActivationContext = context;
    stack.ActiveFrame = &frame_;
}

// A DLL's routine may have left frames of its own on top.
Activated::~Activated() {
    if (pushed_) pop_frames(&frame_);
}

}  // namespace sxs
