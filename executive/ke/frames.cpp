// SPDX-License-Identifier: GPL-3.0-only
//
// Memory of coroutine frames: the heap, charged to the process being served. A thread has a page for them
// from the start (ps::Thread), so that what it waits in, and its end, do not fail for want of one: they pass
// the quota, and have memory that no program may take otherwise.
#include <new>

#include "base/kept_blocks.hpp"
#include "executive/ke/claim.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/thread.hpp"

namespace {

struct FrameHeader {
    ke::Quota* quota;
    size_t size;
};
static_assert(sizeof(FrameHeader) == 16);

// Waits follow each other, mostly of two threads in turn: of each size a few frames' memory is kept, in steps
// of kStep bytes.
constexpr size_t kStep = 64;
constexpr size_t kSizes = 16;
constinit base::KeptBlocks<kSizes> kept;

void* take_memory(size_t size, const ke::Quota* quota) {
    size_t step = (size + kStep - 1) / kStep;
    if (void* memory = step < kSizes ? kept.take(step) : nullptr) [[likely]]
        return memory;
    ke::ActingForNobody acting(quota != nullptr);
    return ::operator new(step * kStep, std::nothrow);
}

void give_memory(void* memory, size_t size) {
    size_t step = (size + kStep - 1) / kStep;
    if (step >= kSizes || !kept.keep(memory, step)) [[unlikely]]
        ::operator delete(memory);
}

}  // namespace

namespace base {

void* allocate_frame(size_t size) {
    ke::Quota* quota = ke::Dispatcher::instance().served_quota();
    size += sizeof(FrameHeader);
    if (quota) quota->charge_anyway(size);
    auto* header = static_cast<FrameHeader*>(take_memory(size, quota));
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
    give_memory(header, header->size);
}

}  // namespace base
