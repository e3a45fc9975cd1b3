// SPDX-License-Identifier: GPL-3.0-only
// Numbers and GUIDs as text.
#include "ntdll/crt/text.hpp"

namespace {

// The characters of a number that may not be terminated.
template <typename C>
struct Cursor {
    const C* at;
    const C* end;
    int peek(SIZE_T ahead = 0) const {
        return static_cast<SIZE_T>(end - at) > ahead ? crt::code(at[ahead]) : 0;
    }
};

// Sign, prefix 0b 0o 0x when the base is 0, digits. Overflow wraps, as it always has.
template <typename C>
NTSTATUS parse(Cursor<C> text, ULONG base, PULONG value) {
    while (text.at < text.end && text.peek() <= ' ' && text.peek() > 0)
        ++text.at;
    const bool negative = text.peek() == '-';
    if (negative || text.peek() == '+') ++text.at;
    if (base == 0) {
        base = 10;
        const int kind = text.peek() == '0' ? text.peek(1) : 0;
        if (kind == 'b') base = 2;
        if (kind == 'o') base = 8;
        if (kind == 'x') base = 16;
        if (base != 10) text.at += 2;
    } else if (base != 2 && base != 8 && base != 10 && base != 16) {
        return STATUS_INVALID_PARAMETER;
    }
    if (!value) return STATUS_ACCESS_VIOLATION;
    ULONG total = 0;
    for (unsigned d; text.at < text.end && (d = crt::digit(text.peek())) < base; ++text.at)
        total = total * base + d;
    *value = negative ? 0 - total : total;
    return STATUS_SUCCESS;
}

bool valid_base(ULONG& base) {
    if (base == 0) base = 10;
    return base == 2 || base == 8 || base == 10 || base == 16;
}

void upper(char* text) {
    for (; *text; ++text)
        *text = static_cast<char>(crt::upper(*text));
}

NTSTATUS print(ULONGLONG value, ULONG base, PUNICODE_STRING to) {
    if (!valid_base(base)) return STATUS_INVALID_PARAMETER;
    char digits[66];
    upper(crt::print_number(value, digits, base));
    const SIZE_T count = rtl::length(digits);
    if (count * sizeof(WCHAR) > to->MaximumLength) return STATUS_BUFFER_OVERFLOW;
    for (SIZE_T i = 0; i < count; ++i)
        to->Buffer[i] = static_cast<WCHAR>(digits[i]);
    to->Length = static_cast<USHORT>(count * sizeof(WCHAR));
    if (to->Length + sizeof(WCHAR) <= to->MaximumLength) to->Buffer[count] = 0;
    return STATUS_SUCCESS;
}

// A negative length asks for leading zeros.
NTSTATUS print(ULONGLONG value, ULONG base, LONG length, PSZ to) {
    if (!valid_base(base)) return STATUS_INVALID_PARAMETER;
    char digits[66];
    upper(crt::print_number(value, digits, base));
    const LONG count = static_cast<LONG>(rtl::length(digits));
    const LONG room = length < 0 ? -length : length;
    if (count > room) return STATUS_BUFFER_OVERFLOW;
    if (length < 0) {
        for (LONG i = 0; i < room - count; ++i)
            *to++ = '0';
    }
    rtl::copy(to, digits, static_cast<SIZE_T>(count));
    if (length >= 0 && count < room) to[count] = 0;
    return STATUS_SUCCESS;
}

// Where the hexadecimal digits of {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx} are, by byte of the GUID in print
// order.
constexpr unsigned char guid_at[16] = {1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35};
constexpr unsigned guid_length = 38;

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value) {
    return parse(Cursor<char>{String, String + rtl::length(String)}, Base, Value);
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value) {
    return parse(Cursor<WCHAR>{String->Buffer, String->Buffer + String->Length / sizeof(WCHAR)}, Base, Value);
}

NTSTATUS NTAPI RtlIntegerToChar(ULONG Value, ULONG Base, LONG OutputLength, PSZ String) {
    return print(Value, Base, OutputLength, String);
}

NTSTATUS NTAPI RtlLargeIntegerToChar(const ULARGE_INTEGER* Value, ULONG Base, LONG OutputLength, PSZ String) {
    return print(Value->QuadPart, Base, OutputLength, String);
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String) {
    return print(Value, Base, String);
}

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String) {
    return print(Value, Base, String);
}

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING String, GUID* Guid) {
    if (String->Length < guid_length * sizeof(WCHAR)) return STATUS_INVALID_PARAMETER;
    const WCHAR* text = String->Buffer;
    if (text[0] != '{' || text[37] != '}' || text[9] != '-' || text[14] != '-' || text[19] != '-' ||
        text[24] != '-') {
        return STATUS_INVALID_PARAMETER;
    }
    unsigned char bytes[16];
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned high = crt::digit(text[guid_at[i]]);
        const unsigned low = crt::digit(text[guid_at[i] + 1]);
        if (high > 15 || low > 15) return STATUS_INVALID_PARAMETER;
        bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    Guid->Data1 = static_cast<ULONG>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    Guid->Data2 = static_cast<USHORT>(bytes[4] << 8 | bytes[5]);
    Guid->Data3 = static_cast<USHORT>(bytes[6] << 8 | bytes[7]);
    rtl::copy(Guid->Data4, bytes + 8, 8);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUID(const GUID* Guid, PUNICODE_STRING String) {
    constexpr USHORT size = (guid_length + 1) * sizeof(WCHAR);
    String->Buffer = static_cast<PWSTR>(RtlAllocateHeap(rtl::process_heap(), 0, size));
    if (!String->Buffer) return STATUS_NO_MEMORY;
    String->Length = size - sizeof(WCHAR);
    String->MaximumLength = size;
    unsigned char bytes[16] = {
        static_cast<unsigned char>(Guid->Data1 >> 24), static_cast<unsigned char>(Guid->Data1 >> 16),
        static_cast<unsigned char>(Guid->Data1 >> 8),  static_cast<unsigned char>(Guid->Data1),
        static_cast<unsigned char>(Guid->Data2 >> 8),  static_cast<unsigned char>(Guid->Data2),
        static_cast<unsigned char>(Guid->Data3 >> 8),  static_cast<unsigned char>(Guid->Data3)};
    rtl::copy(bytes + 8, Guid->Data4, 8);
    crt::copy(String->Buffer, u"{00000000-0000-0000-0000-000000000000}");
    constexpr char digits[] = "0123456789ABCDEF";
    for (unsigned i = 0; i < 16; ++i) {
        String->Buffer[guid_at[i]] = static_cast<WCHAR>(digits[bytes[i] >> 4]);
        String->Buffer[guid_at[i] + 1] = static_cast<WCHAR>(digits[bytes[i] & 15]);
    }
    return STATUS_SUCCESS;
}

}  // extern "C"
