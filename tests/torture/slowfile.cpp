// SPDX-License-Identifier: GPL-3.0-only
//
// Files whose pages have to be waited for, on the volume S: that the boot option `slow=` makes. Three
// processes read, write, map and flush one file at once, each with a model of the bytes that are its own; one
// more is read, written, truncated and extended; a program runs from there. With an argument, "fails",
// transfers may fail: then each failure is told, and nothing but the truth is read afterwards.
#include "tests/system/sections.h"

namespace {

constexpr ULONG kProcesses = 3;
constexpr ULONG kPages = 48;
const WCHAR* const kShared = u"\\Device\\SlowVolume\\shared.dat";

bool failures_allowed;

ULONG random_state = 1;
ULONG random(ULONG below) {
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % below;
}

// A read or write failed as it may when transfers fail.
bool excused(NTSTATUS status) {
    return failures_allowed && (status == STATUS_DEVICE_DATA_ERROR || status == STATUS_IN_PAGE_ERROR ||
                                status == STATUS_PARTIAL_COPY);
}

bool good(const char* what, NTSTATUS status, bool& failed) {
    failed = excused(status);
    if (NT_SUCCESS(status) || failed) return true;
    test::print("%s: %08x", what, status);
    return false;
}

// Touches memory as a program does; a page that cannot be read is an exception.
NTSTATUS copy(void* to, const void* from, SIZE_T length) {
    __try {
        memcpy(to, from, length);
        return STATUS_SUCCESS;
    } __except (1) {
        return static_cast<NTSTATUS>(_exception_code());
    }
}

// --- one file, three processes

struct Player {
    HANDLE file = nullptr;
    char* view = nullptr;
    ULONG number = 0;
    UCHAR model[kPages][kPage] = {};
    bool known[kPages] = {};  // not after a write that failed: some of it may have been done

