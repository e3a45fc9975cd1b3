// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Mailslots: messages as they were sent, time-outs, who may have which end.
// Wine 8.0 cuts a message that does not fit, and writes to a mailslot that has gone.
#include "say.h"

int main(void) {
    HANDLE slot = MADE(CreateMailslotA("\\\\.\\mailslot\\test8", 20, 0, NULL)), one, two;
    char text[32];
    DWORD moved, next, count, largest, timeout;
    MADE(CreateMailslotA("\\\\.\\mailslot\\test8", 0, 0, NULL));
    MADE(CreateFileA("\\\\.\\mailslot\\none8", GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL));
    one = MADE(CreateFileA("\\\\.\\mailslot\\test8", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, 0, NULL));
    two = MADE(CreateFileA("\\\\.\\mailslot\\TEST8", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                           OPEN_EXISTING, 0, NULL));
    YES(GetMailslotInfo(slot, &largest, &next, &count, &timeout));
    printf("%lu %ld %lu %lu\n", largest, (long)next, count, timeout);
    YES(WriteFile(one, "first", 5, &moved, NULL));
    YES(WriteFile(two, "second one", 10, &moved, NULL));
    YES(WriteFile(one, "third", 5, &moved, NULL));
    YES(GetMailslotInfo(slot, NULL, &next, &count, NULL));
    printf("%ld %lu\n", (long)next, count);
    YES(ReadFile(slot, text, 3, &moved, NULL));
    YES(ReadFile(slot, text, sizeof text, &moved, NULL));
    printf("%lu %.5s\n", moved, text);
    YES(ReadFile(slot, text, sizeof text, &moved, NULL));
    printf("%lu %.10s\n", moved, text);
    YES(ReadFile(slot, text, sizeof text, &moved, NULL));
    YES(ReadFile(slot, text, sizeof text, &moved, NULL));
    YES(SetMailslotInfo(slot, 20));
    YES(ReadFile(slot, text, sizeof text, &moved, NULL));
    YES(ReadFile(one, text, sizeof text, &moved, NULL));
    CloseHandle(slot);
    YES(WriteFile(one, "lost", 4, &moved, NULL));
    CloseHandle(one);
    CloseHandle(two);
    return 0;
}
