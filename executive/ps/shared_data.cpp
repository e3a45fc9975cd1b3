// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/shared_data.hpp"

#include <cpuid.h>
#include <string.h>

#include "abi/nt/neptune.h"
#include "abi/nt/ntkuser.h"
#include "executive/mm/execute_disable.hpp"
#include "executive/ps/version.hpp"

namespace ps {

namespace {

// How often the times here go on, in 100 ns: 64 times a second, as NT's clock does by default.
constexpr uint64_t kUpdate = 156'250;
// The unit of TickCount is a millisecond: readers multiply by TickCountMultiplier, and libwine's forget to.
constexpr uint64_t kTick = ke::kTicksPerMillisecond;
constexpr uint32_t kTickMultiplier = 1 << 24;  // milliseconds a tick, in 8.24 fixed point

constinit mm::FrameNumber data_frame;
constinit mm::FrameNumber gate_frame;

KUSER_SHARED_DATA& data() {
    return *reinterpret_cast<KUSER_SHARED_DATA*>(mm::alias(data_frame));
}

// Readers take High1 and Low while High1 == High2: they are written in the other order.
void set_time(volatile KSYSTEM_TIME& time, uint64_t value) {
    time.High2Time = static_cast<LONG>(value >> 32);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    time.LowPart = static_cast<ULONG>(value);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    time.High1Time = static_cast<LONG>(value >> 32);
}

void update_time() {
    uint64_t now = ke::interrupt_time();
    set_time(data().InterruptTime, now);
    set_time(data().SystemTime, ke::system_time());
    set_time(data().TickCount, now / kTick + kTicksAtBoot);
}

class Tick final : public ke::Timer {
public:
    void expired() override {
        update_time();
        schedule(ke::interrupt_time() + kUpdate);
    }
};
[[clang::no_destroy]] constinit Tick tick;

// What the processor says of itself (CPUID, leaf 1).
void fill_processor_features(KUSER_SHARED_DATA& shared) {
    struct Feature {
        unsigned number;
        unsigned bit;  // of ecx
    };
    constexpr Feature kFeatures[] = {
        {PF_SSE3_INSTRUCTIONS_AVAILABLE, 0},    {PF_SSSE3_INSTRUCTIONS_AVAILABLE, 9},
        {PF_COMPARE_EXCHANGE128, 13},           {PF_SSE4_1_INSTRUCTIONS_AVAILABLE, 19},
        {PF_SSE4_2_INSTRUCTIONS_AVAILABLE, 20}, {PF_RDRAND_INSTRUCTION_AVAILABLE, 30}};
    unsigned a = 0, b = 0, c = 0, d = 0;
    __cpuid(1, a, b, c, d);
    for (const Feature& feature : kFeatures)
        shared.ProcessorFeatures[feature.number] = (c >> feature.bit & 1) != 0;
}

void fill_constants(KUSER_SHARED_DATA& shared) {
    constexpr unsigned kFeatures[] = {PF_COMPARE_EXCHANGE_DOUBLE,       PF_MMX_INSTRUCTIONS_AVAILABLE,
                                      PF_XMMI_INSTRUCTIONS_AVAILABLE,   PF_RDTSC_INSTRUCTION_AVAILABLE,
                                      PF_XMMI64_INSTRUCTIONS_AVAILABLE, PF_FASTFAIL_AVAILABLE};
    shared.TickCountMultiplier = kTickMultiplier;
    shared.ImageNumberLow = shared.ImageNumberHigh = 0x8664;
    constexpr std::u16string_view kRoot = u"C:\\Windows";
    kRoot.copy(shared.NtSystemRoot, kRoot.size());
    shared.NtBuildNumber = kBuildNumber;
    shared.NtProductType = NtProductWinNt;
    shared.ProductTypeIsValid = TRUE;
    shared.NativeProcessorArchitecture = 9;  // PROCESSOR_ARCHITECTURE_AMD64
    shared.NtMajorVersion = kMajorVersion;
    shared.NtMinorVersion = kMinorVersion;
    for (unsigned feature : kFeatures)
        shared.ProcessorFeatures[feature] = TRUE;
    fill_processor_features(shared);
    shared.ProcessorFeatures[PF_NX_ENABLED] = mm::execute_disable();
    shared.NXSupportPolicy = mm::execute_disable() ? NX_SUPPORT_POLICY_ALWAYSON : NX_SUPPORT_POLICY_ALWAYSOFF;
    shared.NumberOfPhysicalPages = static_cast<ULONG>(mm::memory_counts().total_pages);
    shared.QpcFrequency = static_cast<LONGLONG>(ke::performance_frequency());
    // A raw system call instruction would enter the microkernel: programs call through the gate instead.
    shared.SystemCall = 1;
    shared.ActiveProcessorCount = 1;
    shared.ActiveGroupCount = 1;
    shared.UnparkedProcessorCount = 1;
    shared.Cookie = static_cast<ULONG>(ke::performance_counter() * 2654435761u);
}

}  // namespace

Result<void> initialize_shared_data() {
    data_frame = TRY(mm::allocate_frame());
    gate_frame = TRY(mm::allocate_frame());
    fill_constants(data());
    tick.expired();
    return {};
}

void set_service_gate(uint64_t address) {
    uint64_t& gate = *reinterpret_cast<uint64_t*>(mm::alias(gate_frame));
    if (gate == 0) gate = address;
}

Result<void> map_shared_data(mm::AddressSpace& space) {
    TRY(space.map_shared_page(NEPTUNE_USER_SHARED_DATA, data_frame));
    return space.map_shared_page(NEPTUNE_SYSCALL_GATE, gate_frame);
}

}  // namespace ps