    ULONG own_page() { return random(kPages / kProcesses) * kProcesses + number; }
    char* at(ULONG page, ULONG offset) const { return view + page * kPage + offset; }
    bool same(const char* what, ULONG page, ULONG offset, const UCHAR* bytes, ULONG length) {
        if (!known[page] || memcmp(model[page] + offset, bytes, length) == 0) return true;
        test::print("%s: page %u, offset %u, %u bytes", what, page, offset, length);
        return false;
    }
    bool act();
};

bool Player::act() {
    static UCHAR bytes[kPage];
    ULONG page = own_page();
    ULONG offset = random(kPage - 64);
    ULONG length = 1 + random(64);
    bool failed = false;
    SIZE_T done = 0;
    switch (random(12)) {
        case 0:  // a write through the view
        case 1:
            for (ULONG i = 0; i < length; ++i)
                bytes[i] = static_cast<UCHAR>(random(256));
            if (!good("view write", copy(at(page, offset), bytes, length), failed)) return false;
            if (!failed) memcpy(model[page] + offset, bytes, length);
            return true;
        case 2:  // a read
        case 3:
            if (!good("view read", copy(bytes, at(page, offset), length), failed)) return false;
            return failed || same("view read", page, offset, bytes, length);
        case 4:  // NtWriteFile from memory that is there
            for (ULONG i = 0; i < length; ++i)
                bytes[i] = static_cast<UCHAR>(random(256));
            if (!good("write", write(file, reinterpret_cast<char*>(bytes), length, page * kPage + offset),
                      failed))
                return false;
            if (failed) known[page] = false;
            memcpy(model[page] + offset, bytes, length);
            return true;
        case 5:
            if (!good("read", read(file, bytes, kPage, page * kPage), failed)) return false;
            return failed || same("read", page, 0, bytes, kPage);
        case 6: {  // a read into the view of another page of this process's
            ULONG target = own_page();
            if (target == page) return true;
            if (!good("read into a view", read(file, at(target, 0), kPage, page * kPage), failed))
                return false;
            known[target] = !failed && known[page];
            if (!failed) memcpy(model[target], model[page], kPage);
            return true;
        }
        case 7: {  // a write out of the view
            ULONG source = own_page();
            if (source == page) return true;
            if (!good("write out of a view", write(file, at(source, offset), length, page * kPage + offset),
                      failed))
                return false;
            if (failed || !known[source]) known[page] = false;
            memcpy(model[page] + offset, model[source] + offset, length);
            return true;
        }
        case 8:  // services that read and write the view
            if (!good("NtReadVirtualMemory",
                      NtReadVirtualMemory(NtCurrentProcess(), at(page, offset), bytes, length, &done),
                      failed))
                return false;
            return failed || same("NtReadVirtualMemory", page, offset, bytes, length);
        case 9: {
            LARGE_INTEGER* where = reinterpret_cast<LARGE_INTEGER*>(at(page, 8));
            if (!good("NtQuerySystemTime", NtQuerySystemTime(where), failed)) return false;
            if (failed) return true;
            if (!good("view read", copy(bytes, where, sizeof *where), failed)) return false;
            known[page] = known[page] && !failed;
            memcpy(model[page] + 8, bytes, sizeof *where);
            return true;
        }
        case 10: {
            PVOID base = at(page, 0);
            SIZE_T size = kPage * (1 + random(8));
            IO_STATUS_BLOCK io;
            if (size > (kPages - page) * kPage) size = kPage;
            return good("flush of a view", NtFlushVirtualMemory(NtCurrentProcess(), &base, &size, &io),
                        failed);
        }
        default: {
            IO_STATUS_BLOCK io;
            return random(3) != 0 || good("flush", NtFlushBuffersFile(file, &io), failed);
        }
    }
}

int play(ULONG number, ULONG rounds) {
    static Player player;
    player.number = number;
    random_state = 77 + number * 1000;
    player.file = open(kShared, FILE_READ_DATA | FILE_WRITE_DATA);
    HANDLE section;
    if (!player.file || create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, player.file) ||
        map(section, player.view, PAGE_READWRITE))
        return 100;
    for (ULONG page = number; page < kPages; page += kProcesses) {
        player.known[page] = true;
        memset(player.model[page], 'a' + page % 26, kPage);
    }
    int errors = 0;
    for (ULONG round = 0; round < rounds && errors < 5; ++round)
        errors += !player.act();
    static UCHAR bytes[kPage];
    for (ULONG page = number; page < kPages; page += kProcesses) {
        NTSTATUS status = STATUS_UNSUCCESSFUL;
        for (ULONG attempt = 0; attempt < 50 && !NT_SUCCESS(status); ++attempt)
            status = read(player.file, bytes, kPage, page * kPage);
        if (!NT_SUCCESS(status)) test::print("last read: %08x", status);
        errors += !NT_SUCCESS(status) || !player.same("at the end", page, 0, bytes, kPage);
    }
    NtClose(section);
    unmap(player.view);
    NtClose(player.file);
    return errors;
}

// --- starting programs

HANDLE start(const WCHAR* nt_path, const WCHAR* line) {
    UNICODE_STRING image, command;
    RtlInitUnicodeString(&image, nt_path);
    RtlInitUnicodeString(&command, line);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RTL_USER_PROCESS_INFORMATION information = {};
    if (!NT_SUCCESS(RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr,
                                                 nullptr, nullptr, nullptr, nullptr,
                                                 RTL_USER_PROC_PARAMS_NORMALIZED)))
        return nullptr;
    parameters->StandardOutput = test::output;
    const NTSTATUS status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, TRUE, nullptr, nullptr, &information);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) {
        if (!excused(status)) test::print("start: %08x", status);
        return nullptr;
    }
    NtResumeThread(information.Thread, nullptr);
    NtClose(information.Thread);
    return information.Process;
}

NTSTATUS finish(HANDLE process) {
    NtWaitForSingleObject(process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    NtClose(process);
    return basic.ExitStatus;
}

bool starts_with(const UNICODE_STRING& text, const WCHAR* word) {
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, word);
    return RtlPrefixUnicodeString(&wanted, &text, FALSE);
}

constexpr ULONG kRounds = 1500;

NTSTATUS child(const UNICODE_STRING& arguments) {
    failures_allowed = starts_with(arguments, u"fails") || starts_with(arguments, u"player1f") ||
                       starts_with(arguments, u"player2f");
    if (starts_with(arguments, u"player1")) return play(1, kRounds);
    if (starts_with(arguments, u"player2")) return play(2, kRounds);
    return STATUS_NOT_IMPLEMENTED;
}
CHILD(child);

const WCHAR* const kSelf = u"\\SystemRoot\\System32\\slowfile.exe";

}  // namespace

