// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/rtl/startup.hpp"

namespace rtl {
namespace {

RTL_CRITICAL_SECTION peb_lock;
RTL_BITMAP tls_bitmap;
RTL_BITMAP tls_expansion_bitmap;
constexpr SIZE_T default_heap_reserve = 0x100000;
constexpr SIZE_T default_heap_commit = 0x4000;
constexpr ULONG max_heaps = 509;

// The sizes the program's header asks for, within reason.
PVOID create_process_heap(PPEB peb) {
    SIZE_T reserve = default_heap_reserve;
    SIZE_T commit = default_heap_commit;
    if (const auto* nt = RtlImageNtHeader(peb->ImageBaseAddress)) {
        const SIZE_T wanted = nt->OptionalHeader.SizeOfHeapReserve;
        if (wanted > reserve && wanted <= 0x10000000) reserve = wanted;
        const SIZE_T first = nt->OptionalHeader.SizeOfHeapCommit;
        if (first > commit && first <= reserve) commit = first;
    }
    return RtlCreateHeap(HEAP_GROWABLE, nullptr, reserve, commit, nullptr, nullptr);
}

void init_versions(PPEB peb) {
    if (!peb->OSMajorVersion) {
        peb->OSMajorVersion = USER_SHARED_DATA->NtMajorVersion;
        peb->OSMinorVersion = USER_SHARED_DATA->NtMinorVersion;
        peb->OSBuildNumber = static_cast<USHORT>(USER_SHARED_DATA->NtBuildNumber);
        peb->OSPlatformId = VER_PLATFORM_WIN32_NT;
    }
    if (!peb->NumberOfProcessors) peb->NumberOfProcessors = 1;
    if (!peb->ActiveProcessAffinityMask) peb->ActiveProcessAffinityMask = 1;
    if (!peb->CriticalSectionTimeout.QuadPart) peb->CriticalSectionTimeout.QuadPart = -1500000000000000ll;
}

}  // namespace

NTSTATUS init_process(PPEB peb) {
    RtlInitializeCriticalSection(&peb_lock);
    peb->FastPebLock = &peb_lock;
    RtlInitializeBitMap(&tls_bitmap, peb->TlsBitmapBits, TLS_MINIMUM_AVAILABLE);
    RtlInitializeBitMap(&tls_expansion_bitmap, peb->TlsExpansionBitmapBits, TLS_EXPANSION_SLOTS);
    // Slot 0 stays unused: programs take 0 for "none".
    RtlSetBit(&tls_bitmap, 0);
    peb->TlsBitmap = &tls_bitmap;
    peb->TlsExpansionBitmap = &tls_expansion_bitmap;
    InitializeListHead(&peb->FlsListHead);
    init_versions(peb);
    peb->MaximumNumberOfHeaps = max_heaps;
    if (!peb->ProcessParameters) return STATUS_INVALID_PARAMETER;
    RtlNormalizeProcessParams(peb->ProcessParameters);
    peb->ProcessHeap = create_process_heap(peb);
    return peb->ProcessHeap ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void init_thread(PTEB teb) {
    if (!teb->NtTib.ExceptionList) teb->NtTib.ExceptionList = EXCEPTION_CHAIN_END;
    teb->StaticUnicodeString.Buffer = teb->StaticUnicodeBuffer;
    teb->StaticUnicodeString.MaximumLength = sizeof(teb->StaticUnicodeBuffer);
    teb->ActivationContextStackPointer = &teb->ActivationStack;
    if (!teb->ActivationStack.FrameListCache.Flink) InitializeListHead(&teb->ActivationStack.FrameListCache);
    if (!teb->ActivationStack.NextCookieSequenceNumber) teb->ActivationStack.NextCookieSequenceNumber = 1;
    if (!teb->TlsLinks.Flink) InitializeListHead(&teb->TlsLinks);
}

}  // namespace rtl
