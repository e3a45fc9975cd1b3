// SPDX-License-Identifier: GPL-3.0-only
//
// The names of a file's streams: their list ([MS-FSA] 2.1.5.12.29) and other names for them (2.1.5.15.11.1).
#include <string.h>

#include "abi/nt/ntdisposition.h"
#include "base/bits.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

constexpr std::u16string_view kType = u":$DATA";
constexpr size_t kText = offsetof(FILE_STREAM_INFORMATION, StreamName);

// ":name:$DATA"
size_t text_length(const Stream& stream) {
    return sizeof(char16_t) * (1 + stream.name().size() + kType.size());
}

Result<void> put_entry(const Irp& irp, size_t at, const Stream& stream) {
    FILE_STREAM_INFORMATION entry{};
    entry.StreamNameLength = static_cast<ULONG>(text_length(stream));
    entry.StreamSize.QuadPart = static_cast<LONGLONG>(stream.size());
    entry.StreamAllocationSize.QuadPart = static_cast<LONGLONG>(align_up(stream.size(), mm::kPageSize));
    TRY(irp.write_output(at, {reinterpret_cast<const uint8_t*>(&entry), kText}));
    at += kText;
    for (std::u16string_view part : {std::u16string_view(u":"), stream.name(), kType}) {
        TRY(irp.write_output(at, {reinterpret_cast<const uint8_t*>(part.data()), part.size() * 2}));
        at += part.size() * 2;
    }
    return {};
}

// A name for a stream of a rename. Its errors are others than an opener's.
Result<StreamName> new_name(std::u16string_view text, bool of_directory) {
    auto name = parse_stream_name(text);
    bool good = name && name->data && !(name->name.empty() && of_directory);
    if (!good) return fail(STATUS_INVALID_PARAMETER);
    return *name;
}

bool in_use(const Stream& stream) {
    return stream.share.opens() > 0 || stream.has_sections();
}

}  // namespace

Result<Volume::Outcome> Volume::list_streams(Irp& irp, OpenNode& open, Listing<Stream>& listing) {
    Streams& streams = open.node->streams;
    // A slice that has to wait for a page of the client's is done again.
    Listing<Stream> now;
    if (listing.next && listing.changed == streams.changed()) now = listing;
    auto after = [&](Stream& stream) { return stream.named() ? streams.after(stream) : streams.first(); };
    Stream* first = streams.main().has_data() ? &streams.main() : streams.first();
    Stream* stream = now.next ? now.next.get() : first;
    ke::Slice slice;
    for (; stream && !slice.over(); stream = after(*stream)) {
        size_t at = align_up(now.written, 8);
        size_t end = at + kText + text_length(*stream);
        if (end > irp.output.length) return Outcome{now.written, STATUS_BUFFER_OVERFLOW};
        TRY(put_entry(irp, at, *stream));
        auto distance = static_cast<ULONG>(at - now.last);
        if (now.count > 0)
            TRY(irp.write_output(now.last, {reinterpret_cast<const uint8_t*>(&distance), sizeof distance}));
        now.last = at;
        now.written = end;
        ++now.count;
    }
    if (!stream) return Outcome{now.written};
    now.next = Ref<Stream>(stream);
    now.changed = streams.changed();
    listing = std::move(now);
    return Outcome{.more = true};
}

Result<Volume::Outcome> Volume::rename_stream(Irp& irp, OpenNode& open, uint8_t flags) {
    Streams& streams = open.node->streams;
    Ref<Stream> stream = open.stream;
    const StreamName wanted = TRY(new_name(irp.name, open.node->directory()));
    if (!stream->has_data() || !streams.has(*stream)) return fail(STATUS_INVALID_PARAMETER);
    if (stream->delete_pending) return fail(STATUS_ACCESS_DENIED);
    Stream* target = wanted.name.empty() ? &streams.main() : streams.find(wanted.name);
    if (target == stream.get()) {
        if (stream->named()) TRY(streams.rename(*stream, wanted.name));
        return Outcome{};
    }
    if (target) {
        if (!(flags & FILE_RENAME_REPLACE_IF_EXISTS)) return fail(STATUS_OBJECT_NAME_COLLISION);
        // Nobody's bytes are lost by it.
        if (target->size() > 0) return fail(STATUS_INVALID_PARAMETER);
        if (in_use(*target)) return fail(STATUS_ACCESS_DENIED);
    }
    String old_name = TRY(String::create(stream->name()));
    if (wanted.name.empty()) {
        streams.make_main(*stream);
    } else if (stream->named()) {
        Ref<Stream> replaced(target);
        if (target) streams.remove(*target);
        auto renamed = streams.rename(*stream, wanted.name);
        if (!renamed && replaced) streams.insert(*replaced);
        TRY(std::move(renamed));
    } else {
        Ref<Stream> main = TRY(Stream::create({}, allowance_, make_room_));
        Ref<Stream> replaced(target);
        if (target) streams.remove(*target);
        auto renamed = streams.name_main(wanted.name, std::move(main), allowance_);
        if (!renamed && replaced) streams.insert(*replaced);
        TRY(std::move(renamed));
    }
    open.node->touch(true);
    if (old_name.length() > 0) report_stream(open, old_name, FILE_ACTION_REMOVED_STREAM);
    if (stream->named()) report_stream(open, stream->name(), FILE_ACTION_ADDED_STREAM);
    return Outcome{};
}

}  // namespace io::ramfs
