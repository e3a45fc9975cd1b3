// SPDX-License-Identifier: GPL-3.0-only
//
// An open file or directory: what it counts for while it is open, and what goes with it.
#include "abi/nt/ntdisposition.h"
#include "base/bits.hpp"
#include "executive/io/ramfs/volume.hpp"

namespace io::ramfs {

OpenNode::~OpenNode() {
    if (writes_) stream->data().remove_writer();
}

Result<void> OpenNode::opened(ACCESS_MASK access, uint32_t share, bool deletes) {
    keeps_ = TRY(node->streams.open(*stream, access, share));
    delete_on_close = deletes;
    if (link) ++link->opens;
    writes_ = stream->has_data() && (access & (FILE_WRITE_DATA | FILE_APPEND_DATA));
    if (writes_) stream->data().add_writer();
    return {};
}

void OpenNode::closed(ACCESS_MASK access, uint32_t share) {
    node->streams.close(*stream, access, share, keeps_);
    if (link) --link->opens;
    if (!delete_on_close) return;
    if (stream->named())
        stream->delete_pending = true;
    else if (link && (stream->has_data() || node->empty()))
        link->set_delete_pending(true);
}

bool OpenNode::stream_goes() const {
    bool goes = stream->delete_pending && (posix_delete || stream->share.opens() == 0);
    return goes && stream->named() && node->streams.has(*stream);
}

bool OpenNode::link_goes() const {
    bool by_posix = posix_delete && !stream->named();
    return link && link->delete_pending() && link->folder() && (by_posix || link->opens == 0);
}

FileFacts OpenNode::facts() const {
    FileFacts facts = node->facts(link.get());
    if (!stream->named()) return facts;
    facts.end_of_file = stream->size();
    facts.allocation = align_up(stream->size(), mm::kPageSize);
    facts.directory = false;
    facts.delete_pending = facts.delete_pending || stream->delete_pending;
    return facts;
}

Result<void> OpenNode::check_deletable(uint32_t flags) const {
    if (lists() && !node->empty()) return fail(STATUS_DIRECTORY_NOT_EMPTY);
    bool unwritable =
        (node->attributes & FILE_ATTRIBUTE_READONLY) && !(flags & FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE);
    bool held = stream->named() ? stream->has_sections() : !folder() || link->held_by_sections();
    return unwritable || held ? fail(STATUS_CANNOT_DELETE) : Result<void>();
}

void OpenNode::set_disposition(uint32_t flags) {
    auto set_pending = [this](bool pending) {
        if (stream->named())
            stream->delete_pending = pending;
        else if (link)
            link->set_delete_pending(pending);
    };
    if (!(flags & FILE_DISPOSITION_DELETE)) {
        delete_on_close = false;
        if (flags & FILE_DISPOSITION_ON_CLOSE) return;
        set_pending(false);
        posix_delete = false;
        return;
    }
    posix_delete = flags & FILE_DISPOSITION_POSIX_SEMANTICS;
    if (flags & FILE_DISPOSITION_ON_CLOSE)
        delete_on_close = true;
    else
        set_pending(true);
}

}  // namespace io::ramfs
