// SPDX-License-Identifier: GPL-3.0-only
// Internationalised domain names: nameprep (RFC 3491) of each label, and punycode (RFC 3492).
#include "abi/nt/ntidn.h"
#include "abi/nt/ntnormalize.h"
#include "nt/idna.hpp"
#include "ntdll/crt/text.hpp"

namespace {

constexpr SIZE_T longest_label = 63;
constexpr SIZE_T longest_name = 255;
constexpr SIZE_T room = 512;
constexpr ULONG first_unassigned_plane = 0x2fa20, tags = 0xe0000, tags_end = 0xe1000,
                private_planes = 0xf0000;

template <SIZE_T n>
bool within(const ULONG (&ranges)[n], ULONG code) {
    SIZE_T low = 0;
    for (SIZE_T high = n / 2; low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        if (code < ranges[2 * middle]) {
            high = middle;
        } else if (code > ranges[2 * middle + 1]) {
            low = middle + 1;
        } else {
            return true;
        }
    }
    return false;
}
bool is_unassigned(ULONG code) {
    const bool beyond =
        (code >= first_unassigned_plane && code < tags) || (code >= tags_end && code < private_planes);
    return beyond || within(unicode::unassigned, code);
}
bool is_prohibited(ULONG code) {
    return code >= private_planes || within(unicode::prohibited, code);
}
bool is_dot(WCHAR c) {
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

// Text that grows up to `room` characters.
struct Text {
    WCHAR at[room];
    SIZE_T size = 0;
    bool put(WCHAR c) {
        if (size == room) return false;
        at[size++] = c;
        return true;
    }
    bool put_code(ULONG code) {
        if (code < 0x10000) return put(static_cast<WCHAR>(code));
        return put(static_cast<WCHAR>(0xd800 + ((code - 0x10000) >> 10))) &&
               put(static_cast<WCHAR>(0xdc00 + (code & 0x3ff)));
    }
    bool put(const WCHAR* text, SIZE_T length) {
        for (SIZE_T i = 0; i < length; ++i) {
            if (!put(text[i])) return false;
        }
        return true;
    }
    bool ascii() const {
        for (SIZE_T i = 0; i < size; ++i) {
            if (at[i] >= 0x80) return false;
        }
        return true;
    }
};

// The next code point; the text is UTF-16 without errors, or half a pair stands for itself.
ULONG next(const Text& text, SIZE_T& at) {
    const ULONG first = text.at[at++];
    if (first < 0xd800 || first > 0xdbff || at == text.size || (text.at[at] & 0xfc00) != 0xdc00) return first;
    return 0x10000 + ((first - 0xd800) << 10) + (text.at[at++] - 0xdc00u);
}

// Mapping of RFC 3454's tables B.1 and B.2.
bool map(const Text& from, bool unassigned, Text& to) {
    for (SIZE_T at = 0; at < from.size;) {
        const ULONG code = next(from, at);
        if (!unassigned && is_unassigned(code)) return false;
        if (within(unicode::mapped_to_nothing, code)) continue;
        constexpr SIZE_T count = sizeof(unicode::folded) / sizeof(ULONG);
        SIZE_T low = 0;
        SIZE_T high = count;
        while (low < high) {
            const SIZE_T middle = low + (high - low) / 2;
            if (unicode::folded[middle] < code) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == count || unicode::folded[low] != code) {
            if (!to.put_code(code)) return false;
            continue;
        }
        for (SIZE_T i = unicode::fold_places[low]; i < unicode::fold_places[low + 1]; ++i) {
            if (!to.put(static_cast<WCHAR>(unicode::fold_pool[i]))) return false;
        }
    }
    return true;
}

// Nothing prohibited; text from right to left is all of it so, and begins and ends so (RFC 3454, 6).
bool allowed(const Text& text) {
    bool right = false, left = false, first = false, last = false;
    for (SIZE_T at = 0; at < text.size;) {
        const bool begins = at == 0;
        const ULONG code = next(text, at);
        if (is_prohibited(code)) return false;
        last = within(unicode::right_to_left, code);
        if (begins) first = last;
        right |= last;
        left |= within(unicode::left_to_right, code);
    }
    return !right || (!left && first && last);
}

bool nameprep(Text& label, bool unassigned) {
    Text mapped;
    if (!map(label, unassigned, mapped)) return false;
    LONG size = room;
    if (!mapped.size) {
        label.size = 0;
        return true;
    }
    if (!NT_SUCCESS(
            RtlNormalizeString(NormalizationKC, mapped.at, static_cast<LONG>(mapped.size), label.at, &size)))
        return false;
    label.size = static_cast<SIZE_T>(size);
    return allowed(label);
}

// Letters, digits and hyphens, these not at an end.
bool host_name(const Text& label) {
    for (SIZE_T i = 0; i < label.size; ++i) {
        const WCHAR c = label.at[i];
        if (c < 0x80 && c != '-' && crt::digit(c) > 35) return false;
    }
    return label.size && label.at[0] != '-' && label.at[label.size - 1] != '-';
}

bool has_prefix(const Text& label) {
    return label.size >= 4 && !crt::compare_folded(label.at, u"xn--", 4);
}

// Punycode's numbers.
constexpr ULONG base = 36, least = 1, greatest = 26, skew = 38, damp = 700, first_bias = 72,
                first_code = 0x80;

ULONG adapt(ULONG delta, ULONG points, bool first) {
    delta = first ? delta / damp : delta / 2;
    delta += delta / points;
    ULONG k = 0;
    for (; delta > (base - least) * greatest / 2; k += base)
        delta /= base - least;
    return k + (base - least + 1) * delta / (delta + skew);
}
ULONG threshold(ULONG k, ULONG bias) {
    return k <= bias + least ? least : k >= bias + greatest ? greatest : k - bias;
}
WCHAR letter(ULONG value) {
    return static_cast<WCHAR>(value < 26 ? 'a' + value : '0' + value - 26);
}

bool put_delta(Text& to, ULONG delta, ULONG bias) {
    for (ULONG k = base;; k += base) {
        const ULONG t = threshold(k, bias);
        if (delta < t) return to.put(letter(delta));
        if (!to.put(letter(t + (delta - t) % (base - t)))) return false;
        delta = (delta - t) / (base - t);
    }
}

bool encode(const Text& label, Text& to) {
    ULONG total = 0;
    ULONG done = 0;
    for (SIZE_T at = 0; at < label.size; ++total) {
        const ULONG code = next(label, at);
        if (code >= 0x80) continue;
        if (!to.put(static_cast<WCHAR>(code))) return false;
        ++done;
    }
    const ULONG basic = done;
    if (basic && !to.put('-')) return false;
    ULONG code = first_code, delta = 0, bias = first_bias;
    while (done < total) {
        ULONG lowest = 0x110000;
        for (SIZE_T at = 0; at < label.size;) {
            const ULONG c = next(label, at);
            if (c >= code && c < lowest) lowest = c;
        }
        // At most 512 characters: no overflow of 32 bits.
        delta += (lowest - code) * (done + 1);
        code = lowest;
        for (SIZE_T at = 0; at < label.size;) {
            const ULONG c = next(label, at);
            if (c < code) ++delta;
            if (c != code) continue;
            if (!put_delta(to, delta, bias)) return false;
            bias = adapt(delta, done + 1, done == basic);
            delta = 0;
            ++done;
        }
        ++delta;
        ++code;
    }
    return true;
}

bool decode(const WCHAR* text, SIZE_T size, Text& to) {
    ULONG codes[longest_label];
    ULONG count = 0;
    SIZE_T at = 0;
    for (SIZE_T i = size; i; --i) {
        if (text[i - 1] != '-') continue;
        for (; at < i - 1; ++at)
            codes[count++] = text[at];
        ++at;
        break;
    }
    ULONG code = first_code, place = 0, bias = first_bias;
    while (at < size) {
        ULONGLONG delta = 0, weight = 1;
        for (ULONG k = base;; k += base) {
            if (at == size) return false;
            const int c = crt::lower(text[at++]);
            const ULONG value = c >= 'a' && c <= 'z'   ? static_cast<ULONG>(c - 'a')
                                : c >= '0' && c <= '9' ? static_cast<ULONG>(c - '0' + 26)
                                                       : base;
            if (value == base) return false;
            delta += value * weight;
            if (delta > 0x7fffffff) return false;
            const ULONG t = threshold(k, bias);
            if (value < t) break;
            weight *= base - t;
            if (weight > 0x7fffffff) return false;
        }
        if (count == longest_label) return false;
        const ULONG sum = place + static_cast<ULONG>(delta);
        bias = adapt(static_cast<ULONG>(delta), count + 1, place == 0 && code == first_code);
        code += sum / (count + 1);
        place = sum % (count + 1);
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
        for (ULONG i = count; i > place; --i)
            codes[i] = codes[i - 1];
        codes[place++] = code;
        ++count;
    }
    for (ULONG i = 0; i < count; ++i) {
        if (!to.put_code(codes[i])) return false;
    }
    return true;
}

bool label_to_ascii(Text& label, ULONG flags) {
    if (!label.ascii()) {
        if (!nameprep(label, flags & IDN_ALLOW_UNASSIGNED)) return false;
    }
    if ((flags & IDN_USE_STD3_ASCII_RULES) && !host_name(label)) return false;
    if (!label.ascii()) {
        if (has_prefix(label)) return false;
        Text encoded;
        encoded.put(u"xn--", 4);
        if (!encode(label, encoded)) return false;
        label = encoded;
    }
    return label.size && label.size <= longest_label;
}

bool label_to_nameprep(Text& label, ULONG flags) {
    if (!label.ascii() && !nameprep(label, flags & IDN_ALLOW_UNASSIGNED)) return false;
    if ((flags & IDN_USE_STD3_ASCII_RULES) && !host_name(label)) return false;
    Text ascii = label;
    return label_to_ascii(ascii, flags);
}

// What was decoded has to give the same label again.
bool label_to_unicode(Text& label, ULONG flags) {
    if (!label.ascii() && !nameprep(label, flags & IDN_ALLOW_UNASSIGNED)) return false;
    if (!label.ascii() || !has_prefix(label)) {
        Text ascii = label;
        return label_to_ascii(ascii, flags);
    }
    if (label.size > longest_label) return false;
    Text decoded;
    if (!decode(label.at + 4, label.size - 4, decoded)) return false;
    Text again = decoded;
    if (decoded.ascii() || !label_to_ascii(again, flags)) return false;
    if (again.size != label.size || crt::compare_folded(again.at, label.at, label.size)) return false;
    label = decoded;
    return true;
}

NTSTATUS convert(ULONG flags, const WCHAR* source, LONG length, WCHAR* target, LONG* target_length,
                 bool (*of_label)(Text&, ULONG)) {
    if ((flags & ~3u) || !source || length < -1 || !target_length || *target_length < 0)
        return STATUS_INVALID_PARAMETER;
    if (*target_length && !target) return STATUS_INVALID_PARAMETER;
    SIZE_T size = length == -1 ? crt::length(source) : static_cast<SIZE_T>(length);
    // A terminator within the length is given back too.
    const bool terminated = length == -1 || (size && !source[size - 1]);
    if (length != -1 && terminated) --size;
    Text name;
    for (SIZE_T at = 0; at < size;) {
        Text label;
        for (; at < size && !is_dot(source[at]); ++at) {
            if (!source[at] || !label.put(source[at])) return STATUS_INVALID_IDN_NORMALIZATION;
        }
        if (!of_label(label, flags) || !name.put(label.at, label.size))
            return STATUS_INVALID_IDN_NORMALIZATION;
        if (at == size) break;
        ++at;
        if (!name.put('.')) return STATUS_INVALID_IDN_NORMALIZATION;
    }
    if (!size || name.size > longest_name) return STATUS_INVALID_IDN_NORMALIZATION;
    if (terminated) name.put(static_cast<WCHAR>(0));
    const LONG has = *target_length;
    *target_length = static_cast<LONG>(name.size);
    if (!has) return STATUS_SUCCESS;
    if (static_cast<SIZE_T>(has) < name.size) return STATUS_BUFFER_TOO_SMALL;
    rtl::copy(target, name.at, name.size * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlIdnToAscii(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target,
                             PLONG TargetLength) {
    return convert(Flags, Source, SourceLength, Target, TargetLength, label_to_ascii);
}
NTSTATUS NTAPI RtlIdnToNameprepUnicode(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target,
                                       PLONG TargetLength) {
    return convert(Flags, Source, SourceLength, Target, TargetLength, label_to_nameprep);
}
NTSTATUS NTAPI RtlIdnToUnicode(ULONG Flags, PCWSTR Source, LONG SourceLength, PWSTR Target,
                               PLONG TargetLength) {
    return convert(Flags, Source, SourceLength, Target, TargetLength, label_to_unicode);
}

}  // extern "C"