TEST(three_processes_use_one_file) {
    const HANDLE file = open(kShared, FILE_READ_DATA | FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    REQUIRE(file);
    static char bytes[kPage];
    for (ULONG page = 0; page < kPages; ++page) {
        memset(bytes, 'a' + static_cast<int>(page % 26), kPage);
        CHECK(write(file, bytes, kPage, page * kPage) == STATUS_SUCCESS);
    }
    IO_STATUS_BLOCK io;
    NTSTATUS flushed = STATUS_UNSUCCESSFUL;
    for (ULONG attempt = 0; attempt < 50 && !NT_SUCCESS(flushed); ++attempt)
        flushed = NtFlushBuffersFile(file, &io);
    CHECK(flushed == STATUS_SUCCESS);
    const HANDLE first = start(kSelf, failures_allowed ? u"slowfile player1f" : u"slowfile player1");
    const HANDLE second = start(kSelf, failures_allowed ? u"slowfile player2f" : u"slowfile player2");
    REQUIRE(first && second);
    CHECK(play(0, kRounds) == 0);
    CHECK(finish(first) == 0);
    CHECK(finish(second) == 0);
    // With a view a file is not made smaller; longer it may become.
    HANDLE section;
    REQUIRE(NT_SUCCESS(create(section, kNoSize, PAGE_READONLY, SEC_COMMIT, file)));
    CHECK(set_size(file, kPage) == STATUS_USER_MAPPED_FILE);
    CHECK(set_size(file, (kPages + 5) * kPage) == STATUS_SUCCESS);
    NtClose(section);
    CHECK(set_size(file, kPage) == STATUS_SUCCESS && size_of(file) == kPage);
    NtClose(file);
}

// Random reads, writes, sizes and flushes of one file, against its bytes as they must be.
TEST(a_file_grows_and_shrinks) {
    constexpr ULONG kMost = 20 * kPage;
    static UCHAR model[kMost], bytes[3 * kPage];
    static bool known[kMost];
    ULONG size = 0;
    const HANDLE file =
        open(u"\\Device\\SlowVolume\\size.dat", FILE_READ_DATA | FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    REQUIRE(file);
    random_state = 5;
    IO_STATUS_BLOCK io;
    for (ULONG round = 0; round < 3000 && !test::running_failed; ++round) {
        bool failed = false;
        const ULONG offset = random(kMost - sizeof bytes), length = 1 + random(sizeof bytes);
        switch (random(5)) {
            case 0:
                for (ULONG i = 0; i < length; ++i)
                    bytes[i] = static_cast<UCHAR>(random(256));
                CHECK(good("write", write(file, reinterpret_cast<char*>(bytes), length, offset), failed));
                if (failed) size = static_cast<ULONG>(size_of(file));
                for (ULONG i = 0; i < length && offset + i < kMost; ++i) {
                    model[offset + i] = bytes[i];
                    known[offset + i] = !failed;
                }
                if (!failed && offset + length > size) size = offset + length;
                break;
            case 1:
            case 2: {
                if (offset >= size) break;
                const ULONG there = size - offset < length ? size - offset : length;
                const NTSTATUS status = read(file, bytes, length, offset);
                CHECK(good("read", status, failed));
                for (ULONG i = 0; i < there && !failed; ++i) {
                    if (!known[offset + i] || bytes[i] == model[offset + i]) continue;
                    test::print("round %u: byte %u is %x, not %x", round, offset + i, bytes[i],
                                model[offset + i]);
                    CHECK(false);
                    break;
                }
                break;
            }
            case 3: {
                const ULONG wanted = random(kMost);
                CHECK(set_size(file, wanted) == STATUS_SUCCESS);
                for (ULONG i = wanted; i < size; ++i)
                    model[i] = 0, known[i] = true;
                for (ULONG i = size; i < wanted; ++i)
                    model[i] = 0, known[i] = true;
                size = wanted;
                break;
            }
            default:
                CHECK(good("flush", NtFlushBuffersFile(file, &io), failed));
        }
        CHECK(size_of(file) == size);
    }
    NtClose(file);
}

// A program is read as it runs.
TEST(a_program_runs) {
    const HANDLE from = open(u"\\SystemRoot\\System32\\nothing.exe", FILE_READ_DATA);
    const HANDLE to =
        open(u"\\Device\\SlowVolume\\nothing.exe", FILE_READ_DATA | FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    REQUIRE(from && to);
    static char bytes[4 * kPage];
    IO_STATUS_BLOCK io;
    for (LONGLONG at = 0; at < size_of(from);) {
        LARGE_INTEGER where;
        where.QuadPart = at;
        REQUIRE(NT_SUCCESS(
            NtReadFile(from, nullptr, nullptr, nullptr, &io, bytes, sizeof bytes, &where, nullptr)));
        const ULONG length = static_cast<ULONG>(io.Information);
        REQUIRE(write(to, bytes, length, at) == STATUS_SUCCESS);
        at += length;
    }
    NTSTATUS flushed = STATUS_UNSUCCESSFUL;
    for (ULONG attempt = 0; attempt < 50 && !NT_SUCCESS(flushed); ++attempt)
        flushed = NtFlushBuffersFile(to, &io);
    CHECK(flushed == STATUS_SUCCESS);
    NtClose(from);
    NtClose(to);
    ULONG ran = 0;
    for (ULONG round = 0; round < 6; ++round) {
        const HANDLE process = start(u"\\Device\\SlowVolume\\nothing.exe", u"nothing");
        if (!process) continue;
        const NTSTATUS status = finish(process);
        CHECK(status == STATUS_SUCCESS || excused(status));
        ran += status == STATUS_SUCCESS;
    }
    CHECK(ran > 0);
}

// Threads are ended, suspended and sent elsewhere while they wait for a page.
namespace {

struct Waiter {
    char* view;
    volatile ULONG rounds;
};

NTSTATUS NTAPI touch_pages(PVOID parameter) {
    Waiter& waiter = *static_cast<Waiter*>(parameter);
    for (ULONG i = 0;; ++i) {
        char byte;
        (void)copy(&byte, waiter.view + i % kPages * kPage, 1);
        waiter.rounds = waiter.rounds + 1;
    }
}

}  // namespace

TEST(whoever_waits_can_be_ended) {
    const HANDLE file = open(kShared, FILE_READ_DATA | FILE_WRITE_DATA);
    REQUIRE(file && set_size(file, kPages * kPage) == STATUS_SUCCESS);
    static char bytes[kPage];
    memset(bytes, 'x', sizeof bytes);
    for (ULONG page = 0; page < kPages; ++page)
        (void)write(file, bytes, kPage, page * kPage);
    HANDLE section;
    Waiter waiter = {};
    REQUIRE(NT_SUCCESS(create(section, kNoSize, PAGE_READWRITE, SEC_COMMIT, file)) &&
            NT_SUCCESS(map(section, waiter.view, PAGE_READWRITE)));
    IO_STATUS_BLOCK io;
    for (ULONG round = 0; round < 40; ++round) {
        (void)NtFlushBuffersFile(file, &io);
        HANDLE thread = nullptr;
        REQUIRE(NT_SUCCESS(RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, touch_pages,
                                               &waiter, &thread, nullptr)));
        LARGE_INTEGER delay;
        delay.QuadPart = -static_cast<LONGLONG>(random(30000));
        NtDelayExecution(FALSE, &delay);
        const ULONG before = waiter.rounds;
        if (round % 2) {
            ULONG count = 9;
            CHECK(NtSuspendThread(thread, &count) == STATUS_SUCCESS && count == 0);
            CONTEXT context = {};
            context.ContextFlags = CONTEXT_CONTROL;
            CHECK(NtGetContextThread(thread, &context) == STATUS_SUCCESS && context.Rip != 0);
            delay.QuadPart = -50000;
            NtDelayExecution(FALSE, &delay);
            CHECK(NtSetContextThread(thread, &context) == STATUS_SUCCESS);
            CHECK(NtResumeThread(thread, &count) == STATUS_SUCCESS && count == 1);
            // It goes on, soon.
            delay.QuadPart = -100000;
            for (ULONG looks = 0; looks < 500 && waiter.rounds == before; ++looks)
                NtDelayExecution(FALSE, &delay);
            CHECK(waiter.rounds != before);
        }
        CHECK(NtTerminateThread(thread, STATUS_SUCCESS) == STATUS_SUCCESS);
        CHECK(NtWaitForSingleObject(thread, FALSE, nullptr) == STATUS_SUCCESS);
        NtClose(thread);
    }
    NtClose(section);
    unmap(waiter.view);
    NtClose(file);
}
