// SPDX-License-Identifier: GPL-3.0-only
// What a character is in the "C" locale, as the bits that the C run-time's is functions return. The first 256
// characters of Unicode have a class, and only ASCII letters have another case.
#pragma once

#include "ntdll/crt/text.hpp"

namespace crt {

enum Class : USHORT {
    ClassUpper = 0x1,
    ClassLower = 0x2,
    ClassDigit = 0x4,
    ClassSpace = 0x8,
    ClassPunctuation = 0x10,
    ClassControl = 0x20,
    ClassBlank = 0x40,
    ClassHex = 0x80,
    ClassAlpha = 0x100,
};
constexpr USHORT class_letter = ClassAlpha | ClassUpper | ClassLower;
constexpr USHORT class_graphic = class_letter | ClassDigit | ClassPunctuation;

constexpr USHORT ascii_class(int c) {
    if (c < ' ' || c == 0x7f) return c >= '\t' && c <= '\r' ? ClassControl | ClassSpace : ClassControl;
    if (c == ' ') return ClassSpace | ClassBlank;
    if (c >= '0' && c <= '9') return ClassDigit | ClassHex;
    const USHORT hex = digit(c) < 16 ? ClassHex : 0;
    if (c >= 'A' && c <= 'Z') return ClassAlpha | ClassUpper | hex;
    if (c >= 'a' && c <= 'z') return ClassAlpha | ClassLower | hex;
    return ClassPunctuation;
}

// Of the second half the letters are those of ISO 8859-1.
constexpr USHORT wide_class(unsigned c) {
    if (c < 0x80) return ascii_class(static_cast<int>(c));
    if (c > 0xff) return 0;
    if (c < 0xa0) return ClassControl;
    if (c == 0xa0) return ClassSpace | ClassBlank;
    if (c == 0xaa || c == 0xb5 || c == 0xba) return ClassAlpha | ClassLower;
    if (c < 0xc0 || c == 0xd7 || c == 0xf7) return ClassPunctuation;
    return c < 0xdf ? ClassAlpha | ClassUpper : ClassAlpha | ClassLower;
}

// Of a byte, or EOF: beyond ASCII a byte is nothing in the "C" locale.
constexpr int is(int c, USHORT mask) {
    return c >= 0 && c < 0x80 ? ascii_class(c) & mask : 0;
}

}  // namespace crt
