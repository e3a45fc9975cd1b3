// SPDX-License-Identifier: GPL-3.0-only
// Strings of the C libraries, narrow, wide and of several bytes a character.
#include <ctype.h>
#include <locale.h>
#include <mbstring.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>
#include "say.h"

static int sign(int value) {
    return value < 0 ? -1 : value > 0;
}

static void classes(void) {
    int sums[8] = {0};
    for (int c = 0; c < 256; c++) {
        sums[0] += !!isalpha(c);
        sums[1] += !!isdigit(c);
        sums[2] += !!isspace(c);
        sums[3] += !!ispunct(c);
        sums[4] += !!iscntrl(c);
        sums[5] += !!isprint(c);
        sums[6] += !!isxdigit(c);
        sums[7] += toupper(c) != c;
    }
    for (int i = 0; i < 8; i++)
        printf("%d ", sums[i]);
    printf("\n");
    NUM(towupper(0xe4));
    NUM(!!iswalpha(0x3b1));
    NUM(!!iswspace(0x2003));
    NUM(!!iswdigit(L'7'));
}

int main(void) {
    char text[40] = "Hello, World", copy[40], *rest;
    wchar_t wide[40];
    classes();
    NUM(sign(_stricmp("ABC", "abd")));
    NUM(sign(_strnicmp("ABCx", "abcY", 3)));
    NUM(sign(strcmp("a", "B")));
    NUM(sign(_wcsicmp(L"\u00c4", L"\u00e4")));
    NUM(sign(wcscmp(L"a", L"\xffff")));
    STR(_strupr(strcpy(copy, text)));
    STR(_strlwr(copy));
    STR(_strrev(copy));
    STR(_strset(copy, 'x'));
    STR(_strnset(copy, 'y', 3));
    STR(strstr(text, "World"));
    STR(strpbrk(text, "oW"));
    NUM(strspn(text, "Hel"));
    NUM(strcspn(text, ","));
    STR(strrchr(text, 'o'));
    strcpy(copy, ",a,,b;c,");
    for (char* word = strtok(copy, ",;"); word; word = strtok(NULL, ",;"))
        STR(word);
    strcpy(copy, "x y");
    STR(strtok_s(copy, " ", &rest));
    STR(strtok_s(NULL, " ", &rest));
    NUM(strncpy_s(copy, 4, "abcdef", 3));
    STR(copy);
    NUM(strncpy_s(copy, 4, "abcdef", _TRUNCATE));
    NUM(strcat_s(copy, 40, "-more"));
    STR(copy);
    NUM(strnlen(text, 5));
    NUM(memcmp("ab\0c", "ab\0d", 4) < 0);
    NUM(_memicmp("ABC", "abc", 3));
    STR((char*)memchr(text, 'W', 12));
    STR((char*)_memccpy(copy, text, ',', 40) - 6);
    memmove(text + 2, text, 8);
    STR(text);
    NUM(mbstowcs(wide, "plain", 40));
    WSTR(wide);
    NUM(wcstombs(copy, L"\u0434", 40));
    NUM(wcslen(wcscpy(wide, L"four")));
    WSTR(_wcsrev(wide));
    WSTR(wcsstr(L"one two", L"tw"));
    NUM(wcstol(L"-77x", NULL, 10));
    NUM(wcstoul(L"ffz", NULL, 16));
    WSTR(_wcsupr(wcscpy(wide, L"stra\u00dfe")));
    STR(setlocale(LC_ALL, NULL));
    NUM(setlocale(LC_ALL, "xx_YY") == NULL);
    NUM(setlocale(LC_ALL, "English_United States.1252") != NULL);
    NUM(!!isalpha(0xe4));
    NUM(toupper(0xe4));
    NUM(wcstombs(copy, L"\u00e4\u20ac", 40));
    NUM((unsigned char)copy[1]);
    NUM(sign(strcoll("a", "B")));
    NUM(strxfrm(NULL, "abc", 0) > 0);
    STR(localeconv()->decimal_point);
    NUM(MB_CUR_MAX);
    NUM(_mbslen((unsigned char*)"abc"));
    return 0;
}
