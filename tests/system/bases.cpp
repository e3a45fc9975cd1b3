// SPDX-License-Identifier: GPL-3.0-only
// Where images lie: one base for all processes, which their sections name too; sections of known DLLs. Prints
// where the program, ntdll and the PEB lie: tests/harness/test_image_bases.py runs it where bases are drawn,
// here they are those of the headers.
#include "tests/system/test.h"

namespace {

const WCHAR kSelf[] = u"C:\\Windows\\System32\\bases.exe";
const WCHAR kSelfPath[] = u"\\SystemRoot\\System32\\bases.exe";

ULONGLONG program_base() {
    return reinterpret_cast<ULONGLONG>(NtCurrentPeb()->ImageBaseAddress);
}
ULONGLONG ntdll_base() {
    PVOID base = nullptr;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"ntdll.dll");
    LdrGetDllHandle(nullptr, nullptr, &name, &base);
    return reinterpret_cast<ULONGLONG>(base);
}

// Both in what a process ends with.
NTSTATUS said_by_a_process() {
    return static_cast<NTSTATUS>((program_base() >> 16) * 31 + (ntdll_base() >> 16) + 1) & 0x7fffffff;
}

NTSTATUS child(const UNICODE_STRING& arguments) {
    UNICODE_STRING asked = RTL_CONSTANT_STRING(u"child");
    return RtlEqualUnicodeString(&arguments, &asked, FALSE) ? said_by_a_process() : STATUS_NOT_IMPLEMENTED;
}

NTSTATUS run_child() {
    UNICODE_STRING path, nt, command = RTL_CONSTANT_STRING(u"bases.exe child");
    RtlInitUnicodeString(&path, kSelf);
    RtlInitUnicodeString(&nt, kSelfPath);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &command, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    RTL_USER_PROCESS_INFORMATION made = {};
    const NTSTATUS status = RtlCreateUserProcess(&nt, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                                 nullptr, FALSE, nullptr, nullptr, &made);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return status;
    NtResumeThread(made.Thread, nullptr);
    NtWaitForSingleObject(made.Process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(made.Process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
    NtClose(made.Thread);
    NtClose(made.Process);
    return basic.ExitStatus;
}

HANDLE section_of(const WCHAR* path) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr, section = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ,
               FILE_SYNCHRONOUS_IO_NONALERT);
    NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE_READ, SEC_IMAGE, file);
    NtClose(file);
    return section;
}

}  // namespace

CHILD(child);

TEST(one_base_for_all) {
    test::print("bases %llx %llx %llx", program_base(), ntdll_base(),
                reinterpret_cast<ULONGLONG>(NtCurrentPeb()));
    CHECK(program_base() % 0x10000 == 0 && ntdll_base() % 0x10000 == 0);
    CHECK(run_child() == said_by_a_process());
    CHECK(run_child() == said_by_a_process());
}

// What the section says is where the process has it, and a second view is elsewhere and says so.
TEST(sections_name_it) {
    const HANDLE section = section_of(kSelfPath);
    REQUIRE(section);
    SECTION_IMAGE_INFORMATION information = {};
    CHECK(NT_SUCCESS(
        NtQuerySection(section, SectionImageInformation, &information, sizeof(information), nullptr)));
    const auto* headers = RtlImageNtHeader(NtCurrentPeb()->ImageBaseAddress);
    CHECK(reinterpret_cast<ULONGLONG>(information.TransferAddress) ==
          program_base() + headers->OptionalHeader.AddressOfEntryPoint);
    CHECK(headers->OptionalHeader.ImageBase == program_base());
    PVOID view = nullptr;
    SIZE_T size = 0;
    CHECK(NtMapViewOfSection(section, NtCurrentProcess(), &view, 0, 0, nullptr, &size, ViewShare, 0,
                             PAGE_EXECUTE_READ) == STATUS_IMAGE_NOT_AT_BASE);
    CHECK(view && reinterpret_cast<ULONGLONG>(view) != program_base());
    NtUnmapViewOfSection(NtCurrentProcess(), view);
    NtClose(section);
}

TEST(known_dlls) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\KnownDlls\\NTDLL.dll");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE section = nullptr;
    CHECK(NT_SUCCESS(
        NtOpenSection(&section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY, &attributes)));
    PVOID view = nullptr;
    SIZE_T size = 0;
    CHECK(NT_SUCCESS(NtMapViewOfSection(section, NtCurrentProcess(), &view, 0, 0, nullptr, &size, ViewShare,
                                        0, PAGE_EXECUTE_READ)));
    REQUIRE(view);
    CHECK(size == RtlImageNtHeader(view)->OptionalHeader.SizeOfImage);
    NtUnmapViewOfSection(NtCurrentProcess(), view);
    NtClose(section);
    UNICODE_STRING link_name = RTL_CONSTANT_STRING(u"\\KnownDlls\\KnownDllPath");
    InitializeObjectAttributes(&attributes, &link_name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE link = nullptr;
    WCHAR target[64];
    UNICODE_STRING text = {0, sizeof(target), target};
    REQUIRE(NT_SUCCESS(NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &attributes)));
    CHECK(NT_SUCCESS(NtQuerySymbolicLinkObject(link, &text, nullptr)) && text.Length);
    NtClose(link);
}
