// SPDX-License-Identifier: GPL-3.0-only
// Code pages, classes of characters, comparison, mapping, formats of the locale.
// runtime: ucrt
#include "say.h"

static void to_wide(UINT page, DWORD flags, const char* text, int size) {
    wchar_t wide[32];
    int count;
    SetLastError(0);
    count = MultiByteToWideChar(page, flags, text, size, wide, 32);
    printf("%u %lx: %d error %lu:", page, flags, count, count ? 0 : GetLastError());
    for (int i = 0; i < count; i++)
        printf(" %x", wide[i]);
    printf("\n");
}

static void to_bytes(UINT page, DWORD flags, const wchar_t* text, int size, const char* other) {
    char bytes[32];
    BOOL used = 5;
    int count;
    SetLastError(0);
    count = WideCharToMultiByte(page, flags, text, size, bytes, 32, other, page == CP_UTF8 ? NULL : &used);
    printf("%u %lx: %d error %lu used %d:", page, flags, count, count ? 0 : GetLastError(), used);
    for (int i = 0; i < count; i++)
        printf(" %x", (unsigned char)bytes[i]);
    printf("\n");
}

int main(void) {
    CPINFO info;
    WORD types[4];
    wchar_t text[64];
    char narrow[64];
    SYSTEMTIME date = {2024, 2, 4, 29, 13, 5, 9, 0};
    NUM(GetACP());
    NUM(GetOEMCP());
    YES(GetCPInfo(CP_UTF8, &info));
    NUM(info.MaxCharSize);
    YES(GetCPInfo(12345, &info));
    NUM(IsValidCodePage(1252) && !IsValidCodePage(9));
    to_wide(1252, 0, "a\x80\xe4", 3);
    to_wide(437, 0, "\x84\xe1", 2);
    to_wide(CP_UTF8, 0, "\xc3\xa4\xf0\x9f\x98\x80", 6);
    to_wide(CP_UTF8, 0,
            "a\xff"
            "b",
            3);
    to_wide(CP_UTF8, MB_ERR_INVALID_CHARS,
            "a\xff"
            "b",
            3);
    to_wide(CP_ACP, 0, "", 0);
    to_wide(1252, 0, "with end", -1);
    NUM(MultiByteToWideChar(1252, 0, "long", 4, text, 2));
    NUM(GetLastError());
    NUM(MultiByteToWideChar(1252, 0, "long", -1, NULL, 0));
    to_bytes(1252, 0, L"\u20ac\u00e4\u0434", 3, NULL);
    to_bytes(1252, 0, L"\u0434", 1, "#");
    to_bytes(437, 0, L"\u00e4\u00df", 2, NULL);
    to_bytes(CP_UTF8, 0, L"\xd83d\xde00\xd800", 3, NULL);
    to_bytes(CP_UTF8, WC_ERR_INVALID_CHARS, L"\xd800", 1, NULL);
    to_bytes(20127, 0, L"a\u00e4", 2, NULL);
    YES(GetStringTypeW(CT_CTYPE1, L"a1 \u00e4", 4, types));
    printf("%x %x %x %x\n", types[0] & 0x1ff, types[1] & 0x1ff, types[2] & 0x1ff, types[3] & 0x1ff);
    NUM(CompareStringW(LOCALE_INVARIANT, 0, L"a", -1, L"B", -1));
    NUM(CompareStringW(LOCALE_INVARIANT, NORM_IGNORECASE, L"abc", -1, L"ABC", -1));
    NUM(CompareStringW(LOCALE_INVARIANT, 0, L"co-op", -1, L"coop", -1));
    NUM(CompareStringOrdinal(L"a", -1, L"B", -1, TRUE));
    NUM(CompareStringOrdinal(L"a", -1, L"B", -1, FALSE));
    NUM(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, L"stra\u00dfe\u00e4", -1, text, 64));
    HEX(text[6]);
    NUM(lstrcmpiA("ABC", "abd"));
    NUM(GetLocaleInfoA(LOCALE_INVARIANT, LOCALE_SDECIMAL, narrow, sizeof narrow));
    STR(narrow);
    NUM(GetLocaleInfoA(MAKELCID(MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), SORT_DEFAULT), LOCALE_SENGLANGUAGE,
                       narrow, sizeof narrow));
    STR(narrow);
    NUM(GetDateFormatA(MAKELCID(0x409, SORT_DEFAULT), 0, &date, "dddd, MMMM dd yyyy", narrow, sizeof narrow));
    STR(narrow);
    NUM(GetTimeFormatA(MAKELCID(0x409, SORT_DEFAULT), 0, &date, "hh:mm:ss tt", narrow, sizeof narrow));
    STR(narrow);
    NUM(GetNumberFormatA(MAKELCID(0x409, SORT_DEFAULT), 0, "-1234567.891", NULL, narrow, sizeof narrow));
    STR(narrow);
    NUM(GetUserDefaultLangID());
    NUM(GetUserDefaultLocaleName(text, 64));
    WSTR(text);
    NUM(LocaleNameToLCID(L"de-DE", 0));
    NUM(IsNormalizedString(NormalizationC, L"a\u0308", -1));
    NUM(NormalizeString(NormalizationC, L"a\u0308", -1, text, 64));
    HEX(text[0]);
    NUM(FoldStringW(MAP_FOLDDIGITS, L"\u0661", -1, text, 64));
    HEX(text[0]);
    return 0;
}
