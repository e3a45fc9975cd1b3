// SPDX-License-Identifier: GPL-3.0-only
//
// Services on object directories and symbolic links.
#include "abi/nt/ntobapi.h"
#include "executive/ke/slice.hpp"
#include "executive/ob/ob.hpp"
#include "executive/services.hpp"

namespace {

using namespace base;

// The bytes an entry takes in the caller's buffer.
size_t entry_size(const ob::Object& entry) {
    return sizeof(OBJECT_DIRECTORY_INFORMATION) + 2 * (entry.name().size() + 1) +
           2 * (entry.type().view().size() + 1);
}

constexpr ULONG kMostAtOnce = 32;

struct Listing {
    ob::Object* first;
    ULONG count = 0;
    bool complete = true;
};

// Which entries from `first` on fit, beside the all-zero entry that ends the array.
// No more than a slice of them, for whoever gets a part asks again.
Listing choose_entries(ob::Directory& directory, ob::Object* first, size_t room, bool single) {
    Listing listing{first};
    size_t used = sizeof(OBJECT_DIRECTORY_INFORMATION);
    for (ob::Object* entry = first; entry; entry = directory.next(*entry)) {
        used += entry_size(*entry);
        if (used > room || listing.count == (single ? 1 : kMostAtOnce)) {
            listing.complete = false;
            break;
        }
        ++listing.count;
    }
    return listing;
}

Result<void> append_listing(ob::Answer& answer, ob::Directory& directory, const Listing& listing) {
    constexpr size_t kEntry = sizeof(OBJECT_DIRECTORY_INFORMATION);
    size_t array = TRY(answer.reserve(kEntry * (listing.count + size_t{1})));
    ob::Object* entry = listing.first;
    for (ULONG i = 0; i < listing.count; ++i, entry = directory.next(*entry)) {
        OBJECT_DIRECTORY_INFORMATION information;
        information.Name = TRY(answer.append_string(entry->name()));
        information.TypeName = TRY(answer.append_string(entry->type().view()));
        answer.put(array + i * kEntry, information);
    }
    return {};
}

}  // namespace

NTSTATUS NtCreateDirectoryObject(ke::Call& call, const NtCreateDirectoryObjectArgs& args) {
    Ref<ob::Directory> directory = TRY(ob::Directory::create());
    // Nameless ones have a descriptor too.
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    return TRY(
        ob::create_handle(call, attributes, std::move(directory), args.DesiredAccess, args.DirectoryHandle));
}

NTSTATUS NtOpenDirectoryObject(ke::Call& call, const NtOpenDirectoryObjectArgs& args) {
    return to_status(
        ob::open_named<ob::Directory>(call, args.ObjectAttributes, args.DesiredAccess, args.DirectoryHandle));
}

NTSTATUS NtQueryDirectoryObject(ke::Call& call, const NtQueryDirectoryObjectArgs& args) {
    auto* directory = TRY(ob::borrow<ob::Directory>(call, args.DirectoryHandle, args.DirectoryHandleAccess));
    ULONG first = TRY(call.read(args.Context));
    if (args.RestartScan) first = 0;
    ke::Slice slice;
    bool found = false;
    ob::Object* next = directory->seek(first, slice, found);
    if (!found) return call.again({});
    if (!next) return STATUS_NO_MORE_ENTRIES;
    Listing listing = choose_entries(*directory, next, args.Buffer.length, args.ReturnSingleEntry);
    if (listing.count == 0) {
        size_t needed = sizeof(OBJECT_DIRECTORY_INFORMATION) + entry_size(*next);
        TRY(call.write(args.ReturnLength, static_cast<ULONG>(needed)));
        return args.ReturnSingleEntry ? STATUS_BUFFER_TOO_SMALL : STATUS_MORE_ENTRIES;
    }
    ob::Answer answer(args.Buffer);
    TRY(append_listing(answer, *directory, listing));
    NTSTATUS status = answer.deliver(call, args.ReturnLength);
    // Where the next call begins, which this one must not find when it is made again.
    if (NT_SUCCESS(status)) TRY(call.write(args.Context, first + listing.count));
    if (status != STATUS_SUCCESS || listing.complete || args.ReturnSingleEntry) return status;
    return STATUS_MORE_ENTRIES;
}

NTSTATUS NtCreateSymbolicLinkObject(ke::Call& call, const NtCreateSymbolicLinkObjectArgs& args) {
    String target = TRY(call.capture_string(args.LinkTarget));
    if (target.empty()) return STATUS_INVALID_PARAMETER;
    if (!target.view().starts_with(u'\\')) return STATUS_OBJECT_PATH_SYNTAX_BAD;
    Ref<ob::SymbolicLink> link = TRY(ob::SymbolicLink::create(target));
    return TRY(
        ob::create_handle(call, args.ObjectAttributes, std::move(link), args.DesiredAccess, args.LinkHandle));
}

NTSTATUS NtOpenSymbolicLinkObject(ke::Call& call, const NtOpenSymbolicLinkObjectArgs& args) {
    return to_status(
        ob::open_named<ob::SymbolicLink>(call, args.ObjectAttributes, args.DesiredAccess, args.LinkHandle));
}

NTSTATUS NtQuerySymbolicLinkObject(ke::Call& call, const NtQuerySymbolicLinkObjectArgs& args) {
    auto* link = TRY(ob::borrow<ob::SymbolicLink>(call, args.LinkHandle, args.LinkHandleAccess));
    UNICODE_STRING out = TRY(call.read(args.LinkTarget));
    size_t length = link->target().size() * sizeof(char16_t);
    // With a terminating zero where there is room; callers that ask for the length get room for it.
    TRY(call.write(args.ReturnedLength, static_cast<ULONG>(length + sizeof(char16_t))));
    if (out.MaximumLength < length) return STATUS_BUFFER_TOO_SMALL;
    uint64_t buffer = reinterpret_cast<uint64_t>(out.Buffer);
    TRY(call.memory().copy_out(buffer, link->target().data(), length));
    if (out.MaximumLength >= length + sizeof(char16_t))
        TRY(call.memory().fill(buffer + length, 0, sizeof(char16_t)));
    out.Length = static_cast<USHORT>(length);
    return to_status(call.write(args.LinkTarget, out));
}
