// SPDX-License-Identifier: GPL-3.0-only
//
// Reading and writing files of a memory volume.
#include <string.h>

#include <algorithm>

#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

// Bytes that a request gets at once in any case: an asynchronous one of this size never has to wait.
constexpr size_t kAtOnce = 32 << 10;

constexpr uint8_t kZeros[mm::kPageSize] = {};

// The file's data, if so much of it can be moved at once.
mm::ControlArea* area_at_once(const Device::Move& move) {
    auto* open = static_cast<OpenNode*>(move.file.context.get());
    if (!open || !open->stream->has_data() || open->stream->locked() || move.length > kAtOnce) return nullptr;
    return &open->stream->data();
}

// Of what is left to move, the part that lies in one page of either side.
size_t part_at_once(const Device::Move& move, size_t done, size_t length) {
    size_t in_file = mm::kPageSize - (move.offset + done) % mm::kPageSize;
    size_t in_memory = mm::kPageSize - (move.address + done) % mm::kPageSize;
    return std::min({in_file, in_memory, length - done});
}

// Has somebody locked what the request reads or writes? It is asked once, before its first slice.
Result<void> check_locks(const Irp& irp, const Stream& stream, uint64_t offset, size_t length) {
    if (!stream.locked()) [[likely]]
        return {};
    LockOwner owner{irp.file_number, irp.subject().numbers.Process, irp.parameters.transfer.key};
    return stream.locks->check(owner, {offset, length}, irp.major == Major::Write);
}

}  // namespace

size_t Volume::read_now(const Move& move) {
    mm::ControlArea* area = area_at_once(move);
    if (!area || move.offset >= area->size()) return 0;
    size_t length = std::min<uint64_t>(move.length, area->size() - move.offset);
    for (size_t done = 0; done < length;) {
        uint64_t at = move.offset + done;
        size_t part = part_at_once(move, done, length);
        mm::FrameNumber frame = area->look(at / mm::kPageSize);
        uint8_t* to = move.memory.present(move.address + done, ke::Access::Write);
        if (frame == mm::kNoFrame || !to) return 0;
        memcpy(to, mm::alias(frame) + at % mm::kPageSize, part);
        done += part;
    }
    return length;
}

// Only over pages that are the file's own and need not be made dirty.
size_t Volume::write_now(const Move& move) {
    mm::ControlArea* area = area_at_once(move);
    if (!area || watching_ > 0 || area->tracks_writes() || move.offset >= area->size()) return 0;
    if (move.length > area->size() - move.offset || !area->ready_for_writing()) return 0;
    for (size_t done = 0; done < move.length;) {
        uint64_t at = move.offset + done;
        size_t part = part_at_once(move, done, move.length);
        mm::FrameNumber frame = area->look(at / mm::kPageSize);
        const uint8_t* from = move.memory.present(move.address + done, ke::Access::Read);
        if (frame == mm::kNoFrame || (frame & mm::kBootFrame) || !from) return 0;
        memcpy(mm::alias(frame) + at % mm::kPageSize, from, part);
        done += part;
    }
    static_cast<OpenNode*>(move.file.context.get())->node->touch(true);
    return move.length;
}

Result<Volume::Outcome> Volume::read(Irp& irp, OpenNode& open, size_t& done) {
    Stream& stream = *open.stream;
    if (!stream.has_data()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    if (irp.parameters.transfer.offset < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(irp.parameters.transfer.offset);
    if (done == 0) TRY(check_locks(irp, stream, offset, irp.output.length));
    uint64_t left = offset < stream.size() ? stream.size() - offset : 0;
    size_t length = std::min<uint64_t>(irp.output.length, left);
    if (length == 0 && irp.output.length > 0) return fail(STATUS_END_OF_FILE);
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        size_t in_page = (offset + done) % mm::kPageSize;
        size_t part = std::min(mm::kPageSize - in_page, length - done);
        mm::FrameNumber frame = TRY(stream.data().read_page((offset + done) / mm::kPageSize));
        const uint8_t* bytes = frame == mm::kNoFrame ? kZeros : mm::alias(frame);
        TRY(irp.write_output(done, {bytes + in_page, part}));
        done += part;
    }
    return Outcome{done};
}

Result<Volume::Outcome> Volume::write(Irp& irp, OpenNode& open, Progress& progress) {
    size_t& done = progress.done;
    Stream& stream = *open.stream;
    if (!stream.has_data()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    int64_t& place = irp.parameters.transfer.offset;
    if (place == kAtEnd) place = static_cast<int64_t>(stream.size());
    if (place < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(place);
    size_t length = irp.input.length;
    if (length == 0) return Outcome{};
    if (offset > uint64_t{INT64_MAX} - length) return fail(STATUS_INVALID_PARAMETER);
    if (done == 0) TRY(check_locks(irp, stream, offset, length));
    if (!TRY(stream.data().prepare_writing())) return Outcome{.more = true};
    if (offset + length > stream.size()) {
        progress.grew = true;
        TRY(stream.data().resize_or_wait(offset + length));
    }
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        size_t in_page = (offset + done) % mm::kPageSize;
        size_t part = std::min(mm::kPageSize - in_page, length - done);
        mm::FrameNumber frame = TRY(stream.data().write_page((offset + done) / mm::kPageSize));
        TRY(irp.read_input(done, {mm::alias(frame) + in_page, part}));
        done += part;
    }
    open.node->touch(true);
    report_modified(open, FILE_NOTIFY_CHANGE_LAST_WRITE | (progress.grew ? FILE_NOTIFY_CHANGE_SIZE : 0));
    return Outcome{length};
}

}  // namespace io::ramfs
