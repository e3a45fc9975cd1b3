// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/crash.hpp"

#include "abi/sel4/sel4.h"
#include "base/format.hpp"
#include "executive/hal/console.hpp"
#include "executive/hal/power.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/registers.hpp"
#include "executive/ke/reports.hpp"

namespace ke {

namespace {

constexpr uint64_t kSecondsToReset = 5;
constexpr uint64_t kServingBadge = 1;
constexpr unsigned kTrailLength = 8;
constexpr uint64_t kPage = 4096;

constinit AfterCrash after_crash = AfterCrash::Halt;
constinit bool crashed;
constinit unsigned next_row;

void tell(std::string_view text) {
    hal::serial_write(text);
    hal::serial_write("\n");
    hal::console_overwrite(next_row++, text);
}

template <typename... Args>
void tell(std::string_view pattern, const Args&... args) {
    char line[160];
    tell(format(line, pattern, args...));
}

void tell_served() {
    uint64_t badge = Dispatcher::instance().last_badge();
    if (badge == 0) return tell("no message has been served yet");
    if (badge & Dispatcher::kSignalBit) return tell("the last message: signals {x}", badge);
    if (badge & Dispatcher::kHelperBit) return tell("the last message: a helper thread's");
    Thread& thread = *reinterpret_cast<Thread*>(badge & ~Dispatcher::kFaultBit);
    std::u16string_view program = thread.client().image_name();
    uint32_t service = thread.call().service();
    if (badge & Dispatcher::kFaultBit || service >= service_count)
        return tell("the last message: a fault of {}", program);
    tell("the last message: {} of {}", services[service].name, program);
}

// On the serving thread this ends it; on another the serving thread serves no more.
[[noreturn]] void stop() {
    for (;;) {
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
        seL4_Yield();
    }
}

void wait_seconds(uint64_t seconds) {
    uint64_t end = interrupt_time() + seconds * kTicksPerSecond;
    while (interrupt_time() < end)
        __builtin_ia32_pause();
}

[[noreturn]] void end_machine() {
    if (after_crash == AfterCrash::Reset) {
        tell("The machine starts again in {} seconds.", kSecondsToReset);
        wait_seconds(kSecondsToReset);
        hal::reboot();
    }
    tell("The machine is halted.");
    stop();
}

// False: it is being told already.
bool begin() {
    if (std::exchange(crashed, true)) return false;
    hal::serial_straight();
    Reports::instance().spill();
    if (hal::serial_in_line()) hal::serial_write("\n");
    tell("*** Neptune OS: the Executive has stopped");
    return true;
}

// Receives the faults of the Executive's other threads.
class FaultReporter final : public HelperThread {
public:
    Result<void> begin(const ImageLayout& image);

private:
    struct Fault {
        seL4_Word badge;
        seL4_Word label;
        seL4_Word words[4];
    };

    void run() override;
    Fault receive();
    void tell_fault(const Fault& fault);
    void tell_kind(const Fault& fault);
    // Values on the stack that are addresses of code, from the top: among them those of the callers.
    void tell_trail();
    uint64_t stack_pointer();
    // Machine resets are not this thread's to do: ports are reached through the serving thread's IPC buffer.
    void end_on_serving_thread();

