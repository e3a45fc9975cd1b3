// SPDX-License-Identifier: GPL-3.0-only
// Counted strings: making, copying, comparing.
#include "ntdll/crt/text.hpp"

namespace {

constexpr SIZE_T wide_limit = 0xfffc;  // the longest length in bytes that leaves room for a terminator
constexpr SIZE_T narrow_limit = 0xfffe;

SIZE_T characters(PCUNICODE_STRING s) {
    return s->Length / sizeof(WCHAR);
}

LONG compare_narrow(const char* a, SIZE_T a_length, const char* b, SIZE_T b_length, bool fold) {
    const SIZE_T shared = a_length < b_length ? a_length : b_length;
    for (SIZE_T i = 0; i < shared; ++i) {
        const int x = fold ? crt::upper(crt::code(a[i])) : crt::code(a[i]);
        const int y = fold ? crt::upper(crt::code(b[i])) : crt::code(b[i]);
        if (x != y) return x - y;
    }
    return static_cast<LONG>(a_length) - static_cast<LONG>(b_length);
}

bool contains(PCUNICODE_STRING set, WCHAR c, bool fold) {
    for (SIZE_T i = 0; i < characters(set); ++i) {
        if (set->Buffer[i] == c) return true;
        if (fold && RtlUpcaseUnicodeChar(set->Buffer[i]) == RtlUpcaseUnicodeChar(c)) return true;
    }
    return false;
}

NTSTATUS change_case(PUNICODE_STRING to, PCUNICODE_STRING from, bool allocate, WCHAR (*change)(WCHAR)) {
    if (allocate) {
        to->MaximumLength = from->Length;
        to->Buffer =
            static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), 0, from->Length ? from->Length : 2));
        if (!to->Buffer) return STATUS_NO_MEMORY;
    } else if (from->Length > to->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (SIZE_T i = 0; i < characters(from); ++i)
        to->Buffer[i] = change(from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS append(PUNICODE_STRING to, const WCHAR* text, SIZE_T bytes) {
    if (bytes > static_cast<SIZE_T>(to->MaximumLength) - to->Length) return STATUS_BUFFER_TOO_SMALL;
    WCHAR* end = to->Buffer + characters(to);
    rtl::move(end, text, bytes);
    to->Length = static_cast<USHORT>(to->Length + bytes);
    if (to->Length + sizeof(WCHAR) <= to->MaximumLength) end[bytes / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS append(PSTRING to, const char* text, SIZE_T bytes) {
    if (bytes > static_cast<SIZE_T>(to->MaximumLength) - to->Length) return STATUS_BUFFER_TOO_SMALL;
    rtl::move(to->Buffer + to->Length, text, bytes);
    to->Length = static_cast<USHORT>(to->Length + bytes);
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING Destination, PCSZ Source) {
    const SIZE_T size = Source ? rtl::length(Source) : 0;
    *Destination = {0, 0, const_cast<PCHAR>(Source)};
    if (!Source) return STATUS_SUCCESS;
    if (size > narrow_limit) return STATUS_NAME_TOO_LONG;
    Destination->Length = static_cast<USHORT>(size);
    Destination->MaximumLength = static_cast<USHORT>(size + 1);
    return STATUS_SUCCESS;
}

// A string that is too long is cut to what a counted string can hold.
void NTAPI RtlInitAnsiString(PANSI_STRING Destination, PCSZ Source) {
    if (NT_SUCCESS(RtlInitAnsiStringEx(Destination, Source))) return;
    Destination->Length = narrow_limit;
    Destination->MaximumLength = narrow_limit + 1;
}

void NTAPI RtlInitString(PSTRING Destination, PCSZ Source) {
    RtlInitAnsiString(Destination, Source);
}

NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING Destination, PCWSTR Source) {
    const SIZE_T size = Source ? rtl::length(Source) * sizeof(WCHAR) : 0;
    *Destination = {0, 0, const_cast<PWSTR>(Source)};
    if (!Source) return STATUS_SUCCESS;
    if (size > wide_limit) return STATUS_NAME_TOO_LONG;
    Destination->Length = static_cast<USHORT>(size);
    Destination->MaximumLength = static_cast<USHORT>(size + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

void NTAPI RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source) {
    if (NT_SUCCESS(RtlInitUnicodeStringEx(Destination, Source))) return;
    Destination->Length = wide_limit;
    Destination->MaximumLength = wide_limit + sizeof(WCHAR);
}

NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING Source, PUNICODE_STRING Destination) {
    constexpr ULONG known =
        RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE | RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
    if (!Source || !Destination || (Flags & ~known) || Source->Length & 1) return STATUS_INVALID_PARAMETER;
    if ((Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) &&
        !(Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE)) {
        return STATUS_INVALID_PARAMETER;
    }
    *Destination = {};
    const SIZE_T tail = Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE ? sizeof(WCHAR) : 0;
    if (Source->Length + tail > 0xffff) return STATUS_NAME_TOO_LONG;
    if (!Source->Length && !(Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING))
        return STATUS_SUCCESS;
    auto* buffer = static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), 0, Source->Length + tail));
    if (!buffer) return STATUS_NO_MEMORY;
    rtl::copy(buffer, Source->Buffer, Source->Length);
    if (tail) buffer[Source->Length / sizeof(WCHAR)] = 0;
    *Destination = {Source->Length, static_cast<USHORT>(Source->Length + tail), buffer};
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING Destination, PCWSTR Source) {
    UNICODE_STRING source;
    if (!NT_SUCCESS(RtlInitUnicodeStringEx(&source, Source))) return FALSE;
    return NT_SUCCESS(RtlDuplicateUnicodeString(3, &source, Destination));
}

