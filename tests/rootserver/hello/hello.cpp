// SPDX-License-Identifier: GPL-3.0-only
// The first sign of life: one line per mechanism that a system on top of the kernel stands on.
#include "tests/rootserver/common/rt.hpp"

namespace {

using rt::Word;

int passed;
int failed;

void check(const char* name, bool good) {
    ++(good ? passed : failed);
    rt::print(good ? "ok " : "FAIL ", name);
}

// MHz, 0 when the kernel does not say.
Word tsc_frequency(const seL4_BootInfo& info) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&info) + 4096;
    for (Word at = 0; at < info.extraLen;) {
        const auto* header = reinterpret_cast<const seL4_BootInfoHeader*>(bytes + at);
        if (header->len < sizeof *header) break;
        unsigned mhz;
        __builtin_memcpy(&mhz, header + 1, sizeof mhz);
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ) return mhz;
        at += header->len;
    }
    return 0;
}

void show_boot_info() {
    const seL4_BootInfo& info = *rt::info;
    rt::print("boot info: slots ", info.empty.start, "..", info.empty.end, ", image frames ",
              info.userImageFrames.end - info.userImageFrames.start, ", untypeds ",
              info.untyped.end - info.untyped.start, ", extra ", info.extraLen);
    Word ram = 0;
    for (Word i = 0; i < info.untyped.end - info.untyped.start; ++i) {
        const seL4_UntypedDesc& piece = info.untypedList[i];
        if (!piece.isDevice) ram += Word{1} << piece.sizeBits;
    }
    rt::print("RAM for user programs: ", ram >> 10, " KiB");
    rt::print("TSC: ", tsc_frequency(info), " MHz");
}

void test_memory() {
    const Word frame = rt::object(seL4_X86_4K);
    const Word at = rt::addresses(4096);
    check("map a page", rt::map(frame, at) == seL4_NoError);
    auto* word = reinterpret_cast<volatile Word*>(at);
    check("a new page is zero", *word == 0);
    *word = 42;
    check("a page keeps what is written", *word == 42);
}

Word endpoint;
Word notification;
volatile Word shared;

void echo_server(Word) {
    Word badge;
    Word mr[4] = {};
    seL4_MessageInfo_t info = seL4_RecvWithMRs(endpoint, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
    for (;;) {
        mr[0] += mr[1];
        mr[1] = badge;
        info = seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(7, 0, 0, 2), &badge, &mr[0], &mr[1],
                                     &mr[2], &mr[3]);
    }
}

void test_ipc() {
    endpoint = rt::object(seL4_EndpointObject);
    const Word client = rt::mint(endpoint, seL4_AllRights, 77);
    rt::spawn(echo_server, 0, 255);
    seL4_Yield();
    Word mr[4] = {40, 2, 0, 0};
    const seL4_MessageInfo_t answer =
        seL4_CallWithMRs(client, seL4_MessageInfo_new(0, 0, 0, 2), &mr[0], &mr[1], &mr[2], &mr[3]);
    check("call and reply", mr[0] == 42 && seL4_MessageInfo_get_label(answer) == 7);
    check("the badge arrives", mr[1] == 77);
}

void waiter(Word) {
    Word badge = 0;
    seL4_Wait(notification, &badge);
    shared = badge;
}

void test_notification() {
    notification = rt::object(seL4_NotificationObject);
    const Word badged = rt::mint(notification, seL4_AllRights, 5);
    rt::spawn(waiter, 0, 255);
    seL4_Yield();
    seL4_Signal(badged);
    seL4_Yield();
    check("signal wakes a waiter", shared == 5);
}

void faulting(Word) {
    *reinterpret_cast<volatile Word*>(0x123000) = 1;
    shared = 99;
}

void test_fault() {
    const Word handler = rt::object(seL4_EndpointObject);
    rt::spawn(faulting, 0, 255, handler);
    Word badge;
    Word mr[4] = {};
    const seL4_MessageInfo_t info = seL4_RecvWithMRs(handler, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
    check("a page fault is a message", seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault &&
                                           mr[seL4_VMFault_Addr] == 0x123000 && mr[seL4_VMFault_FSR] == 6);
}

void spinner(Word) {
    for (;;)
        shared = shared + 1;
}

// Two threads of one priority share the CPU only if the tick preempts.
void test_tick() {
    shared = 0;
    const rt::Thread thread = rt::spawn(spinner, 0, 255);
    const Word start = __builtin_ia32_rdtsc();
    constexpr Word kPatience = 4'000'000'000;
    while (shared == 0 && __builtin_ia32_rdtsc() - start < kPatience) {
    }
    check("the tick preempts", shared != 0);
    check("suspend", seL4_TCB_Suspend(thread.tcb) == seL4_NoError);
}

}  // namespace

void root_main() {
    rt::print("hello from the root server");
    show_boot_info();
    test_memory();
    test_ipc();
    test_notification();
    test_fault();
    test_tick();
    rt::print(passed, " passed, ", failed, " failed");
}
