// SPDX-License-Identifier: GPL-3.0-only
//
// Memory of coroutine frames: the heap, charged to the process being served.
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/thread.hpp"

namespace {

struct FrameHeader {
    ke::Quota* quota;
    size_t size;
};
static_assert(sizeof(FrameHeader) == 16);

}  // namespace

namespace base {

void* allocate_frame(size_t size) {
    ke::Quota* quota = ke::Dispatcher::instance().served_quota();
    size += sizeof(FrameHeader);
    if (quota && !quota->charge(size)) return nullptr;
    auto* header = static_cast<FrameHeader*>(::operator new(size, std::nothrow));
    if (!header) {
        if (quota) quota->release(size);
        return nullptr;
    }
    *header = {quota, size};
    return header + 1;
}

void free_frame(void* frame, size_t) {
    FrameHeader* header = static_cast<FrameHeader*>(frame) - 1;
    if (header->quota) header->quota->release(header->size);
    ::operator delete(header, header->size);
}

}  // namespace base
