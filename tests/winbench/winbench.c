// SPDX-License-Identifier: GPL-3.0-only
// Ten operations of a Windows program, counted by the time-stamp counter, which counts instructions under
// QEMU's -icount shift=0: `./neptune bench wine` runs this same file here and under Wine in a Linux guest.
//
// Prints `bench NAME COUNT`, the median of the rounds after a warm-up, less what the two readings cost, or
// `failed NAME FUNCTION ERROR` when a call failed or raised an exception, of which the code is told. The
// first row is a loop of a known number of instructions: if it is wrong so is everything else. Needs
// kernel32.dll alone, so that a process of its own (`winbench child`) is as small as one can be; advapi32.dll
// is loaded when the registry is measured.
#include <windows.h>

enum {
    light_rounds = 401,
    heavy_rounds = 21,
    most_rounds = 401,
    files_listed = 100,
    loop_turns = 10000,
    block = 64 << 10,
};

typedef BOOL (*Operation)(unsigned long long* spent);

typedef struct {
    const char* name;
    int rounds;
    BOOL (*prepare)(void);
    Operation run;  // one round: adds what the operation itself took
} Row;

static const char* what_failed = "";
static DWORD error_of_it;

static inline unsigned long long now(void) {
    return __builtin_ia32_rdtsc();
}

static BOOL check(BOOL good, const char* function) {
    if (!good) {
        error_of_it = GetLastError();
        what_failed = function;
    }
    return good;
}

static void text(const char* words) {
    DWORD length = 0, written;
    while (words[length])
        length++;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), words, length, &written, NULL);
}

static void number(unsigned long long value) {
    char digits[24];
    char* at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    text(at);
}

// The loop of two instructions a turn, and the reading itself.

static BOOL loop(unsigned long long* spent) {
    int turns = loop_turns;
    unsigned long long from = now();
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(turns));
    *spent = now() - from;
    return TRUE;
}

static BOOL nothing(unsigned long long* spent) {
    unsigned long long from = now();
    *spent = now() - from;
    return TRUE;
}

static BOOL ready(void) {
    return TRUE;
}

// Events.

static HANDLE event, there, back;

static BOOL make_event(void) {
    return check((event = CreateEventW(NULL, FALSE, FALSE, NULL)) != NULL, "CreateEvent");
}

static BOOL set_and_wait(unsigned long long* spent) {
    unsigned long long from = now();
    BOOL good = SetEvent(event) && WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0;
    *spent = now() - from;
    return check(good, "SetEvent");
}

static DWORD WINAPI answer_events(void* unused) {
    (void)unused;
    while (WaitForSingleObject(there, INFINITE) == WAIT_OBJECT_0)
        SetEvent(back);
    return 0;
}

static BOOL make_partner(void) {
    there = CreateEventW(NULL, FALSE, FALSE, NULL);
    back = CreateEventW(NULL, FALSE, FALSE, NULL);
    return check(there && back && CreateThread(NULL, 0, answer_events, NULL, 0, NULL), "CreateThread");
}

static BOOL there_and_back(unsigned long long* spent) {
    unsigned long long from = now();
    BOOL good = SetEvent(there) && WaitForSingleObject(back, INFINITE) == WAIT_OBJECT_0;
    *spent = now() - from;
    return check(good, "SetEvent");
}

// Files, in a folder below the current one.

static HANDLE data_file;
static char buffer[4096];

static BOOL make_folder(void) {
    CreateDirectoryW(L"winbench.tmp", NULL);
    return check(SetCurrentDirectoryW(L"winbench.tmp"), "SetCurrentDirectory");
}

