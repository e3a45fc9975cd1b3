// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/chunks.hpp"

#include <string.h>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/device_memory.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/slots.hpp"

namespace mm {

namespace {

constexpr unsigned kChunkBits = 21;
constexpr unsigned kSmallestChunkBits = 16;

// A RAM untyped of the boot list, cut into chunks from its base upwards.
struct Source {
    CPtr untyped;
    uint64_t physical;
    uint64_t size;
    uint64_t used;
};

constinit Source sources[seL4_MaxBootInfoUntypeds] = {};
constinit unsigned source_count;
constinit unsigned current_source;
constinit Chunk first_chunks[64] = {};
constinit uint32_t chunk_count;
constinit uint64_t page_total;
constinit CPtr chunk_scratch;

// Chunk records live in bss as far as a small machine needs, behind that in frames of the window.
constexpr uint32_t kChunksPerPage = kPageSize / sizeof(Chunk);
constexpr uint32_t kChunkTablePages = 1024;
constinit Chunk* chunk_table[kChunkTablePages];

Chunk& chunk_at(uint32_t index) {
    if (index < 64) return first_chunks[index];
    index -= 64;
    return chunk_table[index / kChunksPerPage][index % kChunksPerPage];
}

bool reserve_chunk_record(uint32_t index) {
    if (index < 64) return true;
    index -= 64;
    if (index / kChunksPerPage >= kChunkTablePages) return false;
    Chunk*& page = chunk_table[index / kChunksPerPage];
    if (page) return true;
    Result<FrameNumber> frame = allocate_frame();
    if (!frame) return false;
    page = reinterpret_cast<Chunk*>(alias(*frame));
    return true;
}

// The next piece of RAM: from the smallest source that still has one.
bool next_piece(Source*& source, uint64_t& offset, unsigned& bits) {
    for (; current_source < source_count; ++current_source) {
        Source& candidate = sources[current_source];
        for (bits = kChunkBits; bits >= kSmallestChunkBits; --bits) {
            offset = align_up(candidate.used, uint64_t{1} << bits);
            if (range_fits(offset, uint64_t{1} << bits, candidate.size)) {
                source = &candidate;
                return true;
            }
        }
    }
    return false;
}

// The first pages of a new chunk, before it has records and a window.
class Builder {
public:
    Builder(uint32_t index, CPtr untyped, unsigned bits) : index_(index), untyped_(untyped), bits_(bits) {}

    Result<void> build(uint64_t physical);

private:
    Result<void> carve();
    Result<PageNumber> local_page(seL4_Word type);
    Result<void> map_records();
    PageNumber number(uint32_t page) const { return index_ << kChunkPageBits | page; }

