// SPDX-License-Identifier: GPL-3.0-only
// What ntdll answers by itself: strings, paths, integers, times, environment, errors, atoms, bitmaps, SIDs.
#include "differ.h"

static WCHAR wide[300];
static UNICODE_STRING text_in(USHORT most) {
    return (UNICODE_STRING){0, most, wide};
}

PROGRAM(integers_to_text) {
    static const ULONG bases[] = {0, 2, 8, 10, 16, 3, 1};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        UNICODE_STRING text = text_in(100);
        memset(wide, 0, sizeof wide);
        ST("base", RtlIntegerToUnicodeString, 0x1234, bases[i], &text);
        WIDE_OF("text", wide);
        NUM("length", text.Length);
    }
    UNICODE_STRING text = text_in(8);
    ST("no room for the zero", RtlIntegerToUnicodeString, 1234, 10, &text);
    text = text_in(6);
    ST("short", RtlIntegerToUnicodeString, 1234, 10, &text);
    char narrow[20] = "";
    ST("char", RtlIntegerToChar, 255, 16, 10, narrow);
    TEXT_OF("text", narrow);
    ST("char, just", RtlIntegerToChar, 255, 16, 2, narrow);
    ST("char, short", RtlIntegerToChar, 255, 16, 1, narrow);
    ST("char, negative length", RtlIntegerToChar, 255, 16, -6, narrow);
    TEXT_OF("padded", narrow);
    ST("large", RtlInt64ToUnicodeString, 0x123456789abcull, 10, &(UNICODE_STRING){0, 60, wide});
    WIDE_OF("large text", wide);
}

PROGRAM(text_to_integers) {
    static const wchar_t* texts[] = {L"12", L" 12", L"-12", L"+12",         L"0x12", L"0b11", L"0o17", L"12x",
                                     L"",   L"-",   L"0x",  L"99999999999", L"0X1F", L"--1",  L"- 1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ULONG value = 0x77;
        NTSTATUS status = QUIET(RtlUnicodeStringToInteger, name_of(texts[i]), 0, &value);
        line("unicode", "%ls: %08lx, %lx", texts[i], (ULONG)status, value);
        char narrow[30];
        sprintf(narrow, "%ls", texts[i]);
        value = 0x77;
        status = QUIET(RtlCharToInteger, narrow, 0, &value);
        line("char", "%ls: %08lx, %lx", texts[i], (ULONG)status, value);
    }
    ULONG value = 0x77;
    ST("base 16", RtlUnicodeStringToInteger, name_of(L"fF"), 16, &value);
    HEX("value", value);
    ST("base 3", RtlUnicodeStringToInteger, name_of(L"12"), 3, &value);
    ST("no place", RtlUnicodeStringToInteger, name_of(L"12"), 10, NULL);
}

PROGRAM(comparing) {
    NUM("equal", CALL(RtlEqualUnicodeString, name_of(L"abc"), name_of(L"ABC"), 1) & 0xff);
    NUM("not equal", CALL(RtlEqualUnicodeString, name_of(L"abc"), name_of(L"ABC"), 0) & 0xff);
    NUM("compare", (LONG)CALL(RtlCompareUnicodeString, name_of(L"abc"), name_of(L"abd"), 0));
    NUM("longer", (LONG)CALL(RtlCompareUnicodeString, name_of(L"abc"), name_of(L"ab"), 0));
    NUM("case", (LONG)CALL(RtlCompareUnicodeString, name_of(L"_"), name_of(L"a"), 1));
    NUM("prefix", CALL(RtlPrefixUnicodeString, name_of(L"AB"), name_of(L"abc"), 1) & 0xff);
    NUM("prefix longer", CALL(RtlPrefixUnicodeString, name_of(L"abcd"), name_of(L"abc"), 1) & 0xff);
    NUM("upcase", (USHORT)CALL(RtlUpcaseUnicodeChar, 0xe4));
    NUM("downcase", (USHORT)CALL(RtlDowncaseUnicodeChar, 0xc4));
    NUM("upper of a char", (UCHAR)CALL(RtlUpperChar, 'a'));
    ULONG hash = 0;
    ST("hash", RtlHashUnicodeString, name_of(L"Hello"), 1, 1, &hash);
    HEX("value", hash);
    ST("hash default", RtlHashUnicodeString, name_of(L"Hello"), 0, 0, &hash);
    HEX("value", hash);
    ST("hash unknown", RtlHashUnicodeString, name_of(L"Hello"), 0, 5, &hash);
    USHORT at = 9;
    ST("find", RtlFindCharInUnicodeString, 0, name_of(L"a.b.c"), name_of(L"."), &at);
    NUM("at", at);
    ST("find last", RtlFindCharInUnicodeString, 1, name_of(L"a.b.c"), name_of(L"."), &at);
    NUM("at", at);
    ST("find none", RtlFindCharInUnicodeString, 0, name_of(L"abc"), name_of(L"."), &at);
}