static BOOL create_file(unsigned long long* spent) {
    unsigned long long from = now();
    HANDLE file = CreateFileW(L"new file", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    BOOL good = file != INVALID_HANDLE_VALUE && CloseHandle(file);
    *spent = now() - from;
    return check(good, "CreateFile") && check(DeleteFileW(L"new file"), "DeleteFile");
}

static BOOL make_data(void) {
    DWORD written;
    int part;
    data_file = CreateFileW(L"data", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                            FILE_ATTRIBUTE_NORMAL, NULL);
    for (part = 0; part < 16; part++) {
        buffer[part] = (char)part;
        if (!check(WriteFile(data_file, buffer, sizeof buffer, &written, NULL), "WriteFile")) return FALSE;
    }
    return TRUE;
}

static BOOL read_file(unsigned long long* spent) {
    OVERLAPPED place = {.Offset = 4 * sizeof buffer};
    DWORD got = 0;
    unsigned long long from = now();
    BOOL good = ReadFile(data_file, buffer, sizeof buffer, &got, &place);
    *spent = now() - from;
    return check(good && got == sizeof buffer && buffer[4] == 4, "ReadFile");
}

static BOOL make_files(void) {
    WCHAR name[] = L"list\\entry 00";
    int index;
    CreateDirectoryW(L"list", NULL);
    for (index = 0; index < files_listed; index++) {
        HANDLE file;
        name[11] = (WCHAR)(L'0' + index / 10);
        name[12] = (WCHAR)(L'0' + index % 10);
        file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (!check(file != INVALID_HANDLE_VALUE, "CreateFile")) return FALSE;
        CloseHandle(file);
    }
    return TRUE;
}

static BOOL list_files(unsigned long long* spent) {
    WIN32_FIND_DATAW entry;
    int found = 0;
    unsigned long long from = now();
    HANDLE search = FindFirstFileW(L"list\\*", &entry);
    if (search != INVALID_HANDLE_VALUE) {
        do
            found += !(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
        while (FindNextFileW(search, &entry));
        FindClose(search);
    }
    *spent = now() - from;
    return check(found == files_listed, "FindNextFile");
}

// The registry, a value of an open key.

static HKEY key;
static LSTATUS(WINAPI* query)(HKEY, LPCWSTR, LPDWORD, LPDWORD, LPBYTE, LPDWORD);

static BOOL make_key(void) {
    LSTATUS(WINAPI * create)(HKEY, LPCWSTR, DWORD, LPWSTR, DWORD, REGSAM, const SECURITY_ATTRIBUTES*, PHKEY,
                             LPDWORD);
    LSTATUS(WINAPI * set)(HKEY, LPCWSTR, DWORD, DWORD, const BYTE*, DWORD);
    HMODULE module = LoadLibraryW(L"advapi32.dll");
    DWORD value = 10;
    LSTATUS status;
    if (!check(module != NULL, "LoadLibrary")) return FALSE;
    create = (void*)GetProcAddress(module, "RegCreateKeyExW");
    set = (void*)GetProcAddress(module, "RegSetValueExW");
    query = (void*)GetProcAddress(module, "RegQueryValueExW");
    if (!check(create && set && query, "GetProcAddress")) return FALSE;
    status = create(HKEY_CURRENT_USER, L"Software\\Winbench", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    if (status == ERROR_SUCCESS) status = set(key, L"Value", 0, REG_DWORD, (const BYTE*)&value, sizeof value);
    SetLastError((DWORD)status);
    return check(status == ERROR_SUCCESS, "RegCreateKeyEx");
}

static BOOL query_value(unsigned long long* spent) {
    DWORD value = 0, size = sizeof value, type = 0;
    unsigned long long from = now();
    LSTATUS status = query(key, L"Value", NULL, &type, (BYTE*)&value, &size);
    *spent = now() - from;
    SetLastError((DWORD)status);
    return check(status == ERROR_SUCCESS && value == 10, "RegQueryValueEx");
}

// A named pipe, its other end in another thread.

static const WCHAR pipe_name[] = L"\\\\.\\pipe\\winbench";
static HANDLE server, client;

static DWORD WINAPI answer_bytes(void* unused) {
    DWORD moved;
    char byte;
    (void)unused;
    while (ReadFile(server, &byte, 1, &moved, NULL) && moved == 1)
        WriteFile(server, &byte, 1, &moved, NULL);
    return 0;
}

static BOOL make_pipe(void) {
    server =
        CreateNamedPipeW(pipe_name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, NULL);
    if (!check(server != INVALID_HANDLE_VALUE, "CreateNamedPipe")) return FALSE;
    client = CreateFileW(pipe_name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (!check(client != INVALID_HANDLE_VALUE, "CreateFile")) return FALSE;
    return check(CreateThread(NULL, 0, answer_bytes, NULL, 0, NULL) != NULL, "CreateThread");
}

static BOOL byte_and_back(unsigned long long* spent) {
    DWORD moved = 0;
    char byte = 'b', answer = 0;
    unsigned long long from = now();
    BOOL good = WriteFile(client, &byte, 1, &moved, NULL) && ReadFile(client, &answer, 1, &moved, NULL);
    *spent = now() - from;
    return check(good && answer == byte, "ReadFile");
}

// Threads and processes, from before they are created until the wait for their end is over.

static DWORD WINAPI leave(void* unused) {
    (void)unused;
    return 7;
}

static BOOL run_thread(unsigned long long* spent) {
    DWORD code = 0;
    unsigned long long from = now();
    HANDLE thread = CreateThread(NULL, 0, leave, NULL, 0, NULL);
    BOOL good = thread && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0;
    *spent = now() - from;
    good = good && GetExitCodeThread(thread, &code) && code == 7;
    CloseHandle(thread);
    return check(good, "CreateThread");
}

static WCHAR own_path[MAX_PATH];

static BOOL find_self(void) {
    return check(GetModuleFileNameW(NULL, own_path, MAX_PATH) != 0, "GetModuleFileName");
}

static BOOL run_process(unsigned long long* spent) {
    WCHAR command[] = L"winbench child";
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION process = {0};
    DWORD code = 0;
    unsigned long long from = now();
    // Without a console: Wine would start a process for it.
    BOOL good = CreateProcessW(own_path, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &start,
                               &process) &&
                WaitForSingleObject(process.hProcess, INFINITE) == WAIT_OBJECT_0;
    *spent = now() - from;
    good = good && GetExitCodeProcess(process.hProcess, &code) && code == 7;
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return check(good, "CreateProcess");
}

// Memory: reserved and committed, not looked at, and given back.

static BOOL allocate(unsigned long long* spent) {
    unsigned long long from = now();
    void* memory = VirtualAlloc(NULL, block, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    BOOL good = memory && VirtualFree(memory, 0, MEM_RELEASE);
    *spent = now() - from;
    return check(good, "VirtualAlloc");
}

static const Row rows[] = {
    {"loop-20000", light_rounds, ready, loop},
    {"event-set-wait", light_rounds, make_event, set_and_wait},
    {"event-there-and-back", light_rounds, make_partner, there_and_back},
    {"file-create-close", light_rounds, make_folder, create_file},
    {"read-4k-cached", light_rounds, make_data, read_file},
    {"list-100-entries", heavy_rounds, make_files, list_files},
    {"registry-query", light_rounds, make_key, query_value},
    {"pipe-byte-and-back", light_rounds, make_pipe, byte_and_back},
    {"thread-create-exit", heavy_rounds, ready, run_thread},
    {"process-create-exit", heavy_rounds, find_self, run_process},
    {"allocate-free-64k", light_rounds, ready, allocate},
};

static unsigned long long spent[most_rounds];

static void sort(int count) {
    int at, place;
    for (at = 1; at < count; at++) {
        unsigned long long value = spent[at];
        for (place = at; place > 0 && spent[place - 1] > value; place--)
            spent[place] = spent[place - 1];
        spent[place] = value;
    }
}

// The median of the rounds; false when one of them failed.
static BOOL measure(Operation run, int rounds, unsigned long long* median) {
    int round;
    for (round = 0; round < rounds / 4; round++)  // the warm-up
        if (!run(&spent[0])) return FALSE;
    for (round = 0; round < rounds; round++)
        if (!run(&spent[round])) return FALSE;
    sort(rounds);
    *median = spent[rounds / 2];
    return TRUE;
}

// A row that raises ends there, and the next one begins: a function that is not there yet raises.

static void* after_failure[5];
static volatile LONG measuring;  // the identifier of the thread that measures

static void give_up(void) {
    __builtin_longjmp(after_failure, 1);
}

static LONG WINAPI raised(EXCEPTION_POINTERS* exception) {
    if (GetCurrentThreadId() != (DWORD)measuring) return EXCEPTION_CONTINUE_SEARCH;
    SetLastError(exception->ExceptionRecord->ExceptionCode);
    check(FALSE, "raises");
    exception->ContextRecord->Rsp = (exception->ContextRecord->Rsp & ~15ull) - 8;
    exception->ContextRecord->Rip = (DWORD64)give_up;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static BOOL attempt(const Row* row, unsigned long long* median) {
    if (__builtin_setjmp(after_failure)) return FALSE;
    return row->prepare() && measure(row->run, row->rounds, median);
}

static void report(const Row* row, unsigned long long overhead) {
    unsigned long long median = 0;
    if (attempt(row, &median)) {
        text("bench ");
        text(row->name);
        text(" ");
        number(median - overhead);
    } else {
        text("failed ");
        text(row->name);
        text(" ");
        text(what_failed);
        text(" ");
        number(error_of_it);
    }
    text("\n");
}

void start(void) {
    const WCHAR* command = GetCommandLineW();
    unsigned long long overhead = 0;
    size_t length = 0, index;
    while (command[length])
        length++;
    if (length > 5 && command[length - 1] == L'd')  // `child`, and no file name ends so
        ExitProcess(7);
    measuring = (LONG)GetCurrentThreadId();
    AddVectoredExceptionHandler(1, raised);
    measure(nothing, light_rounds, &overhead);
    for (index = 0; index < sizeof rows / sizeof *rows; index++)
        report(&rows[index], overhead);
    text("bench done\n");
    ExitProcess(0);
}
