// SPDX-License-Identifier: GPL-3.0-only
// The version the system shows, and comparing it.
#include "ntdll/ntdll.hpp"

namespace {

bool holds(ULONG actual, ULONG wanted, unsigned condition) {
    switch (condition) {
        case VER_EQUAL:
            return actual == wanted;
        case VER_GREATER:
            return actual > wanted;
        case VER_GREATER_EQUAL:
            return actual >= wanted;
        case VER_LESS:
            return actual < wanted;
        case VER_LESS_EQUAL:
            return actual <= wanted;
        default:
            return false;
    }
}

// Three bits for each type, by the number of its bit.
unsigned condition_of(ULONGLONG mask, ULONG type) {
    return static_cast<unsigned>(mask >> (3 * static_cast<unsigned>(__builtin_ctz(type)))) & 7;
}

struct Field {
    ULONG type;
    ULONG actual;
    ULONG wanted;
};

// Major, minor, build and service pack count as one number: the first that differs decides.
bool numbers_hold(const Field* fields, unsigned count, ULONG types, ULONGLONG mask) {
    unsigned condition = VER_EQUAL;
    bool result = true;
    for (unsigned i = 0; i < count; ++i) {
        if (!(types & fields[i].type)) continue;
        if (condition == VER_EQUAL) condition = condition_of(mask, fields[i].type);
        const bool last_word = fields[i].actual != fields[i].wanted;
        result = holds(fields[i].actual, fields[i].wanted, condition);
        if (last_word) break;
    }
    return result;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW Information) {
    const PPEB peb = rtl::peb();
    Information->dwMajorVersion = peb->OSMajorVersion;
    Information->dwMinorVersion = peb->OSMinorVersion;
    Information->dwBuildNumber = peb->OSBuildNumber;
    Information->dwPlatformId = peb->OSPlatformId;
    Information->szCSDVersion[0] = 0;
    if (Information->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        auto* extended = reinterpret_cast<PRTL_OSVERSIONINFOEXW>(Information);
        extended->wServicePackMajor = 0;
        extended->wServicePackMinor = 0;
        extended->wSuiteMask = static_cast<USHORT>(USER_SHARED_DATA->SuiteMask);
        extended->wProductType = static_cast<UCHAR>(USER_SHARED_DATA->NtProductType);
        extended->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

void NTAPI RtlGetNtVersionNumbers(PULONG Major, PULONG Minor, PULONG Build) {
    if (Major) *Major = rtl::peb()->OSMajorVersion;
    if (Minor) *Minor = rtl::peb()->OSMinorVersion;
    if (Build) *Build = rtl::peb()->OSBuildNumber | 0xf0000000u;
}

ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition) {
    if (!TypeMask || !(Condition & 7)) return ConditionMask;
    // The highest bit of the type mask is what counts.
    const unsigned bit = 31u - static_cast<unsigned>(__builtin_clz(TypeMask));
    return bit < 8 ? ConditionMask | static_cast<ULONGLONG>(Condition & 7) << (3 * bit) : ConditionMask;
}

NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW Information, ULONG TypeMask,
                                    ULONGLONG ConditionMask) {
    if (!TypeMask || !ConditionMask) return STATUS_INVALID_PARAMETER;
    RTL_OSVERSIONINFOEXW own = {};
    own.dwOSVersionInfoSize = sizeof(own);
    RtlGetVersion(reinterpret_cast<PRTL_OSVERSIONINFOW>(&own));
    const Field fields[] = {{VER_MAJORVERSION, own.dwMajorVersion, Information->dwMajorVersion},
                            {VER_MINORVERSION, own.dwMinorVersion, Information->dwMinorVersion},
                            {VER_BUILDNUMBER, own.dwBuildNumber, Information->dwBuildNumber},
                            {VER_SERVICEPACKMAJOR, own.wServicePackMajor, Information->wServicePackMajor},
                            {VER_SERVICEPACKMINOR, own.wServicePackMinor, Information->wServicePackMinor}};
    if (!numbers_hold(fields, ARRAYSIZE(fields), TypeMask, ConditionMask)) return STATUS_REVISION_MISMATCH;
    if ((TypeMask & VER_PRODUCT_TYPE) &&
        !holds(own.wProductType, Information->wProductType, condition_of(ConditionMask, VER_PRODUCT_TYPE))) {
        return STATUS_REVISION_MISMATCH;
    }
    if ((TypeMask & VER_PLATFORMID) &&
        !holds(own.dwPlatformId, Information->dwPlatformId, condition_of(ConditionMask, VER_PLATFORMID))) {
        return STATUS_REVISION_MISMATCH;
    }
    if (TypeMask & VER_SUITENAME) {
        const ULONG common = own.wSuiteMask & Information->wSuiteMask;
        const bool all = condition_of(ConditionMask, VER_SUITENAME) == VER_AND;
        if (all ? common != Information->wSuiteMask : !common && Information->wSuiteMask) {
            return STATUS_REVISION_MISMATCH;
        }
    }
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlGetNtProductType(PNT_PRODUCT_TYPE ProductType) {
    if (!USER_SHARED_DATA->ProductTypeIsValid) return FALSE;
    *ProductType = USER_SHARED_DATA->NtProductType;
    return TRUE;
}

BOOLEAN NTAPI RtlIsProcessorFeaturePresent(ULONG Feature) {
    return Feature < PROCESSOR_FEATURE_MAX && USER_SHARED_DATA->ProcessorFeatures[Feature];
}

void NTAPI RtlGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER Number) {
    *Number = {};
}

}  // extern "C"
