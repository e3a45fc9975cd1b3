// SPDX-License-Identifier: GPL-3.0-only
// Contexts with extended processor state. The chunks of a CONTEXT_EX are relative to itself; the area of
// extended state begins with the XSAVE header, features follow where the processor's standard format has
// them, or closely packed in the compacted one.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG legacy_area = 512;  // x87 and SSE, which lie in the CONTEXT
constexpr ULONG header_size = 64;
constexpr ULONG area_alignment = 64;
constexpr ULONG xstate_flag = CONTEXT_XSTATE & ~CONTEXT_AMD64;
constexpr ULONG known_flags = CONTEXT_ALL | CONTEXT_XSTATE | 0xf8000000;
constexpr ULONG64 legacy_features = 3;
constexpr ULONG compacted = 2;  // XSTATE_CONFIGURATION.ControlFlags: CompactionEnabled

struct Header {
    ULONG64 mask;
    ULONG64 compaction;
    ULONG64 reserved[6];
};
static_assert(sizeof(Header) == header_size);

const XSTATE_CONFIGURATION& configuration() {
    return USER_SHARED_DATA->XState;
}
bool is_compacted(const XSTATE_CONFIGURATION& from) {
    return from.ControlFlags & compacted;
}

// Where a feature lies from the start of the area; `mask` are those of the compacted format.
ULONG offset_of(const XSTATE_CONFIGURATION& from, ULONG feature, ULONG64 mask) {
    if (!is_compacted(from)) return from.Features[feature].Offset - legacy_area;
    ULONG at = header_size;
    for (ULONG i = 2; i < feature; ++i) {
        if (!(mask >> i & 1)) continue;
        if (from.AlignedFeatures >> i & 1) at = static_cast<ULONG>(rtl::round_up(at, 64));
        at += from.Features[i].Size;
    }
    return from.AlignedFeatures >> feature & 1 ? static_cast<ULONG>(rtl::round_up(at, 64)) : at;
}

ULONG area_size(ULONG64 mask) {
    const XSTATE_CONFIGURATION& from = configuration();
    mask &= from.EnabledFeatures & ~legacy_features;
    ULONG size = header_size;
    for (ULONG i = 2; i < 64; ++i) {
        if (!(mask >> i & 1)) continue;
        const ULONG end = offset_of(from, i, mask) + from.Features[i].Size;
        if (end > size) size = end;
    }
    return size;
}

NTSTATUS check_flags(ULONG flags) {
    if (!(flags & CONTEXT_AMD64) || (flags & ~known_flags)) return STATUS_INVALID_PARAMETER;
    if ((flags & xstate_flag) && !(configuration().EnabledFeatures & ~legacy_features))
        return STATUS_NOT_SUPPORTED;
    return STATUS_SUCCESS;
}

PVOID at(PCONTEXT_EX context, LONG offset) {
    return reinterpret_cast<char*>(context) + offset;
}
Header* header(PCONTEXT_EX context) {
    return static_cast<Header*>(at(context, context->XState.Offset));
}

// A CONTEXT's parts, by the flags that name them.
void copy_legacy(CONTEXT& to, const CONTEXT& from, ULONG flags) {
    flags &= ~CONTEXT_AMD64;
    if (flags & CONTEXT_CONTROL) {
        to.SegCs = from.SegCs;
        to.SegSs = from.SegSs;
        to.EFlags = from.EFlags;
        to.Rip = from.Rip;
        to.Rsp = from.Rsp;
    }
    if (flags & CONTEXT_INTEGER) {
        const ULONG64 stack = to.Rsp;
        rtl::copy(&to.Rax, &from.Rax, offsetof(CONTEXT, Rip) - offsetof(CONTEXT, Rax));
        to.Rsp = stack;
    }
    if (flags & CONTEXT_SEGMENTS) {
        to.SegDs = from.SegDs;
        to.SegEs = from.SegEs;
        to.SegFs = from.SegFs;
        to.SegGs = from.SegGs;
    }
    if (flags & CONTEXT_FLOATING_POINT) {
        to.MxCsr = from.MxCsr;
        to.FltSave = from.FltSave;
    }
    if (flags & CONTEXT_DEBUG_REGISTERS)
        rtl::copy(&to.Dr0, &from.Dr0, offsetof(CONTEXT, Rax) - offsetof(CONTEXT, Dr0));
}

}  // namespace

