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

}  // namespace

Result<Volume::Outcome> Volume::read(Irp& irp, OpenNode& open, size_t& done) {
    Node& node = *open.node;
    if (node.directory()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    if (irp.parameters.transfer.offset < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(irp.parameters.transfer.offset);
    uint64_t left = offset < node.data.size() ? node.data.size() - offset : 0;
    size_t length = std::min<uint64_t>(irp.output.length, left);
    if (length == 0 && irp.output.length > 0) return fail(STATUS_END_OF_FILE);
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        auto bytes = node.data.read(offset + done);
        bytes = bytes.first(std::min({bytes.size(), length - done, mm::kPageSize}));
        TRY(irp.write_output(done, bytes));
        done += bytes.size();
    }
    return Outcome{done};
}

Result<Volume::Outcome> Volume::write(Irp& irp, OpenNode& open, size_t& done) {
    Node& node = *open.node;
    if (node.directory()) return fail(STATUS_INVALID_DEVICE_REQUEST);
    // Its sections show the archive's own pages and would not see the change.
    if (node.sections > 0 && node.data.in_archive()) return fail(STATUS_USER_MAPPED_FILE);
    int64_t& place = irp.parameters.transfer.offset;
    if (place == kAtEnd) place = static_cast<int64_t>(node.data.size());
    if (place < 0) return fail(STATUS_INVALID_PARAMETER);
    auto offset = static_cast<uint64_t>(place);
    size_t length = irp.input.length;
    if (length == 0) return Outcome{};
    if (offset > uint64_t{INT64_MAX} - length) return fail(STATUS_INVALID_PARAMETER);
    if (offset + length > node.data.size()) TRY(node.data.resize(offset + length));
    for (ke::Slice slice; done < length;) {
        if (done >= kAtOnce && slice.over()) return Outcome{.more = true};
        auto page = TRY(node.data.writable(offset + done));
        page = page.first(std::min(page.size(), length - done));
        TRY(irp.read_input(done, page));
        done += page.size();
    }
    node.touch(true);
    return Outcome{length};
}

}  // namespace io::ramfs
