// SPDX-License-Identifier: GPL-3.0-only
#include "root_server.hpp"

#include "abi/sel4/types.h"
#include "arch/memory.hpp"
#include "arch/switch.hpp"
#include "boot_info.hpp"
#include "kernel/console.hpp"
#include "kernel/object/cte.hpp"
#include "kernel/object/tcb.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/sched.hpp"
#include "kernel/vspace/vspace.hpp"
#include "untyped_list.hpp"

namespace boot {
namespace {

using arch::kPageBits;
using arch::kPageSize;
using kernel::Cap;
using kernel::Cte;
using kernel::Tcb;
using kernel::Word;

constexpr Word kRootAsid = 1;
constexpr unsigned kDefaultRadix = 13;
constexpr unsigned kMaxRadix = 24;
constexpr Word kSpareSlots = 2048;  // the root CNode grows when fewer than these would be left empty
constexpr unsigned kSlotBits = 5;
constexpr std::uint8_t kTopPriority = 255;
constexpr unsigned kLevelBits[] = {39, 30, 21};  // what one PDPT, page directory, page table spans
constexpr kernel::CapTag kLevelTags[] = {kernel::CapTag::pdpt, kernel::CapTag::page_directory,
                                         kernel::CapTag::page_table};

// Number of aligned blocks of 2^bits bytes that [begin, end) touches.
Word blocks_touched(Word begin, Word end, unsigned bits) {
    return ((end - 1) >> bits) - (begin >> bits) + 1;
}

// The virtual addresses of the root server: image, IPC buffer, BootInfo, extra blocks.
struct Layout {
    Word begin, ipc_buffer, boot_info, extra, end;

    Layout(const ElfImage& image, Word extra_size)
        : begin(image.begin),
          ipc_buffer(image.end),
          boot_info(ipc_buffer + kPageSize),
          extra(boot_info + kPageSize),
          end(extra + ((extra_size + kPageSize - 1) & ~(kPageSize - 1))) {}

    Word paging_objects() const {
        Word count = 0;
        for (const unsigned bits : kLevelBits)
            count += blocks_touched(begin, end, bits);
        return count;
    }
    Word pages() const { return (end - begin) >> kPageBits; }
};

class Builder {
public:
    Builder(const ElfImage& image, Word image_address, const Machine& machine)
        : image_(image),
          image_address_(image_address),
          machine_(machine),
          extra_size_(extra_blocks_size(*machine.record)),
          layout_(image, extra_size_) {}

    void run() {
        if (layout_.end > arch::kUserTop)
            console::fail("the root server leaves no room below the end of user memory");
        make_cnode();
        make_vspace();
        make_boot_info();
        make_image_frames();
        make_thread();
        make_controls();
        make_untypeds();
        finish();
    }

private:
    // A zeroed object at its natural alignment; its physical address.
    Word take(unsigned bits) {
        const Word address = machine_.free->take(Word{1} << bits, Word{1} << bits);
        if (address == RangeList::kNone) console::fail("not enough memory for the root server");
        __builtin_memset(arch::from_physical(address), 0, Word{1} << bits);
        return address;
    }
    Cte& slot(Word index) { return cnode_[index]; }
    Word add(Cap cap) {
        kernel::insert_root_cap(slot(next_slot_), cap);
        return next_slot_++;
    }

    void make_cnode() {
        const Word needed = seL4_NumInitialCaps + layout_.paging_objects() + layout_.pages() +
                            seL4_MaxBootInfoUntypeds + kSpareSlots;
        while (radix_ < kMaxRadix && (Word{1} << radix_) < needed)
            ++radix_;
        const Word address = take(radix_ + kSlotBits);
        cnode_ = arch::from_physical<Cte>(address);
        const kernel::CNodeCap cap{.address = address, .radix = radix_, .guard_size = 64 - radix_};
        kernel::insert_root_cap(slot(seL4_CapInitThreadCNode), cap);
    }

