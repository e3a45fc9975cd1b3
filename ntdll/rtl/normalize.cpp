// SPDX-License-Identifier: GPL-3.0-only
// Unicode normalisation (UAX #15): decompose, order marks by their class, compose.
#include "abi/nt/ntnormalize.h"
#include "nt/normalization.hpp"
#include "ntdll/crt/text.hpp"

namespace {

constexpr SIZE_T decomposed_count = sizeof(unicode::decomposed) / sizeof(ULONG);
constexpr SIZE_T composition_count = sizeof(unicode::compositions) / sizeof(USHORT);
constexpr SIZE_T run_count = sizeof(unicode::class_runs) / sizeof(ULONG);

// Hangul, as the standard computes it.
constexpr ULONG syllables = 0xac00, leads = 0x1100, vowels = 0x1161, tails = 0x11a7;
constexpr ULONG vowel_count = 21, tail_count = 28, lead_count = 19;
constexpr ULONG syllable_count = lead_count * vowel_count * tail_count;

// The next code point at `at` (which moves); false for half a pair.
bool next(const WCHAR* text, SIZE_T size, SIZE_T& at, ULONG& code) {
    const ULONG first = text[at++];
    code = first;
    if (first < 0xd800 || first > 0xdfff) return true;
    if (first > 0xdbff || at == size || text[at] < 0xdc00 || text[at] > 0xdfff) return false;
    code = 0x10000 + ((first - 0xd800) << 10) + (text[at++] - 0xdc00u);
    return true;
}

struct Sequence {
    const USHORT* text;
    SIZE_T size;  // UTF-16
    bool compatible;
};

// The place in the table, or the count.
SIZE_T find(ULONG code) {
    SIZE_T low = 0;
    for (SIZE_T high = decomposed_count; low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        const ULONG present = unicode::decomposed[middle] & ~unicode::compatible;
        if (present == code) return middle;
        if (present < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return decomposed_count;
}
Sequence sequence_at(SIZE_T place) {
    return {unicode::pool + unicode::places[place],
            static_cast<SIZE_T>(unicode::places[place + 1] - unicode::places[place]),
            (unicode::decomposed[place] & unicode::compatible) != 0};
}

UCHAR class_of(ULONG code) {
    SIZE_T low = 0;
    for (SIZE_T high = run_count; low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        const ULONG first = unicode::class_runs[middle] >> 8;
        if (code < first) {
            high = middle;
        } else if (code >= first + unicode::class_lengths[middle]) {
            low = middle + 1;
        } else {
            return static_cast<UCHAR>(unicode::class_runs[middle]);
        }
    }
    return 0;
}

// Gives the full decomposition of a code point to `take`, first to last. The standard's data are at most a
// few steps deep.
template <typename Take>
void decompose(ULONG code, bool compatibility, Take&& take) {
    if (code - syllables < syllable_count) {
        const ULONG index = code - syllables;
        take(leads + index / (vowel_count * tail_count));
        take(vowels + index / tail_count % vowel_count);
        if (index % tail_count) take(tails + index % tail_count);
        return;
    }
    const SIZE_T place = code < 0xa0 ? decomposed_count : find(code);
    if (place == decomposed_count) return take(code);
    const Sequence sequence = sequence_at(place);
    if (sequence.compatible && !compatibility) return take(code);
    const auto* text = reinterpret_cast<const WCHAR*>(sequence.text);
    for (SIZE_T at = 0; at < sequence.size;) {
        ULONG part;
        next(text, sequence.size, at, part);
        decompose(part, compatibility, take);
    }
}

// The code point that a pair composes to, or 0.
ULONG compose(ULONG first, ULONG second) {
    if (first - leads < lead_count && second - vowels < vowel_count)
        return syllables + ((first - leads) * vowel_count + (second - vowels)) * tail_count;
    if (first - syllables < syllable_count && (first - syllables) % tail_count == 0 &&
        second - tails - 1 < tail_count - 1)
        return first + (second - tails);
    SIZE_T low = 0;
    for (SIZE_T high = composition_count; low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        const SIZE_T place = unicode::compositions[middle];
        const Sequence sequence = sequence_at(place);
        const auto* text = reinterpret_cast<const WCHAR*>(sequence.text);
        SIZE_T at = 0;
        ULONG a, b;
        next(text, sequence.size, at, a);
        next(text, sequence.size, at, b);
        if (a == first && b == second) return unicode::decomposed[place];
        if (a < first || (a == first && b < second)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

// Marks behind a starter, by class; those of one class keep their order.
void order(ULONG* codes, SIZE_T count) {
    for (SIZE_T i = 1; i < count; ++i) {
        const ULONG code = codes[i];
        const UCHAR own = class_of(code);
        SIZE_T at = i;
        for (; own && at && class_of(codes[at - 1]) > own; --at)
            codes[at] = codes[at - 1];
        codes[at] = code;
    }
}

// Composes in place; returns how many code points are left.
SIZE_T compose_all(ULONG* codes, SIZE_T count) {
    constexpr SIZE_T none = ~static_cast<SIZE_T>(0);
    SIZE_T starter = none;
    SIZE_T size = 0;
    int last = -1;  // class of the last one that stayed behind the starter
    for (SIZE_T i = 0; i < count; ++i) {
        const int own = class_of(codes[i]);
        if (starter != none && last < own) {
            if (const ULONG composed = compose(codes[starter], codes[i])) {
                codes[starter] = composed;
                continue;
            }
        }
        if (!own) {
            starter = size;
            last = -1;
        } else {
            last = own;
        }
        codes[size++] = codes[i];
    }
    return size;
}

struct Form {
    bool known;
    bool compatibility;
    bool composes;
};
constexpr Form form_of(ULONG form) {
    switch (form) {
        case NormalizationC:
            return {true, false, true};
        case NormalizationD:
            return {true, false, false};
        case NormalizationKC:
            return {true, true, true};
        case NormalizationKD:
            return {true, true, false};
        default:
            return {false, false, false};
    }
}

// The code points of the normalised text, on the heap. On STATUS_NO_UNICODE_TRANSLATION `size` is where the
// text is wrong.
NTSTATUS normalize(Form form, const WCHAR* text, SIZE_T length, ULONG*& codes, SIZE_T& size) {
    codes = nullptr;
    SIZE_T count = 0;
    for (int pass = 0; pass < 2; ++pass) {
        size = 0;
        for (SIZE_T at = 0; at < length;) {
            const SIZE_T start = at;
            ULONG code;
            if (!next(text, length, at, code)) {
                size = start;
                return STATUS_NO_UNICODE_TRANSLATION;
            }
            decompose(code, form.compatibility, [&](ULONG part) {
                if (codes) codes[size] = part;
                ++size;
            });
        }
        count = size;
        if (pass == 0) {
            codes = static_cast<ULONG*>(RtlAllocateHeap(rtl::process_heap(), 0, (count + 1) * sizeof(ULONG)));
            if (!codes) return STATUS_NO_MEMORY;
        }
    }
    order(codes, count);
    size = form.composes ? compose_all(codes, count) : count;
    return STATUS_SUCCESS;
}

SIZE_T put(WCHAR* to, SIZE_T at, ULONG code) {
    if (code < 0x10000) {
        if (to) to[at] = static_cast<WCHAR>(code);
        return 1;
    }
    if (to) {
        to[at] = static_cast<WCHAR>(0xd800 + ((code - 0x10000) >> 10));
        to[at + 1] = static_cast<WCHAR>(0xdc00 + (code & 0x3ff));
    }
    return 2;
}

SIZE_T utf16_size(const ULONG* codes, SIZE_T count) {
    SIZE_T size = 0;
    for (SIZE_T i = 0; i < count; ++i)
        size += put(nullptr, 0, codes[i]);
    return size;
}

NTSTATUS check(ULONG form, const WCHAR* text, LONG length, SIZE_T& size) {
    if (!text || length < -1) return STATUS_INVALID_PARAMETER;
    if (!form) return STATUS_INVALID_PARAMETER;
    if (!form_of(form).known) return STATUS_OBJECT_NAME_NOT_FOUND;
    // Without a length the terminator belongs to the text.
    size = length == -1 ? crt::length(text) + 1 : static_cast<SIZE_T>(length);
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlNormalizeString(ULONG Form, PCWSTR Source, LONG SourceLength, PWSTR Target,
                                  PLONG TargetLength) {
    SIZE_T length;
    NTSTATUS status = check(Form, Source, SourceLength, length);
    if (!NT_SUCCESS(status)) return status;
    if (!TargetLength || *TargetLength < 0 || (*TargetLength && !Target)) return STATUS_INVALID_PARAMETER;
    ULONG* codes;
    SIZE_T count;
    status = normalize(form_of(Form), Source, length, codes, count);
    if (!NT_SUCCESS(status)) {
        *TargetLength = static_cast<LONG>(count);
        return status;
    }
    const SIZE_T needed = utf16_size(codes, count);
    const SIZE_T room = static_cast<SIZE_T>(*TargetLength);
    *TargetLength = static_cast<LONG>(needed);
    if (room >= needed) {
        for (SIZE_T i = 0, at = 0; i < count; ++i)
            at += put(Target, at, codes[i]);
    }
    RtlFreeHeap(rtl::process_heap(), 0, codes);
    return room && room < needed ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIsNormalizedString(ULONG Form, PCWSTR Source, LONG SourceLength, PBOOLEAN Result) {
    SIZE_T length;
    NTSTATUS status = check(Form, Source, SourceLength, length);
    if (!NT_SUCCESS(status)) return status;
    ULONG* codes;
    SIZE_T count;
    status = normalize(form_of(Form), Source, length, codes, count);
    if (!NT_SUCCESS(status)) return status;
    bool same = utf16_size(codes, count) == length;
    for (SIZE_T i = 0, at = 0; same && i < count; ++i) {
        ULONG code;
        next(Source, length, at, code);
        same = code == codes[i];
    }
    RtlFreeHeap(rtl::process_heap(), 0, codes);
    *Result = same;
    return STATUS_SUCCESS;
}

}  // extern "C"