BOOLEAN NTAPI RtlCreateUnicodeStringFromAsciiz(PUNICODE_STRING Destination, PCSTR Source) {
    ANSI_STRING source;
    if (!NT_SUCCESS(RtlInitAnsiStringEx(&source, Source))) return FALSE;
    return NT_SUCCESS(RtlAnsiStringToUnicodeString(Destination, &source, TRUE));
}

void NTAPI RtlFreeUnicodeString(PUNICODE_STRING String) {
    if (String->Buffer) RtlFreeHeap(rtl::process_heap(), 0, String->Buffer);
    *String = {};
}

void NTAPI RtlFreeAnsiString(PANSI_STRING String) {
    if (String->Buffer) RtlFreeHeap(rtl::process_heap(), 0, String->Buffer);
    *String = {};
}

void NTAPI RtlFreeOemString(POEM_STRING String) {
    RtlFreeAnsiString(String);
}

void NTAPI RtlCopyString(PSTRING Destination, const STRING* Source) {
    const USHORT size = !Source                                       ? 0
                        : Source->Length < Destination->MaximumLength ? Source->Length
                                                                      : Destination->MaximumLength;
    if (size) rtl::move(Destination->Buffer, Source->Buffer, size);
    Destination->Length = size;
}

void NTAPI RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
    const USHORT size = !Source                                       ? 0
                        : Source->Length < Destination->MaximumLength ? Source->Length
                                                                      : Destination->MaximumLength;
    if (size) rtl::move(Destination->Buffer, Source->Buffer, size);
    Destination->Length = size;
    if (size + sizeof(WCHAR) <= Destination->MaximumLength) Destination->Buffer[size / sizeof(WCHAR)] = 0;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
    return append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
    return Source ? append(Destination, Source, rtl::length(Source) * sizeof(WCHAR)) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING* Source) {
    return append(Destination, Source->Buffer, Source->Length);
}

NTSTATUS NTAPI RtlAppendAsciizToString(PSTRING Destination, PCSZ Source) {
    return Source ? append(Destination, Source, rtl::length(Source)) : STATUS_SUCCESS;
}

void NTAPI RtlEraseUnicodeString(PUNICODE_STRING String) {
    if (String->Buffer) rtl::zero(String->Buffer, String->MaximumLength);
    String->Length = 0;
}

