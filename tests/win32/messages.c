// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// FormatMessage: inserts, widths, the system's texts, buffers. Atoms.
#include "say.h"

static DWORD format(char* out, DWORD size, DWORD flags, const char* text, ...) {
    va_list arguments;
    DWORD length;
    va_start(arguments, text);
    length = FormatMessageA(FORMAT_MESSAGE_FROM_STRING | flags, text, 0, 0, out, size, &arguments);
    va_end(arguments);
    return length;
}

// `^` for carriage returns: the lines of what this is compared with end in a line feed alone.
static char* with_returns_shown(char* text) {
    char* at;
    for (at = text; *at; ++at)
        if (*at == '\r') *at = '^';
    return text;
}

static void atoms(void) {
    char name[32];
    ATOM atom = AddAtomA("Some Atom"), global = GlobalAddAtomA("Global Atom");
    NUM(atom >= 0xc000);
    NUM(AddAtomA("SOME ATOM") == atom);
    NUM(FindAtomA("some atom") == atom);
    NUM(GetAtomNameA(atom, name, sizeof name));
    STR(name);
    NUM(DeleteAtom(atom));
    NUM(FindAtomA("some atom") == atom);
    NUM(DeleteAtom(atom));
    NUM(FindAtomA("some atom"));
    NUM(GetLastError());
    NUM(AddAtomA("#123"));
    NUM(GetAtomNameA(123, name, sizeof name));
    STR(name);
    NUM(GlobalFindAtomA("global atom") == global);
    NUM(GlobalGetAtomNameA(global, name, 5));
    STR(name);
    NUM(GlobalDeleteAtom(global));
    NUM(AddAtomA(""));
}

int main(void) {
    char text[300], *allocated = NULL;
    DWORD_PTR values[] = {(DWORD_PTR) "one", 2, (DWORD_PTR) "three"};
    NUM(format(text, sizeof text, 0, "%2!d! %1 %3!8s! %4!-5d!| %5!c! %6!lx! %%  %n%0 cut", "first", 2,
               "third", 4, 'x', 255));
    STR(with_returns_shown(text));
    NUM(format(text, sizeof text, 0, "no end %1!.3s! %2!05d!", "abcdef", 42));
    STR(text);
    NUM(format(text, 5, 0, "longer than that"));
    NUM(GetLastError());
    NUM(format(text, sizeof text, FORMAT_MESSAGE_IGNORE_INSERTS, "%1 stays %%"));
    STR(text);
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%3 %2!u! %1", 0, 0, text,
                       sizeof text, (va_list*)values));
    STR(text);
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER, "allocated", 0, 0,
                       (char*)&allocated, 0, NULL));
    STR(allocated);
    LocalFree(allocated);
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_MAX_WIDTH_MASK, "a\r\nb   c", 0, 0, text,
                       sizeof text, NULL));
    STR(text);
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, 2, 0, text,
                       sizeof text, NULL) > 5);
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, 0x12345678, 0, text,
                       sizeof text, NULL));
    NUM(GetLastError());
    NUM(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 2, 0, NULL, 0, NULL));
    atoms();
    return 0;
}
