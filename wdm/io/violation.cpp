// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/violation.hpp"

#include "base/format.hpp"
#include "wdm/ke/bugcheck.hpp"

namespace io {
namespace {

const char* describe(Violation violation) {
    switch (violation) {
        case Violation::kIrqlChanged:
            return "returned at another IRQL than it was called at";
        case Violation::kNotCompleted:
            return "returned without completing the IRP, passing it down or saying STATUS_PENDING";
        case Violation::kNotMarkedPending:
            return "returned STATUS_PENDING for an IRP that it had not marked pending";
        case Violation::kNotReturnedPending:
            return "marked the IRP pending and did not return STATUS_PENDING";
    }
    return "";
}

[[noreturn]] void report(Violation violation, const DEVICE_OBJECT& device, ULONG major, ULONG64 p2,
                         ULONG64 p3, ULONG64 p4) {
    char text[120];
    ke::bug_check_driver(ke::kDriverVerifierIoManagerViolation, device.DriverObject->DriverName,
                         base::format(text, "major function {x} {}", major, describe(violation)),
                         static_cast<ULONG64>(violation), p2, p3, p4);
}

}  // namespace

void irql_changed(const DEVICE_OBJECT& device, ULONG major, KIRQL before, KIRQL after) {
    report(Violation::kIrqlChanged, device, major, reinterpret_cast<ULONG64>(&device), before, after);
}

void mishandled(Violation violation, const DEVICE_OBJECT& device, ULONG major, const IRP& irp) {
    report(violation, device, major, reinterpret_cast<ULONG64>(device.DriverObject->MajorFunction[major]),
           reinterpret_cast<ULONG64>(&irp), reinterpret_cast<ULONG64>(&device));
}

}  // namespace io
