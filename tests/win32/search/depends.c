// SPDX-License-Identifier: GPL-3.0-only
// libraries: -lversion
// A DLL of search.exe that imports another, whose name the program changes.
#include <windows.h>

__declspec(dllexport) DWORD size_of(const char* file) {
    DWORD unused;
    return GetFileVersionInfoSizeA(file, &unused);
}