PROGRAM(appending) {
    UNICODE_STRING text = text_in(8);
    ST("append", RtlAppendUnicodeToString, &text, L"abc");
    NUM("length", text.Length);
    ST("too long", RtlAppendUnicodeToString, &text, L"de");
    NUM("length", text.Length);
    ST("null", RtlAppendUnicodeToString, &text, NULL);
    ST("string", RtlAppendUnicodeStringToString, &text, name_of(L"d"));
    NUM("length", text.Length);
    UNICODE_STRING copy = {0};
    ST("duplicate", RtlDuplicateUnicodeString, 1, name_of(L"xyz"), &copy);
    NUM("maximum", copy.MaximumLength);
    ST("duplicate empty", RtlDuplicateUnicodeString, 1, name_of(L""), &copy);
    HEX("no buffer", copy.Buffer);
    ST("duplicate empty, terminated", RtlDuplicateUnicodeString, 3, name_of(L""), &copy);
    NUM("maximum", copy.MaximumLength);
    ST("flags", RtlDuplicateUnicodeString, 4, name_of(L"x"), &copy);
    ST("flags 2", RtlDuplicateUnicodeString, 2, name_of(L"x"), &copy);
    ST("validate", RtlValidateUnicodeString, 0, name_of(L"x"));
    ST("validate flags", RtlValidateUnicodeString, 1, name_of(L"x"));
    UNICODE_STRING odd = {1, 4, wide};
    ST("validate odd", RtlValidateUnicodeString, 0, &odd);
}

PROGRAM(guids) {
    GUID guid = {0};
    UNICODE_STRING text = {0};
    static const wchar_t* texts[] = {
        L"{12345678-1234-5678-9abc-def012345678}",  L"12345678-1234-5678-9abc-def012345678",
        L"{12345678-1234-5678-9abc-def01234567}",   L"{1234567G-1234-5678-9abc-def012345678}",
        L"{12345678-1234-5678-9abc-def012345678}x", L""};
    for (int i = 0; i < 6; i++)
        ST("read", RtlGUIDFromString, name_of(texts[i]), &guid);
    ST("first again", RtlGUIDFromString, name_of(texts[0]), &guid);
    ST("write", RtlStringFromGUID, &guid, &text);
    WIDE_OF("text", text.Buffer);
    NUM("maximum", text.MaximumLength);
}

