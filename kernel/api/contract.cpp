// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/contract.hpp"

#include "abi/sel4/labels.h"
#include "kernel/console.hpp"

namespace kernel::contract {
namespace {

constexpr Word kRootAsid = 1;

// The labels of one type of capability.
struct Labels {
    CapTag tag;
    Word first;
    Word last;
};
constexpr Labels kLabels[] = {
    {CapTag::untyped, seL4_Label_Untyped_Retype, seL4_Label_Untyped_Retype},
    {CapTag::tcb, seL4_Label_TCB_ReadRegisters, seL4_Label_TCB_SetFlags},
    {CapTag::cnode, seL4_Label_CNode_Revoke, seL4_Label_CNode_SaveCaller},
    {CapTag::irq_control, seL4_Label_IRQControl_Get, seL4_Label_IRQControl_Get},
    {CapTag::irq_control, seL4_Label_IRQControl_GetIOAPIC, seL4_Label_IRQControl_GetMSI},
    {CapTag::irq_handler, seL4_Label_IRQHandler_Ack, seL4_Label_IRQHandler_Clear},
    {CapTag::domain, seL4_Label_DomainSet_Set, seL4_Label_DomainSet_ScheduleSetStart},
    {CapTag::pdpt, seL4_Label_PDPT_Map, seL4_Label_PDPT_Unmap},
    {CapTag::page_directory, seL4_Label_PageDirectory_Map, seL4_Label_PageDirectory_Unmap},
    {CapTag::page_table, seL4_Label_PageTable_Map, seL4_Label_PageTable_Unmap},
    {CapTag::frame, seL4_Label_Page_Map, seL4_Label_Page_GetAddress},
    {CapTag::asid_control, seL4_Label_ASIDControl_MakePool, seL4_Label_ASIDControl_MakePool},
    {CapTag::asid_pool, seL4_Label_ASIDPool_Assign, seL4_Label_ASIDPool_Assign},
    {CapTag::io_port_control, seL4_Label_IOPortControl_Issue, seL4_Label_IOPortControl_Issue},
    {CapTag::io_port, seL4_Label_IOPort_In8, seL4_Label_IOPort_Out32},
};

// A program that breaks the contract all the time still gets its work done, in time for whoever waits for it.
constexpr unsigned kMostReports = 1000;
unsigned reports;

bool is_reported() {
    if (reports < kMostReports) {
        reports++;
        return true;
    }
    if (reports == kMostReports) console::say("contract: further calls are not reported");
    reports = kMostReports + 1;
    return false;
}

bool takes_any_label(CapTag tag) {
    // An empty slot and a zombie are errors that every kernel reports alike.
    return tag == CapTag::endpoint || tag == CapTag::notification || tag == CapTag::reply ||
           tag == CapTag::null || tag == CapTag::zombie;
}

}  // namespace

void report_label(const Invocation& call) {
    const CapTag tag = call.cap.tag();
    if (takes_any_label(tag)) return;
    for (const Labels& labels : kLabels) {
        if (labels.tag == tag && labels.first <= call.label && call.label <= labels.last) return;
    }
    if (!is_reported()) return;
    console::say("contract: label ", call.label, " on a capability of type ", static_cast<Word>(tag), ", ip ",
                 console::Hex{call.caller.arch.context.fault_ip});
}

void report_number(const Tcb& caller, std::int64_t number) {
    const bool of_root =
        caller.vspace.cap.is(CapTag::pml4) && caller.vspace.cap.as<TableCap>().asid == kRootAsid;
    if (!of_root || !is_reported()) return;
    console::say("contract: system call ", console::Hex{static_cast<Word>(number)}, ", ip ",
                 console::Hex{caller.arch.context.fault_ip});
}

}  // namespace kernel::contract
