// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/code_page.hpp"

#include "apps/common/native.hpp"

namespace conhost {
namespace {

constexpr ULONG kCodePageSection = 11;  // of NtGetNlsSectionPtr
constexpr WCHAR kUnknown = 0xFFFD;

}  // namespace

void CodePage::forget() {
    if (section_) NtUnmapViewOfSection(NtCurrentProcess(), section_);
    section_ = nullptr;
}

bool CodePage::choose(ULONG number) {
    if (number == number_) return true;
    PVOID section = nullptr;
    ULONG size = 0;
    if (number != kUtf8) {
        if (!NT_SUCCESS(NtGetNlsSectionPtr(kCodePageSection, number, nullptr, &section, &size))) return false;
        RtlInitCodePageTable(static_cast<PUSHORT>(section), &table_);
    }
    forget();
    section_ = section;
    number_ = number;
    missing_ = lead_ = 0;
    return true;
}

void CodePage::decode(const UCHAR* bytes, SIZE_T length, app::Text& out) {
    for (SIZE_T i = 0; i < length; ++i) {
        const UCHAR value = bytes[i];
        if (section_) {
            const USHORT offset = table_.DBCSCodePage && lead_ ? table_.DBCSOffsets[lead_] : 0;
            if (offset) {
                out.append(static_cast<WCHAR>(table_.DBCSOffsets[offset + value]));
                lead_ = 0;
            } else if (table_.DBCSCodePage && table_.DBCSOffsets[value]) {
                lead_ = value;
            } else {
                out.append(static_cast<WCHAR>(table_.MultiByteTable[value]));
            }
            continue;
        }
        if (missing_ && (value & 0xC0) == 0x80) {
            code_ = code_ << 6 | (value & 0x3F);
            if (--missing_) continue;
            if (code_ >= 0x10000) {
                out.append(static_cast<WCHAR>(0xD800 + ((code_ - 0x10000) >> 10)));
                code_ = 0xDC00 + (code_ & 0x3FF);
            }
            out.append(static_cast<WCHAR>(code_));
            continue;
        }
        if (missing_) out.append(kUnknown);
        missing_ = value < 0xC2 || value > 0xF4 ? 0 : value < 0xE0 ? 1 : value < 0xF0 ? 2 : 3;
        if (missing_)
            code_ = value & (0x3Fu >> missing_);
        else
            out.append(value < 0x80 ? static_cast<WCHAR>(value) : kUnknown);
    }
}

SIZE_T CodePage::whole(const UCHAR* bytes, SIZE_T length) const {
    if (section_) {
        if (!table_.DBCSCodePage) return length;
        SIZE_T at = lead_ ? 1 : 0;
        while (at < length)
            at += table_.DBCSOffsets[bytes[at]] ? 2 : 1;
        return at > length && length > 1 ? length - 1 : length;
    }
    for (SIZE_T back = 1; back < 4 && back < length; ++back) {
        const UCHAR value = bytes[length - back];
        if ((value & 0xC0) == 0x80) continue;
        const SIZE_T needed = value < 0xC0 ? 1 : value < 0xE0 ? 2 : value < 0xF0 ? 3 : 4;
        return needed > back ? length - back : length;
    }
    return length;
}

ULONG CodePage::encode(app::View text, SIZE_T& index, UCHAR* out) const {
    if (!section_) return app::to_utf8(text, index, reinterpret_cast<char*>(out));
    const WCHAR c = text[index];
    if (table_.DBCSCodePage) {
        const USHORT both = static_cast<const USHORT*>(table_.WideCharTable)[c];
        if (both < 0x100) return out[0] = static_cast<UCHAR>(both), 1;
        out[0] = static_cast<UCHAR>(both >> 8);
        out[1] = static_cast<UCHAR>(both);
        return 2;
    }
    return out[0] = static_cast<const UCHAR*>(table_.WideCharTable)[c], 1;
}

}  // namespace conhost
