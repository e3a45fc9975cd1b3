// SPDX-License-Identifier: GPL-3.0-only
// Preferred languages of the user interface. The system speaks the default UI language; programs may prefer
// others, which are kept as numbers of languages that are known by name here.
#include "abi/nt/ntmui.h"
#include "ntdll/crt/text.hpp"

namespace {

constexpr unsigned most = 5;
constexpr SIZE_T longest_name = 8;

struct Language {
    USHORT id;
    const WCHAR* name;
};
// MS-LCID, part "predefined".
constexpr Language languages[] = {
    {0x0401, u"ar-SA"}, {0x0404, u"zh-TW"}, {0x0405, u"cs-CZ"}, {0x0406, u"da-DK"}, {0x0407, u"de-DE"},
    {0x0408, u"el-GR"}, {0x0409, u"en-US"}, {0x040b, u"fi-FI"}, {0x040c, u"fr-FR"}, {0x040d, u"he-IL"},
    {0x040e, u"hu-HU"}, {0x0410, u"it-IT"}, {0x0411, u"ja-JP"}, {0x0412, u"ko-KR"}, {0x0413, u"nl-NL"},
    {0x0414, u"nb-NO"}, {0x0415, u"pl-PL"}, {0x0416, u"pt-BR"}, {0x0418, u"ro-RO"}, {0x0419, u"ru-RU"},
    {0x041b, u"sk-SK"}, {0x041d, u"sv-SE"}, {0x041e, u"th-TH"}, {0x041f, u"tr-TR"}, {0x0422, u"uk-UA"},
    {0x0424, u"sl-SI"}, {0x042a, u"vi-VN"}, {0x0804, u"zh-CN"}, {0x0807, u"de-CH"}, {0x0809, u"en-GB"},
    {0x080a, u"es-MX"}, {0x080c, u"fr-BE"}, {0x0816, u"pt-PT"}, {0x0c07, u"de-AT"}, {0x0c0a, u"es-ES"},
    {0x0c0c, u"fr-CA"}, {0x1009, u"en-CA"}, {0x0c09, u"en-AU"},
};

const WCHAR* name_of(USHORT id) {
    for (const Language& language : languages) {
        if (language.id == id) return language.name;
    }
    return nullptr;
}

USHORT id_of(const WCHAR* text, bool number) {
    if (number) {
        if (crt::length(text, longest_name) != 4) return 0;
        const auto value = crt::parse_number(text, 16, 0xffff);
        return value.end == text + 4 && name_of(static_cast<USHORT>(value.magnitude))
                   ? static_cast<USHORT>(value.magnitude)
                   : 0;
    }
    for (const Language& language : languages) {
        if (!crt::compare_folded(text, language.name)) return language.id;
    }
    return 0;
}

struct List {
    USHORT ids[most * 2];
    unsigned count;
    void add(USHORT id) {
        for (unsigned i = 0; i < count; ++i) {
            if (ids[i] == id) return;
        }
        if (count < most * 2) ids[count++] = id;
    }
    void add(const List& other) {
        for (unsigned i = 0; i < other.count; ++i)
            add(other.ids[i]);
    }
};

RTL_SRWLOCK lock;
List of_process;

List of_system() {
    LANGID id = 0;
    List list = {};
    list.add(NT_SUCCESS(NtQueryDefaultUILanguage(&id)) && name_of(id) ? id : 0x0409);
    return list;
}

// Of a thread the list is in two slots of its TEB, which nobody has to free: five numbers of 16 bits.
struct ThreadSlots {
    USHORT ids[8];
};
struct Slots {
    PVOID at[2];
};
List of_thread() {
    const Slots slots = {{rtl::teb()->PreferredLanguages, rtl::teb()->UserPrefLanguages}};
    const auto ids = __builtin_bit_cast(ThreadSlots, slots);
    List list = {};
    for (unsigned i = 0; i < most && ids.ids[i]; ++i)
        list.add(ids.ids[i]);
    return list;
}
void set_of_thread(const List& list) {
    ThreadSlots ids = {};
    rtl::copy(ids.ids, list.ids, list.count * sizeof(USHORT));
    const auto slots = __builtin_bit_cast(Slots, ids);
    rtl::teb()->PreferredLanguages = slots.at[0];
    rtl::teb()->UserPrefLanguages = slots.at[1];
}

constexpr bool bad_format(ULONG flags) {
    return (flags & MUI_LANGUAGE_ID) && (flags & MUI_LANGUAGE_NAME);
}

void put(const List& list, bool number, WCHAR* to) {
    for (unsigned i = 0; i < list.count; ++i) {
        if (number) {
            for (int digit = 3; digit >= 0; --digit)
                *to++ = static_cast<WCHAR>("0123456789ABCDEF"[list.ids[i] >> 4 * digit & 0xf]);
            *to++ = 0;
        } else {
            crt::copy(to, name_of(list.ids[i]));
            to += crt::length(to) + 1;
        }
    }
    if (!list.count) *to++ = 0;
    *to = 0;
}

NTSTATUS give(const List& list, ULONG flags, ULONG* count, WCHAR* buffer, ULONG* size) {
    if (bad_format(flags) || !count || !size || (*size && !buffer)) return STATUS_INVALID_PARAMETER;
    const bool number = flags & MUI_LANGUAGE_ID;
    ULONG needed = list.count ? 1 : 2;
    for (unsigned i = 0; i < list.count; ++i)
        needed += number ? 5 : static_cast<ULONG>(crt::length(name_of(list.ids[i]))) + 1;
    const ULONG room = *size;
    *size = needed;
    *count = list.count;
    if (!buffer) return STATUS_SUCCESS;
    if (room < needed) return STATUS_BUFFER_TOO_SMALL;
    put(list, number, buffer);
    return STATUS_SUCCESS;
}

NTSTATUS read(ULONG flags, const WCHAR* text, List& list) {
    if (bad_format(flags)) return STATUS_INVALID_PARAMETER;
    list = {};
    for (; text && *text; text += crt::length(text) + 1) {
        const USHORT id = id_of(text, flags & MUI_LANGUAGE_ID);
        if (!id) return STATUS_INVALID_PARAMETER;
        if (list.count < most) list.add(id);
    }
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlGetSystemPreferredUILanguages(ULONG Flags, ULONG, PULONG Count, PWSTR Buffer, PULONG Size) {
    if (Flags & ~static_cast<ULONG>(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | MUI_MACHINE_LANGUAGE_SETTINGS))
        return STATUS_INVALID_PARAMETER;
    return give(of_system(), Flags, Count, Buffer, Size);
}

NTSTATUS NTAPI RtlGetUserPreferredUILanguages(ULONG Flags, ULONG, PULONG Count, PWSTR Buffer, PULONG Size) {
    if (Flags & ~static_cast<ULONG>(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME)) return STATUS_INVALID_PARAMETER;
    return give(of_system(), Flags, Count, Buffer, Size);
}

NTSTATUS NTAPI RtlGetProcessPreferredUILanguages(ULONG Flags, PULONG Count, PWSTR Buffer, PULONG Size) {
    if (Flags & ~static_cast<ULONG>(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME)) return STATUS_INVALID_PARAMETER;
    rtl::SharedGuard guard(lock);
    return give(of_process, Flags, Count, Buffer, Size);
}

NTSTATUS NTAPI RtlGetThreadPreferredUILanguages(ULONG Flags, PULONG Count, PWSTR Buffer, PULONG Size) {
    constexpr ULONG known = MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | MUI_MERGE_SYSTEM_FALLBACK |
                            MUI_MERGE_USER_FALLBACK | MUI_THREAD_LANGUAGES;
    if (Flags & ~known) return STATUS_INVALID_PARAMETER;
    List list = of_thread();
    if (!(Flags & MUI_THREAD_LANGUAGES) || (Flags & (MUI_MERGE_SYSTEM_FALLBACK | MUI_MERGE_USER_FALLBACK))) {
        rtl::SharedGuard guard(lock);
        list.add(of_process);
        list.add(of_system());
    }
    return give(list, Flags, Count, Buffer, Size);
}

NTSTATUS NTAPI RtlSetProcessPreferredUILanguages(ULONG Flags, PCWSTR Languages, PULONG Count) {
    List list;
    if (Flags & ~static_cast<ULONG>(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME)) return STATUS_INVALID_PARAMETER;
    const NTSTATUS status = read(Flags, Languages, list);
    if (!NT_SUCCESS(status)) return status;
    rtl::ExclusiveGuard guard(lock);
    of_process = list;
    if (Count) *Count = list.count;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetThreadPreferredUILanguages(ULONG Flags, PCWSTR Languages, PULONG Count) {
    constexpr ULONG filters = MUI_CONSOLE_FILTER | MUI_COMPLEX_SCRIPT_FILTER | MUI_RESET_FILTERS;
    if (Flags & ~static_cast<ULONG>(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | filters))
        return STATUS_INVALID_PARAMETER;
    // Every language that is known here can be shown: a filter takes none away.
    if (Flags & filters) {
        if (Languages) return STATUS_INVALID_PARAMETER;
        if (Count) *Count = of_thread().count;
        return STATUS_SUCCESS;
    }
    List list;
    const NTSTATUS status = read(Flags, Languages, list);
    if (!NT_SUCCESS(status)) return status;
    set_of_thread(list);
    if (Count) *Count = list.count;
    return STATUS_SUCCESS;
}

}  // extern "C"
