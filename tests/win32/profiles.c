// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Profile files: written, read, listed, removed.
#include "say.h"

static void show(const char* name) {
    char line[100];
    FILE* file = fopen(name, "r");
    while (file && fgets(line, sizeof line, file))
        printf("| %s", line);
    if (file) fclose(file);
}

static void names(const char* what, const char* list) {
    printf("%s:", what);
    for (; *list; list += strlen(list) + 1)
        printf(" [%s]", list);
    printf("\n");
}

int main(void) {
    static const char file[] = "C:\\Users\\Public\\test8.ini";
    char text[64];
    struct {
        int a, b;
    } data = {1, 2}, back = {0, 0};
    YES(WritePrivateProfileStringA("one", "key", "value", file));
    YES(WritePrivateProfileStringA("one", "other", "  \"quoted text\"  ", file));
    YES(WritePrivateProfileStringA("two", "number", "0x1F", file));
    YES(WritePrivateProfileStringA("two", "count", "42abc", file));
    YES(WritePrivateProfileStructA("two", "data", &data, sizeof data, file));
    show(file);
    NUM(GetPrivateProfileStringA("ONE", "KEY", "none", text, sizeof text, file));
    STR(text);
    NUM(GetPrivateProfileStringA("one", "other", "none", text, sizeof text, file));
    STR(text);
    NUM(GetPrivateProfileStringA("one", "missing", "default  ", text, sizeof text, file));
    STR(text);
    NUM(GetPrivateProfileStringA("one", "key", "", text, 4, file));
    STR(text);
    NUM(GetPrivateProfileIntA("two", "number", 7, file));
    NUM(GetPrivateProfileIntA("two", "count", 7, file));
    NUM(GetPrivateProfileIntA("two", "none", 7, file));
    NUM(GetPrivateProfileStringA("two", NULL, "", text, sizeof text, file));
    names("keys", text);
    NUM(GetPrivateProfileSectionNamesA(text, sizeof text, file));
    names("sections", text);
    NUM(GetPrivateProfileSectionA("one", text, sizeof text, file));
    names("section", text);
    YES(GetPrivateProfileStructA("two", "data", &back, sizeof back, file));
    NUM(back.b);
    YES(WritePrivateProfileStringA("one", "key", NULL, file));
    YES(WritePrivateProfileStringA("two", NULL, NULL, file));
    YES(WritePrivateProfileSectionA("three", "a=1\0b=2\0", file));
    YES(WritePrivateProfileStringA(NULL, NULL, NULL, file));
    show(file);
    YES(DeleteFileA(file));
    NUM(GetPrivateProfileIntA("two", "number", 9, file));
    return 0;
}
