// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -lpsapi
// What is told of processes, threads and modules: toolhelp, psapi, times, memory.
// Wine 8.0 does not count handles.
#include <windows.h>
// They need the one above.
#include <psapi.h>
#include <tlhelp32.h>

#include "say.h"

static DWORD WINAPI waits(void* event) {
    return WaitForSingleObject(event, INFINITE);
}

int main(void) {
    HANDLE snapshot =
               MADE(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD | TH32CS_SNAPMODULE, 0)),
           event, thread;
    PROCESSENTRY32 process = {sizeof process};
    THREADENTRY32 of = {sizeof of};
    MODULEENTRY32 module = {sizeof module};
    HMODULE modules[64];
    MODULEINFO info;
    PROCESS_MEMORY_COUNTERS memory;
    FILETIME made, ended, kernel, user;
    DWORD needed, own = GetCurrentProcessId(), ids[200];
    char name[MAX_PATH];
    int found = 0, threads = 0, kernels = 0;
    for (BOOL more = Process32First(snapshot, &process); more; more = Process32Next(snapshot, &process))
        if (process.th32ProcessID == own) {
            found++;
            STR(process.szExeFile);
        }
    NUM(GetLastError());
    NUM(found);
    CloseHandle(snapshot);
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    thread = CreateThread(NULL, 0, waits, event, 0, NULL);
    snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    for (BOOL more = Thread32First(snapshot, &of); more; more = Thread32Next(snapshot, &of))
        threads += of.th32OwnerProcessID == own;
    NUM(threads);
    CloseHandle(snapshot);
    SetEvent(event);
    WaitForSingleObject(thread, INFINITE);
    snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, own);
    for (BOOL more = Module32First(snapshot, &module); more; more = Module32Next(snapshot, &module))
        kernels += _stricmp(module.szModule, "kernel32.dll") == 0 &&
                   module.modBaseAddr == (BYTE*)GetModuleHandleA("kernel32");
    NUM(kernels);
    CloseHandle(snapshot);
    YES(EnumProcesses(ids, sizeof ids, &needed));
    found = 0;
    for (DWORD i = 0; i < needed / sizeof ids[0]; i++)
        found += ids[i] == own;
    NUM(found);
    YES(EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &needed));
    NUM(modules[0] == GetModuleHandleA(NULL));
    NUM(GetModuleBaseNameA(GetCurrentProcess(), modules[0], name, sizeof name));
    STR(name);
    YES(GetModuleInformation(GetCurrentProcess(), modules[0], &info, sizeof info));
    NUM(info.lpBaseOfDll == modules[0] && info.SizeOfImage > 0x1000);
    YES(GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory));
    NUM(memory.WorkingSetSize > 0 && memory.PeakWorkingSetSize >= memory.WorkingSetSize &&
        memory.PagefileUsage > 0);
    YES(GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user));
    NUM(made.dwHighDateTime > 0 && ended.dwHighDateTime == 0);
    YES(GetThreadTimes(thread, &made, &ended, &kernel, &user));
    NUM(ended.dwHighDateTime > 0);
    NUM(GetProcessImageFileNameA(GetCurrentProcess(), name, sizeof name) > 0);
    NUM(GetProcessHandleCount(GetCurrentProcess(), &needed) && needed > 2);
    return 0;
}