    uint32_t index_;
    CPtr untyped_;
    unsigned bits_;
    uint32_t next_ = 0;
};

Result<void> Builder::carve() {
    unsigned page_bits = bits_ - kPageBits;
    TRY(cspace().add_node(index_ + 1, untyped_, page_bits + 2));
    uint32_t total = 1u << page_bits;
    next_ = static_cast<uint32_t>(align_up(uint64_t{32} << (page_bits + 2), kPageSize) / kPageSize);
    for (uint32_t page = next_; page < total;) {
        uint32_t count = total - page < seL4_RetypeFanOutLimit ? total - page : seL4_RetypeFanOutLimit;
        seL4_Error error = cspace().retype(untyped_, seL4_UntypedObject, kPageBits, index_ + 1, page, count);
        if (error) return fail(ke::from_kernel(error));
        page += count;
    }
    return {};
}

Result<PageNumber> Builder::local_page(seL4_Word type) {
    PageNumber page = number(next_++);
    seL4_Error error =
        cspace().retype_into(page_slot(page, Slot::Untyped), type, 0, page_slot(page, Slot::Object));
    if (error) return fail(ke::from_kernel(error));
    return page;
}

// The window's tables for this chunk and the frame that holds its page records.
Result<void> Builder::map_records() {
    constexpr CPtr kOwnSpace = seL4_CapInitThreadVSpace;
    uint64_t window = kWindowBase + uint64_t{number(0)} * kPageSize;
    for (;;) {
        PageNumber table = TRY(local_page(seL4_X86_PageTableObject));
        seL4_Error error = seL4_X86_PageTable_Map(page_slot(table, Slot::Object), kOwnSpace, window,
                                                  seL4_X86_Default_VMAttributes);
        if (!error) break;
        if (error != seL4_FailedLookup) return fail(ke::from_kernel(error));
        if (seL4_GetMR(2) == 39) {
            PageNumber pointer = TRY(local_page(seL4_X86_PDPTObject));
            seL4_X86_PDPT_Map(page_slot(pointer, Slot::Object), kOwnSpace, window,
                              seL4_X86_Default_VMAttributes);
        }
        PageNumber directory = TRY(local_page(seL4_X86_PageDirectoryObject));
        seL4_X86_PageDirectory_Map(page_slot(directory, Slot::Object), kOwnSpace, window,
                                   seL4_X86_Default_VMAttributes);
    }
    PageNumber records = TRY(local_page(seL4_X86_4K));
    CPtr frame = page_slot(records, Slot::Object);
    seL4_Error error = seL4_X86_Page_Map(frame, kOwnSpace, kWindowBase + uint64_t{records} * kPageSize,
                                         seL4_ReadWrite, data_attributes());
    if (error) return fail(ke::from_kernel(error));
    chunk_at(index_).pages = reinterpret_cast<PageInfo*>(alias(records));
    return {};
}

Result<void> Builder::build(uint64_t physical) {
    Chunk& chunk = chunk_at(index_);
    chunk.physical = physical;
    chunk.bits = static_cast<uint8_t>(bits_);
    chunk.page_count = 1u << (bits_ - kPageBits);
    TRY(carve());
    TRY(map_records());
    chunk.first_page = next_;
    page_total += chunk.page_count;
    for (uint32_t page = chunk.page_count; page-- > next_;)
        add_free_page(number(page));
    return {};
}

}  // namespace

CPtr page_slot(PageNumber page, Slot slot) {
    unsigned bits = chunk_of(page).bits - kPageBits;
    return cspace().pointer((page >> kChunkPageBits) + 1,
                            static_cast<uint64_t>(slot) << bits | (page & (kChunkPages - 1)));
}

Chunk& chunk_of(PageNumber page) {
    return chunk_at(page >> kChunkPageBits);
}

uint64_t physical_address(FrameNumber frame) {
    if (frame & kBootFrame) {
        seL4_X86_Page_GetAddress_t address = seL4_X86_Page_GetAddress(frame_capability(frame));
        return address.error ? 0 : address.paddr;
    }
    return chunk_of(frame).physical + uint64_t{frame & (kChunkPages - 1)} * kPageSize;
}

bool add_chunk() {
    Source* source;
    uint64_t offset;
    unsigned bits;
    if (chunk_count + 1 >= cspace().near_index() || !reserve_chunk_record(chunk_count)) return false;
    if (!next_piece(source, offset, bits)) return false;
    source->used = offset + (uint64_t{1} << bits);
    if (cspace().retype_into(source->untyped, seL4_UntypedObject, bits, chunk_scratch)) return false;
    Builder builder(chunk_count, chunk_scratch, bits);
    Result<void> built = builder.build(source->physical + offset);
    // The pages' untypeds are its children and stay; nothing is ever retyped from the chunk itself again.
    seL4_CNode_Delete(ke::cspace_root(), chunk_scratch, ke::kDepth);
    if (!built) return false;
    ++chunk_count;
    log.info("{} KiB of RAM taken at {x}, {} pages left", (uint64_t{1} << bits) / 1024,
             source->physical + offset, untaken_pages());
    return true;
}

uint32_t chunk_total() {
    return chunk_count;
}

PageNumber find_untyped_run(size_t count) {
    for (uint32_t index = 0; index < chunk_count; ++index) {
        Chunk& chunk = chunk_at(index);
        size_t run = 0;
        for (uint32_t page = chunk.first_page; page < chunk.page_count; ++page) {
            run = chunk.pages[page].kind == PageKind::Untyped && chunk.pages[page].free_untyped ? run + 1 : 0;
            if (run == count) return (index << kChunkPageBits | page) - static_cast<PageNumber>(count) + 1;
        }
    }
    return kNoFrame;
}

uint64_t total_pages() {
    return page_total + untaken_pages();
}

uint64_t untaken_pages() {
    uint64_t pages = 0;
    for (unsigned i = current_source; i < source_count; ++i)
        pages += (sources[i].size - sources[i].used) / kPageSize;
    return pages;
}

namespace {

void collect_sources(const seL4_BootInfo& boot_info) {
    seL4_SlotRegion region = boot_info.untyped;
    for (CPtr slot = region.start; slot < region.end && slot - region.start < seL4_MaxBootInfoUntypeds;
         ++slot) {
        const seL4_UntypedDesc& description = boot_info.untypedList[slot - region.start];
        if (description.isDevice || description.sizeBits < kSmallestChunkBits) continue;
        Source source{slot, description.paddr, uint64_t{1} << description.sizeBits, 0};
        unsigned at = source_count++;
        for (; at > 0 && sources[at - 1].size > source.size; --at)
            sources[at] = sources[at - 1];
        sources[at] = source;
    }
}

// The top CNode has a slot for each chunk there can be, the boot CNode and the near capability, and comes
// from the smallest untyped that holds it.
Result<void> build_cspace(const seL4_BootInfo& boot_info) {
    uint64_t chunks = 3;
    for (unsigned i = 0; i < source_count; ++i)
        chunks += (sources[i].size >> kChunkBits) + (kChunkBits - kSmallestChunkBits);
    unsigned top_bits = log2_ceil(chunks) < 4 ? 4 : log2_ceil(chunks);
    uint64_t size = uint64_t{32} << top_bits;
    for (unsigned i = 0; i < source_count; ++i) {
        if (sources[i].size < 2 * size) continue;
        sources[i].used = size;
        return cspace().build(boot_info, top_bits, sources[i].untyped);
    }
    return fail(STATUS_NO_MEMORY);
}

}  // namespace

Result<void> initialize(const seL4_BootInfo& boot_info, const BootImage& image) {
    seL4_SetIPCBuffer(boot_info.ipcBuffer);
    set_boot_info(boot_info);
    find_execute_disable();
    set_boot_image(image.start, boot_info.userImageFrames.start);
    collect_sources(boot_info);
    TRY(build_cspace(boot_info));
    chunk_scratch = boot_info.empty.start + 3;
    // Page number 0 is inside the first chunk's own CNode, so it can stand for "none".
    if (!add_chunk()) return fail(STATUS_NO_MEMORY);
    add_boot_slots(boot_info.empty.start + 4, boot_info.empty.end);
    return initialize_devices(boot_info);
}

}  // namespace mm
