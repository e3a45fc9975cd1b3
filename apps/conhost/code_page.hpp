// SPDX-License-Identifier: GPL-3.0-only
//
// Between bytes of a code page and UTF-16: UTF-8, and those that the system's tables of national language
// support have. What has no character is a question mark.
#pragma once

#include "abi/nt/ntdll.h"
#include "abi/nt/ntnls.h"
#include "apps/common/text.hpp"

namespace conhost {

inline constexpr ULONG kUtf8 = 65001;

class CodePage {
public:
    CodePage() = default;
    CodePage(const CodePage&) = delete;
    CodePage& operator=(const CodePage&) = delete;
    ~CodePage() { forget(); }

    ULONG number() const { return number_; }
    // False: there is no such table; it stays what it was.
    bool choose(ULONG number);
    // Appends; a character whose first bytes have come is kept for the next call.
    // Bytes of `length` in whole characters, from the beginning of one on; all where no character begins.
    SIZE_T whole(const UCHAR* bytes, SIZE_T length) const;
    void decode(const UCHAR* bytes, SIZE_T length, app::Text& out);
    // At most 4 bytes; a pair of surrogates is one character (`index` goes on over the second).
    ULONG encode(app::View text, SIZE_T& index, UCHAR* out) const;

private:
    void forget();

    ULONG number_ = kUtf8;
    PVOID section_ = nullptr;
    CPTABLEINFO table_ = {};
    ULONG code_ = 0;  // of a character that is not complete
    unsigned missing_ = 0;
    UCHAR lead_ = 0;
};

}  // namespace conhost