PROGRAM(path_types) {
    static const wchar_t* paths[] = {L"C:\\x",    L"C:x",      L"\\x",     L"x",     L"\\\\server\\share",
                                     L"\\\\.\\x", L"\\\\?\\x", L"\\\\.",   L"\\\\?", L"",
                                     L"//./x",    L"C:",       L"\\??\\x", L"/x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        line("kind", "%ls: %lu", paths[i], (ULONG)CALL(RtlDetermineDosPathNameType_U, paths[i]));
    }
    static const wchar_t* devices[] = {L"con",        L"CON.txt", L"nul",    L"c:\\nul", L"com1", L"com0",
                                       L"lpt9:",      L"aux ",    L"prn .x", L"conin$",  L"conx", L"x\\con",
                                       L"\\\\.\\con", L"com10",   L"nul:",   L"nul:x"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        line("device", "%ls: %lx", devices[i], (ULONG)CALL(RtlIsDosDeviceName_U, devices[i]));
}

PROGRAM(full_paths) {
    static const wchar_t* paths[] = {L"C:\\a\\..\\b",
                                     L"C:\\a\\.\\b",
                                     L"C:\\..\\..\\x",
                                     L"C:/a/b",
                                     L"C:\\a\\\\b",
                                     L"C:\\a. ",
                                     L"C:\\a.\\b",
                                     L"C:\\a \\b",
                                     L"\\\\s\\t\\..\\..\\u",
                                     L"\\\\.\\a\\..\\b",
                                     L"\\\\?\\C:\\a\\..\\b",
                                     L"C:\\",
                                     L"C:\\a\\",
                                     L"nul",
                                     L"C:\\a\\nul",
                                     L"\\\\?",
                                     L"C:\\a...",
                                     L"C:\\...\\a",
                                     L"C:\\a\\...",
                                     L"//s/t/x",
                                     L"C:\\a\\b\\..",
                                     L"\\\\s",
                                     L"C:\\x:y"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        WCHAR* part = NULL;
        memset(wide, 0, sizeof wide);
        ULONG length = (ULONG)CALL(RtlGetFullPathName_U, paths[i], sizeof wide, wide, &part);
        line("full", "%ls: %lu [%ls] [%ls]", paths[i], length, wide, part ? part : L"none");
    }
    NUM("short", (ULONG)CALL(RtlGetFullPathName_U, &L"C:\\abc"[0], 6, wide, NULL));
    NUM("empty", (ULONG)CALL(RtlGetFullPathName_U, &L""[0], 60, wide, NULL));
    NUM("null", (ULONG)CALL(RtlGetFullPathName_U, NULL, 60, wide, NULL));
    NUM("blank", (ULONG)CALL(RtlGetFullPathName_U, &L" "[0], 60, wide, NULL));
}

PROGRAM(nt_paths) {
    static const wchar_t* paths[] = {
        L"C:\\a",       L"\\\\s\\t\\x", L"\\\\.\\pipe\\x", L"\\\\?\\C:\\a\\..\\b",
        L"\\??\\C:\\x", L"nul",         L"com1",           L"C:\\a*",
        L"\\\\?\\",     L"\\\\.",       L"C:\\a ",         L"con"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        UNICODE_STRING text = {0};
        WCHAR* part = NULL;
        NUM("done", CALL(RtlDosPathNameToNtPathName_U, paths[i], &text, &part, NULL) & 0xff);
        line("path", "%ls: [%ls] [%ls]", paths[i], text.Buffer ? text.Buffer : L"none",
             part ? part : L"none");
    }
    UNICODE_STRING text = {0};
    NUM("empty", CALL(RtlDosPathNameToNtPathName_U, &L""[0], &text, NULL, NULL) & 0xff);
    ST("status of empty", RtlDosPathNameToNtPathName_U_WithStatus, &L""[0], &text, NULL, NULL);
    ST("status of null", RtlDosPathNameToNtPathName_U_WithStatus, NULL, &text, NULL, NULL);
}

PROGRAM(names_8_3) {
    static const wchar_t* names[] = {L"ABC.TXT", L"abc.txt",      L"ABCDEFGHI", L"A.B.C", L"A B",
                                     L".",       L"..",           L"",          L"A.",    L".A",
                                     L"A+B",     L"ABCDEFGH.TXT", L"A.TEXT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        BOOLEAN blanks = 9;
        int legal = CALL(RtlIsNameLegalDOS8Dot3, name_of(names[i]), NULL, &blanks) & 0xff;
        line("name", "%ls: %d, blanks %d", names[i], legal, legal ? blanks : 0);
    }
}

PROGRAM(times) {
    struct {
        SHORT year, month, day, hour, minute, second, milli, weekday;
    } fields;
    LARGE_INTEGER time = {.QuadPart = 0x01d0000000000000};
    CALL(RtlTimeToTimeFields, &time, &fields);
    line("fields", "%d %d %d %d %d %d %d %d", fields.year, fields.month, fields.day, fields.hour,
         fields.minute, fields.second, fields.milli, fields.weekday);
    NUM("back", CALL(RtlTimeFieldsToTime, &fields, &time) & 0xff);
    HEX("time", time.QuadPart);
    fields.day = 31;
    fields.month = 2;
    NUM("no such day", CALL(RtlTimeFieldsToTime, &fields, &time) & 0xff);
    fields.day = 29;
    fields.year = 1900;
    NUM("no leap year", CALL(RtlTimeFieldsToTime, &fields, &time) & 0xff);
    fields.year = 1600;
    NUM("too early", CALL(RtlTimeFieldsToTime, &fields, &time) & 0xff);
    ULONG seconds = 7;
    time.QuadPart = 0;
    NUM("since 1970, too early", CALL(RtlTimeToSecondsSince1970, &time, &seconds) & 0xff);
    time.QuadPart = 0x01d0000000000000;
    NUM("since 1970", CALL(RtlTimeToSecondsSince1970, &time, &seconds) & 0xff);
    NUM("seconds", seconds);
    NUM("since 1980", CALL(RtlTimeToSecondsSince1980, &time, &seconds) & 0xff);
    NUM("seconds", seconds);
    CALL(RtlSecondsSince1980ToTime, 1, &time);
    HEX("time", time.QuadPart);
}

PROGRAM(environment) {
    void* block = NULL;
    UNICODE_STRING value = {0, 20, wide};
    ST("create", RtlCreateEnvironment, 0, &block);
    ST("set", RtlSetEnvironmentVariable, &block, name_of(L"Name"), name_of(L"value"));
    ST("set with =", RtlSetEnvironmentVariable, &block, name_of(L"a=b"), name_of(L"value"));
    ST("set leading =", RtlSetEnvironmentVariable, &block, name_of(L"=b"), name_of(L"value"));
    ST("set nameless", RtlSetEnvironmentVariable, &block, name_of(L""), name_of(L"value"));
    ST("query", RtlQueryEnvironmentVariable_U, block, name_of(L"NAME"), &value);
    NUM("length", value.Length);
    ST("absent", RtlQueryEnvironmentVariable_U, block, name_of(L"none"), &value);
    value.MaximumLength = 8;
    ST("short", RtlQueryEnvironmentVariable_U, block, name_of(L"NAME"), &value);
    NUM("wanted", value.Length);
    value.MaximumLength = 10;
    ST("without the zero", RtlQueryEnvironmentVariable_U, block, name_of(L"NAME"), &value);
    ST("remove", RtlSetEnvironmentVariable, &block, name_of(L"name"), NULL);
    ST("remove again", RtlSetEnvironmentVariable, &block, name_of(L"name"), NULL);
    CALL(RtlSetEnvironmentVariable, &block, name_of(L"X"), name_of(L"yy"));
    UNICODE_STRING expanded = {0, 100, wide};
    ULONG length = 0;
    memset(wide, 0, sizeof wide);
    ST("expand", RtlExpandEnvironmentStrings_U, block, name_of(L"a%x%b%none%c%"), &expanded, &length);
    WIDE_OF("text", wide);
    NUM("length", length);
    expanded.MaximumLength = 6;
    ST("expand short", RtlExpandEnvironmentStrings_U, block, name_of(L"a%x%b"), &expanded, &length);
    NUM("wanted", length);
    WIN("win32 remove absent", SetEnvironmentVariableA("DIFFER_NONE", NULL));
    NUM("win32 absent", GetEnvironmentVariableA("DIFFER_NONE", (char*)wide, 10));
    NUM("error", GetLastError());
    WIN("win32 empty", SetEnvironmentVariableA("", "x"));
}

PROGRAM(error_codes) {
    static const ULONG codes[] = {
        0,          0x102,      0x103,      0x80000005, 0x80000006, 0xc0000001, 0xc0000002, 0xc0000004,
        0xc0000005, 0xc0000008, 0xc000000d, 0xc0000017, 0xc0000018, 0xc0000022, 0xc0000023, 0xc0000024,
        0xc0000033, 0xc0000034, 0xc0000035, 0xc000003a, 0xc000003b, 0xc0000043, 0xc0000056, 0xc000007e,
        0xc00000ba, 0xc00000bb, 0xc0000101, 0xc0000103, 0xc0000120, 0xc0000121, 0xc0000123, 0xc0000128,
        0xc000012d, 0xc0000135, 0xc0000139, 0xc0000142, 0xc000014b, 0xc0000185, 0xc00000b0, 0xc0000225,
        0xc0000235, 0xc0000275, 0xc00002b4, 0xc0000409, 0xd0000034, 0x80070005, 0x12345678, 0xc0010001,
        0x40000003, 0xc0000420, 0xc0000353, 0xc0000463, 0x8000001a, 0x80000011, 0x8000000d, 0x80000002,
        0xc0000194, 0xc0000194, 0xc0000061, 0xc000005a, 0xc0000078, 0xc0000079, 0xc000007c, 0xc00000a0,
        0xc0000141, 0xc0000187, 0xc00000f1, 0xc0000240, 0xc0020001, 0xc0030001};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char label[20];
        sprintf(label, "%lx", codes[i]);
        NUM(label, (ULONG)CALL(RtlNtStatusToDosError, codes[i]));
    }
}

