// SPDX-License-Identifier: GPL-3.0-only
// How processes and threads are made: the attributes that may be asked for, processes from sections; and what
// threads are told from outside by the newer calls. The program is its own child.
#include "tests/system/test.h"

namespace {

constexpr WCHAR kImage[] = u"\\SystemRoot\\System32\\process_makers.exe";

bool says(const UNICODE_STRING& arguments, PCWSTR word) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, word);
    return RtlEqualUnicodeString(&arguments, &text, FALSE);
}

struct List {
    SIZE_T length = sizeof(SIZE_T);
    PS_ATTRIBUTE attributes[6] = {};
    void add(ULONG_PTR attribute, SIZE_T size, const void* value) {
        const SIZE_T index = (length - sizeof(SIZE_T)) / sizeof(PS_ATTRIBUTE);
        attributes[index] = {};
        attributes[index].Attribute = attribute;
        attributes[index].Size = size;
        attributes[index].ValuePtr = const_cast<PVOID>(value);
        length += sizeof(PS_ATTRIBUTE);
    }
    PPS_ATTRIBUTE_LIST get() { return reinterpret_cast<PPS_ATTRIBUTE_LIST>(this); }
};

struct Made {
    HANDLE process = nullptr, thread = nullptr;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    ~Made() {
        if (process) NtTerminateProcess(process, 0);
        if (process) NtClose(process);
        if (thread) NtClose(thread);
    }
    Made() = default;
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;
    // With the image's name before what the list has.
    void make(List& list, PCWSTR line, ULONG flags = 0) {
        list.add(PS_ATTRIBUTE_IMAGE_NAME, sizeof(kImage) - sizeof(WCHAR), kImage);
        UNICODE_STRING command;
        RtlInitUnicodeString(&command, line);
        UNICODE_STRING image = NtCurrentPeb()->ProcessParameters->ImagePathName;
        PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
        RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &command, nullptr, nullptr,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
        status = NtCreateUserProcess(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, nullptr,
                                     nullptr, flags, 0, parameters, nullptr, list.get());
        RtlDestroyProcessParameters(parameters);
    }
    NTSTATUS wait() const {
        LARGE_INTEGER timeout;
        timeout.QuadPart = -50'000'000;
        if (!process || NtWaitForSingleObject(process, FALSE, &timeout) != STATUS_SUCCESS)
            return STATUS_TIMEOUT;
        PROCESS_BASIC_INFORMATION basic = {};
        NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
        return basic.ExitStatus;
    }
};

// With one attribute beside the image's name.
NTSTATUS with(ULONG_PTR attribute, SIZE_T size, const void* value, ULONG flags = 0) {
    List list;
    list.add(attribute, size, value);
    Made made;
    made.make(list, u"process_makers leaves", flags);
    return made.status;
}

// Which of the handles 4 to 252 are events.
NTSTATUS child_counts_events() {
    NTSTATUS events = 0;
    for (ULONG_PTR at = 4; at < 256; at += 4) {
        EVENT_BASIC_INFORMATION information;
        if (NT_SUCCESS(NtQueryEvent(reinterpret_cast<HANDLE>(at), EventBasicInformation, &information,
                                    sizeof(information), nullptr)))
            ++events;
    }
    return events;
}

NTSTATUS child(const UNICODE_STRING& arguments) {
    if (says(arguments, u"leaves")) return 5;
    if (says(arguments, u"counts")) return child_counts_events();
    if (says(arguments, u"makes")) {
        List list;
        Made made;
        made.make(list, u"process_makers leaves");
        return made.status;
    }
    return STATUS_NOT_IMPLEMENTED;
}

HANDLE make_event(ULONG attributes) {
    OBJECT_ATTRIBUTES object;
    InitializeObjectAttributes(&object, nullptr, attributes, nullptr, nullptr);
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, &object, NotificationEvent, FALSE);
    return event;
}

