// SPDX-License-Identifier: GPL-3.0-only
//
// A request whose maker waits to hear whether it pends: the host says so when its dispatch routine has
// returned.
#include "tests/host/wdm/executive.hpp"

namespace {

using test::complete;
using test::eventually;
using test::Executive;

VOID cancel_it(PDEVICE_OBJECT, PIRP irp) {
    IoReleaseCancelSpinLock(irp->CancelIrql);
    complete(irp, STATUS_CANCELLED);
}

NTSTATUS pend(PDEVICE_OBJECT, PIRP irp) {
    test::current(irp).Control |= SL_PENDING_RETURNED;
    __atomic_store_n(&irp->CancelRoutine, cancel_it, __ATOMIC_SEQ_CST);
    return STATUS_PENDING;
}

NTSTATUS pending_entry(PDRIVER_OBJECT driver, PUNICODE_STRING) {
    static WCHAR name[] = u"\\Device\\Pending";
    UNICODE_STRING text = RTL_CONSTANT_STRING(name);
    PDEVICE_OBJECT device;
    driver->MajorFunction[IRP_MJ_CREATE] = pend;
    return IoCreateDevice(driver, 0, &text, 0x22, 0, FALSE, &device);
}

TEST(Awaited, TheHostSaysThatItPends) {
    platform::host::add_image(u"pending.sys", pending_entry);
    ASSERT_EQ(test::load(23, u"pending.sys"), STATUS_SUCCESS);
    auto names = platform::host::device_names();
    ULONG device = 0;
    for (ULONG i = 0; i < names.size(); i++)
        if (names[i] == u"\\Device\\Pending") device = i;
    Executive& executive = Executive::get();
    unsigned before = platform::host::completion_signals();
    ULONG open = executive.prepare(WDM_REQUEST_IRP, device, IRP_MJ_CREATE);
    executive.request(open).File = 2100;
    executive.request(open).Awaited = 1;
    executive.submit(open);
    EXPECT_TRUE(eventually([&] { return platform::host::completion_signals() > before; }));
    EXPECT_TRUE(executive.pending(open));
    executive.cancel(open);
    EXPECT_TRUE(eventually([&] { return executive.completed(open); }));
}

}  // namespace
