// SPDX-License-Identifier: GPL-3.0-only
// Single-byte character sets. The two the system uses are built in: Windows-1252 ("ANSI") and code page 437
// ("OEM").
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

struct CodePage {
    const USHORT* high;  // Unicode of the bytes 0x80 to 0xff

    WCHAR to_unicode(unsigned char byte) const {
        return byte < 0x80 ? static_cast<WCHAR>(byte) : static_cast<WCHAR>(high[byte - 0x80]);
    }
    // '?' for what the set lacks.
    char from_unicode(WCHAR c) const;
};

extern const CodePage ansi_code_page;
extern const CodePage oem_code_page;

}  // namespace rtl
