// SPDX-License-Identifier: GPL-3.0-only
//
// A console's input by the console functions' documentation: records, waits, modes, lines that are edited and
// characters that are not, the end of a file, code pages, Ctrl-C to a handler. What is typed is written by
// WriteConsoleInput.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

static HANDLE in, out;

static void press(WORD key, WCHAR character, DWORD state) {
    INPUT_RECORD records[2];
    DWORD done;
    memset(records, 0, sizeof records);
    records[0].EventType = KEY_EVENT;
    records[0].Event.KeyEvent.bKeyDown = TRUE;
    records[0].Event.KeyEvent.wRepeatCount = 1;
    records[0].Event.KeyEvent.wVirtualKeyCode = key;
    records[0].Event.KeyEvent.uChar.UnicodeChar = character;
    records[0].Event.KeyEvent.dwControlKeyState = state;
    records[1] = records[0];
    records[1].Event.KeyEvent.bKeyDown = FALSE;
    WriteConsoleInputW(in, records, 2, &done);
}

static void type(const char* text) {
    for (; *text; text++)
        press(*text == '\r' ? VK_RETURN : (WORD)toupper((unsigned char)*text), (WCHAR)(unsigned char)*text,
              0);
}

static void line(const char* what) {
    char text[64];
    DWORD read = 0, i;
    BOOL good = ReadConsoleA(in, text, sizeof text, &read, NULL);
    printf("%s: %d %lu ", what, good, read);
    for (i = 0; i < read; i++)
        printf(text[i] >= ' ' ? "%c" : "<%02x>", text[i]);
    printf("\n");
}

static void records(void) {
    INPUT_RECORD got[8];
    DWORD count = 99, i;
    FlushConsoleInputBuffer(in);
    printf("empty: wait %lx ", WaitForSingleObject(in, 0));
    GetNumberOfConsoleInputEvents(in, &count);
    printf("%lu ", count);
    count = 99;
    printf("peek %d ", PeekConsoleInputW(in, got, 8, &count));
    printf("%lu\n", count);
    type("ab");
    press(VK_F5, 0, SHIFT_PRESSED);
    printf("typed: wait %lx ", WaitForSingleObject(in, 0));
    GetNumberOfConsoleInputEvents(in, &count);
    printf("%lu\n", count);
    PeekConsoleInputW(in, got, 2, &count);
    printf("peek %lu %c %d\n", count, got[1].Event.KeyEvent.uChar.UnicodeChar,
           got[1].Event.KeyEvent.bKeyDown);
    ReadConsoleInputW(in, got, 3, &count);
    printf("read %lu\n", count);
    ReadConsoleInputW(in, got, 8, &count);
    printf("the rest %lu:", count);
    for (i = 0; i < count; i++)
        printf(" %02x/%02x/%d/%lx", got[i].Event.KeyEvent.wVirtualKeyCode,
               got[i].Event.KeyEvent.uChar.UnicodeChar, got[i].Event.KeyEvent.bKeyDown,
               got[i].Event.KeyEvent.dwControlKeyState);
    printf("\nwait %lx\n", WaitForSingleObject(in, 0));
}

static DWORD WINAPI type_later(void* text) {
    Sleep(200);
    type(text);
    return 0;
}

static void later(void) {
    HANDLE thread = CreateThread(NULL, 0, type_later, "z", 0, NULL);
    printf("waits %lx\n", WaitForSingleObject(in, 20000));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    FlushConsoleInputBuffer(in);
    thread = CreateThread(NULL, 0, type_later, "later\r", 0, NULL);
    line("a line that comes later");
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static void lines(void) {
    char small[4];
    DWORD read;
    FlushConsoleInputBuffer(in);
    type("first\r");
    line("line");
    type("abd");
    press(VK_LEFT, 0, ENHANCED_KEY);
    type("c\r");
    line("inserted");
    type("wrong");
    press(VK_ESCAPE, 27, 0);
    type("right\b\bst\r");
    line("erased");
    press(VK_UP, 0, ENHANCED_KEY);
    press(VK_UP, 0, ENHANCED_KEY);
    type("\r");
    line("recalled");
    press(VK_F3, 0, 0);
    type("x\r");
    line("the last one again");
    type("long line\r");
    ReadConsoleA(in, small, 4, &read, NULL);
    printf("%lu %.4s|", read, small);
    line("the rest");
}

static void files(void) {
    char text[16];
    DWORD read = 99, i;
    type("file\r");
    printf("ReadFile %d ", ReadFile(in, text, sizeof text, &read, NULL));
    printf("%lu %.4s\n", read, text);
    press('Z', 26, LEFT_CTRL_PRESSED);
    type("\r");
    read = 99;
    printf("its end %d ", ReadFile(in, text, sizeof text, &read, NULL));
    printf("%lu\n", read);
    SetConsoleMode(in, 0);
    type("ab\r");
    printf("characters %d ", ReadFile(in, text, sizeof text, &read, NULL));
    printf("%lu:", read);
    for (i = 0; i < read; i++)
        printf(" %02x", text[i]);
    SetConsoleMode(in, ENABLE_VIRTUAL_TERMINAL_INPUT);
    printf("\nmode %d ", SetConsoleMode(in, 0x10000));
    printf("error %lu\n", GetLastError());
    SetConsoleMode(in, 0x1f7);
}

static volatile LONG event = -1;

static BOOL WINAPI handler(DWORD type) {
    InterlockedExchange(&event, (LONG)type);
    return TRUE;
}

static void control(void) {
    DWORD list[4] = {0}, count, i;
    count = GetConsoleProcessList(list, 4);
    printf("processes %lu, this one %d\n", count, list[0] == GetCurrentProcessId());
    printf("handler %d\n", SetConsoleCtrlHandler(handler, TRUE));
    printf("generate %d\n", GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0));
    for (i = 0; i < 500 && event < 0; i++)
        Sleep(10);
    printf("event %ld\n", event);
    event = -1;
    printf("generate %d\n", GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, 0));
    for (i = 0; i < 500 && event < 0; i++)
        Sleep(10);
    printf("event %ld\n", event);
}

int main(void) {
    DWORD mode = 0;
    in = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                     OPEN_EXISTING, 0, NULL);
    out = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                      OPEN_EXISTING, 0, NULL);
    printf("CONIN$ %d mode %d ", in != INVALID_HANDLE_VALUE, GetConsoleMode(in, &mode));
    printf("%lx\n", mode);
    printf("pages %u %u ", GetConsoleCP(), GetConsoleOutputCP());
    printf("set %d ", SetConsoleOutputCP(65001));
    printf("%u ", GetConsoleOutputCP());
    printf("none %d\n", SetConsoleCP(12345));
    SetConsoleOutputCP(437);
    records();
    later();
    lines();
    files();
    control();
    return 0;
}