extern "C" {

ULONG64 NTAPI RtlGetEnabledExtendedFeatures(ULONG64 FeatureMask) {
    return configuration().EnabledFeatures & FeatureMask;
}

NTSTATUS NTAPI RtlGetExtendedContextLength2(ULONG ContextFlags, PULONG Length, ULONG64 CompactionMask) {
    const NTSTATUS status = check_flags(ContextFlags);
    if (!NT_SUCCESS(status)) return status;
    // With room to align the beginning.
    ULONG length = sizeof(CONTEXT) + sizeof(CONTEXT_EX) + 15;
    if (ContextFlags & xstate_flag) length += area_size(CompactionMask) + area_alignment - 1;
    *Length = length;
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlGetExtendedContextLength(ULONG ContextFlags, PULONG Length) {
    return RtlGetExtendedContextLength2(ContextFlags, Length, ~0ull);
}

NTSTATUS NTAPI RtlInitializeExtendedContext2(PVOID Context, ULONG ContextFlags, PCONTEXT_EX* ContextEx,
                                             ULONG64 CompactionMask) {
    const NTSTATUS status = check_flags(ContextFlags);
    if (!NT_SUCCESS(status)) return status;
    auto* context = reinterpret_cast<PCONTEXT>(rtl::round_up(reinterpret_cast<ULONG_PTR>(Context), 16));
    auto* extended = reinterpret_cast<PCONTEXT_EX>(context + 1);
    context->ContextFlags = ContextFlags;
    *extended = {};
    const LONG back = -static_cast<LONG>(sizeof(CONTEXT));
    extended->Legacy = {back, sizeof(CONTEXT)};
    extended->All = {back, sizeof(CONTEXT) + sizeof(CONTEXT_EX)};
    if (ContextFlags & xstate_flag) {
        const ULONG_PTR base = reinterpret_cast<ULONG_PTR>(extended);
        extended->XState.Offset =
            static_cast<LONG>(rtl::round_up(base + sizeof(CONTEXT_EX), area_alignment) - base);
        extended->XState.Length = area_size(CompactionMask);
        extended->All.Length = static_cast<ULONG>(extended->XState.Offset - back) + extended->XState.Length;
        *header(extended) = {};
        if (is_compacted(configuration())) {
            header(extended)->compaction = 1ull << 63 | (configuration().EnabledFeatures & CompactionMask);
        }
    } else {
        // No area: what NT has here.
        extended->XState = {static_cast<LONG>(sizeof(CONTEXT_EX)) + 1, 0};
    }
    *ContextEx = extended;
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlInitializeExtendedContext(PVOID Context, ULONG ContextFlags, PCONTEXT_EX* ContextEx) {
    return RtlInitializeExtendedContext2(Context, ContextFlags, ContextEx, ~0ull);
}

PVOID NTAPI RtlLocateLegacyContext(PCONTEXT_EX ContextEx, PULONG Length) {
    if (Length) *Length = ContextEx->Legacy.Length;
    return at(ContextEx, ContextEx->Legacy.Offset);
}

PVOID NTAPI RtlLocateExtendedFeature2(PCONTEXT_EX ContextEx, ULONG FeatureId,
                                      const XSTATE_CONFIGURATION* Configuration, PULONG Length) {
    if (FeatureId < 2 || FeatureId >= 64) return nullptr;
    if (!ContextEx->XState.Length || !(Configuration->EnabledFeatures >> FeatureId & 1)) return nullptr;
    const ULONG64 mask = header(ContextEx)->compaction;
    if (is_compacted(*Configuration) && !(mask >> FeatureId & 1)) return nullptr;
    const ULONG offset = offset_of(*Configuration, FeatureId, mask);
    const ULONG size = Configuration->Features[FeatureId].Size;
    if (offset + size > ContextEx->XState.Length) return nullptr;
    if (Length) *Length = size;
    return at(ContextEx, ContextEx->XState.Offset + static_cast<LONG>(offset));
}

PVOID NTAPI RtlLocateExtendedFeature(PCONTEXT_EX ContextEx, ULONG FeatureId, PULONG Length) {
    return RtlLocateExtendedFeature2(ContextEx, FeatureId, &configuration(), Length);
}

ULONG64 NTAPI RtlGetExtendedFeaturesMask(PCONTEXT_EX ContextEx) {
    return ContextEx->XState.Length ? header(ContextEx)->mask & ~legacy_features : 0;
}
void NTAPI RtlSetExtendedFeaturesMask(PCONTEXT_EX ContextEx, ULONG64 FeatureMask) {
    if (ContextEx->XState.Length)
        header(ContextEx)->mask = configuration().EnabledFeatures & FeatureMask & ~legacy_features;
}

NTSTATUS NTAPI RtlCopyExtendedContext(PCONTEXT_EX Destination, ULONG ContextFlags, PCONTEXT_EX Source) {
    const NTSTATUS status = check_flags(ContextFlags);
    if (!NT_SUCCESS(status)) return status;
    auto* to = static_cast<PCONTEXT>(RtlLocateLegacyContext(Destination, nullptr));
    to->ContextFlags |= ContextFlags;
    copy_legacy(*to, *static_cast<PCONTEXT>(RtlLocateLegacyContext(Source, nullptr)), ContextFlags);
    if (!(ContextFlags & xstate_flag)) return STATUS_SUCCESS;
    if (Destination->XState.Length < header_size || Source->XState.Length < header_size)
        return STATUS_BUFFER_OVERFLOW;
    header(Destination)->mask = header(Source)->mask & ~legacy_features;
    for (ULONG i = 2; i < 64; ++i) {
        if (!(header(Source)->mask >> i & 1)) continue;
        ULONG size;
        const void* from = RtlLocateExtendedFeature(Source, i, &size);
        void* target = RtlLocateExtendedFeature(Destination, i, nullptr);
        if (!from || !target) return STATUS_BUFFER_OVERFLOW;
        rtl::copy(target, from, size);
    }
    return STATUS_SUCCESS;
}

}  // extern "C"
