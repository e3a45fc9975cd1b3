// SPDX-License-Identifier: GPL-3.0-only
// Internet addresses as text, and messages with inserts. Addresses and ports are in network order.
#pragma once

#include <stdarg.h>

#include "abi/nt/ntdef.h"

NT_BEGIN_C

typedef struct _NT_IN_ADDR {
    UCHAR Bytes[4];
} NT_IN_ADDR;
typedef struct _NT_IN6_ADDR {
    UCHAR Bytes[16];
} NT_IN6_ADDR;

// Returns the end of the text. Room: 16 characters for IPv4, 46 for IPv6.
PSTR NTAPI RtlIpv4AddressToStringA(const NT_IN_ADDR* Address, PSTR Text);
PWSTR NTAPI RtlIpv4AddressToStringW(const NT_IN_ADDR* Address, PWSTR Text);
PSTR NTAPI RtlIpv6AddressToStringA(const NT_IN6_ADDR* Address, PSTR Text);
PWSTR NTAPI RtlIpv6AddressToStringW(const NT_IN6_ADDR* Address, PWSTR Text);
// With port and scope unless these are 0. *Length counts characters with the terminator: room, then what was
// written or is needed (STATUS_INVALID_PARAMETER).
NTSTATUS NTAPI RtlIpv4AddressToStringExA(const NT_IN_ADDR* Address, USHORT Port, PSTR Text, PULONG Length);
NTSTATUS NTAPI RtlIpv4AddressToStringExW(const NT_IN_ADDR* Address, USHORT Port, PWSTR Text, PULONG Length);
NTSTATUS NTAPI RtlIpv6AddressToStringExA(const NT_IN6_ADDR* Address, ULONG Scope, USHORT Port, PSTR Text,
                                         PULONG Length);
NTSTATUS NTAPI RtlIpv6AddressToStringExW(const NT_IN6_ADDR* Address, ULONG Scope, USHORT Port, PWSTR Text,
                                         PULONG Length);
// Strict: four decimal parts. Otherwise one to four, each decimal, octal (0) or hexadecimal (0x). *Terminator
// is where the address ends, or what is wrong.
NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR Text, BOOLEAN Strict, PCSTR* Terminator, NT_IN_ADDR* Address);
NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR Text, BOOLEAN Strict, PCWSTR* Terminator, NT_IN_ADDR* Address);
NTSTATUS NTAPI RtlIpv6StringToAddressA(PCSTR Text, PCSTR* Terminator, NT_IN6_ADDR* Address);
NTSTATUS NTAPI RtlIpv6StringToAddressW(PCWSTR Text, PCWSTR* Terminator, NT_IN6_ADDR* Address);
// The whole text: a.b.c.d:port, and [a::b%scope]:port.
NTSTATUS NTAPI RtlIpv4StringToAddressExA(PCSTR Text, BOOLEAN Strict, NT_IN_ADDR* Address, PUSHORT Port);
NTSTATUS NTAPI RtlIpv4StringToAddressExW(PCWSTR Text, BOOLEAN Strict, NT_IN_ADDR* Address, PUSHORT Port);
NTSTATUS NTAPI RtlIpv6StringToAddressExA(PCSTR Text, NT_IN6_ADDR* Address, PULONG Scope, PUSHORT Port);
NTSTATUS NTAPI RtlIpv6StringToAddressExW(PCWSTR Text, NT_IN6_ADDR* Address, PULONG Scope, PUSHORT Port);

// The rules of Win32's FormatMessage. Length and *ReturnLength are in bytes, the terminator included;
// STATUS_BUFFER_OVERFLOW when it does not fit. Arguments is a va_list*, or an array of ULONG_PTR.
NTSTATUS NTAPI RtlFormatMessage(PCWSTR Template, ULONG MaximumWidth, BOOLEAN IgnoreInserts,
                                BOOLEAN ArgumentsAreAnsi, BOOLEAN ArgumentsAreAnArray, PVOID Arguments,
                                PWSTR Buffer, ULONG Length, PULONG ReturnLength);
NTSTATUS NTAPI RtlFormatMessageEx(PCWSTR Template, ULONG MaximumWidth, BOOLEAN IgnoreInserts,
                                  BOOLEAN ArgumentsAreAnsi, BOOLEAN ArgumentsAreAnArray, PVOID Arguments,
                                  PWSTR Buffer, ULONG Length, PULONG ReturnLength, PVOID ParseContext);

NT_END_C
