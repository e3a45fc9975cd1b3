// SPDX-License-Identifier: GPL-3.0-only
//
// Sizes and offsets that the runtime and the drivers must agree on, once as a list: wdm/layout.cpp asserts
// them against abi/wdm, tests/drivers/layout against the DDK headers that drivers are compiled with.
#pragma once

#define WDM_LAYOUT_SIZES(SIZE)               \
    SIZE(DISPATCHER_HEADER, 24)              \
    SIZE(KEVENT, 24)                         \
    SIZE(KSEMAPHORE, 32)                     \
    SIZE(KMUTANT, 56)                        \
    SIZE(KDPC, 64)                           \
    SIZE(KTIMER, 64)                         \
    SIZE(KDEVICE_QUEUE, 40)                  \
    SIZE(KDEVICE_QUEUE_ENTRY, 24)            \
    SIZE(KLOCK_QUEUE_HANDLE, 24)             \
    SIZE(FAST_MUTEX, 56)                     \
    SIZE(ERESOURCE, 104)                     \
    SIZE(OWNER_ENTRY, 16)                    \
    SIZE(WORK_QUEUE_ITEM, 32)                \
    SIZE(MDL, 48)                            \
    SIZE(DEVICE_OBJECT, 328)                 \
    SIZE(DRIVER_OBJECT, 336)                 \
    SIZE(FILE_OBJECT, 216)                   \
    SIZE(IRP, 208)                           \
    SIZE(IO_STACK_LOCATION, 72)              \
    SIZE(IO_SECURITY_CONTEXT, 24)            \
    SIZE(IO_CSQ, 64)                         \
    SIZE(IO_CSQ_IRP_CONTEXT, 24)             \
    SIZE(CM_PARTIAL_RESOURCE_DESCRIPTOR, 20) \
    SIZE(CM_PARTIAL_RESOURCE_LIST, 28)       \
    SIZE(CM_FULL_RESOURCE_DESCRIPTOR, 36)    \
    SIZE(CM_RESOURCE_LIST, 40)               \
    SIZE(DEVICE_CAPABILITIES, 64)            \
    SIZE(DEVICE_RELATIONS, 16)               \
    SIZE(CONFIGURATION_INFORMATION, 40)      \
    SIZE(SHARE_ACCESS, 28)                   \
    SIZE(RTL_QUERY_REGISTRY_TABLE, 56)       \
    SIZE(GENERAL_LOOKASIDE, 128)

#define WDM_LAYOUT_FIELDS_KE(AT)              \
    AT(DISPATCHER_HEADER, SignalState, 4)     \
    AT(DISPATCHER_HEADER, WaitListHead, 8)    \
    AT(KSEMAPHORE, Limit, 24)                 \
    AT(KMUTANT, OwnerThread, 40)              \
    AT(KMUTANT, Abandoned, 48)                \
    AT(KDPC, DpcListEntry, 8)                 \
    AT(KDPC, DeferredRoutine, 24)             \
    AT(KDPC, SystemArgument2, 48)             \
    AT(KDPC, DpcData, 56)                     \
    AT(KTIMER, DueTime, 24)                   \
    AT(KTIMER, TimerListEntry, 32)            \
    AT(KTIMER, Dpc, 48)                       \
    AT(KTIMER, Period, 60)                    \
    AT(KDEVICE_QUEUE, DeviceListHead, 8)      \
    AT(KDEVICE_QUEUE, Lock, 24)               \
    AT(KDEVICE_QUEUE, Busy, 32)               \
    AT(KDEVICE_QUEUE_ENTRY, SortKey, 16)      \
    AT(KDEVICE_QUEUE_ENTRY, Inserted, 20)     \
    AT(FAST_MUTEX, Owner, 8)                  \
    AT(FAST_MUTEX, Contention, 16)            \
    AT(FAST_MUTEX, Event, 24)                 \
    AT(FAST_MUTEX, OldIrql, 48)               \
    AT(ERESOURCE, OwnerTable, 16)             \
    AT(ERESOURCE, SharedWaiters, 32)          \
    AT(ERESOURCE, ActiveEntries, 64)          \
    AT(ERESOURCE, SpinLock, 96)               \
    AT(GENERAL_LOOKASIDE, Depth, 16)          \
    AT(GENERAL_LOOKASIDE, AllocateMisses, 24) \
    AT(GENERAL_LOOKASIDE, FreeMisses, 32)     \
    AT(GENERAL_LOOKASIDE, Size, 44)           \
    AT(GENERAL_LOOKASIDE, Allocate, 48)       \
    AT(GENERAL_LOOKASIDE, Free, 56)

