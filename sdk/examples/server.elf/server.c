// SPDX-License-Identifier: GPL-3.0-only
//
// A program for seL4, written against libsel4: a server thread that doubles what it is sent, and is stopped
// by a fault of its own making, which its creator handles. The whole of it runs on the kernel alone, without
// Neptune's Executive:  ./neptune run --root build/release/rootserver/server.elf
#include <sel4/sel4.h>

enum { kServerStack = 4096, kCom1 = 0x3f8, kPowerOff = 0x604 };

static seL4_Word next_slot, com1, power;
static char server_stack[kServerStack] __attribute__((aligned(16)));

static seL4_Word new_object(const seL4_BootInfo* info, seL4_Word type) {
    const seL4_Word slot = next_slot++;
    for (seL4_Word i = info->untyped.start; i < info->untyped.end; i++) {
        if (info->untypedList[i - info->untyped.start].isDevice) continue;
        if (seL4_Untyped_Retype(i, type, 0, seL4_CapInitThreadCNode, 0, 0, slot, 1) == seL4_NoError) break;
    }
    return slot;
}

static seL4_Word ports(seL4_Word first, seL4_Word last) {
    const seL4_Word slot = next_slot++;
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, seL4_CapInitThreadCNode, slot, 64);
    return slot;
}

static void print(const char* text) {
    for (; *text; text++) {
        while (!(seL4_X86_IOPort_In8(com1, kCom1 + 5).result & 0x20)) {
        }
        seL4_X86_IOPort_Out8(com1, kCom1, (seL4_Word)*text);
    }
}

static void print_number(seL4_Word number) {
    char text[21] = {0};
    int i = 20;
    do
        text[--i] = (char)('0' + number % 10);
    while (number /= 10);
    print(&text[i]);
}

// Messages of one word need no IPC buffer.
static void serve(seL4_CPtr endpoint) {
    seL4_Word word, client;
    seL4_MessageInfo_t tag = seL4_RecvWithMRs(endpoint, &client, &word, 0, 0, 0);
    while (seL4_MessageInfo_get_label(tag) == 0) {
        word *= 2;
        tag = seL4_ReplyRecvWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), &client, &word, 0, 0, 0);
    }
    __builtin_trap();
}

static void start_server(const seL4_BootInfo* info, seL4_CPtr endpoint, seL4_CPtr faults) {
    const seL4_Word tcb = new_object(info, seL4_TCBObject);
    seL4_TCB_Configure(tcb, faults, seL4_CapInitThreadCNode, seL4_NilData, seL4_CapInitThreadVSpace,
                       seL4_NilData, 0, 0);
    seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, seL4_MaxPrio);
    seL4_UserContext context = {0};
    context.rip = (seL4_Word)serve;
    context.rsp = (seL4_Word)(server_stack + kServerStack - 8);
    context.rdi = endpoint;
    seL4_TCB_WriteRegisters(tcb, seL4_True, 0, sizeof(context) / sizeof(seL4_Word), &context);
}

static void run(const seL4_BootInfo* info) {
    const seL4_Word endpoint = new_object(info, seL4_EndpointObject);
    const seL4_Word faults = new_object(info, seL4_EndpointObject);
    start_server(info, endpoint, faults);
    for (seL4_Word i = 1; i <= 3; i++) {
        seL4_SetMR(0, i);
        seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
        print_number(i);
        print(" doubled is ");
        print_number(seL4_GetMR(0));
        print("\r\n");
    }
    seL4_Send(endpoint, seL4_MessageInfo_new(1, 0, 0, 0));
    const seL4_MessageInfo_t tag = seL4_Recv(faults, 0);
    print("the server stopped with exception ");
    print_number(seL4_Fault_UserException_get_Number(seL4_getFault(tag)));
    print("\r\n");
}

void root_main(const seL4_BootInfo* info) {
    next_slot = info->empty.start;
    seL4_SetIPCBuffer(info->ipcBuffer);
    com1 = ports(kCom1, kCom1 + 7);
    power = ports(kPowerOff, kPowerOff + 1);
    run(info);
    seL4_X86_IOPort_Out16(power, kPowerOff, 0x2000);
}