PROGRAM(error_codes_all) {
    ULONG runs = 0, last = 0;
    for (ULONG i = 0; i < 0x500; i++) {
        ULONG code = (ULONG)CALL(RtlNtStatusToDosErrorNoTeb, 0xc0000000 + i);
        if (code != last && code != 317) {
            char label[20];
            sprintf(label, "%lx", 0xc0000000 + i);
            NUM(label, code);
            runs++;
        }
        last = code;
    }
}

PROGRAM(atoms) {
    USHORT atom = 0, other = 0;
    ULONG count = 0, pinned = 0, size = 60;
    void* table = NULL;
    ST("create", RtlCreateAtomTable, 0, &table);
    ST("add", RtlAddAtomToAtomTable, table, L"Name", &atom);
    HEX("atom", atom);
    ST("again", RtlAddAtomToAtomTable, table, L"NAME", &other);
    NUM("same", atom == other);
    ST("query", RtlQueryAtomInAtomTable, table, atom, &count, &pinned, wide, &size);
    NUM("count", count);
    NUM("pinned", pinned);
    NUM("size", size);
    WIDE_OF("text", wide);
    size = 4;
    ST("short", RtlQueryAtomInAtomTable, table, atom, NULL, NULL, wide, &size);
    NUM("size", size);
    ST("integer", RtlAddAtomToAtomTable, table, 5, &other);
    HEX("atom", other);
    ST("integer as text", RtlAddAtomToAtomTable, table, L"#5", &other);
    HEX("atom", other);
    ST("integer 0", RtlAddAtomToAtomTable, table, L"#0", &other);
    ST("empty", RtlAddAtomToAtomTable, table, L"", &other);
    ST("look up none", RtlLookupAtomInAtomTable, table, L"none", &other);
    ST("delete", RtlDeleteAtomFromAtomTable, table, atom);
    ST("delete again", RtlDeleteAtomFromAtomTable, table, atom);
    ST("delete more", RtlDeleteAtomFromAtomTable, table, atom);
    ST("delete integer", RtlDeleteAtomFromAtomTable, table, 5);
    ST("delete bad", RtlDeleteAtomFromAtomTable, table, 0xc123);
    ST("global add", NtAddAtom, &L"differ-global"[0], 26, &atom);
    ST("global find", NtFindAtom, &L"DIFFER-GLOBAL"[0], 26, &other);
    NUM("same", atom == other);
    ST("global query short", NtQueryInformationAtom, atom, 0, wide, 4, &size);
    ST("global query", NtQueryInformationAtom, atom, 0, wide, 60, &size);
    ST("global delete", NtDeleteAtom, atom);
    ST("global gone", NtFindAtom, &L"differ-global"[0], 26, &other);
    ST("no name", NtAddAtom, NULL, 0, &other);
    ST("bad length", NtAddAtom, &L"x"[0], 1000, &other);
}

