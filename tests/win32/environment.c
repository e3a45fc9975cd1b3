// SPDX-License-Identifier: GPL-3.0-only
// environment: GIVEN=by the caller
// The environment, of Windows and of the C library, and what each sees of the other's changes.
#include <stdlib.h>
#include "say.h"

static int count_named(const char* prefix) {
    char* block = GetEnvironmentStringsA();
    int count = 0;
    for (char* at = block; *at; at += strlen(at) + 1)
        count += _strnicmp(at, prefix, strlen(prefix)) == 0;
    FreeEnvironmentStringsA(block);
    return count;
}

int main(void) {
    char text[64];
    wchar_t wide[64];
    STR(getenv("GIVEN"));
    STR(getenv("given"));
    NUM(GetEnvironmentVariableA("GIVEN", text, sizeof text));
    NUM(GetEnvironmentVariableA("GIVEN", text, 4));
    NUM(GetEnvironmentVariableA("NONE8", text, sizeof text));
    NUM(GetLastError());
    YES(SetEnvironmentVariableA("EIGHT", "8"));
    NUM(getenv("EIGHT") == NULL);
    NUM(_putenv("NINE=9"));
    NUM(GetEnvironmentVariableA("NINE", text, sizeof text));
    STR(getenv("Nine"));
    NUM(_putenv("NINE="));
    NUM(getenv("NINE") == NULL);
    NUM(GetEnvironmentVariableA("NINE", text, sizeof text));
    YES(SetEnvironmentVariableA("EMPTY", ""));
    SetLastError(77);
    NUM(GetEnvironmentVariableA("EMPTY", text, sizeof text));
    NUM(GetLastError());
    YES(SetEnvironmentVariableA("EIGHT", NULL));
    YES(SetEnvironmentVariableA("EIGHT", NULL));
    YES(SetEnvironmentVariableA("", "x"));
    YES(SetEnvironmentVariableA("A=B", "x"));
    NUM(ExpandEnvironmentStringsA("<%GIVEN%> %NONE8% 100% %", text, sizeof text));
    STR(text);
    NUM(ExpandEnvironmentStringsA("%GIVEN%", text, 3));
    NUM(ExpandEnvironmentStringsW(L"%SystemRoot%", wide, 64) > 5);
    NUM(count_named("GIVEN="));
    NUM(count_named("SystemRoot="));
    YES(SetEnvironmentVariableW(L"\u00c4rger", L"wide"));
    NUM(GetEnvironmentVariableW(L"\u00e4RGER", wide, 64));
    NUM(_wgetenv(L"GIVEN") != NULL);
    NUM(getenv_s(&(size_t){0}, text, 3, "GIVEN"));
    return 0;
}
