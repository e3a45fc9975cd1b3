// SPDX-License-Identifier: GPL-3.0-only
//
// The types, constants and in-memory structures of the seL4 16.0.0 API for x86-64 (non-MCS, one CPU, huge
// pages on; IOMMU, VT-x and the hardware debug API off). Shared by user programs, which see libsel4's names,
// and by the kernel, which asserts its own layouts against them. Contract only: nothing here executes.
#pragma once
#include "abi/sel4/numbers.h"

typedef unsigned char seL4_Uint8;
typedef unsigned short seL4_Uint16;
typedef unsigned int seL4_Uint32;
typedef unsigned long long seL4_Uint64;
typedef signed char seL4_Int8;
typedef short seL4_Int16;
typedef int seL4_Int32;
typedef long long seL4_Int64;
typedef seL4_Uint64 seL4_Word;
typedef seL4_Int8 seL4_Bool;
typedef seL4_Word seL4_CPtr;
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_Word seL4_SlotPos;
typedef seL4_Word seL4_SlotRegionBound;

typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_CPtr seL4_Endpoint;
typedef seL4_CPtr seL4_Notification;
typedef seL4_CPtr seL4_X86_ASIDControl;
typedef seL4_CPtr seL4_X86_ASIDPool;
typedef seL4_CPtr seL4_X86_IOPort;
typedef seL4_CPtr seL4_X86_IOPortControl;
typedef seL4_CPtr seL4_X86_Page;
typedef seL4_CPtr seL4_X86_PDPT;
typedef seL4_CPtr seL4_X86_PageDirectory;
typedef seL4_CPtr seL4_X86_PageTable;
typedef seL4_CPtr seL4_X64_PML4;

enum {
    seL4_False = 0,
    seL4_True = 1,
    seL4_CapNull = 0,
    seL4_WordBits = 64,
    seL4_WordSizeBits = 3,
    seL4_SlotBits = 5,
    seL4_TCBBits = 11,
    seL4_EndpointBits = 4,
    seL4_NotificationBits = 5,
    seL4_PageBits = 12,
    seL4_LargePageBits = 21,
    seL4_HugePageBits = 30,
    seL4_PageTableBits = 12,
    seL4_PageTableEntryBits = 3,
    seL4_PageTableIndexBits = 9,
    seL4_PageDirBits = 12,
    seL4_PageDirEntryBits = 3,
    seL4_PageDirIndexBits = 9,
    seL4_PDPTBits = 12,
    seL4_PDPTEntryBits = 3,
    seL4_PDPTIndexBits = 9,
    seL4_PML4Bits = 12,
    seL4_PML4EntryBits = 3,
    seL4_PML4IndexBits = 9,
    seL4_VSpaceBits = 12,
    seL4_ASIDPoolBits = 12,
    seL4_ASIDPoolIndexBits = 9,
    seL4_NumASIDPoolsBits = 3,
    seL4_MinUntypedBits = 4,
    seL4_MaxUntypedBits = 47,
    seL4_IPCBufferSizeBits = 10,
    seL4_MsgMaxLength = 120,
    seL4_MsgMaxExtraCaps = 3,
    seL4_MsgLengthBits = 7,
    seL4_MsgExtraCapBits = 2,
    seL4_FastMessageRegisters = 4,
    seL4_CapRightsBits = 4,
    seL4_NilData = 0,
    seL4_InvalidPrio = -1,
    seL4_MinPrio = 0,
    seL4_MaxPrio = 255,
    seL4_GuardSizeBits = 6,
    seL4_GuardBits = 58,
    seL4_NumDomains = 16,
    seL4_NumDomainSchedules = 100,
    seL4_RetypeFanOutLimit = 256,
    seL4_VectorOffset = 48,
    seL4_MaxBootInfoUntypeds = 245,
};

#define seL4_UserVSpaceTop 0x7fffffffefffull
#define seL4_UserTop 0x7ffffffff000ull  // the older, exclusive form
#define seL4_BootInfoFrameBits 12
#define seL4_BootInfoFrameSize 4096

