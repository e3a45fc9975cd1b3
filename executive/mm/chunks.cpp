// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/chunks.hpp"

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/debug_registers.hpp"
#include "executive/mm/boot.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/device_memory.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/heap.hpp"
#include "executive/mm/page_runs.hpp"
#include "executive/mm/slots.hpp"
#include "executive/mm/sources.hpp"

namespace mm {

namespace {

constexpr CPtr kOwnSpace = seL4_CapInitThreadVSpace;
// Page numbers have 27 bits, which is the 512 GiB that the kernel can map.
constexpr uint32_t kMostChunks = kBootFrame >> kChunkPageBits;
// Pages that one step makes or lists, so that a step stays a small part of a turn.
constexpr uint32_t kPagesPerStep = 32;

constinit uint32_t chunk_count;

// Takes a chunk in steps; pages come to the free list as they are listed.
class ChunkBuilder {
public:
    bool idle() const { return stage_ == Stage::Idle; }
    bool start(bool urgent);
    // REQUIRES: not idle.
    void step();
    // The newest chunk's pages are not all in the free list yet.
    bool listing() const { return stage_ == Stage::List; }
    uint64_t pages_left() const { return idle() ? 0 : usable_; }
    void set_slots(CPtr scratch, CPtr heads) {
        scratch_ = scratch;
        heads_ = heads;
    }

private:
    enum class Stage : uint8_t { Idle, Piece, Node, Pages, Records, List };

    Result<Stage> work();
    Result<void> take();
    Result<void> take_head();
    Result<void> make_pages();
    Result<CPtr> local_object(seL4_Word type);
    Result<CPtr> own_object(seL4_Word type, uint32_t page);
    Result<void> map_records();
    Result<void> map_upper();
    void list();
    PageNumber number(uint32_t page) const { return chunk_count << kChunkPageBits | page; }
    uint64_t window() const { return kWindowBase + uint64_t{number(0)} * kPageSize; }
    uint32_t total() const { return 1u << (piece_.bits - kPageBits); }
    // Before the chunk's records are there.
    CPtr slot(uint32_t page, Slot kind) const {
        return cspace().pointer(chunk_count + 1,
                                static_cast<uint64_t>(kind) << (piece_.bits - kPageBits) | page);
    }

    Stage stage_ = Stage::Idle;
    // What the structures of a headed source's chunks are made of, one after the other.
    CPtr nodes() const { return heads_ + 2 * piece_.source; }
    CPtr tables() const { return nodes() + 1; }