HANDLE image_section() {
    UNICODE_STRING name = RTL_CONSTANT_STRING(kImage);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr, section = nullptr;
    NtOpenFile(&file, FILE_GENERIC_READ | FILE_EXECUTE, &attributes, &io, FILE_SHARE_READ,
               FILE_SYNCHRONOUS_IO_NONALERT);
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE, file);
    NtClose(file);
    return section;
}

}  // namespace

CHILD(child);

TEST(attributes_are_checked) {
    const UCHAR idle = PROCESS_PRIORITY_CLASS_IDLE, seven = 7, none = 0;
    const ULONG64 eight = 0;
    CHECK(with(PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(idle), &idle) == STATUS_SUCCESS);
    CHECK(with(PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(eight), &eight) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(with(PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(seven), &seven) == STATUS_INVALID_PARAMETER);
    CHECK(with(PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(none), &none) == STATUS_INVALID_PARAMETER);
    CHECK(with(PS_ATTRIBUTE_IMAGE_NAME, sizeof(kImage) - sizeof(WCHAR), kImage) ==
          STATUS_INVALID_PARAMETER);  // twice
    CHECK(with(PsAttributeMax | PS_ATTRIBUTE_INPUT, sizeof(eight), &eight) == STATUS_INVALID_PARAMETER);
    CHECK(with(PS_ATTRIBUTE_PRIORITY_CLASS | 0x100000, sizeof(idle), &idle) == STATUS_INVALID_PARAMETER);
    const UCHAR light = 0x51;
    CHECK(with(PS_ATTRIBUTE_PROTECTION_LEVEL, sizeof(light), &light) == STATUS_ACCESS_DENIED);
    CHECK(with(PS_ATTRIBUTE_PROTECTION_LEVEL, sizeof(none), &none) == STATUS_SUCCESS);
    CHECK(with(PsAttributeSecureProcess | PS_ATTRIBUTE_INPUT, sizeof(eight), &eight) == STATUS_NOT_SUPPORTED);
    CHECK(with(PS_ATTRIBUTE_MITIGATION_OPTIONS, sizeof(eight), &eight) == STATUS_SUCCESS);
    GROUP_AFFINITY affinity = {.Mask = 1, .Group = 0, .Reserved = {}};
    CHECK(with(PS_ATTRIBUTE_GROUP_AFFINITY, sizeof(affinity), &affinity) == STATUS_SUCCESS);
    affinity.Mask = 2;
    CHECK(with(PS_ATTRIBUTE_GROUP_AFFINITY, sizeof(affinity), &affinity) == STATUS_INVALID_PARAMETER);
    PROCESSOR_NUMBER ideal = {};
    CHECK(with(PS_ATTRIBUTE_IDEAL_PROCESSOR, sizeof(ideal), &ideal) == STATUS_SUCCESS);
    ideal.Number = 1;
    CHECK(with(PS_ATTRIBUTE_IDEAL_PROCESSOR, sizeof(ideal), &ideal) == STATUS_INVALID_PARAMETER);
    const HANDLE wrong = NtCurrentThread();
    CHECK(with(PS_ATTRIBUTE_PARENT_PROCESS, sizeof(HANDLE), wrong) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(with(PS_ATTRIBUTE_DEBUG_PORT, sizeof(HANDLE), wrong) == STATUS_OBJECT_TYPE_MISMATCH);
}

TEST(attributes_take_effect) {
    const UCHAR priority = PROCESS_PRIORITY_CLASS_BELOW_NORMAL;
    const ULONG mode = 3;
    List list;
    list.add(PS_ATTRIBUTE_PRIORITY_CLASS, sizeof(priority), &priority);
    list.add(PS_ATTRIBUTE_ERROR_MODE, sizeof(mode), &mode);
    Made made;
    made.make(list, u"process_makers leaves", PROCESS_CREATE_FLAGS_SUSPENDED);
    REQUIRE(made.status == STATUS_SUCCESS);
    PROCESS_PRIORITY_CLASS given = {};
    NtQueryInformationProcess(made.process, ProcessPriorityClass, &given, sizeof(given), nullptr);
    CHECK(given.PriorityClass == PROCESS_PRIORITY_CLASS_BELOW_NORMAL);
    ULONG told = 0;
    NtQueryInformationProcess(made.process, ProcessDefaultHardErrorMode, &told, sizeof(told), nullptr);
    CHECK(told == mode);
}

TEST(only_handles_of_the_list_are_inherited) {
    const HANDLE one = make_event(OBJ_INHERIT), two = make_event(OBJ_INHERIT), own = make_event(0);
    {
        List all;
        Made made;
        made.make(all, u"process_makers counts", PROCESS_CREATE_FLAGS_INHERIT_HANDLES);
        CHECK(made.wait() == 2);
    }
    const HANDLE only[] = {two};
    {
        List list;
        list.add(PS_ATTRIBUTE_HANDLE_LIST, sizeof(only), only);
        Made made;
        made.make(list, u"process_makers counts", PROCESS_CREATE_FLAGS_INHERIT_HANDLES);
        CHECK(made.wait() == 1);
    }
    CHECK(with(PS_ATTRIBUTE_HANDLE_LIST, sizeof(only), only) == STATUS_INVALID_PARAMETER);
    const HANDLE others[] = {own};
    CHECK(with(PS_ATTRIBUTE_HANDLE_LIST, sizeof(others), others, PROCESS_CREATE_FLAGS_INHERIT_HANDLES) ==
          STATUS_INVALID_PARAMETER);
    NtClose(one);
    NtClose(two);
    NtClose(own);
}

TEST(a_child_may_have_no_children) {
    const ULONG policy = PROCESS_CREATION_CHILD_PROCESS_RESTRICTED, unknown = 0x80;
    List list;
    list.add(PS_ATTRIBUTE_CHILD_PROCESS_POLICY, sizeof(policy), &policy);
    Made made;
    made.make(list, u"process_makers makes");
    CHECK(made.wait() == STATUS_ACCESS_DENIED);
    CHECK(with(PS_ATTRIBUTE_CHILD_PROCESS_POLICY, sizeof(unknown), &unknown) == STATUS_INVALID_PARAMETER);
}

TEST(attributes_of_threads) {
    HANDLE thread = nullptr;
    auto make = [&thread](List& list, ULONG flags) {
        return NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                reinterpret_cast<PVOID>(&RtlExitUserThread), nullptr,
                                flags | THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0, 0, list.get());
    };
    CLIENT_ID id = {};
    PVOID teb = nullptr;
    List good;
    good.add(PS_ATTRIBUTE_CLIENT_ID, sizeof(id), &id);
    good.add(PS_ATTRIBUTE_TEB_ADDRESS, sizeof(teb), &teb);
    CHECK(make(good, 0x40000000) == STATUS_INVALID_PARAMETER);
    REQUIRE(make(good, 0) == STATUS_SUCCESS);
    CHECK(id.UniqueThread && teb);
    ULONG before = 0;
    // It was not waiting, so it is alerted once it waits; its suspensions count as ever.
    CHECK(NtAlertResumeThread(thread, &before) == STATUS_SUCCESS && before == 1);
    CHECK(NtAlertResumeThread(nullptr, &before) == STATUS_INVALID_HANDLE);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    CHECK(NtAlertResumeThread(thread, &before) == STATUS_SUCCESS && before == 0);
    CHECK(NtResumeThread(thread, &before) == STATUS_SUCCESS && before == 0);
    NtClose(thread);
    List of_processes;
    of_processes.add(PS_ATTRIBUTE_IMAGE_NAME, sizeof(kImage) - sizeof(WCHAR), kImage);
    CHECK(make(of_processes, 0) == STATUS_INVALID_PARAMETER);
}

TEST(a_process_from_a_section) {
    const HANDLE section = image_section();
    REQUIRE(section);
    HANDLE process = nullptr;
    CHECK(NtCreateProcessEx(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0, nullptr, nullptr,
                            nullptr, 0) == STATUS_NOT_SUPPORTED);
    CHECK(NtCreateProcessEx(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0x8000, section,
                            nullptr, nullptr, 0) == STATUS_INVALID_PARAMETER);
    CHECK(NtCreateProcessEx(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0, section, nullptr,
                            nullptr, 1) == STATUS_INVALID_PARAMETER);
    CHECK(NtCreateProcessEx(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentThread(), 0, section, nullptr,
                            nullptr, 0) == STATUS_OBJECT_TYPE_MISMATCH);
    REQUIRE(NtCreateProcessEx(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0, section, nullptr,
                              nullptr, 0) == STATUS_SUCCESS);
    PROCESS_BASIC_INFORMATION basic = {};
    CHECK(NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr) ==
          STATUS_SUCCESS);
    CHECK(basic.PebBaseAddress && basic.ExitStatus == STATUS_PENDING);
    PVOID base = nullptr, parameters = &base;
    NtReadVirtualMemory(process, &basic.PebBaseAddress->ImageBaseAddress, &base, sizeof(base), nullptr);
    NtReadVirtualMemory(process, &basic.PebBaseAddress->ProcessParameters, &parameters, sizeof(parameters),
                        nullptr);
    CHECK(base && !parameters);
    HANDLE thread = nullptr;
    CHECK(NtGetNextThread(process, nullptr, THREAD_ALL_ACCESS, 0, 0, &thread) == STATUS_NO_MORE_ENTRIES);
    CHECK(NtTerminateProcess(process, 9) == STATUS_SUCCESS);
    LARGE_INTEGER timeout;
    timeout.QuadPart = -50'000'000;
    CHECK(NtWaitForSingleObject(process, FALSE, &timeout) == STATUS_SUCCESS);
    NtClose(process);
    // One that nobody can give a thread any more goes.
    REQUIRE(NtCreateProcess(&process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), TRUE, section, nullptr,
                            nullptr) == STATUS_SUCCESS);
    NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
    NtClose(process);
    CLIENT_ID id = {reinterpret_cast<HANDLE>(basic.UniqueProcessId), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    for (unsigned i = 0; i < 100; ++i) {
        if (NtOpenProcess(&process, PROCESS_ALL_ACCESS, &attributes, &id) == STATUS_INVALID_CID) break;
        NtClose(process);
        timeout.QuadPart = -100'000;
        NtDelayExecution(FALSE, &timeout);
    }
    CHECK(NtOpenProcess(&process, PROCESS_ALL_ACCESS, &attributes, &id) == STATUS_INVALID_CID);
    NtClose(section);
}

