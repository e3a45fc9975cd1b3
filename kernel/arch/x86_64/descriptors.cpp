// SPDX-License-Identifier: GPL-3.0-only
#include "descriptors.hpp"

#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/switch.hpp"
#include "kernel/platform/platform.hpp"

extern "C" {
extern const char trap_doors[], trap_doors_hidden[];
extern const char syscall_entry[], syscall_entry_hidden[];
extern const char trampoline_stack_top[];
}

namespace arch {

TaskState task_state;

namespace {

// Segment descriptors as the manuals draw them; base and limit mean nothing in 64-bit mode.
constexpr Word kKernelCode = 0x00af'9b00'0000'ffff;
constexpr Word kKernelData = 0x00cf'9300'0000'ffff;
constexpr Word kUserCode = 0x00af'fb00'0000'ffff;
constexpr Word kUserData = 0x00cf'f300'0000'ffff;
constexpr std::uint16_t kKernelCodeSelector = 0x08;
constexpr std::uint16_t kKernelDataSelector = 0x10;
constexpr std::uint16_t kTaskSelector = 0x18;

// What follows is in the trampoline: user page tables map it even where they hide the kernel.
#define TRAMPOLINE __attribute__((section(".bss.trampoline")))

// The table's entries. User code sees 0x2b, 0x33 and, after sysret, 0x3b, as in seL4; none of these may move.
// What sysret gives is a user code segment like the other, so that a thread may return to a selector it has
// saved. The last entry is empty: a 32-bit user code segment (0x4b) goes there. Its threads would leave by
// iretq, for a 32-bit sysret would give them 0x2b, and kCstar would need a door.
enum Entry : unsigned {
    kKernelCodeEntry = 1,
    kKernelDataEntry,
    kTaskEntry,  // and the next
    kUserCodeEntry = 5,
    kUserDataEntry,
    kSysretCodeEntry,
    kSpareDataEntry,
    kUserCode32Entry,
    kEntries
};
constexpr Word selector(Entry entry, unsigned ring) {
    return entry * 8 + ring;
}
constexpr Word kStarUserBase = selector(kUserCodeEntry, 3);  // sysret: data one entry on, code two
static_assert(selector(kKernelCodeEntry, 0) == kKernelCodeSelector &&
              selector(kKernelDataEntry, 0) == kKernelDataSelector &&
              selector(kTaskEntry, 0) == kTaskSelector);
static_assert(selector(kUserCodeEntry, 3) == kUserCodeSelector &&
              selector(kUserDataEntry, 3) == kUserDataSelector);
static_assert(kStarUserBase + 8 == kUserDataSelector && kStarUserBase + 16 == selector(kSysretCodeEntry, 3));
static_assert(kUserCodeSelector == 0x2b && kUserDataSelector == 0x33 &&
              selector(kUserCode32Entry, 3) == 0x4b);
TRAMPOLINE Word gdt[kEntries];

// Where the kernel is hidden the CPU uses this one, with an interrupt stack in the trampoline.
TRAMPOLINE TaskState hidden_task_state;

struct Gate {
    std::uint16_t offset_low;
    std::uint16_t selector;
    std::uint8_t stack;
    std::uint8_t type;
    std::uint16_t offset_middle;
    std::uint32_t offset_high;
    std::uint32_t reserved;
};
static_assert(sizeof(Gate) == 16);

TRAMPOLINE Gate idt[256];

struct __attribute__((packed)) TablePointer {
    std::uint16_t limit;
    const void* base;
};

constexpr unsigned kDoorSize = 16;
constexpr std::uint8_t kInterruptGate = 0x8e;
constexpr std::uint8_t kUserCallable = 0x60;
constexpr unsigned kContextStack = 1;  // IST1: the context of the running thread
constexpr unsigned kUrgentStack = 2;   // IST2: events that do not ask whether the kernel is ready
constexpr unsigned kDebugStack =
    3;  // IST3: debug exceptions, which may come on the first instruction of another's door

constexpr unsigned kDebug = 1;
constexpr unsigned kBreakpoint = 3;
constexpr bool is_urgent(unsigned vector) {
    return vector == 2 || vector == 8 || vector == 18;
}

alignas(16) TRAMPOLINE std::uint8_t urgent_stack[1024];
alignas(16) TRAMPOLINE std::uint8_t debug_stack[256];

void fill_gate(unsigned vector) {
    const char* doors = features.hide_kernel ? trap_doors_hidden : trap_doors;
    const Word target = reinterpret_cast<Word>(doors) + vector * kDoorSize;
    const bool callable = vector == kBreakpoint || vector >= platform::kFirstUserTrapVector;
    Gate& gate = idt[vector];
    gate.offset_low = static_cast<std::uint16_t>(target);
    gate.offset_middle = static_cast<std::uint16_t>(target >> 16);
    gate.offset_high = static_cast<std::uint32_t>(target >> 32);
    gate.selector = kKernelCodeSelector;
    gate.stack = is_urgent(vector) ? kUrgentStack : vector == kDebug ? kDebugStack : kContextStack;
    gate.type = static_cast<std::uint8_t>(kInterruptGate | (callable ? kUserCallable : 0));
}

void fill_task_state(TaskState& task) {
    task.io_map_base = sizeof(TaskState);
    task.interrupt_stack[kContextStack - 1] = reinterpret_cast<Word>(trampoline_stack_top);
    task.interrupt_stack[kUrgentStack - 1] = reinterpret_cast<Word>(urgent_stack + sizeof urgent_stack);
    task.interrupt_stack[kDebugStack - 1] = reinterpret_cast<Word>(debug_stack + sizeof debug_stack);
}

void fill_gdt(const TaskState& task) {
    gdt[kKernelCodeEntry] = kKernelCode;
    gdt[kKernelDataEntry] = kKernelData;
    gdt[kUserCodeEntry] = kUserCode;
    gdt[kUserDataEntry] = kUserData;
    gdt[kSysretCodeEntry] = kUserCode;
    gdt[kSpareDataEntry] = kUserData;
    const Word base = reinterpret_cast<Word>(&task);
    constexpr Word kPresentAvailableTask = 0x89;
    gdt[kTaskEntry] = (sizeof(TaskState) - 1) | ((base & 0xffffff) << 16) | (kPresentAvailableTask << 40) |
                      (((base >> 24) & 0xff) << 56);
    gdt[kTaskEntry + 1] = base >> 32;
}

void load_segments() {
    asm volatile(
        "pushq %0\n"
        "leaq 1f(%%rip), %%rax\n"
        "pushq %%rax\n"
        "lretq\n"
        "1:\n"
        "movl %1, %%ds\n"
        "movl %1, %%es\n"
        "movl %1, %%ss\n"
        "xorl %%eax, %%eax\n"
        "movl %%eax, %%fs\n"
        "movl %%eax, %%gs\n"
        :
        : "i"(kKernelCodeSelector), "r"(std::uint32_t{kKernelDataSelector})
        : "rax", "memory");
    // User code needs no more than null selectors there.
    asm volatile("movl %0, %%ds; movl %0, %%es" : : "r"(0));
}

enum : std::uint32_t {
    kEfer = 0xc0000080,
    kStar = 0xc0000081,
    kLstar = 0xc0000082,
    kCstar = 0xc0000083,
    kSfmask = 0xc0000084,
    kPat = 0x277,
    kSysenterCs = 0x174,
};

// TF and IF as seL4 clears them, and what C++ code and iretq must not inherit from user code: DF, IOPL, NT,
// AC.
constexpr Word kFlagsClearedAtSyscall = 0x100 | 0x200 | 0x400 | 0x3000 | 0x4000 | 0x40000;
// WB, WT, UC-, UC, WC, then the first ones again.
constexpr Word kPatEntries = 0x0007'0401'0007'0406;

void set_up_control_registers() {
    constexpr Word kGlobalPages = 1u << 7;
    constexpr Word kFxsave = 1u << 9;
    constexpr Word kSimdExceptions = 1u << 10;
    constexpr Word kUmip = 1u << 11;
    constexpr Word kFsgsbase = 1u << 16;
    constexpr Word kPcid = 1u << 17;
    constexpr Word kOsxsave = 1u << 18;
    constexpr Word kSmep = 1u << 20;
    constexpr Word kSmap = 1u << 21;
    Word cr4 = read_cr4() | kGlobalPages | kFxsave | kSimdExceptions;
    if (features.umip) cr4 |= kUmip;
    if (features.fsgsbase) cr4 |= kFsgsbase;
    if (features.tagged_translations) cr4 |= kPcid;  // allowed while CR3 carries tag 0
    if (features.xsave) cr4 |= kOsxsave;
    if (features.smep) cr4 |= kSmep;
    if (features.smap) cr4 |= kSmap;
    write_cr4(cr4);
    if (features.xsave) write_xcr0(3);
}

}  // namespace

void load_descriptors() {
    TaskState& task = features.hide_kernel ? hidden_task_state : task_state;
    fill_task_state(task);
    fill_gdt(task);
    for (unsigned vector = 0; vector < 256; ++vector)
        fill_gate(vector);

    const TablePointer gdt_pointer{sizeof gdt - 1, gdt};
    const TablePointer idt_pointer{sizeof idt - 1, idt};
    asm volatile("lgdt %0" : : "m"(gdt_pointer));
    load_segments();
    asm volatile("lidt %0" : : "m"(idt_pointer));
    asm volatile("ltr %w0" : : "r"(kTaskSelector));
    asm volatile("lldt %w0" : : "r"(0));
}

void set_up_cpu() {
    set_up_control_registers();
    constexpr Word kSyscallEnable = 1;
    write_msr(kEfer, read_msr(kEfer) | kSyscallEnable);
    write_msr(kStar, (kStarUserBase << 48) | (Word{kKernelCodeSelector} << 32));
    write_msr(kLstar, reinterpret_cast<Word>(features.hide_kernel ? syscall_entry_hidden : syscall_entry));
    write_msr(kCstar, 0);
    write_msr(kSfmask, kFlagsClearedAtSyscall);
    write_msr(kPat, kPatEntries);
    write_msr(kSysenterCs, 0);  // sysenter faults
    // No breakpoints that the firmware may have left.
    asm volatile("movq %0, %%dr7" : : "r"(Word{0x400}));
}

}  // namespace arch