    CPtr endpoint_ = 0;
    ImageLayout image_{};
};

[[clang::no_destroy]] constinit FaultReporter reporter;

Result<CPtr> badged(CPtr endpoint, uint64_t badge) {
    CPtr slot = TRY(allocate_slot());
    seL4_Error error =
        seL4_CNode_Mint(cspace_root(), slot, kDepth, cspace_root(), endpoint, kDepth, seL4_AllRights, badge);
    return error ? Result<CPtr>(fail(from_kernel(error))) : slot;
}

Result<void> FaultReporter::begin(const ImageLayout& image) {
    constexpr unsigned kHighestPriority = 255;
    image_ = image;
    endpoint_ = TRY(allocate_endpoint());
    TRY(start(kHighestPriority));
    return set_fault_endpoints(TRY(badged(endpoint_, kServingBadge)), endpoint_);
}

FaultReporter::Fault FaultReporter::receive() {
    Fault fault{};
    seL4_MessageInfo_t info = {{seL4_RawCall(seL4_SysRecv, endpoint_, &fault.badge, 0, &fault.words[0],
                                             &fault.words[1], &fault.words[2], &fault.words[3])}};
    fault.label = seL4_MessageInfo_get_label(info);
    return fault;
}

void FaultReporter::run() {
    Fault fault = receive();
    if (!ke::begin()) return;
    tell_fault(fault);
    tell_served();
    end_on_serving_thread();
}

void FaultReporter::tell_fault(const Fault& fault) {
    tell_kind(fault);
    uint64_t ip =
        fault.label == seL4_Fault_UnknownSyscall ? buffer().msg[seL4_UnknownSyscall_FaultIP] : fault.words[0];
    bool in_code = ip >= image_.code && ip < image_.code_end;
    tell("at {p}, {}{x}{}", ip, in_code ? "the Executive+0x" : "outside its code, ",
         in_code ? ip - image_.code : ip, fault.badge == kServingBadge ? "" : ", on a helper thread");
    if (fault.badge == kServingBadge) tell_trail();
}

void FaultReporter::tell_kind(const Fault& fault) {
    const seL4_Word* words = fault.words;
    switch (fault.label) {
        case seL4_Fault_VMFault: {
            bool overflow = words[1] >= image_.stack - kPage && words[1] < image_.stack;
            if (overflow) return tell("its stack has overflowed, address {p}", words[1]);
            const char* what = words[2] ? "executed" : words[3] & 2 ? "wrote" : "read";
            return tell("it {} address {p}", what, words[1]);
        }
        case seL4_Fault_UserException:
            return tell("exception {}, error code {x}", words[3], buffer().msg[4]);
        case seL4_Fault_UnknownSyscall:
            return tell("an unknown system call");
        default:
            return tell("fault {}, capability {x}", fault.label, words[1]);
    }
}

uint64_t FaultReporter::stack_pointer() {
    constexpr seL4_Word kRegisters = 2;  // rip, rsp
    seL4_Word badge, words[4] = {0, kRegisters, 0, 0};
    seL4_Word info = seL4_MessageInfo_new(seL4_Label_TCB_ReadRegisters, 0, 0, 2).words[0];
    seL4_RawCall(seL4_SysCall, seL4_CapInitThreadTCB, &badge, info, &words[0], &words[1], &words[2],
                 &words[3]);
    return words[1];
}

void FaultReporter::end_on_serving_thread() {
    constexpr seL4_Word kResume = 1;
    constexpr seL4_Word kRegisters = 3;  // rip, rsp, rflags
    constexpr seL4_Word kFlags = 0x202;
    seL4_Word badge, words[4] = {kResume, kRegisters, reinterpret_cast<uint64_t>(&end_machine),
                                 image_.stack_end - sizeof(uint64_t)};
    buffer().msg[4] = kFlags;
    seL4_Word info = seL4_MessageInfo_new(seL4_Label_TCB_WriteRegisters, 0, 0, 2 + kRegisters).words[0];
    seL4_RawCall(seL4_SysCall, seL4_CapInitThreadTCB, &badge, info, &words[0], &words[1], &words[2],
                 &words[3]);
}

void FaultReporter::tell_trail() {
    uint64_t at = stack_pointer();
    if (at < image_.stack) at = image_.stack;
    unsigned found = 0;
    for (at = (at + 7) & ~uint64_t{7}; at < image_.stack_end && found < kTrailLength; at += 8) {
        uint64_t value = *reinterpret_cast<const volatile uint64_t*>(at);
        if (value < image_.code || value >= image_.code_end) continue;
        tell("  stack: {p}, the Executive+0x{x}", value, value - image_.code);
        ++found;
    }
}

}  // namespace

void set_after_crash(AfterCrash action) {
    after_crash = action;
}

Result<void> report_faults(const ImageLayout& image) {
    return reporter.begin(image);
}

void crash(std::string_view why) {
    if (begin()) {
        tell(why);
        tell_served();
        end_machine();
    }
    stop();
}

}  // namespace ke
