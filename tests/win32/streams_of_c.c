// SPDX-License-Identifier: GPL-3.0-only
// Streams of the C library: text and binary, positions, appending, pushing back, descriptors, pipes.
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include "say.h"

static void show(const char* name) {
    unsigned char bytes[64];
    FILE* file = fopen(name, "rb");
    size_t count = fread(bytes, 1, sizeof bytes, file);
    printf("%s:", name);
    for (size_t i = 0; i < count; i++)
        printf(" %02x", bytes[i]);
    printf("\n");
    fclose(file);
}

static void text(void) {
    char line[32];
    fpos_t place;
    FILE* file = fopen("t.txt", "w");
    NUM(fprintf(file,
                "a\nb\r\n\x1a"
                "c\n"));
    fclose(file);
    show("t.txt");
    file = fopen("t.txt", "r");
    while (fgets(line, sizeof line, file))
        printf("%d bytes\n", (int)strlen(line));
    NUM(feof(file) != 0);
    NUM(ftell(file));
    fclose(file);
    file = fopen("t.txt", "rb+");
    NUM(fseek(file, -3, SEEK_END));
    NUM(fgetc(file));
    NUM(ungetc('X', file));
    NUM(fgetc(file));
    NUM(fgetpos(file, &place));
    NUM(fseek(file, 0, SEEK_SET));
    NUM(fputs("Z", file));
    NUM(fsetpos(file, &place));
    NUM(fgetc(file));
    NUM(fseek(file, -1, SEEK_SET));
    NUM(errno == EINVAL);
    fclose(file);
    file = fopen("t.txt", "a");
    fseek(file, 0, SEEK_SET);
    fputs("end", file);
    NUM(ftell(file));
    fclose(file);
    show("t.txt");
    NUM(fopen("none.txt", "r") == NULL);
    NUM(errno == ENOENT);
    NUM(fopen("t.txt", "r") != NULL && freopen("u.txt", "w", fopen("t.txt", "r")) != NULL);
}

static void wide(void) {
    wchar_t line[16];
    FILE* file = _wfopen(L"w.txt", L"w, ccs=UTF-8");
    fwprintf(file, L"\u00e4\u20ac\n");
    fclose(file);
    show("w.txt");
    file = _wfopen(L"w.txt", L"r, ccs=UTF-8");
    fgetws(line, 16, file);
    printf("%x %x\n", line[0], line[1]);
    fclose(file);
    file = _wfopen(L"w.txt", L"w, ccs=UTF-16LE");
    fputws(L"a\n", file);
    fclose(file);
    show("w.txt");
}

static void descriptors(void) {
    char bytes[16];
    int ends[2], file, saved;
    struct _stat info;
    file = _open("d.bin", _O_CREAT | _O_RDWR | _O_BINARY | _O_TRUNC, _S_IREAD | _S_IWRITE);
    NUM(_write(file, "01234\n", 6));
    NUM(_lseek(file, 2, SEEK_SET));
    NUM(_read(file, bytes, 16));
    NUM(_eof(file));
    NUM(_chsize(file, 100));
    NUM(_filelength(file));
    NUM(_setmode(file, _O_TEXT) == _O_BINARY);
    NUM(_fstat(file, &info));
    NUM(info.st_size);
    NUM(_isatty(file));
    NUM(_close(file));
    NUM(_open("d.bin", _O_CREAT | _O_EXCL, _S_IREAD));
    NUM(errno == EEXIST);
    NUM(_pipe(ends, 256, _O_BINARY));
    NUM(_write(ends[1], "through", 7));
    NUM(_read(ends[0], bytes, 3));
    NUM(_close(ends[1]));
    NUM(_read(ends[0], bytes, 16));
    NUM(_read(ends[0], bytes, 16));
    _close(ends[0]);
    fflush(stdout);
    saved = _dup(1);
    file = _open("out.txt", _O_CREAT | _O_WRONLY | _O_TRUNC | _O_TEXT, _S_IWRITE | _S_IREAD);
    NUM(_dup2(file, 1));
    printf("into a file\n");
    fflush(stdout);
    _dup2(saved, 1);
    _close(file);
    show("out.txt");
    NUM(_access("out.txt", 0));
    NUM(_access("out.txt", 2));
    NUM(_chmod("out.txt", _S_IREAD));
    NUM(_access("out.txt", 2));
    NUM(_unlink("out.txt"));
    NUM(_chmod("out.txt", _S_IREAD | _S_IWRITE));
    NUM(_unlink("out.txt"));
    NUM(_unlink("out.txt"));
}

int main(void) {
    text();
    wide();
    descriptors();
    NUM(rename("d.bin", "t.txt"));
    NUM(remove("t.txt"));
    NUM(rename("d.bin", "t.txt"));
    NUM(remove("none"));
    NUM(fflush(NULL) >= 0);
    remove("w.txt");
    return 0;
}