    CPtr scratch_ = 0;
    CPtr heads_ = 0;  // two slots for each source
    Piece piece_{};
    uint32_t next_ = 0;   // the next page to make, use or list
    uint32_t first_ = 0;  // behind the chunk's own structures
    uint32_t usable_ = 0;
};

constinit ChunkBuilder builder;

bool ChunkBuilder::start(bool urgent) {
    if (chunk_count + 1 >= cspace().near_index() || chunk_count >= kMostChunks) return false;
    if (!next_piece(piece_, urgent)) return false;
    stage_ = Stage::Piece;
    usable_ = usable_pages(piece_.bits);
    take_piece(piece_);
    return true;
}

void ChunkBuilder::step() {
    if (Result<Stage> next = work(); next) {
        stage_ = *next;
    } else {
        log.error("the chunk at {x} cannot be taken: {s}", piece_.physical, next.error());
        if (!piece_.headed) (void)seL4_CNode_Delete(ke::cspace_root(), scratch_, ke::kDepth);
        stage_ = Stage::Idle;
    }
}

Result<ChunkBuilder::Stage> ChunkBuilder::work() {
    switch (stage_) {
        case Stage::Piece:
            TRY(take());
            return Stage::Node;
        case Stage::Node:
            TRY(cspace().add_node(chunk_count + 1, piece_.headed ? nodes() : scratch_,
                                  piece_.bits - kPageBits + kSlotsPerPageBits));
            next_ = total() - usable_ - (piece_.headed ? 0 : kTablePages);
            first_ = next_;
            return Stage::Pages;
        case Stage::Pages:
            TRY(make_pages());
            return next_ < total() ? Stage::Pages : Stage::Records;
        case Stage::Records:
            next_ = first_;
            TRY(map_records());
            return Stage::List;
        default:
            list();
            return next_ < total() ? Stage::List : Stage::Idle;
    }
}

// The largest objects first, as Retype aligns them.
Result<void> ChunkBuilder::take_head() {
    unsigned bits = log2_ceil(piece_.head_pieces);
    seL4_Error error = cspace().retype_into(piece_.untyped, seL4_UntypedObject, kNodeBits + bits, nodes());
    if (!error)
        error = cspace().retype_into(piece_.untyped, seL4_UntypedObject,
                                     kPageBits + log2_ceil(uint64_t{kTablePages}) + bits, tables());
    return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
}

Result<void> ChunkBuilder::take() {
    if (piece_.headed) return piece_.head_pieces ? take_head() : Result<void>();
    seL4_Error error = cspace().retype_into(piece_.untyped, seL4_UntypedObject, piece_.bits, scratch_);
    return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
}

Result<void> ChunkBuilder::make_pages() {
    uint32_t count = total() - next_ < kPagesPerStep ? total() - next_ : kPagesPerStep;
    seL4_Error error = cspace().retype(piece_.headed ? piece_.untyped : scratch_, seL4_UntypedObject,
                                       kPageBits, chunk_count + 1, next_, count);
    if (error) return fail(ke::from_kernel(error));
    next_ += count;
    return {};
}

// The chunk's next page becomes an object of this type.
Result<CPtr> ChunkBuilder::local_object(seL4_Word type) {
    uint32_t page = next_++;
    seL4_Error error = cspace().retype_into(slot(page, Slot::Untyped), type, 0, slot(page, Slot::Object));
    if (error) return fail(ke::from_kernel(error));
    return slot(page, Slot::Object);
}

// One of the chunk's own two: of the head it has a slot of a page that is not there.
Result<CPtr> ChunkBuilder::own_object(seL4_Word type, uint32_t page) {
    if (!piece_.headed) return local_object(type);
    CPtr object = slot(page, Slot::Object);
    seL4_Error error = cspace().retype_into(tables(), type, 0, object);
    return error ? Result<CPtr>(fail(ke::from_kernel(error))) : object;
}

// Above the chunk's page table: made by the first chunk of each GiB of the window and of each 512 of those.
Result<void> ChunkBuilder::map_upper() {
    constexpr seL4_X86_VMAttributes kDefault = seL4_X86_Default_VMAttributes;
    bool pointer_missing = seL4_GetMR(2) == 39;
    seL4_Error error = seL4_NoError;
    if (pointer_missing) {
        CPtr pointer = TRY(local_object(seL4_X86_PDPTObject));
        error = seL4_X86_PDPT_Map(pointer, kOwnSpace, window(), kDefault);
    }
    if (error) return fail(ke::from_kernel(error));
    CPtr directory = TRY(local_object(seL4_X86_PageDirectoryObject));
    error = seL4_X86_PageDirectory_Map(directory, kOwnSpace, window(), kDefault);
    return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
}

// The window's tables for this chunk, and the page with its records.
Result<void> ChunkBuilder::map_records() {
    CPtr table = TRY(own_object(seL4_X86_PageTableObject, 0));
    auto map_table = [&] {
        return seL4_X86_PageTable_Map(table, kOwnSpace, window(), seL4_X86_Default_VMAttributes);
    };
    seL4_Error error = map_table();
    if (error == seL4_FailedLookup) {
        TRY(map_upper());
        error = map_table();
    }
    if (error) return fail(ke::from_kernel(error));
    CPtr records = TRY(own_object(seL4_X86_4K, 1));
    error = seL4_X86_Page_Map(records, kOwnSpace, window(), seL4_ReadWrite, data_attributes());
    if (error) return fail(ke::from_kernel(error));
    // The pages' untypeds are the piece's children and stay; nothing is retyped from it again.
    if (!piece_.headed) seL4_CNode_Delete(ke::cspace_root(), scratch_, ke::kDepth);
    uint64_t head = piece_.headed ? uint64_t{kOwnPages} * kPageSize : 0;
    chunk_of(number(0)) = {piece_.physical - head, static_cast<uint16_t>(next_), 0,
                           static_cast<uint8_t>(piece_.bits)};
    usable_ = total() - next_;
    ++chunk_count;
    log.info("{} KiB of RAM taken at {x}, {} pages left", (uint64_t{1} << piece_.bits) / 1024,
             piece_.physical, untaken_pages());
    return {};
}

void ChunkBuilder::list() {
    uint32_t end = next_ + kPagesPerStep < total() ? next_ + kPagesPerStep : total();
    PageNumber first = (chunk_count - 1) << kChunkPageBits;
    for (uint32_t page = end; page-- > next_;)
        add_free_page(first | page);
    usable_ -= end - next_;
    next_ = end;
}

}  // namespace

CPtr page_slot(PageNumber page, Slot slot) {
    unsigned bits = chunk_of(page).bits - kPageBits;
    return cspace().pointer((page >> kChunkPageBits) + 1,
                            static_cast<uint64_t>(slot) << bits | (page & (kChunkPages - 1)));
}

uint64_t physical_address(FrameNumber frame) {
    if (frame & kBootFrame) {
        seL4_X86_Page_GetAddress_t address = seL4_X86_Page_GetAddress(frame_capability(frame));
        return address.error ? 0 : address.paddr;
    }
    return chunk_of(frame).physical + uint64_t{frame & (kChunkPages - 1)} * kPageSize;
}

bool grow(bool urgent) {
    if (builder.idle() && !builder.start(urgent)) return false;
    builder.step();
    return true;
}

uint32_t chunk_total() {
    return chunk_count;
}

uint32_t listed_chunks() {
    return chunk_count - builder.listing();
}

uint64_t unused_pages() {
    return untaken_pages() + builder.pages_left();
}

namespace {

// The top CNode has a slot for each chunk there can be, the boot CNode and the near capability.
Result<void> build_cspace(const seL4_BootInfo& boot_info) {
    uint64_t nodes = most_chunks() + 3;
    unsigned top_bits = log2_ceil(nodes) < 4 ? 4 : log2_ceil(nodes);
    return cspace().build(boot_info, top_bits, TRY(take_at_boot(top_bits + seL4_SlotBits)));
}

}  // namespace

Result<void> initialize(const seL4_BootInfo& boot_info, const BootImage& image) {
    set_boot_info(boot_info);
    find_execute_disable();
    find_page_runs();
    ke::find_debug_registers();
    set_boot_image(image.start, boot_info.userImageFrames.start);
    collect_sources(boot_info);
    set_reserves();
    TRY(build_cspace(boot_info));
    CPtr heads = boot_info.empty.start + 5;
    builder.set_slots(boot_info.empty.start + 3, heads);
    set_priming_slot(boot_info.empty.start + 4);
    add_boot_slots(heads + 2 * source_total(), boot_info.empty.end - ke::kEarlySlots);
    TRY(initialize_devices(boot_info));
    initialize_heap();
    return {};
}

}  // namespace mm
