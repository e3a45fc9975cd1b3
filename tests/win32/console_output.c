// SPDX-License-Identifier: GPL-3.0-only
//
// Screen buffers by the console functions' documentation: sizes, cursor, attributes, cells as rectangles and
// runs, scrolling, a buffer of one's own, virtual terminal sequences. Standard output is a pipe, so the
// console is opened by name.
#include <stdio.h>
#include <windows.h>

static HANDLE out;

static void place(const char* what) {
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(out, &info)) {
        printf("%s: error %lu\n", what, GetLastError());
        return;
    }
    printf("%s: %d,%d attributes %02x\n", what, info.dwCursorPosition.X, info.dwCursorPosition.Y,
           info.wAttributes);
}

static void row(const char* what, int y, int count) {
    char text[128] = "";
    DWORD read = 0;
    COORD at = {0, (SHORT)y};
    BOOL good = ReadConsoleOutputCharacterA(out, text, (DWORD)count, at, &read);
    printf("%s: %d %lu \"%.*s\"\n", what, good, read, (int)read, text);
}

static void clear(void) {
    COORD origin = {0, 0};
    DWORD done;
    FillConsoleOutputCharacterA(out, ' ', 80 * 25, origin, &done);
    FillConsoleOutputAttribute(out, 7, 80 * 25, origin, &done);
    SetConsoleTextAttribute(out, 7);
    SetConsoleCursorPosition(out, origin);
}

static void cells(void) {
    CHAR_INFO in[3][4], back[3][4];
    COORD size = {4, 3}, from = {0, 0}, odd = {1, 1};
    SMALL_RECT region = {10, 5, 13, 7}, edge = {78, 24, 81, 26};
    DWORD i, done = 0;
    WORD colors[4] = {0x11, 0x22, 0x33, 0x44}, read[4] = {0};
    COORD at = {2, 9};

    for (i = 0; i < 12; i++) {
        in[i / 4][i % 4].Char.UnicodeChar = (WCHAR)('a' + i);
        in[i / 4][i % 4].Attributes = (WORD)(0x10 + i);
    }
    printf("write %d ", WriteConsoleOutputW(out, &in[0][0], size, from, &region));
    printf("region %d,%d-%d,%d\n", region.Left, region.Top, region.Right, region.Bottom);
    memset(back, 0, sizeof back);
    region.Left = 11, region.Top = 6, region.Right = 13, region.Bottom = 7;
    printf("read %d ", ReadConsoleOutputW(out, &back[0][0], size, odd, &region));
    printf("region %d,%d-%d,%d\n", region.Left, region.Top, region.Right, region.Bottom);
    for (i = 0; i < 12; i++)
        printf("%c%02x%s", back[i / 4][i % 4].Char.UnicodeChar ? back[i / 4][i % 4].Char.UnicodeChar : '.',
               back[i / 4][i % 4].Attributes, i % 4 == 3 ? "\n" : " ");
    printf("edge %d ", WriteConsoleOutputW(out, &in[0][0], size, from, &edge));
    printf("region %d,%d-%d,%d\n", edge.Left, edge.Top, edge.Right, edge.Bottom);
    printf("attributes %d ", WriteConsoleOutputAttribute(out, colors, 4, at, &done));
    printf("%lu ", done);
    at.X = 3;
    printf("read %d ", ReadConsoleOutputAttribute(out, read, 3, at, &done));
    printf("%lu %02x %02x %02x\n", done, read[0], read[1], read[2]);
}

static void runs(void) {
    COORD at = {78, 0}, outside = {80, 0};
    DWORD done = 99;
    printf("wrapped %d ", WriteConsoleOutputCharacterA(out, "wxyz", 4, at, &done));
    printf("%lu\n", done);
    row("next row", 1, 3);
    at.Y = 24;
    printf("at the end %d ", WriteConsoleOutputCharacterA(out, "wxyz", 4, at, &done));
    printf("%lu\n", done);
    done = 99;
    printf("fill %d ", FillConsoleOutputCharacterA(out, '#', 5, at, &done));
    printf("%lu\n", done);
    printf("cursor outside %d ", SetConsoleCursorPosition(out, outside));
    printf("error %lu\n", GetLastError());
}

