// SPDX-License-Identifier: GPL-3.0-only
// Random machine code in user mode, round after round. Whatever it does must end in a message to its fault
// handler or at the clock; the kernel, the supervisor and a bystander's registers must not notice.
#include "amount.hpp"
#include "code.hpp"

extern "C" const char __executable_start[];

namespace {

using crashme::Random;
using rt::Word;

constexpr Word kPage = 4096;
constexpr Word kRounds = amount::kCodeRounds;
constexpr Word kVictimPriority = 100;
constexpr Word kTickBadge = 1 << 16;
constexpr Word kCodeBytes = 96;

// What the victim may write and execute. Its image, too, is mapped, but read-only.
struct alignas(kPage) Arena {
    unsigned char code[kPage];
    unsigned char data[2 * kPage];
};
Arena arena;

void must(seL4_Error error, const char* what) {
    if (error != seL4_NoError) rt::die(what);
}

Word make_vspace() {
    const Word vspace = rt::object(seL4_X64_PML4Object);
    must(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace), "ASID");
    const Word begin = reinterpret_cast<Word>(__executable_start) & ~(kPage - 1);
    const Word first = reinterpret_cast<Word>(&arena);
    const Word count = rt::info->userImageFrames.end - rt::info->userImageFrames.start;
    for (Word i = 0; i < count; ++i) {
        const Word at = begin + i * kPage;
        const bool writable = at >= first && at < first + sizeof arena;
        must(rt::map_in(vspace, rt::copy(rt::info->userImageFrames.start + i), at,
                        writable ? seL4_ReadWrite : seL4_CanRead),
             "map the image");
    }
    return vspace;
}

// --- the clock: a victim that loops is stopped after some milliseconds ---

Word timer_ports;
Word timer_handler;

void set_alarm() {
    constexpr Word kCount = 2400;  // 2 ms
    seL4_IRQHandler_Ack(timer_handler);
    seL4_X86_IOPort_Out8(timer_ports, 0x43, 0x30);
    seL4_X86_IOPort_Out8(timer_ports, 0x40, kCount & 0xff);
    seL4_X86_IOPort_Out8(timer_ports, 0x40, kCount >> 8);
}

void open_timer() {
    constexpr Word kPitPin = 2;
    constexpr Word kVector = 10;
    const Word notification = rt::object(seL4_NotificationObject);
    timer_ports = rt::io_ports(0x40, 0x43);
    timer_handler = rt::slot();
    must(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, seL4_CapInitThreadCNode, timer_handler, 64, 0, kPitPin,
                                   0, 0, kVector),
         "PIT");
    must(seL4_IRQHandler_SetNotification(timer_handler, rt::mint(notification, seL4_AllRights, kTickBadge)),
         "PIT");
    must(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification), "bind");
}

// --- the bystander: keeps numbers in registers that only the kernel could lose ---

volatile Word bystander_rounds;
volatile bool bystander_hurt;

void bystander(Word) {
    constexpr Word kNumber = 0x5eed'0000'1234;
    asm volatile("movq %0, %%xmm7; movq %0, %%r13" : : "r"(kNumber) : "xmm7", "r13");
    for (;;) {
        Word vector;
        asm volatile("movq %%xmm7, %0" : "=r"(vector));
        if (vector != kNumber) bystander_hurt = true;
        bystander_rounds = bystander_rounds + 1;
        seL4_Yield();
    }
}

seL4_UserContext random_registers(Random& random) {
    seL4_UserContext context;
    auto* words = reinterpret_cast<Word*>(&context);
    for (Word i = 0; i < 20; ++i) {
        switch (random.below(4)) {
            case 0:
                words[i] = random.next();
                break;
            case 1:
                words[i] = reinterpret_cast<Word>(arena.data) + random.below(sizeof arena.data);
                break;
            case 2:
                words[i] = random.below(512);
                break;
            default:
                words[i] = ~random.below(16);
        }
    }
    context.rip = reinterpret_cast<Word>(arena.code);
    context.rsp = reinterpret_cast<Word>(arena.data) + kPage;
    return context;
}

}  // namespace

void root_main() {
    open_timer();
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word cspace = rt::object(seL4_CapTableObject, 4);
    must(seL4_CNode_Copy(cspace, 1, 4, seL4_CapInitThreadCNode, endpoint, 64, seL4_AllRights),
         "fault endpoint");
    const rt::Thread victim = rt::make_thread();
    const Word guard = seL4_CNode_CapData_new(0, 60).words[0];
    must(seL4_TCB_Configure(victim.tcb, 1, cspace, guard, make_vspace(), 0, 0, 0), "configure");
    rt::set_priority(victim.tcb, kVictimPriority);
    rt::spawn(bystander, 0, kVictimPriority);
    Random random(0x1234567);
    Word kinds[8] = {};
    for (Word round = 0; round < kRounds; ++round) {
        crashme::write_code(random, arena.code, kCodeBytes);
        seL4_UserContext context = random_registers(random);
        set_alarm();
        must(seL4_TCB_WriteRegisters(victim.tcb, 1, 0, 20, &context), "start");
        Word badge = 0;
        const seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
        const Word label = badge >= kTickBadge ? 0 : seL4_MessageInfo_get_label(info);
        ++kinds[label < 8 ? label : 7];
        if ((round + 1) % 50'000 == 0) rt::print("# ", round + 1, " rounds of random code");
        seL4_TCB_Suspend(victim.tcb);
    }
    rt::print("# ", kRounds, " rounds of random code: stopped by the clock ", kinds[0], ", cap faults ",
              kinds[1], ", system calls ", kinds[2], ", exceptions ", kinds[3], ", page faults ", kinds[5],
              ", messages ", kinds[7]);
    const bool good = bystander_rounds > 0 && !bystander_hurt;
    rt::print(good ? "ok " : "FAIL ", "a bystander's registers outlive random code");
    rt::print(good ? "1 passed, 0 failed" : "0 passed, 1 failed");
}