    void make_vspace() {
        root_table_ = take(kPageBits);
        arch::copy_kernel_mappings(arch::from_physical<Word>(root_table_));
        kernel::TableCap cap = kernel::table_cap(kernel::CapTag::pml4, root_table_);
        cap.asid = kRootAsid;
        kernel::insert_root_cap(slot(seL4_CapInitThreadVSpace), cap);
        const Word pool = take(kPageBits);
        kernel::vspace::install_pool(0, *arch::from_physical<kernel::vspace::AsidPool>(pool));
        kernel::vspace::assign_asid(arch::from_physical<Word>(root_table_), kRootAsid);
        kernel::insert_root_cap(slot(seL4_CapInitThreadASIDPool),
                                kernel::AsidPoolCap{.base = 0, .address = pool});
        paging_.start = next_slot_;
        for (unsigned level = 0; level < 3; ++level)
            make_tables(level);
        paging_.end = next_slot_;
    }

    void make_tables(unsigned level) {
        const unsigned bits = kLevelBits[level];
        const Word count = blocks_touched(layout_.begin, layout_.end, bits);
        for (Word i = 0; i < count; ++i) {
            const Word address = ((layout_.begin >> bits) + i) << bits;
            const Word table = take(kPageBits);
            *entry(address, level) = table | kEntry;
            kernel::TableCap cap = kernel::table_cap(kLevelTags[level], table);
            cap.asid = kRootAsid;
            cap.page = address >> kPageBits;
            add(cap);
        }
    }

    // The entry for `address` in the table of that level: 0 PML4, 1 PDPT, 2 page directory, 3 page table.
    Word* entry(Word address, unsigned level) {
        Word table = root_table_;
        for (unsigned i = 0;; ++i) {
            Word* found = arch::from_physical<Word>(table) + ((address >> (39 - 9 * i)) & 511);
            if (i == level) return found;
            table = *found & kernel::vspace::kAddressMask;
        }
    }

    kernel::FrameCap map(Word address, Word physical) {
        *entry(address, 3) = physical | kEntry;
        return {.asid = kRootAsid,
                .page = address >> kPageBits,
                .address = physical,
                .rights = static_cast<Word>(kernel::FrameRights::read_write)};
    }

    void make_boot_info() {
        const Word buffer = take(kPageBits);
        kernel::insert_root_cap(slot(seL4_CapInitThreadIPCBuffer), map(layout_.ipc_buffer, buffer));
        const Word page = take(kPageBits);
        info_ = arch::from_physical<seL4_BootInfo>(page);
        kernel::insert_root_cap(slot(seL4_CapBootInfoFrame), map(layout_.boot_info, page));
        const Word pages = (layout_.end - layout_.extra) >> kPageBits;
        const Word extra = machine_.free->take(pages << kPageBits, kPageSize);
        if (extra == RangeList::kNone) console::fail("not enough memory for the root server");
        auto* bytes = arch::from_physical<std::uint8_t>(extra);
        __builtin_memset(bytes, 0, pages << kPageBits);
        write_extra_blocks(*machine_.record, machine_.tsc_mhz, bytes);
        extra_.start = next_slot_;
        for (Word i = 0; i < pages; ++i)
            add(map(layout_.extra + i * kPageSize, extra + i * kPageSize));
        extra_.end = next_slot_;
    }

    void make_image_frames() {
        frames_.start = next_slot_;
        for (Word at = 0; at < image_.size(); at += kPageSize)
            add(map(image_.begin + at, image_address_ + at));
        frames_.end = next_slot_;
    }

