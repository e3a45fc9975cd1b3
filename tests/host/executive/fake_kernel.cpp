// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/executive/fake_kernel.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "abi/sel4/extensions.h"
#include "abi/sel4/sel4.h"
#include "tests/host/executive/fake_invocation.hpp"
#include "tests/host/executive/fake_sizes.hpp"

namespace fake {

void give_up(const char* what, uint64_t detail) {
    std::fprintf(stderr, "fake kernel: %s (%#llx)\n", what, static_cast<unsigned long long>(detail));
    std::abort();
}

namespace {

constexpr uint64_t kImageAddress = 0x500000000000;

void* host_pages(size_t count) {
    return mmap(nullptr, count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

}  // namespace

Kernel::Kernel(const std::vector<unsigned>& ram_bits, size_t archive_pages)
    : image_pages_(3 * kPartPages + static_cast<unsigned>(archive_pages)),
      buffer_(*reinterpret_cast<seL4_IPCBuffer*>(host_pages(1))) {
    current = this;
    file_ = memfd_create("fake-kernel", 0);
    uint64_t at = uint64_t{1} << 22;  // the kernel's own
    boot_info_ = reinterpret_cast<seL4_BootInfo*>(host_pages(2));
    boot_info_->ipcBuffer = &buffer_;
    announce_extensions();
    boot_info_->initThreadCNodeSizeBits = kRootBits;

    root_ = make(seL4_CapTableObject, 0, kRootBits);
    for (unsigned i = 0; i < (1u << kRootBits); ++i)
        root_->slots.push_back(std::make_unique<Slot>());
    cspace_.object = root_;
    cspace_.guard_bits = 64 - kRootBits;
    boot_slot(seL4_CapInitThreadCNode)->object = root_;
    boot_slot(seL4_CapInitThreadCNode)->guard_bits = 64 - kRootBits;
    own_space_ = make(seL4_X64_PML4Object, 0, 12);
    own_space_->has_asid = true;
    boot_slot(seL4_CapInitThreadVSpace)->object = own_space_;
    boot_slot(seL4_CapInitThreadTCB)->object = make(seL4_TCBObject, 0, seL4_TCBBits);
    for (unsigned slot :
         {seL4_CapIRQControl, seL4_CapASIDControl, seL4_CapInitThreadASIDPool, seL4_CapIOPortControl})
        boot_slot(slot)->object = make(seL4_EndpointObject, 0, 0);

    seL4_Word slot = seL4_NumInitialCaps;
    boot_info_->userImageFrames = {slot, slot + image_pages_};
    image_start_ = kImageAddress;
    for (unsigned i = 0; i < image_pages_; ++i) {
        put(*boot_slot(slot), make(seL4_X86_4K, i * 4096, 12), nullptr, true);
        map_at_boot(*boot_slot(slot++), kImageAddress + i * 4096);
    }
    for (auto [boot_slot_number, page] : {std::pair<unsigned, void*>{seL4_CapInitThreadIPCBuffer, &buffer_},
                                          {seL4_CapBootInfoFrame, boot_info_}}) {
        put(*boot_slot(boot_slot_number), make(seL4_X86_4K, kHostPage, 12), nullptr, true);
        map_at_boot(*boot_slot(boot_slot_number), reinterpret_cast<uint64_t>(page));
    }
    boot_info_->untyped.start = slot;
    for (unsigned bits : ram_bits) {
        at = (at + (uint64_t{1} << bits) - 1) >> bits << bits;
        Object* untyped = make(seL4_UntypedObject, at, bits);
        boot_info_->untypedList[slot - boot_info_->untyped.start] = {
            at, static_cast<seL4_Uint8>(bits), 0, {}};
        put(*boot_slot(slot++), untyped, nullptr, true);
        at += uint64_t{1} << bits;
    }
    Object* device = make(seL4_UntypedObject, (at + 0xffffff) & ~uint64_t{0xffffff}, 24);
    device->device = true;
    boot_info_->untypedList[slot - boot_info_->untyped.start] = {device->physical, 24, 1, {}};
    put(*boot_slot(slot++), device, nullptr, true);
    boot_info_->untyped.end = slot;
    boot_info_->empty = {slot, 1u << kRootBits};
    size_ = device->physical + (uint64_t{1} << 24);
    if (ftruncate(file_, static_cast<off_t>(size_)) != 0) give_up("no memory file", size_);
    memory_ = static_cast<uint8_t*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0));
    if (mmap(reinterpret_cast<void*>(kImageAddress), image_pages_ * 4096, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, file_, 0) == MAP_FAILED)
        give_up("no image", kImageAddress);
}

mm::BootImage Kernel::image() const {
    constexpr uint64_t kPart = kPartPages * 4096;
    uint64_t data = image_start_ + 2 * kPart;
    return {image_start_, image_start_ + kPart, data,
            data + 4096,  data + kPart,         image_start_ + image_pages_ * 4096};
}

std::span<uint8_t> Kernel::archive() {
    mm::BootImage parts = image();
    return {reinterpret_cast<uint8_t*>(parts.archive), parts.end - parts.archive};
}

void Kernel::announce_extensions() {
    const struct {
        neptune_ExecuteDisableBlock execute_disable;
        neptune_PageRunsBlock page_runs;
        neptune_DebugRegistersBlock debug_registers;
    } blocks{{{NEPTUNE_BOOTINFO_EXECUTE_DISABLE, sizeof blocks.execute_disable}, 1},
             {{NEPTUNE_BOOTINFO_PAGE_RUNS, sizeof blocks.page_runs}, 1},
             {{NEPTUNE_BOOTINFO_DEBUG_REGISTERS, sizeof blocks.debug_registers}, 1}};
    memcpy(reinterpret_cast<uint8_t*>(boot_info_) + 4096, &blocks, sizeof blocks);
    boot_info_->extraLen = sizeof blocks;
}

// As the contract has it: everything of the root server's is there, writable and executable.
void Kernel::map_at_boot(Slot& slot, uint64_t address) {
    slot.space = own_space_;
    slot.address = address;
    slot.map_rights = seL4_ReadWrite.words[0];
    own_space_->pages[address] = &slot;
    for (int level = 0; level < 3; ++level)
        own_space_->tables[level].emplace(address >> kLevelShift[level], nullptr);
}

Kernel::Mapping Kernel::mapping(uint64_t vspace, uint64_t address) {
    auto& pages = object(vspace).pages;
    auto at = pages.find(address);
    if (at == pages.end()) return {};
    const Slot& slot = *at->second;
    return {true, (slot.map_rights & seL4_ReadWrite.words[0]) == seL4_ReadWrite.words[0],
            !(slot.map_attributes & NEPTUNE_X86_ExecuteDisable)};
}

Kernel::~Kernel() {
    current = nullptr;
    close(file_);
}

Object* Kernel::make(seL4_ObjectType type, uint64_t physical, unsigned bits) {
    auto made = std::make_unique<Object>();
    Object* object = made.get();
    objects_.emplace(object, std::move(made));
    object->type = type;
    object->physical = physical;
    object->bits = bits;
    return object;
}

void Kernel::put(Slot& slot, Object* object, Slot* parent, bool original) {
    slot.object = object;
    slot.parent = parent;
    slot.original = original;
    slot.rights = 0xf;
    slot.badge = 0;
    slot.guard_bits = 0;
    slot.space = nullptr;
    if (parent) parent->children.push_back(&slot);
    ++object->references;
}

void Kernel::unmap(Slot& slot) {
    if (!slot.space) return;
    bool frame = slot.object->type == seL4_X86_4K;
    if (frame) {
        auto at = slot.space->pages.find(slot.address);
        if (at != slot.space->pages.end() && at->second == &slot) {
            slot.space->pages.erase(at);
            if (slot.space == own_space_) map_own(slot.address, *slot.object, false);
        }
    } else {
        int level = table_level(slot.object->type);
        slot.space->tables[level].erase(slot.address >> kLevelShift[level]);
    }
    slot.space = nullptr;
}

void Kernel::map_own(uint64_t address, Object& frame, bool present) {
    void* at = reinterpret_cast<void*>(address);
    void* result = present ? mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_,
                                  static_cast<off_t>(frame.physical))
                           : mmap(at, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (result == MAP_FAILED) give_up("the host cannot map", address);
}

// Empties a slot; what was derived from it stays, a level up.
void Kernel::clear(Slot& slot) {
    saved_callers_.erase(&slot);
    if (!slot.object) return;
    // A thread is known here by the badge of what it calls with: with that it ends, and so does the right to
    // answer it.
    if (slot.badge)
        std::erase_if(saved_callers_, [&](const auto& saved) { return saved.second == slot.badge; });
    unmap(slot);
    for (Slot* child : slot.children) {
        child->parent = slot.parent;
        if (slot.parent) slot.parent->children.push_back(child);
    }
    slot.children.clear();
    if (slot.parent) std::erase(slot.parent->children, &slot);
    Object* object = slot.object;
    slot.object = nullptr;
    slot.parent = nullptr;
    if (--object->references > 0) return;
    for (auto& inner : object->slots)
        if (inner->object) {
            revoke(*inner);
            clear(*inner);
        }
    for (auto& [address, page] : object->pages)
        page->space = nullptr;
    for (auto& level : object->tables)
        for (auto& [address, table] : level)
            if (table) table->space = nullptr;
    objects_.erase(object);
}

void Kernel::revoke(Slot& slot) {
    while (!slot.children.empty()) {
        Slot* child = slot.children.back();
        revoke(*child);
        clear(*child);
    }
}

Slot* Kernel::resolve_in(Slot& root, seL4_Word index, seL4_Word depth) {
    Slot* at = &root;
    unsigned left = static_cast<unsigned>(depth);
    for (;;) {
        if (!at->object || at->object->type != seL4_CapTableObject) return left == 0 ? at : nullptr;
        if (left == 0) return at;
        unsigned radix = at->object->bits;
        if (left < at->guard_bits + radix) return nullptr;
        left -= at->guard_bits;
        if (at->guard_bits && left < 64 && (index >> left & ((1ull << at->guard_bits) - 1)) != 0)
            return nullptr;
        left -= radix;
        at = at->object->slots[index >> left & ((1ull << radix) - 1)].get();
        if (left == 0) return at;
    }
}

Slot* Kernel::resolve(seL4_CPtr pointer) {
    Slot* slot = resolve_in(cspace_, pointer, 64);
    if (!slot) give_up("a capability pointer leads nowhere", pointer);
    return slot;
}

Object& Kernel::object(seL4_CPtr capability) {
    Slot* slot = resolve(capability);
    if (!slot->object) give_up("an empty slot is used", capability);
    return *slot->object;
}

unsigned Kernel::mapped_pages(uint64_t vspace) {
    return static_cast<unsigned>(object(vspace).pages.size());
}

seL4_Error Invocation::retype() {
    Object& untyped = *slot_.object;
    seL4_Word type = words_[0];
    Slot* root = extra(0);
    Slot* node = message(3) == 0 ? root : kernel_.resolve_in(*root, message(2), message(3));
    seL4_Word offset = message(4);
    seL4_Word count = message(5);
    if (untyped.type != seL4_UntypedObject) return seL4_IllegalOperation;
    if (!node || !node->object || node->object->type != seL4_CapTableObject) return failed_lookup(0);
    if (count < 1 || count > seL4_RetypeFanOutLimit || offset + count > node->object->slots.size())
        return seL4_RangeError;
    for (seL4_Word i = 0; i < count; ++i)
        if (node->object->slots[offset + i]->object) return seL4_DeleteFirst;
    unsigned bits = object_bits(type, words_[1]);
    uint64_t size = uint64_t{1} << bits;
    if (slot_.children.empty()) {
        if (!untyped.device && untyped.used) memset(kernel_.memory(untyped.physical), 0, untyped.used);
        untyped.used = 0;
    }
    uint64_t start = (untyped.used + size - 1) & ~(size - 1);
    if (start + count * size > uint64_t{1} << untyped.bits) return seL4_NotEnoughMemory;
    for (seL4_Word i = 0; i < count; ++i) {
        unsigned object_size = type == seL4_CapTableObject ? static_cast<unsigned>(words_[1]) : bits;
        Object* object = kernel_.make(static_cast<seL4_ObjectType>(type), untyped.physical + start + i * size,
                                      object_size);
        object->device = untyped.device;
        if (type == seL4_CapTableObject)
            for (unsigned slot = 0; slot < (1u << words_[1]); ++slot)
                object->slots.push_back(std::make_unique<Slot>());
        kernel_.put(*node->object->slots[offset + i], object, &slot_, true);
    }
    untyped.used = start + count * size;
    return seL4_NoError;
}

seL4_Error Invocation::copy(bool mint) {
    Slot* destination = kernel_.resolve_in(slot_, message(0), message(1));
    Slot* source = kernel_.resolve_in(*extra(0), message(2), message(3));
    if (!destination || !source || !source->object) return failed_lookup(0);
    if (destination->object) return seL4_DeleteFirst;
    seL4_Word data = mint ? message(5) : 0;
    bool badged = mint && data && source->object->type != seL4_CapTableObject;
    kernel_.put(*destination, source->object, source->original ? source : source->parent, badged);
    destination->rights = source->rights & message(4);
    destination->badge = badged ? data : source->badge;
    destination->guard_bits =
        source->object->type == seL4_CapTableObject && mint ? data & 63 : source->guard_bits;
    return seL4_NoError;
}

seL4_Error Invocation::mutate() {
    Slot* destination = kernel_.resolve_in(slot_, message(0), message(1));
    Slot* source = kernel_.resolve_in(*extra(0), message(2), message(3));
    if (!destination || !source || !source->object) return failed_lookup(0);
    if (destination->object) return seL4_DeleteFirst;
    Slot* parent = source->parent;
    std::vector<Slot*> children = std::move(source->children);
    Object* object = source->object;
    if (parent) std::erase(parent->children, source);
    bool original = source->original;
    *source = Slot{};
    kernel_.put(*destination, object, parent, original);
    --object->references;
    destination->guard_bits = message(4) & 63;
    destination->children = std::move(children);
    for (Slot* child : destination->children)
        child->parent = destination;
    return seL4_NoError;
}

seL4_Error Invocation::save_caller() {
    Slot* slot = kernel_.resolve_in(slot_, message(0), message(1));
    if (!slot) return failed_lookup(0);
    if (slot->object || kernel_.saved_callers_.contains(slot)) return seL4_DeleteFirst;
    if (seL4_Word caller = std::exchange(kernel_.caller_, 0)) kernel_.saved_callers_[slot] = caller;
    return seL4_NoError;
}

seL4_Error Invocation::map_table() {
    Object* space = extra(0)->object;
    if (!space || space->type != seL4_X64_PML4Object || !space->has_asid) return seL4_InvalidCapability;
    if (slot_.space) return seL4_InvalidCapability;
    int level = table_level(slot_.object->type);
    for (int above = 0; above < level; ++above)
        if (!space->tables[above].contains(words_[0] >> kLevelShift[above]))
            return failed_lookup(kLevelShift[above]);
    if (!space->tables[level].emplace(words_[0] >> kLevelShift[level], &slot_).second)
        return seL4_DeleteFirst;
    slot_.space = space;
    slot_.address = words_[0];
    return seL4_NoError;
}

void Invocation::read_registers() {
    const auto* registers = reinterpret_cast<const seL4_Word*>(&slot_.object->registers);
    for (int i = 0; i < 20; ++i)
        (i < 4 ? words_[i] : kernel_.buffer_.msg[i]) = registers[i];
}

void Invocation::write_registers() {
    auto* registers = reinterpret_cast<seL4_Word*>(&slot_.object->registers);
    for (int i = 0; i < 20; ++i)
        registers[i] = message(i + 2);
    if (message(0) & 1) slot_.object->running = true;
}

// The Executive has looked before: what the kernel would refuse never comes here.
seL4_Error Invocation::set_debug_registers() {
    const seL4_Word control = message(4);
    for (int i = 0; i < 4; ++i) {
        slot_.object->breakpoints[i] = message(i);
        const seL4_Word kind = control >> (16 + 4 * i) & 3, length = control >> (18 + 4 * i) & 3;
        if (!(control >> 2 * i & 3)) continue;
        if (message(i) > 0x7fffffffeff7) give_up("a breakpoint of the kernel's", message(i));
        if (kind == 2 || (kind == 0 && length != 0)) give_up("a breakpoint of no kind", control);
    }
    slot_.object->breakpoints[4] = control;
    return seL4_NoError;
}

seL4_Error Invocation::run() {
    Object& object = *slot_.object;
    switch (label_) {
        case seL4_Label_Untyped_Retype:
            return retype();
        case seL4_Label_CNode_Copy:
            return copy(false);
        case seL4_Label_CNode_Mint:
            return copy(true);
        case seL4_Label_CNode_Mutate:
            return mutate();
        case seL4_Label_CNode_Delete:
        case seL4_Label_CNode_Revoke: {
            Slot* slot = kernel_.resolve_in(slot_, message(0), message(1));
            if (!slot) return failed_lookup(0);
            if (label_ == seL4_Label_CNode_Revoke) {
                kernel_.revoke(*slot);
            } else {
                kernel_.clear(*slot);
            }
            return seL4_NoError;
        }
        case seL4_Label_CNode_SaveCaller:
            return save_caller();
        case seL4_Label_PDPT_Map:
        case seL4_Label_PageDirectory_Map:
        case seL4_Label_PageTable_Map:
            return map_table();
        case seL4_Label_Page_Map:
            return map_page();
        case NEPTUNE_Label_VSpace_MapPages:
            return kernel_.serves_runs ? map_pages() : seL4_IllegalOperation;
        case NEPTUNE_Label_TCB_SetDebugRegisters:
            return kernel_.serves_breakpoints ? set_debug_registers() : seL4_IllegalOperation;
        case NEPTUNE_Label_VSpace_UnmapPages:
            return kernel_.serves_runs ? unmap_pages() : seL4_IllegalOperation;
        case seL4_Label_PDPT_Unmap:
        case seL4_Label_PageDirectory_Unmap:
        case seL4_Label_PageTable_Unmap:
        case seL4_Label_Page_Unmap:
            kernel_.unmap(slot_);
            return seL4_NoError;
        case seL4_Label_Page_GetAddress:
            words_[0] = object.physical;
            return seL4_NoError;
        case seL4_Label_ASIDPool_Assign: {
            Object* space = extra(0)->object;
            if (space->has_asid) return seL4_InvalidCapability;
            space->has_asid = true;
            return seL4_NoError;
        }
        case seL4_Label_TCB_SetSpace:
            if (&object == kernel_.boot_slot(seL4_CapInitThreadTCB)->object) {
                kernel_.cspace_.object = extra(0)->object;
                kernel_.cspace_.guard_bits = message(1) & 63;
            }
            return seL4_NoError;
        case seL4_Label_TCB_Configure:
            return extra(1)->object->has_asid && extra(2)->object ? seL4_NoError : seL4_IllegalOperation;
        case seL4_Label_TCB_WriteRegisters:
            write_registers();
            return seL4_NoError;
        case seL4_Label_TCB_ReadRegisters:
            read_registers();
            return seL4_NoError;
        case seL4_Label_TCB_Suspend:
            object.running = false;
            return seL4_NoError;
        case seL4_Label_TCB_Resume:
            object.running = true;
            return seL4_NoError;
        case seL4_Label_TCB_SetSchedParams:
        case seL4_Label_TCB_SetPriority:
        case seL4_Label_TCB_BindNotification:
            return seL4_NoError;
        default:
            return seL4_IllegalOperation;
    }
}

seL4_Word Kernel::invoke(seL4_CPtr capability, seL4_Word info, seL4_Word* words) {
    ++invocations;
    Slot* slot = resolve(capability);
    if (!slot->object) return seL4_MessageInfo_new(seL4_InvalidCapability, 0, 0, 1).words[0];
    seL4_Error error = Invocation(*this, *slot, info, words).run();
    return seL4_MessageInfo_new(error, 0, 0, 4).words[0];
}

}  // namespace fake
