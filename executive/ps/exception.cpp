// SPDX-License-Identifier: GPL-3.0-only
//
// Faults of the processor become NT exceptions: stack growth is settled here, everything else goes to
// KiUserExceptionDispatcher with a CONTEXT and an EXCEPTION_RECORD on the thread's stack. What cannot be
// delivered, or comes back unhandled, is reported on the console and ends the process.
#include <string.h>
#include <algorithm>

#include "abi/nt/single_step.h"
#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/reports.hpp"
#include "executive/ps/instruction.hpp"
#include "executive/ps/system_dll.hpp"
#include "executive/ps/thread.hpp"

namespace ps {

namespace {

// The frame that KiUserExceptionDispatcher finds at its stack pointer.
struct ExceptionFrame {
    CONTEXT context;
    struct {
        int32_t offset;
        uint32_t length;
    } context_ex[4];  // CONTEXT_EX: all, legacy, xstate, and padding
    EXCEPTION_RECORD record;
};
static_assert(offsetof(ExceptionFrame, context_ex) == 0x4d0);
static_assert(offsetof(ExceptionFrame, record) == 0x4f0);

// Leaf functions may use this much below the stack pointer on some ABIs; NT leaves it alone too.
constexpr uint64_t kRedZone = 0x80;
constexpr uint64_t kFrameSlack = 0x20;

constexpr ULONG kTrapFlag = 0x100;
constexpr ULONG kResumeFlag = 0x10000;
constexpr uint64_t kBreakpointsHit = 15;  // of DR6

NTSTATUS status_of_vector(uint64_t vector) {
    switch (vector) {
        case 0:
            return STATUS_INTEGER_DIVIDE_BY_ZERO;
        case 1:
            return STATUS_SINGLE_STEP;
        case 3:
            return STATUS_BREAKPOINT;
        case 4:
            return STATUS_INTEGER_OVERFLOW;
        case 5:
            return STATUS_ARRAY_BOUNDS_EXCEEDED;
        case 6:
            return STATUS_ILLEGAL_INSTRUCTION;
        case 16:
            return STATUS_FLOAT_INVALID_OPERATION;
        case 17:
            return STATUS_DATATYPE_MISALIGNMENT;
        case 19:
            return STATUS_FLOAT_MULTIPLE_TRAPS;
        default:
            return STATUS_ACCESS_VIOLATION;
    }
}

std::u16string_view module_name(const mm::Section* section) {
    if (!section) return u"?";
    std::u16string_view path = section->file_name();
    size_t slash = path.find_last_of(u"\\/");
    return slash == std::u16string_view::npos ? path : path.substr(slash + 1);
}

// What on the stack looks like return addresses: words that point into an image.
void report_stack(mm::AddressSpace& space, uint64_t stack) {
    constexpr unsigned kWords = 256;
    constexpr unsigned kBlock = 16;
    constexpr unsigned kMost = 8;
    constexpr unsigned kMostLookedUp = 16;  // a look costs some hundred instructions
    char line[128];
    uint64_t words[kBlock];
    unsigned looked_up = 0;
    unsigned said = 0;
    for (unsigned i = 0; i < kWords && said < kMost; ++i) {
        uint64_t at = align_down(stack, 8) + i * sizeof(uint64_t);
        if (i % kBlock == 0 && !space.copy_in(words, at, sizeof words)) return;
        uint64_t word = words[i % kBlock];
        uint64_t base = 0;
        if (word <= ke::kLowestUserAddress || word > ke::kHighestUserAddress) continue;
        if (++looked_up > kMostLookedUp) return;
        const mm::Section* section = space.section_at(word, base);
        if (!section || !section->is_code(word - base)) continue;
        ke::report(format(line, "  stack +{x}: {}+0x{x}", i * 8, module_name(section), word - base));
        ++said;
    }
}

// A name in the program's memory, as much of it as fits; empty where there is none.
std::string_view name_at(mm::AddressSpace& space, uint64_t address, std::span<char> room) {
    size_t length = 0;
    while (length < room.size()) {
        // To the end of a page at once: if its end can be read, so can its beginning.
        size_t part =
            std::min<uint64_t>(room.size() - length, mm::kPageSize - (address + length) % mm::kPageSize);
        if (!space.copy_in(&room[length], address + length, part)) break;
        std::string_view text(room.data() + length, part);
        size_t end = text.find('\0');
        length += std::min(end, part);
        if (end != text.npos) break;
    }
    return {room.data(), length};
}

// What the parameters of an exception say, where they say more than its number.
void report_cause(mm::AddressSpace& space, const EXCEPTION_RECORD& record) {
    if (record.NumberParameters < 2) return;
    constexpr uint64_t kHighestOrdinal = 0xffff;
    const uint64_t first = record.ExceptionInformation[0], second = record.ExceptionInformation[1];
    char line[256], dll[64], name[64];
    switch (record.ExceptionCode) {
        case STATUS_ACCESS_VIOLATION:
        case STATUS_GUARD_PAGE_VIOLATION:
        case STATUS_STACK_OVERFLOW:
        case STATUS_IN_PAGE_ERROR:
            return ke::report(format(line, "  {} address {p}",
                                     first == EXCEPTION_WRITE_FAULT     ? "writing"
                                     : first == EXCEPTION_EXECUTE_FAULT ? "executing"
                                                                        : "reading",
                                     second));
        case EXCEPTION_WINE_STUB:
            if (second <= kHighestOrdinal)
                return ke::report(
                    format(line, "  the ordinal {} was not found in {}", second, name_at(space, first, dll)));
            return ke::report(format(line, "  the entry point {} was not found in {}",
                                     name_at(space, second, name), name_at(space, first, dll)));
        default:
            return;
    }
}

}  // namespace

bool Thread::handle_fault(const ke::Fault& fault) {
    switch (fault.kind) {
        case ke::Fault::Kind::Memory:
            return memory_fault(fault);
        case ke::Fault::Kind::Exception:
            return exception(fault);
        case ke::Fault::Kind::UnknownSyscall:
            return raise_status(STATUS_INVALID_SYSTEM_SERVICE, fault.ip);
        default:
            return raise_status(STATUS_ILLEGAL_INSTRUCTION, fault.ip);
    }
}

// The guard page below a thread's stack was touched: the next one becomes the guard. Near the end of the
// reservation the program gets the last pages to handle the overflow with: the frames of the dispatcher, the
// handlers and the unwinder take about two. True: go on.
bool Thread::grow_stack(uint64_t address, NTSTATUS& status) {
    mm::AddressSpace& space = process_->space();
    // The TEB says where the stack is: a fiber's is another one.
    uint64_t bottom = stack_base_;
    uint64_t top = stack_top_;
    uint64_t said_bottom, said_top;
    if (space.copy_in(&said_bottom, teb_ + offsetof(TEB, DeallocationStack), sizeof said_bottom) &&
        space.copy_in(&said_top, teb_ + offsetof(TEB, NtTib.StackBase), sizeof said_top)) {
        bottom = said_bottom;
        top = said_top;
    }
    if (address < bottom || address >= top) return false;
    uint64_t page = align_down(address, mm::kPageSize);
    uint64_t limit = page;
    constexpr uint64_t kOverflowPages = 4;
    bool last = page <= bottom + kOverflowPages * mm::kPageSize;
    if (last) {
        status = STATUS_STACK_OVERFLOW;
        uint64_t lowest = align_down(bottom, mm::kPageSize) + mm::kPageSize;
        if (page > lowest && space.allocate(lowest, page - lowest, MEM_COMMIT, PAGE_READWRITE))
            limit = lowest;
    } else if (!space.allocate(page - mm::kPageSize, mm::kPageSize, MEM_COMMIT,
                               PAGE_READWRITE | PAGE_GUARD)) {
        status = STATUS_STACK_OVERFLOW;
        last = true;
    }
    (void)space.copy_out(teb_ + offsetof(TEB, NtTib.StackLimit), &limit, sizeof limit);
    return !last;
}

bool Thread::extend_stack(uint64_t address) {
    NTSTATUS status = STATUS_SUCCESS;
    return grow_stack(address, status);
}

bool Thread::memory_fault(const ke::Fault& fault) {
    ke::Access access = fault.fetch   ? ke::Access::Execute
                        : fault.write ? ke::Access::Write
                                      : ke::Access::Read;
    NTSTATUS status = fault.failure;
    if (status == STATUS_SUCCESS) {
        status = process_->space().fault(fault.address, access);
        if (status == STATUS_SUCCESS) return true;
        if (ke::PageIn::left(status)) return false;
    }
    if (status == STATUS_GUARD_PAGE_VIOLATION && grow_stack(fault.address, status)) return true;
    uint64_t kind = access == ke::Access::Execute ? EXCEPTION_EXECUTE_FAULT
                    : access == ke::Access::Write ? EXCEPTION_WRITE_FAULT
                                                  : EXCEPTION_READ_FAULT;
    if (status == STATUS_ACCESS_VIOLATION || status == STATUS_GUARD_PAGE_VIOLATION ||
        status == STATUS_STACK_OVERFLOW) {
        const uint64_t information[] = {kind, fault.address};
        return raise_status(status, fault.ip, information);
    }
    const uint64_t information[] = {kind, fault.address, static_cast<uint32_t>(status)};
    return raise_status(STATUS_IN_PAGE_ERROR, fault.ip, information);
}

bool Thread::raise_status(NTSTATUS status, uint64_t address, std::span<const uint64_t> information) {
    EXCEPTION_RECORD record{};
    record.ExceptionCode = status;
    record.ExceptionAddress = reinterpret_cast<PVOID>(address);
    record.NumberParameters = static_cast<ULONG>(information.size());
    for (size_t i = 0; i < information.size(); ++i)
        record.ExceptionInformation[i] = information[i];
    CONTEXT context{};
    if (get_context(context)) raise(record, context, true);
    return false;
}

// The thread has loaded a context with the trap flag and stands before its first instruction: that is no step
// yet.
bool Thread::step_begins(uint64_t ip) {
    uint64_t from = 0;
    const uint64_t place = teb_ + NEPTUNE_STEP_FROM;
    if (!process_->space().copy_in(&from, place, sizeof from) || from != ip) return false;
    constexpr uint64_t kNone = 0;
    return static_cast<bool>(process_->space().copy_out(place, &kNone, sizeof kNone));
}

// popfq; ret in ntdll, and below the stack pointer what they take.
void Thread::load_trap_flag(Position& position) {
    constexpr uint64_t kLoaded = 0x240dd5;  // the flags that programs change
    constexpr uint64_t kSet = 0x202;
    if (!system_dll().load_flags) return;
    const uint64_t words[] = {(position.flags & kLoaded) | kSet, position.ip};
    mm::AddressSpace& space = process_->space();
    uint64_t sp = position.sp - sizeof words;
    if (!space.copy_out(teb_ + NEPTUNE_STEP_FROM, &position.ip, sizeof position.ip)) return;
    if (!space.copy_out(sp, words, sizeof words)) return;
    position = {process_->system_dll_base() + system_dll().load_flags, sp, kSet};
}

void Thread::read_trap_flag(Position& position) {
    uint64_t entry = process_->system_dll_base() + system_dll().load_flags;
    bool loaded = position.ip == entry + 1;  // stands before ret
    if (!system_dll().load_flags || (position.ip != entry && !loaded)) return;
    uint64_t words[2] = {position.flags};
    size_t length = loaded ? sizeof words[0] : sizeof words;
    if (!process_->space().copy_in(&words[loaded], position.sp, length)) return;
    position = {words[1], position.sp + length, words[0]};
}

// A debugger that handles it goes on behind it, a handler of the program's finds it there. A parameter tells
// int3 (0) from the debugger services.
bool Thread::raise_breakpoint(uint64_t ip, uint64_t behind, bool has_parameter) {
    EXCEPTION_RECORD record{};
    record.ExceptionCode = STATUS_BREAKPOINT;
    record.ExceptionAddress = reinterpret_cast<PVOID>(ip);
    record.NumberParameters = has_parameter;
    CONTEXT context{};
    if (!get_context(context)) return false;
    context.Rip = ip;
    if (!process_->debuggee().raised(*this, record, context, behind, true)) dispatch(record, context);
    return false;
}

bool Thread::exception(const ke::Fault& fault) {
    // With the byte behind it, which NT's service skips.
    constexpr uint64_t kDebugServiceLength = 3;
    constexpr uint64_t kDebug = 1;
    constexpr uint64_t kGeneralProtection = 13;
    constexpr uint64_t kBreakpoint = 3;
    if (fault.vector == kDebug) {
        if (!(fault.error_code & kBreakpointsHit) && step_begins(fault.ip)) return true;
        note_debug_status(fault.error_code);
    }
    if (fault.vector == kBreakpoint) return raise_breakpoint(fault.ip - 1, fault.ip, true);
    if (fault.vector != kGeneralProtection) {
        EXCEPTION_RECORD record{};
        record.ExceptionCode = status_of_vector(fault.vector);
        record.ExceptionAddress = reinterpret_cast<PVOID>(fault.ip);
        CONTEXT context{};
        if (!get_context(context)) return false;
        context.Rip = fault.ip;
        // Whoever wants another step says so.
        if (fault.vector == kDebug) context.EFlags &= ~kTrapFlag;
        raise(record, context, true);
        return false;
    }
    CONTEXT context{};
    if (!get_context(context)) return false;
    // int n without a gate arrives as general protection; what it was is in the code itself.
    Instruction instruction = decode_instruction(process_->space(), fault.ip);
    switch (instruction.kind) {
        case Instruction::Kind::Port:
            if (port_instruction(context)) return false;
            return raise_status(STATUS_PRIVILEGED_INSTRUCTION, fault.ip);
        case Instruction::Kind::Privileged:
            return raise_status(STATUS_PRIVILEGED_INSTRUCTION, fault.ip);
        case Instruction::Kind::FastFail: {
            EXCEPTION_RECORD record{};
            record.ExceptionCode = STATUS_STACK_BUFFER_OVERRUN;
            record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
            record.ExceptionAddress = reinterpret_cast<PVOID>(fault.ip);
            record.NumberParameters = 1;
            record.ExceptionInformation[0] = context.Rcx;
            raise(record, context, false);
            return false;
        }
        case Instruction::Kind::Assertion:
            return raise_status(STATUS_ASSERTION_FAILURE, fault.ip);
        case Instruction::Kind::DebugService:
            return raise_breakpoint(fault.ip, fault.ip + kDebugServiceLength, false);
        default: {
            const uint64_t information[] = {0, ~uint64_t{0}};
            return raise_status(STATUS_ACCESS_VIOLATION, fault.ip, information);
        }
    }
}

NTSTATUS Thread::raise(const EXCEPTION_RECORD& record, const CONTEXT& context, bool first_chance) {
    if (process_->debuggee().raised(*this, record, context, context.Rip, first_chance)) return STATUS_SUCCESS;
    if (first_chance) return dispatch(record, context);
    report_and_end(record, context);
    return STATUS_SUCCESS;
}

NTSTATUS Thread::go_on_with(const DebugSlot& slot) {
    CONTEXT context{};
    if (!get_context(context)) return STATUS_SUCCESS;
    if (context.Rip == slot.stands_at) context.Rip = slot.raised_at;
    if (slot.first_chance) return dispatch(slot.record, context);
    report_and_end(slot.record, context);
    return STATUS_SUCCESS;
}

// Where others write to a thread's stack they come upon its guard page as upon any memory that is not to be
// touched.
void Thread::touch_guards(uint64_t address, size_t length) {
    mm::AddressSpace& space = process_->space();
    if (ke::served_memory() == &space) return;
    for (uint64_t page = align_down(address, mm::kPageSize); page < address + length; page += mm::kPageSize) {
        auto information = space.query(page);
        NTSTATUS ignored;
        if (!information || !(information->Protect & PAGE_GUARD)) continue;
        if (space.protect(page, mm::kPageSize, PAGE_READWRITE)) grow_stack(page, ignored);
    }
}

NTSTATUS Thread::dispatch(const EXCEPTION_RECORD& record, const CONTEXT& context) {
    mm::AddressSpace& space = process_->space();
    uint64_t frame = align_down(context.Rsp - kRedZone - kFrameSlack - sizeof(ExceptionFrame), 64);
    Own<ExceptionFrame> image(new (std::nothrow) ExceptionFrame{});
    if (!image || context.Rsp < sizeof(ExceptionFrame) + kRedZone + kFrameSlack + 64) {
        report_and_end(record, context);
        return STATUS_SUCCESS;
    }
    image->context = context;
    image->context.ContextFlags |=
        CONTEXT_EXCEPTION_REPORTING | CONTEXT_EXCEPTION_ACTIVE | CONTEXT_DEBUG_REGISTERS;
    show_debug_registers(image->context);
    image->context_ex[0] = {-int32_t{sizeof(CONTEXT)}, sizeof(CONTEXT) + 0x20};
    image->context_ex[1] = {-int32_t{sizeof(CONTEXT)}, sizeof(CONTEXT)};
    image->record = record;
    touch_guards(frame, sizeof *image);
    // Writing may touch the guard page, as the program's own pushes would.
    Result<void> written = space.copy_out(frame, image.get(), sizeof *image);
    NTSTATUS status = written ? STATUS_SUCCESS : written.error();
    if (status == STATUS_GUARD_PAGE_VIOLATION) {
        NTSTATUS ignored;
        grow_stack(space.take_guard(), ignored);
        written = space.copy_out(frame, image.get(), sizeof *image);
    }
    if (!written && ke::PageIn::left(written.error())) return written.error();
    if (!written) {
        report_and_end(record, context);
        return STATUS_SUCCESS;
    }
    log.info("exception {s} at {p} in process {} ({}), thread {}", record.ExceptionCode, context.Rip,
             process_->id(), process_->image_name(), id_);
    CONTEXT entry = context;
    entry.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
    entry.Rsp = frame;
    entry.EFlags &= ~(kTrapFlag | kResumeFlag);
    entry.Rip = process_->system_dll_base() + system_dll().exception_dispatcher;
    forget_debug_status();
    if (!set_context(entry)) report_and_end(record, context);
    return STATUS_SUCCESS;
}

void Thread::report_and_end(const EXCEPTION_RECORD& record, const CONTEXT& context) {
    char line[256];
    auto say = [&line](std::string_view pattern, const auto&... args) {
        ke::report(format(line, pattern, args...));
    };
    uint64_t address = reinterpret_cast<uint64_t>(record.ExceptionAddress);
    uint64_t base = 0;
    mm::Section* section = process_->space().section_at(address, base);
    say("{}: exception {s} at {p}, {}+0x{x} (process {}, thread {})", process_->image_name(),
        static_cast<uint32_t>(record.ExceptionCode), address, module_name(section),
        section ? address - base : 0, process_->id(), id_);
    report_cause(process_->space(), record);
    say("  rip {p} rsp {p} rbp {p} flags {x}", context.Rip, context.Rsp, context.Rbp, context.EFlags);
    say("  rax {p} rbx {p} rcx {p} rdx {p}", context.Rax, context.Rbx, context.Rcx, context.Rdx);
    say("  rsi {p} rdi {p}  r8 {p}  r9 {p}", context.Rsi, context.Rdi, context.R8, context.R9);
    say("  r10 {p} r11 {p} r12 {p} r13 {p}", context.R10, context.R11, context.R12, context.R13);
    say("  r14 {p} r15 {p}", context.R14, context.R15);
    report_stack(process_->space(), context.Rsp);
    if (auto image = String::create(section ? module_name(section) : u""))
        process_->fault_image_ = std::move(*image);
    process_->terminate(record.ExceptionCode);
}

}  // namespace ps
