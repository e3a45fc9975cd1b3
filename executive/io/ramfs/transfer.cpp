// SPDX-License-Identifier: GPL-3.0-only
//
// Reading and writing files of a memory volume.
#include <algorithm>

#include "executive/io/client_io.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/ke/slice.hpp"

namespace io::ramfs {

namespace {

// Bytes that a request gets at once in any case: an asynchronous one of this size never has to wait.
constexpr size_t kAtOnce = 32 << 10;

constexpr uint8_t kZeros[mm::kPageSize] = {};

}  // namespace

Result<Volume::Outcome> Volume::read(Irp& irp, OpenNode& open, size_t& done) {
    Node& node = *open.node;
    if (node.directory()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    if (irp.parameters.transfer.offset < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(irp.parameters.transfer.offset);
    uint64_t left = offset < node.size() ? node.size() - offset : 0;
    size_t length = std::min<uint64_t>(irp.output.length, left);
    if (length == 0 && irp.output.length > 0) return fail(STATUS_END_OF_FILE);
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        size_t in_page = (offset + done) % mm::kPageSize;
        size_t part = std::min(mm::kPageSize - in_page, length - done);
        mm::FrameNumber frame = TRY(node.data().read_page((offset + done) / mm::kPageSize));
        const uint8_t* bytes = frame == mm::kNoFrame ? kZeros : mm::alias(frame);
        TRY(irp.write_output(done, {bytes + in_page, part}));
        done += part;
    }
    return Outcome{done};
}

Result<Volume::Outcome> Volume::write(Irp& irp, OpenNode& open, size_t& done) {
    Node& node = *open.node;
    if (node.directory()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    int64_t& place = irp.parameters.transfer.offset;
    if (place == kAtEnd) place = static_cast<int64_t>(node.size());
    if (place < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(place);
    size_t length = irp.input.length;
    if (length == 0) return Outcome{};
    if (offset > uint64_t{INT64_MAX} - length) return fail(STATUS_INVALID_PARAMETER);
    if (!TRY(node.data().prepare_writing())) return Outcome{.more = true};
    if (offset + length > node.size()) TRY(node.data().resize_or_wait(offset + length));
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        size_t in_page = (offset + done) % mm::kPageSize;
        size_t part = std::min(mm::kPageSize - in_page, length - done);
        mm::FrameNumber frame = TRY(node.data().write_page((offset + done) / mm::kPageSize));
        TRY(irp.read_input(done, {mm::alias(frame) + in_page, part}));
        done += part;
    }
    node.touch(true);
    return Outcome{length};
}

}  // namespace io::ramfs
