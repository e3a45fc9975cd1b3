// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/page_runs.hpp"

#include "abi/sel4/extensions.h"
#include "executive/hal/machine.hpp"
#include "executive/ke/kernel.hpp"

namespace mm {

namespace {

constinit bool announced;

// Words from the fifth on are in the buffer; the first four go in registers.
class Message {
public:
    void add(seL4_Word word) {
        if (length_ < 4) {
            registers_[length_] = word;
        } else {
            buffer_.msg[length_] = word;
        }
        ++length_;
    }
    // How many pages were done.
    size_t send(CPtr vspace, seL4_Word label) {
        buffer_.caps_or_badges[0] = ke::cspace_root();
        seL4_MessageInfo_t info =
            seL4_CallWithMRs(vspace, seL4_MessageInfo_new(label, 0, 1, length_), &registers_[0],
                             &registers_[1], &registers_[2], &registers_[3]);
        return seL4_MessageInfo_get_label(info) == seL4_NoError ? registers_[0] : 0;
    }

private:
    seL4_IPCBuffer& buffer_ = *seL4_GetIPCBuffer();
    seL4_Word length_ = 0;
    seL4_Word registers_[4] = {};
};

bool map_one(CPtr vspace, uint64_t address, seL4_CapRights_t rights, seL4_X86_VMAttributes attributes,
             const MappedPage& page) {
    if (!page.frame) return true;
    if (page.copy && seL4_CNode_Copy(ke::cspace_root(), page.copy, ke::kDepth, ke::cspace_root(), page.frame,
                                     ke::kDepth, seL4_AllRights))
        return false;
    if (!seL4_X86_Page_Map(page.copy ? page.copy : page.frame, vspace, address, rights, attributes))
        return true;
    if (page.copy) seL4_CNode_Delete(ke::cspace_root(), page.copy, ke::kDepth);
    return false;
}

size_t map_announced(CPtr vspace, uint64_t address, seL4_CapRights_t rights, seL4_X86_VMAttributes attributes,
                     std::span<const MappedPage> pages) {
    Message message;
    message.add(address);
    message.add(rights.words[0]);
    message.add(attributes);
    for (const MappedPage& page : pages) {
        message.add(page.frame);
        message.add(page.copy);
    }
    return message.send(vspace, NEPTUNE_Label_VSpace_MapPages);
}

size_t unmap_announced(CPtr vspace, std::span<const UnmappedPage> pages) {
    Message message;
    seL4_Word copies = 0;
    for (size_t i = 0; i < pages.size(); ++i)
        copies |= seL4_Word{pages[i].copy} << i;
    message.add(copies);
    for (const UnmappedPage& page : pages)
        message.add(page.frame);
    return message.send(vspace, NEPTUNE_Label_VSpace_UnmapPages);
}

}  // namespace

void find_page_runs() {
    announced = !hal::boot_block(NEPTUNE_BOOTINFO_PAGE_RUNS).empty();
}

bool page_runs() {
    return announced;
}

size_t pages_at_once() {
    return announced ? 16 : 4;
}

// A run ends early for an interrupt too: what the kernel does not do then, it refuses by itself as well.
size_t map_pages(CPtr vspace, uint64_t address, seL4_CapRights_t rights, seL4_X86_VMAttributes attributes,
                 std::span<const MappedPage> pages) {
    size_t done = 0;
    while (done < pages.size()) {
        uint64_t at = address + done * kPageSize;
        // A copy by itself takes two calls.
        if (announced && (pages.size() - done > 1 || pages[done].copy))
            done += map_announced(vspace, at, rights, attributes, pages.subspan(done));
        if (done == pages.size()) break;
        at = address + done * kPageSize;
        if (!map_one(vspace, at, rights, attributes, pages[done])) break;
        ++done;
    }
    return done;
}

void unmap_pages(CPtr vspace, std::span<const UnmappedPage> pages) {
    while (!pages.empty()) {
        if (announced && pages.size() > 1) pages = pages.subspan(unmap_announced(vspace, pages));
        if (pages.empty()) break;
        if (pages.front().copy) {
            seL4_CNode_Delete(ke::cspace_root(), pages.front().frame, ke::kDepth);
        } else {
            seL4_X86_Page_Unmap(pages.front().frame);
        }
        pages = pages.subspan(1);
    }
}

}  // namespace mm
