// SPDX-License-Identifier: GPL-3.0-only
// What abi/sel4/extensions.h adds: tested where it is announced, and nothing to say where it is not.
#include "abi/sel4/extensions.h"

#include "harness.hpp"

namespace conformance {
namespace {

const seL4_BootInfoHeader* find_block(Word id) {
    const auto* bytes = reinterpret_cast<const char*>(rt::info) + 4096;
    for (Word at = 0; at + sizeof(seL4_BootInfoHeader) <= rt::info->extraLen;) {
        const auto* header = reinterpret_cast<const seL4_BootInfoHeader*>(bytes + at);
        seL4_BootInfoHeader copy;
        __builtin_memcpy(&copy, header, sizeof copy);
        if (copy.id == id) return header;
        if (copy.len == 0) break;
        at += copy.len;
    }
    return nullptr;
}

void check_execute_disable() {
    if (!find_block(NEPTUNE_BOOTINFO_EXECUTE_DISABLE)) return;
    const Word frame = rt::object(seL4_X86_4K), page = rt::addresses(4096);
    expect_code("extension: map a page not to be executed",
                rt::map(frame, page, seL4_ReadWrite, NEPTUNE_X86_ExecuteDisable));
    volatile auto* code = reinterpret_cast<volatile unsigned char*>(page);
    code[0] = 0x90;  // nop
    code[1] = 0xeb;  // and again
    code[2] = 0xfd;
    const Word handler = rt::object(seL4_EndpointObject);
    const rt::Thread thread = rt::spawn(reinterpret_cast<rt::Entry>(page), 0, kOwnPriority, handler);
    Word badge, mr[4] = {};
    const auto info = seL4_RecvWithMRs(handler, &badge, &mr[0], &mr[1], &mr[2], &mr[3]);
    expect("extension: executing it is a page fault", seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault);
    expect_equal("extension: at the instruction", mr[seL4_VMFault_IP], page);
    expect_equal("extension: as a prefetch", mr[seL4_VMFault_PrefetchFault], 1);
    expect_equal("extension: of a present page, by a user, of an instruction", mr[seL4_VMFault_FSR], 0x15);
    rt::stop(thread);
}

}  // namespace

void extension_suite() {
    check_execute_disable();
}

}  // namespace conformance