#define WDM_LAYOUT_FIELDS_IO(AT)                                            \
    AT(MDL, MdlFlags, 10)                                                   \
    AT(MDL, MappedSystemVa, 24)                                             \
    AT(MDL, StartVa, 32)                                                    \
    AT(MDL, ByteCount, 40)                                                  \
    AT(MDL, ByteOffset, 44)                                                 \
    AT(DEVICE_OBJECT, DriverObject, 8)                                      \
    AT(DEVICE_OBJECT, AttachedDevice, 24)                                   \
    AT(DEVICE_OBJECT, CurrentIrp, 32)                                       \
    AT(DEVICE_OBJECT, Flags, 48)                                            \
    AT(DEVICE_OBJECT, DeviceExtension, 64)                                  \
    AT(DEVICE_OBJECT, StackSize, 76)                                        \
    AT(DEVICE_OBJECT, AlignmentRequirement, 152)                            \
    AT(DEVICE_OBJECT, DeviceQueue, 160)                                     \
    AT(DEVICE_OBJECT, Dpc, 200)                                             \
    AT(DEVICE_OBJECT, DeviceLock, 280)                                      \
    AT(DEVICE_OBJECT, SectorSize, 304)                                      \
    AT(DEVICE_OBJECT, DeviceObjectExtension, 312)                           \
    AT(DRIVER_OBJECT, DeviceObject, 8)                                      \
    AT(DRIVER_OBJECT, DriverExtension, 48)                                  \
    AT(DRIVER_OBJECT, DriverName, 56)                                       \
    AT(DRIVER_OBJECT, DriverStartIo, 96)                                    \
    AT(DRIVER_OBJECT, DriverUnload, 104)                                    \
    AT(DRIVER_OBJECT, MajorFunction, 112)                                   \
    AT(FILE_OBJECT, DeviceObject, 8)                                        \
    AT(FILE_OBJECT, FsContext, 24)                                          \
    AT(FILE_OBJECT, FinalStatus, 56)                                        \
    AT(FILE_OBJECT, ReadAccess, 74)                                         \
    AT(FILE_OBJECT, Flags, 80)                                              \
    AT(FILE_OBJECT, FileName, 88)                                           \
    AT(FILE_OBJECT, CurrentByteOffset, 104)                                 \
    AT(FILE_OBJECT, Lock, 128)                                              \
    AT(FILE_OBJECT, CompletionContext, 176)                                 \
    AT(IRP, MdlAddress, 8)                                                  \
    AT(IRP, AssociatedIrp, 24)                                              \
    AT(IRP, IoStatus, 48)                                                   \
    AT(IRP, RequestorMode, 64)                                              \
    AT(IRP, PendingReturned, 65)                                            \
    AT(IRP, CurrentLocation, 67)                                            \
    AT(IRP, Cancel, 68)                                                     \
    AT(IRP, CancelIrql, 69)                                                 \
    AT(IRP, AllocationFlags, 71)                                            \
    AT(IRP, UserIosb, 72)                                                   \
    AT(IRP, UserEvent, 80)                                                  \
    AT(IRP, CancelRoutine, 104)                                             \
    AT(IRP, UserBuffer, 112)                                                \
    AT(IRP, Tail.Overlay.Thread, 152)                                       \
    AT(IRP, Tail.Overlay.ListEntry, 168)                                    \
    AT(IRP, Tail.Overlay.CurrentStackLocation, 184)                         \
    AT(IRP, Tail.Overlay.OriginalFileObject, 192)                           \
    AT(ACCESS_STATE, RemainingDesiredAccess, 16)                            \
    AT(ACCESS_STATE, OriginalDesiredAccess, 24)                             \
    AT(ACCESS_STATE, SubjectSecurityContext, 32)                            \
    AT(ACCESS_STATE, AuxData, 72)                                           \
    AT(ACCESS_STATE, AuditPrivileges, 124)                                  \
    AT(ACCESS_STATE, ObjectTypeName, 144)                                   \
    AT(SECURITY_CLIENT_CONTEXT, ClientToken, 16)                            \
    AT(SECURITY_CLIENT_CONTEXT, ClientTokenControl, 28)                     \
    AT(IO_STACK_LOCATION, Control, 3)                                       \
    AT(IO_STACK_LOCATION, Parameters, 8)                                    \
    AT(IO_STACK_LOCATION, Parameters.Create.Options, 16)                    \
    AT(IO_STACK_LOCATION, Parameters.Create.FileAttributes, 24)             \
    AT(IO_STACK_LOCATION, Parameters.Create.ShareAccess, 26)                \
    AT(IO_STACK_LOCATION, Parameters.Create.EaLength, 32)                   \
    AT(IO_STACK_LOCATION, Parameters.DeviceIoControl.InputBufferLength, 16) \
    AT(IO_STACK_LOCATION, Parameters.DeviceIoControl.IoControlCode, 24)     \
    AT(IO_STACK_LOCATION, Parameters.DeviceIoControl.Type3InputBuffer, 32)  \
    AT(IO_STACK_LOCATION, DeviceObject, 40)                                 \
    AT(IO_STACK_LOCATION, FileObject, 48)                                   \
    AT(IO_STACK_LOCATION, CompletionRoutine, 56)                            \
    AT(IO_STACK_LOCATION, Context, 64)                                      \
    AT(CM_PARTIAL_RESOURCE_DESCRIPTOR, u, 4)                                \
    AT(CM_PARTIAL_RESOURCE_DESCRIPTOR, u.Interrupt.Affinity, 12)            \
    AT(RTL_QUERY_REGISTRY_TABLE, Name, 16)                                  \
    AT(RTL_QUERY_REGISTRY_TABLE, DefaultData, 40)
