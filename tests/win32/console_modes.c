// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// The console behind CONIN$ and CONOUT$ while the standard handles are pipes: modes, titles, code pages,
// cells. Under Wine 8.0 without a terminal there is no console; this is as the functions' documentation says.
#include "say.h"

int main(void) {
    HANDLE in = MADE(CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                 NULL, OPEN_EXISTING, 0, NULL));
    HANDLE out = MADE(CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                  NULL, OPEN_EXISTING, 0, NULL));
    HANDLE buffer;
    DWORD mode, count;
    CONSOLE_SCREEN_BUFFER_INFO info;
    CONSOLE_CURSOR_INFO cursor;
    COORD origin = {0, 0};
    char text[16] = "";
    INPUT_RECORD record = {.EventType = KEY_EVENT,
                           .Event.KeyEvent = {TRUE, 1, 'A', 30, {.AsciiChar = 'a'}, 0}},
                 got;
    NUM(GetFileType(in));
    YES(GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode));
    YES(GetConsoleMode(out, &mode));
    HEX(mode & 3);
    YES(SetConsoleMode(out, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING));
    YES(SetConsoleMode(out, mode));
    YES(GetConsoleMode(in, &mode));
    HEX(mode & 7);
    YES(SetConsoleMode(in, ENABLE_ECHO_INPUT));
    YES(SetConsoleMode(in, 0));
    YES(SetConsoleMode(in, mode));
    YES(SetConsoleTitleA("a title"));
    NUM(GetConsoleTitleA(text, sizeof text));
    STR(text);
    YES(SetConsoleOutputCP(1252));
    NUM(GetConsoleOutputCP());
    YES(SetConsoleOutputCP(9));
    buffer =
        MADE(CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, 0, NULL, CONSOLE_TEXTMODE_BUFFER, NULL));
    YES(SetConsoleScreenBufferSize(buffer, (COORD){100, 50}));
    YES(GetConsoleScreenBufferInfo(buffer, &info));
    printf("%d x %d\n", info.dwSize.X, info.dwSize.Y);
    YES(SetConsoleCursorPosition(buffer, (COORD){3, 2}));
    YES(SetConsoleTextAttribute(buffer, FOREGROUND_RED));
    YES(WriteConsoleA(buffer, "cells", 5, &count, NULL));
    YES(ReadConsoleOutputCharacterA(buffer, text, 5, (COORD){3, 2}, &count));
    printf("%.5s\n", text);
    YES(FillConsoleOutputCharacterA(buffer, 'x', 10, origin, &count));
    NUM(count);
    YES(GetConsoleScreenBufferInfo(buffer, &info));
    printf("cursor %d %d, attributes %x\n", info.dwCursorPosition.X, info.dwCursorPosition.Y,
           info.wAttributes);
    YES(SetConsoleCursorPosition(buffer, (COORD){300, 2}));
    YES(GetConsoleCursorInfo(buffer, &cursor));
    NUM(cursor.bVisible);
    YES(FlushConsoleInputBuffer(in));
    YES(WriteConsoleInputA(in, &record, 1, &count));
    YES(GetNumberOfConsoleInputEvents(in, &count));
    NUM(count);
    YES(PeekConsoleInputA(in, &got, 1, &count));
    NUM(WaitForSingleObject(in, 0));
    YES(ReadConsoleInputA(in, &got, 1, &count));
    NUM(got.Event.KeyEvent.wVirtualKeyCode);
    NUM(WaitForSingleObject(in, 0));
    NUM(GetConsoleProcessList(&mode, 1) >= 1);
    YES(SetConsoleCtrlHandler(NULL, TRUE));
    CloseHandle(buffer);
    return 0;
}