LONG NTAPI RtlCompareUnicodeStrings(PCWCH First, SIZE_T FirstLength, PCWCH Second, SIZE_T SecondLength,
                                    BOOLEAN CaseInsensitive) {
    const SIZE_T shared = FirstLength < SecondLength ? FirstLength : SecondLength;
    for (SIZE_T i = 0; i < shared; ++i) {
        WCHAR a = First[i];
        WCHAR b = Second[i];
        if (a == b) continue;
        if (CaseInsensitive) {
            a = RtlUpcaseUnicodeChar(a);
            b = RtlUpcaseUnicodeChar(b);
        }
        if (a != b) return static_cast<LONG>(a) - static_cast<LONG>(b);
    }
    return static_cast<LONG>(FirstLength) - static_cast<LONG>(SecondLength);
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING First, PCUNICODE_STRING Second, BOOLEAN CaseInsensitive) {
    return RtlCompareUnicodeStrings(First->Buffer, characters(First), Second->Buffer, characters(Second),
                                    CaseInsensitive);
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING First, PCUNICODE_STRING Second,
                                    BOOLEAN CaseInsensitive) {
    return First->Length == Second->Length && RtlCompareUnicodeString(First, Second, CaseInsensitive) == 0;
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING Prefix, PCUNICODE_STRING String,
                                     BOOLEAN CaseInsensitive) {
    return Prefix->Length <= String->Length &&
           RtlCompareUnicodeStrings(Prefix->Buffer, characters(Prefix), String->Buffer, characters(Prefix),
                                    CaseInsensitive) == 0;
}

LONG NTAPI RtlCompareString(const STRING* First, const STRING* Second, BOOLEAN CaseInsensitive) {
    return compare_narrow(First->Buffer, First->Length, Second->Buffer, Second->Length, CaseInsensitive);
}

BOOLEAN NTAPI RtlEqualString(const STRING* First, const STRING* Second, BOOLEAN CaseInsensitive) {
    return First->Length == Second->Length && RtlCompareString(First, Second, CaseInsensitive) == 0;
}

BOOLEAN NTAPI RtlPrefixString(const STRING* Prefix, const STRING* String, BOOLEAN CaseInsensitive) {
    return Prefix->Length <= String->Length && compare_narrow(Prefix->Buffer, Prefix->Length, String->Buffer,
                                                              Prefix->Length, CaseInsensitive) == 0;
}

// Flags: 1 from the end, 2 look for a character that is not in the set, 4 ignore case. The length returned is
// that of the part before the character (from the end: up to it), in bytes.
NTSTATUS NTAPI RtlFindCharInUnicodeString(ULONG Flags, PCUNICODE_STRING String, PCUNICODE_STRING CharSet,
                                          PUSHORT NonInclusivePrefixLength) {
    if (Flags & ~7u) return STATUS_INVALID_PARAMETER;
    const SIZE_T count = characters(String);
    for (SIZE_T step = 0; step < count; ++step) {
        const SIZE_T index = Flags & 1 ? count - 1 - step : step;
        if (contains(CharSet, String->Buffer[index], Flags & 4) == !(Flags & 2)) {
            *NonInclusivePrefixLength = static_cast<USHORT>((Flags & 1 ? index : index + 1) * sizeof(WCHAR));
            return STATUS_SUCCESS;
        }
    }
    *NonInclusivePrefixLength = 0;
    return STATUS_NOT_FOUND;
}

NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInsensitive, ULONG Algorithm,
                                    PULONG Hash) {
    if (!String || !Hash || Algorithm > HASH_STRING_ALGORITHM_X65599) return STATUS_INVALID_PARAMETER;
    ULONG value = 0;
    for (SIZE_T i = 0; i < characters(String); ++i) {
        const WCHAR c = String->Buffer[i];
        value = value * 65599 + (CaseInsensitive ? RtlUpcaseUnicodeChar(c) : c);
    }
    *Hash = value;
    return STATUS_SUCCESS;
}

CHAR NTAPI RtlUpperChar(CHAR Char) {
    return static_cast<CHAR>(crt::upper(crt::code(Char)));
}

void NTAPI RtlUpperString(PSTRING Destination, const STRING* Source) {
    const USHORT size =
        Source->Length < Destination->MaximumLength ? Source->Length : Destination->MaximumLength;
    for (USHORT i = 0; i < size; ++i)
        Destination->Buffer[i] = RtlUpperChar(Source->Buffer[i]);
    Destination->Length = size;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                      BOOLEAN Allocate) {
    return change_case(Destination, Source, Allocate, RtlUpcaseUnicodeChar);
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                        BOOLEAN Allocate) {
    return change_case(Destination, Source, Allocate, RtlDowncaseUnicodeChar);
}

}  // extern "C"