PROGRAM(sids) {
    UCHAR sid[68] = {0}, other[68];
    SID_IDENTIFIER_AUTHORITY authority = {{0, 0, 0, 0, 0, 5}};
    UNICODE_STRING text = {0, sizeof wide, wide};
    NUM("length", (ULONG)CALL(RtlLengthRequiredSid, 3));
    ST("initialize", RtlInitializeSid, sid, &authority, 2);
    *(ULONG*)(sid + 8) = 32;
    *(ULONG*)(sid + 12) = 544;
    NUM("valid", CALL(RtlValidSid, sid) & 0xff);
    ST("text", RtlConvertSidToUnicodeString, &text, sid, 0);
    line("it", "%.*ls", text.Length / 2, wide);
    text.MaximumLength = 4;
    ST("short", RtlConvertSidToUnicodeString, &text, sid, 0);
    ST("copy", RtlCopySid, 68, other, sid);
    ST("copy short", RtlCopySid, 8, other, sid);
    NUM("equal", CALL(RtlEqualSid, sid, other) & 0xff);
    other[8] = 33;
    NUM("prefix", CALL(RtlEqualPrefixSid, sid, other) & 0xff);
    sid[0] = 2;
    NUM("bad revision", CALL(RtlValidSid, sid) & 0xff);
    ST("text of a bad one", RtlConvertSidToUnicodeString, &text, sid, 0);
    sid[0] = 1;
    sid[1] = 16;
    NUM("too many", CALL(RtlValidSid, sid) & 0xff);
    ULONG size = 68;
    WIN("well known", CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, other, &size));
    NUM("size", size);
    size = 4;
    WIN("well known, short", CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, other, &size));
    NUM("size", size);
}

