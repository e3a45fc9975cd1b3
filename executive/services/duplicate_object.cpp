// SPDX-License-Identifier: GPL-3.0-only
#include "abi/nt/ntobapi.h"
#include "executive/ps/process.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr ULONG kKnownOptions = DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS | DUPLICATE_SAME_ATTRIBUTES;

struct Source {
    Ref<ob::Object> object;
    ACCESS_MASK granted;
    ULONG attributes;
};

// Pseudo handles mean the caller's own process and thread, whatever the source process.
Result<Source> resolve_source(ke::Call& call, ps::Process& process, HANDLE handle) {
    if (ob::HandleEntry* entry = process.handles().find(handle))
        return Source{Ref<ob::Object>(entry->object), entry->access, entry->attributes};
    if (reinterpret_cast<int64_t>(handle) >= 0) return fail(STATUS_INVALID_HANDLE);
    ob::Resolved resolved = TRY(ob::resolve_any(call, handle, 0));
    return Source{std::move(resolved.object), resolved.granted, 0};
}

// More than the source handle grants is checked as a fresh open; of what stands for a key or a file there is
// no more, as its open decided what it is.
Result<ACCESS_MASK> access_of_copy(ke::Call& call, const NtDuplicateObjectArgs& args, const Source& source) {
    if (args.Options & DUPLICATE_SAME_ACCESS) return source.granted;
    const ob::Type& type = source.object->type();
    ACCESS_MASK mapped =
        type.map(args.DesiredAccess) & (type.valid_access | ACCESS_SYSTEM_SECURITY | MAXIMUM_ALLOWED);
    if (!(mapped & ~source.granted)) return mapped;
    if (type.secured != ob::Secured::Elsewhere) return ob::check_access(call, *source.object, mapped);
    if (mapped & ~(source.granted | MAXIMUM_ALLOWED)) return fail(STATUS_ACCESS_DENIED);
    return source.granted;
}

Result<void> duplicate(ke::Call& call, const NtDuplicateObjectArgs& args, const Source& source) {
    auto target =
        TRY(ob::resolve<ps::Process>(call, args.TargetProcessHandle, args.TargetProcessHandleAccess));
    if (target->terminating()) return fail(STATUS_PROCESS_IS_TERMINATING);
    ACCESS_MASK access = TRY(access_of_copy(call, args, source));
    ULONG attributes = args.Options & DUPLICATE_SAME_ATTRIBUTES ? source.attributes : args.HandleAttributes;
    TRY(call.probe(args.TargetHandle));
    HANDLE handle = TRY(target->handles().insert(source.object, access, attributes));
    return call.write(args.TargetHandle, handle);
}

}  // namespace

NTSTATUS NtDuplicateObject(ke::Call& call, const NtDuplicateObjectArgs& args) {
    if (args.Options & ~kKnownOptions) return STATUS_INVALID_PARAMETER;
    auto process =
        TRY(ob::resolve<ps::Process>(call, args.SourceProcessHandle, args.SourceProcessHandleAccess));
    Source source = TRY(resolve_source(call, *process, args.SourceHandle));
    if (!args.TargetProcessHandle && !(args.Options & DUPLICATE_CLOSE_SOURCE))
        return STATUS_INVALID_PARAMETER;
    // The source is closed even when the copy fails, as its giver no longer counts on it.
    NTSTATUS status = args.TargetProcessHandle ? to_status(duplicate(call, args, source)) : STATUS_SUCCESS;
    if (!(args.Options & DUPLICATE_CLOSE_SOURCE)) return status;
    NTSTATUS closed = to_status(process->handles().close(args.SourceHandle));
    return status == STATUS_SUCCESS ? closed : status;
}