    void make_thread() {
        const Word address = take(Tcb::kSizeBits);
        thread_ = arch::from_physical<Tcb>(address);
        kernel::initialise_tcb(*thread_, 0);
        kernel::ensure_master_reply(*thread_);
        thread_->arch.context.rdi = layout_.boot_info;
        thread_->arch.context.rip = image_.entry;
        thread_->arch.context.fault_ip = image_.entry;
        thread_->state = kernel::ThreadState::running;
        thread_->priority = kTopPriority;
        thread_->mcp = kTopPriority;
        thread_->buffer_address = layout_.ipc_buffer;
        kernel::insert_root_cap(slot(seL4_CapInitThreadTCB), kernel::TcbCap{.address = address});
        derive(seL4_CapInitThreadCNode, thread_->cspace);
        derive(seL4_CapInitThreadVSpace, thread_->vspace);
        auto buffer = slot(seL4_CapInitThreadIPCBuffer).cap.as<kernel::FrameCap>();
        buffer.asid = 0;
        buffer.page = 0;
        kernel::insert_derived_cap(buffer, slot(seL4_CapInitThreadIPCBuffer), thread_->buffer);
    }
    void derive(Word from, Cte& to) { kernel::insert_derived_cap(slot(from).cap, slot(from), to); }

    void make_controls() {
        using enum kernel::CapTag;
        kernel::insert_root_cap(slot(seL4_CapIRQControl), kernel::control_cap(irq_control));
        kernel::insert_root_cap(slot(seL4_CapASIDControl), kernel::control_cap(asid_control));
        kernel::insert_root_cap(slot(seL4_CapIOPortControl), kernel::control_cap(io_port_control));
        kernel::insert_root_cap(slot(seL4_CapDomain), kernel::control_cap(domain));
    }

    // Everything that is not RAM within the kernel's reach, except what the kernel keeps for itself.
    RangeList& device_memory() {
        static RangeList device;
        constexpr Word kMegabyte = Word{1} << 20;
        device.add({0, Word{1} << UntypedList::kMaxBits});
        for (const Range& range : machine_.record->ram.ranges()) {
            const Word begin = range.begin < kMegabyte ? kMegabyte : range.begin;
            const Word end = range.end < arch::kWindowSize ? range.end : arch::kWindowSize;
            device.remove({begin, end});
        }
        for (const Range& range : machine_.withheld)
            device.remove(range);
        return device;
    }

    void make_untypeds() {
        for (const Range& range : machine_.boot_memory)
            machine_.free->add(range);
        const UntypedList list(device_memory(), *machine_.free, seL4_MaxBootInfoUntypeds);
        untyped_.start = next_slot_;
        Word count = 0;
        list.for_each([&](UntypedPiece piece) {
            if (count == seL4_MaxBootInfoUntypeds) return;
            info_->untypedList[count++] = {.paddr = piece.address,
                                           .sizeBits = piece.size_bits,
                                           .isDevice = static_cast<seL4_Uint8>(piece.device ? 1 : 0),
                                           .padding = {}};
            add(kernel::UntypedCap{
                .address = piece.address, .size_bits = piece.size_bits, .device = piece.device});
        });
        untyped_.end = next_slot_;
    }

    void finish() {
        info_->extraLen = extra_size_;
        info_->numNodes = 1;
        info_->numIOPTLevels = ~Word{0};
        info_->ipcBuffer = reinterpret_cast<seL4_IPCBuffer*>(layout_.ipc_buffer);
        info_->empty = {next_slot_, Word{1} << radix_};
        info_->userImageFrames = frames_;
        info_->userImagePaging = paging_;
        info_->extraBIPages = extra_;
        info_->initThreadCNodeSizeBits = radix_;
        info_->untyped = untyped_;
        kernel::sched::start(*thread_);
    }

    static constexpr Word kEntry =
        kernel::vspace::kPresent | kernel::vspace::kWritable | kernel::vspace::kUser;

    const ElfImage& image_;
    const Word image_address_;
    const Machine& machine_;
    const Word extra_size_;
    const Layout layout_;

    Word radix_ = kDefaultRadix;
    Cte* cnode_ = nullptr;
    Word next_slot_ = seL4_NumInitialCaps;
    Word root_table_ = 0;
    seL4_BootInfo* info_ = nullptr;
    Tcb* thread_ = nullptr;
    seL4_SlotRegion paging_{}, extra_{}, frames_{}, untyped_{};
};

}  // namespace

void start_root_server(const ElfImage& image, std::uint64_t image_address, const Machine& machine) {
    Builder(image, image_address, machine).run();
}

}  // namespace boot