static void text(void) {
    DWORD done, mode = 0;
    COORD at = {76, 2}, low = {0, 24};
    clear();
    WriteConsoleA(out, "one\r\ntwo\tx\b\by", 13, &done, NULL);
    place("controls");
    row("first", 0, 4);
    row("second", 1, 10);
    SetConsoleCursorPosition(out, at);
    WriteConsoleA(out, "abcdef", 6, &done, NULL);
    place("wraps");
    GetConsoleMode(out, &mode);
    SetConsoleMode(out, mode & ~ENABLE_WRAP_AT_EOL_OUTPUT);
    SetConsoleCursorPosition(out, at);
    WriteConsoleA(out, "ABCDEF", 6, &done, NULL);
    place("does not wrap");
    SetConsoleMode(out, 0);
    at.X = 0, at.Y = 4;
    SetConsoleCursorPosition(out, at);
    WriteConsoleA(out, "a\nb", 3, &done, NULL);
    place("not processed");
    SetConsoleMode(out, mode);
    SetConsoleCursorPosition(out, low);
    WriteConsoleA(out, "bottom\nlast", 11, &done, NULL);
    place("scrolled");
    row("above", 23, 6);
    row("first is gone", 0, 4);
}

static void scrolling(void) {
    SMALL_RECT from = {0, 0, 3, 1}, clip = {0, 0, 2, 5};
    COORD to = {1, 1};
    CHAR_INFO fill;
    DWORD done;
    clear();
    WriteConsoleA(out, "abcd\r\nefgh", 10, &done, NULL);
    fill.Char.UnicodeChar = '.';
    fill.Attributes = 0x1f;
    printf("scroll %d\n", ScrollConsoleScreenBufferW(out, &from, &clip, to, &fill));
    row("row 0", 0, 5);
    row("row 1", 1, 5);
    row("row 2", 2, 5);
}

static void sequences(void) {
    const char* said = "\x1b[2J\x1b[5;10Hhere\x1b[1;31;42mred\x1b[0m\x1b[2DX\x1b[K\x1b[2;1H\x1b[7mrev\x1b[m";
    DWORD done, mode;
    WORD read[4] = {0};
    COORD at = {13, 4};
    clear();
    GetConsoleMode(out, &mode);
    printf("set %d\n", SetConsoleMode(out, ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT | 4));
    WriteConsoleA(out, said, (DWORD)strlen(said), &done, NULL);
    row("text", 4, 20);
    row("top", 1, 4);
    place("after");
    ReadConsoleOutputAttribute(out, read, 2, at, &done);
    printf("%02x %02x\n", read[0], read[1]);
    SetConsoleMode(out, mode);
}

static void buffers(void) {
    HANDLE first = out, own;
    CONSOLE_CURSOR_INFO cursor = {50, FALSE};
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD size = {100, 60}, small = {10, 5};
    DWORD done;
    own = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, 0, NULL, CONSOLE_TEXTMODE_BUFFER, NULL);
    printf("own %d\n", own != INVALID_HANDLE_VALUE);
    WriteConsoleA(own, "own", 3, &done, NULL);
    printf("active %d\n", SetConsoleActiveScreenBuffer(own));
    out = own;
    row("its text", 0, 3);
    printf("size %d ", SetConsoleScreenBufferSize(own, size));
    GetConsoleScreenBufferInfo(own, &info);
    printf("%d x %d\n", info.dwSize.X, info.dwSize.Y);
    printf("below its window %d ", SetConsoleScreenBufferSize(own, small));
    printf("error %lu\n", GetLastError());
    size.X = 0;
    printf("none %d\n", SetConsoleScreenBufferSize(own, size));
    printf("cursor %d ", SetConsoleCursorInfo(own, &cursor));
    GetConsoleCursorInfo(own, &cursor);
    printf("%lu %d\n", cursor.dwSize, cursor.bVisible);
    cursor.dwSize = 101;
    printf("no such %d ", SetConsoleCursorInfo(own, &cursor));
    printf("error %lu\n", GetLastError());
    SetConsoleActiveScreenBuffer(first);
    CloseHandle(own);
    out = first;
    row("the first is as it was", 4, 13);
}

int main(void) {
    DWORD mode = 0, length;
    CONSOLE_SCREEN_BUFFER_INFO info;
    char title[64];
    printf("a pipe's mode %d ", GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode));
    printf("error %lu\n", GetLastError());
    out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                      OPEN_EXISTING, 0, NULL);
    printf("CONOUT$ %d type %lu\n", out != INVALID_HANDLE_VALUE, GetFileType(out));
    printf("mode %d ", GetConsoleMode(out, &mode));
    printf("%lx\n", mode);
    printf("no such mode %d ", SetConsoleMode(out, 0x10000));
    printf("error %lu\n", GetLastError());
    GetConsoleScreenBufferInfo(out, &info);
    printf("%d x %d\n", info.srWindow.Right - info.srWindow.Left + 1,
           info.srWindow.Bottom - info.srWindow.Top + 1);
    clear();
    place("clear");
    SetConsoleTextAttribute(out, 0x1e);
    place("colours");
    clear();
    cells();
    runs();
    text();
    scrolling();
    sequences();
    buffers();
    printf("title %d ", SetConsoleTitleA("Some title"));
    length = GetConsoleTitleA(title, sizeof title);
    printf("%lu \"%s\"\n", length, title);
    return 0;
}
