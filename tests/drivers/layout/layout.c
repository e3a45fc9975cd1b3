// SPDX-License-Identifier: GPL-3.0-only
//
// The DDK's view of the structures that drivers share with the runtime; wdm/layout.cpp is the other view. All
// the work is done by the compiler; loaded, the driver only says that it is there.
#include <ntifs.h>

#include <csq.h>

#include "abi/wdm/layout.h"

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type);
#define AT(type, field, offset) _Static_assert(FIELD_OFFSET(type, field) == (offset), #type "." #field);

WDM_LAYOUT_SIZES(SIZE)
WDM_LAYOUT_FIELDS_KE(AT)
WDM_LAYOUT_FIELDS_IO(AT)
AT(IO_STACK_LOCATION, Parameters.Read.ByteOffset, 24)
AT(IO_STACK_LOCATION, Parameters.Read.Key, 16)
AT(IO_STACK_LOCATION, Parameters.QueryFile.FileInformationClass, 16)
SIZE(IO_REMOVE_LOCK_COMMON_BLOCK, 32)
SIZE(SLIST_HEADER, 16)

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("layout: %wZ agrees\n", registry_path);
    return STATUS_SUCCESS;
}