PROGRAM(conversions) {
    ANSI_STRING narrow = {0, 10, (char*)wide};
    ST("to ansi", RtlUnicodeStringToAnsiString, &narrow, name_of(L"abcdef"), 0);
    NUM("length", narrow.Length);
    narrow.MaximumLength = 4;
    ST("short", RtlUnicodeStringToAnsiString, &narrow, name_of(L"abcdef"), 0);
    NUM("length", narrow.Length);
    narrow.MaximumLength = 0;
    ST("none", RtlUnicodeStringToAnsiString, &narrow, name_of(L"abcdef"), 0);
    UNICODE_STRING text = {0, 4, wide};
    ANSI_STRING from = {3, 4, "abc"};
    ST("to unicode, short", RtlAnsiStringToUnicodeString, &text, &from, 0);
    NUM("length", text.Length);
    NUM("size", (ULONG)CALL(RtlxUnicodeStringToAnsiSize, name_of(L"abc")));
    ULONG done = 0;
    ST("utf-8", RtlUnicodeToUTF8N, wide, 10, &done, L"a\x20ac\xd800z", 8);
    NUM("bytes", done);
    say_bytes("text", wide, done);
    ST("utf-8 short", RtlUnicodeToUTF8N, wide, 2, &done, L"a\x20ac", 4);
    NUM("bytes", done);
    ST("from utf-8", RtlUTF8ToUnicodeN, wide, 40, &done, "a\xe2\x82\xac\xff\xc0\x80z", 8);
    say_bytes("text", wide, done);
    ST("size alone", RtlUTF8ToUnicodeN, NULL, 0, &done, "abc", 3);
    NUM("bytes", done);
    ST("multibyte", RtlMultiByteToUnicodeN, wide, 4, &done, "abc", 3);
    NUM("bytes", done);
}

PROGRAM(bitmaps) {
    ULONG bits[4] = {0x00ff00ff, 0, 0xffffffff, 0};
    struct {
        ULONG size;
        ULONG* buffer;
    } map = {100, bits};
    NUM("set", (ULONG)CALL(RtlNumberOfSetBits, &map));
    NUM("clear", (ULONG)CALL(RtlNumberOfClearBits, &map));
    NUM("find clear", (LONG)CALL(RtlFindClearBits, &map, 10, 0));
    NUM("find set", (LONG)CALL(RtlFindSetBits, &map, 10, 0));
    NUM("find too many", (LONG)CALL(RtlFindClearBits, &map, 200, 0));
    NUM("find none", (LONG)CALL(RtlFindClearBits, &map, 0, 5));
    NUM("hint", (LONG)CALL(RtlFindClearBits, &map, 4, 70));
    NUM("hint too far", (LONG)CALL(RtlFindClearBits, &map, 4, 500));
    NUM("are set", CALL(RtlAreBitsSet, &map, 64, 32) & 0xff);
    NUM("are clear past the end", CALL(RtlAreBitsClear, &map, 96, 10) & 0xff);
    ULONG start = 9;
    NUM("longest", (ULONG)CALL(RtlFindLongestRunClear, &map, &start));
    NUM("at", start);
    NUM("most significant", (CHAR)CALL(RtlFindMostSignificantBit, 0x100));
    NUM("of none", (CHAR)CALL(RtlFindMostSignificantBit, 0));
}