namespace {

volatile LONG apcs = 0;

void NTAPI count_apc(PVOID by, PVOID, PVOID) {
    apcs += static_cast<LONG>(reinterpret_cast<ULONG_PTR>(by));
}

}  // namespace

TEST(special_apcs_need_no_alertable_wait) {
    const auto routine = reinterpret_cast<PVOID>(&count_apc);
    const auto one = reinterpret_cast<PVOID>(1), ten = reinterpret_cast<PVOID>(10);
    CHECK(NtQueueApcThreadEx(NtCurrentThread(), NtCurrentProcess(), routine, one, nullptr, nullptr) ==
          STATUS_INVALID_HANDLE);
    CHECK(NtQueueApcThreadEx2(NtCurrentThread(), nullptr, 2, routine, one, nullptr, nullptr) ==
          STATUS_INVALID_PARAMETER);
    CHECK(NtQueueApcThreadEx2(NtCurrentThread(), nullptr, QUEUE_USER_APC_FLAGS_SPECIAL_USER_APC, routine, ten,
                              nullptr, nullptr) == STATUS_SUCCESS);
    CHECK(apcs == 10);
    CHECK(NtQueueApcThreadEx(NtCurrentThread(), APC_FORCE_THREAD_SIGNAL, routine, ten, nullptr, nullptr) ==
          STATUS_SUCCESS);
    CHECK(apcs == 20);
    // An ordinary one waits for an alertable wait.
    CHECK(NtQueueApcThreadEx(NtCurrentThread(), nullptr, routine, one, nullptr, nullptr) == STATUS_SUCCESS);
    CHECK(apcs == 20);
    LARGE_INTEGER timeout = {};
    CHECK(NtDelayExecution(TRUE, &timeout) == STATUS_USER_APC);
    CHECK(apcs == 21);
}
