// SPDX-License-Identifier: GPL-3.0-only
//
// `hog PRIORITY` computes at this priority (1-15) until it is killed, and calls nothing.
#include "abi/nt/ntdll.h"

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    UNICODE_STRING line = peb->ProcessParameters->CommandLine;
    KPRIORITY priority = 0;
    for (USHORT i = 0; i < line.Length / sizeof(WCHAR); ++i)
        if (line.Buffer[i] >= u'0' && line.Buffer[i] <= u'9')
            priority = priority * 10 + (line.Buffer[i] - u'0');
    NtSetInformationThread(NtCurrentThread(), ThreadPriority, &priority, sizeof priority);
    for (volatile unsigned i = 0;; i = i + 1) {
    }
}
