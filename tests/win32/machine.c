// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// What is told of the machine and its user, volumes, error codes of many calls.
// Wine 8.0 has another error for a device that does not exist, and its volumes are not of Unicode.
#include "say.h"

#define ERROR_OF(call) (SetLastError(0), (void)(call), printf("%s: error %lu\n", #call, GetLastError()))

static void errors(void) {
    char text[8];
    DWORD moved;
    HANDLE none = (HANDLE)(ULONG_PTR)0x7770;
    ERROR_OF(CreateFileA("none\\none", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    ERROR_OF(CreateFileA("a<b", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    ERROR_OF(CreateFileA(".", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    ERROR_OF(CreateFileA("machine.exe", GENERIC_READ, 0, NULL, CREATE_NEW, 0, NULL));
    ERROR_OF(CreateFileA("machine.exe", GENERIC_READ, 0, NULL, 77, 0, NULL));
    ERROR_OF(ReadFile(none, text, 1, &moved, NULL));
    ERROR_OF(CloseHandle(none));
    ERROR_OF(DeleteFileA("C:\\Windows"));
    ERROR_OF(CopyFileA("none", "other", FALSE));
    ERROR_OF(MoveFileA("none", "other"));
    ERROR_OF(CreateDirectoryA("a\\b\\c", NULL));
    ERROR_OF(RemoveDirectoryA("machine.exe"));
    ERROR_OF(SetCurrentDirectoryA("machine.exe"));
    ERROR_OF(GetFileAttributesA("\\\\.\\none"));
    ERROR_OF(FindFirstFileA("", (WIN32_FIND_DATAA*)(void*)(char[sizeof(WIN32_FIND_DATAA)]){0}));
    ERROR_OF(LoadLibraryA(""));
    ERROR_OF(GetProcAddress(GetModuleHandleA(NULL), "none"));
    ERROR_OF(GetModuleHandleA("none"));
    ERROR_OF(WaitForSingleObject(none, 0));
    ERROR_OF(ResumeThread(none));
    ERROR_OF(GetExitCodeThread(none, &moved));
    ERROR_OF(SetFilePointer(none, 0, NULL, FILE_BEGIN));
    ERROR_OF(GetFileType(none));
    ERROR_OF(DuplicateHandle(GetCurrentProcess(), none, GetCurrentProcess(), &none, 0, FALSE, 0));
    ERROR_OF(OpenEventA(SYNCHRONIZE, FALSE, "none"));
    ERROR_OF(OpenMutexA(SYNCHRONIZE, FALSE, NULL));
    ERROR_OF(DeviceIoControl(GetStdHandle(STD_OUTPUT_HANDLE), 0x12345678, NULL, 0, NULL, 0, &moved, NULL));
    ERROR_OF(TlsGetValue(99999));
    ERROR_OF(VirtualProtect(NULL, 1, PAGE_READONLY, &moved));
}

static void volumes(void) {
    char name[MAX_PATH], system[32];
    DWORD serial, longest, flags, sectors, bytes, free_clusters, clusters;
    ULARGE_INTEGER mine, total, free_bytes;
    YES(GetVolumeInformationA("C:\\", name, sizeof name, &serial, &longest, &flags, system, sizeof system));
    NUM(longest);
    NUM(flags & FILE_UNICODE_ON_DISK);
    YES(GetDiskFreeSpaceA("C:\\", &sectors, &bytes, &free_clusters, &clusters));
    NUM(sectors > 0 && bytes >= 512 && clusters >= free_clusters);
    YES(GetDiskFreeSpaceExA(NULL, &mine, &total, &free_bytes));
    NUM(mine.QuadPart <= total.QuadPart);
    NUM(GetLogicalDrives() >> 2 & 1);
    NUM(GetDriveTypeA("Q:\\"));
    NUM(GetDriveTypeA("C:\\none"));
    YES(GetVolumePathNameA("C:\\Windows\\System32", name, sizeof name));
    STR(name);
    YES(GetVolumeInformationA("Q:\\", NULL, 0, NULL, NULL, NULL, NULL, 0));
}

int main(void) {
    OSVERSIONINFOEXA version = {sizeof version};
    SYSTEM_INFO info;
    MEMORYSTATUSEX memory = {sizeof memory};
    char name[256];
    DWORD size = sizeof name;
    YES(GetVersionExA((OSVERSIONINFOA*)&version));
    NUM(version.dwPlatformId);
    NUM(version.dwMajorVersion >= 6);
    GetSystemInfo(&info);
    NUM(info.dwPageSize);
    NUM(info.dwAllocationGranularity);
    NUM(info.wProcessorArchitecture);
    NUM(info.dwNumberOfProcessors >= 1);
    YES(GlobalMemoryStatusEx(&memory));
    NUM(memory.ullTotalPhys >= memory.ullAvailPhys && memory.ullTotalVirtual > 1ull << 40);
    YES(GetUserNameA(name, &size));
    NUM(size == strlen(name) + 1);
    size = 1;
    YES(GetUserNameA(name, &size));
    size = sizeof name;
    YES(GetComputerNameA(name, &size));
    NUM(size == strlen(name));
    size = 1;
    YES(GetComputerNameA(name, &size));
    NUM(IsProcessorFeaturePresent(PF_XMMI64_INSTRUCTIONS_AVAILABLE));
    NUM(IsProcessorFeaturePresent(PF_FASTFAIL_AVAILABLE));
    NUM(IsProcessorFeaturePresent(200));
    NUM(IsDebuggerPresent());
    errors();
    volumes();
    return 0;
}