typedef enum {
    seL4_UntypedObject = 0,
    seL4_TCBObject,
    seL4_EndpointObject,
    seL4_NotificationObject,
    seL4_CapTableObject,
    seL4_X86_PDPTObject,
    seL4_X64_PML4Object,
    seL4_X64_HugePageObject,
    seL4_X86_4K,
    seL4_X86_LargePageObject,
    seL4_X86_PageTableObject,
    seL4_X86_PageDirectoryObject,
    seL4_ObjectTypeCount
} seL4_ObjectType;

typedef seL4_ObjectType api_object_t;

enum {
    seL4_CapInitThreadTCB = 1,
    seL4_CapInitThreadCNode = 2,
    seL4_CapInitThreadVSpace = 3,
    seL4_CapIRQControl = 4,
    seL4_CapASIDControl = 5,
    seL4_CapInitThreadASIDPool = 6,
    seL4_CapIOPortControl = 7,
    seL4_CapIOSpace = 8,
    seL4_CapBootInfoFrame = 9,
    seL4_CapInitThreadIPCBuffer = 10,
    seL4_CapDomain = 11,
    seL4_CapSMMUSIDControl = 12,
    seL4_CapSMMUCBControl = 13,
    seL4_CapInitThreadSC = 14,
    seL4_CapSMC = 15,
    seL4_NumInitialCaps = 16
};

typedef enum {
    seL4_X86_Default_VMAttributes = 0,
    seL4_X86_WriteBack = 0,
    seL4_X86_WriteThrough = 1,
    seL4_X86_CacheDisabled = 2,
    seL4_X86_Uncacheable = 3,
    seL4_X86_WriteCombining = 4,
    _enum_pad_seL4_X86_VMAttributes = 0x7fffffff  // any word of attributes may be passed, as in libsel4
} seL4_X86_VMAttributes;

// Bits 0-6 length, 7-8 extraCaps, 9-11 capsUnwrapped, 12-63 label.
typedef struct seL4_MessageInfo {
    seL4_Word words[1];
} seL4_MessageInfo_t;

// Bit 0 Write, 1 Read, 2 Grant, 3 GrantReply.
typedef struct seL4_CapRights {
    seL4_Word words[1];
} seL4_CapRights_t;

// Bits 0-5 guard size, 6-63 guard.
typedef struct seL4_CNode_CapData {
    seL4_Word words[1];
} seL4_CNode_CapData_t;

typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag;
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData;
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} seL4_IPCBuffer;

typedef struct seL4_UserContext_ {
    seL4_Word rip, rsp, rflags, rax, rbx, rcx, rdx, rsi, rdi, rbp;
    seL4_Word r8, r9, r10, r11, r12, r13, r14, r15;
    seL4_Word fs_base, gs_base;
} seL4_UserContext;

typedef enum { seL4_TCBFlag_NoFlag = 0, seL4_TCBFlag_fpuDisabled = 1, seL4_TCBFlag_MASK = 1 } seL4_TCBFlag;

typedef struct seL4_SlotRegion {
    seL4_SlotPos start;
    seL4_SlotPos end;
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[6];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
    seL4_Word extraLen;
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer* ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[seL4_MaxBootInfoUntypeds];
} seL4_BootInfo;

typedef struct seL4_BootInfoHeader {
    seL4_Word id;
    seL4_Word len;
} seL4_BootInfoHeader;

typedef enum {
    SEL4_BOOTINFO_HEADER_PADDING = 0,
    SEL4_BOOTINFO_HEADER_X86_VBE = 1,
    SEL4_BOOTINFO_HEADER_X86_MBMMAP = 2,
    SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = 3,
    SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = 4,
    SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = 5,
    SEL4_BOOTINFO_HEADER_FDT = 6,
    SEL4_BOOTINFO_HEADER_NUM
} seL4_BootInfoID;
