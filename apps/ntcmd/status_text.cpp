// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/status_text.hpp"

namespace ntcmd {
namespace {

struct Entry {
    NTSTATUS status;
    const WCHAR* text;
};

constexpr Entry kTexts[] = {
    {STATUS_SUCCESS, u"success"},
    {STATUS_TIMEOUT, u"the time ran out"},
    {STATUS_UNSUCCESSFUL, u"it did not work"},
    {STATUS_NOT_IMPLEMENTED, u"not implemented"},
    {STATUS_INVALID_INFO_CLASS, u"this kind of information is not known"},
    {STATUS_INFO_LENGTH_MISMATCH, u"a length does not fit"},
    {STATUS_ACCESS_VIOLATION, u"an address that may not be accessed"},
    {STATUS_INVALID_HANDLE, u"not an open handle"},
    {STATUS_INVALID_CID, u"no such process or thread"},
    {STATUS_INVALID_PARAMETER, u"an argument is not valid"},
    {STATUS_NO_SUCH_DEVICE, u"no such device"},
    {STATUS_NO_SUCH_FILE, u"no file of that name"},
    {STATUS_INVALID_DEVICE_REQUEST, u"the device does not do this"},
    {STATUS_END_OF_FILE, u"end of file"},
    {STATUS_NO_MEMORY, u"out of memory"},
    {STATUS_ACCESS_DENIED, u"access denied"},
    {STATUS_BUFFER_TOO_SMALL, u"the buffer is too small"},
    {STATUS_OBJECT_TYPE_MISMATCH, u"the object is of another type"},
    {STATUS_OBJECT_NAME_INVALID, u"not a valid name"},
    {STATUS_OBJECT_NAME_NOT_FOUND, u"not found"},
    {STATUS_OBJECT_NAME_COLLISION, u"the name is already taken"},
    {STATUS_OBJECT_PATH_INVALID, u"not a valid path"},
    {STATUS_OBJECT_PATH_NOT_FOUND, u"path not found"},
    {STATUS_OBJECT_PATH_SYNTAX_BAD, u"a path begins with a backslash"},
    {STATUS_SHARING_VIOLATION, u"in use by another program"},
    {STATUS_INVALID_IMAGE_FORMAT, u"not a valid program image"},
    {STATUS_INVALID_IMAGE_NOT_MZ, u"not a program (no MZ header)"},
    {STATUS_INSUFFICIENT_RESOURCES, u"out of resources"},
    {STATUS_QUOTA_EXCEEDED, u"over the quota"},
    {STATUS_INVALID_IMAGE_PROTECT, u"not a program for this machine"},
    {STATUS_IMAGE_MACHINE_TYPE_MISMATCH, u"a program for another machine"},
    {STATUS_SECTION_TOO_BIG, u"the section is too big"},
    {STATUS_MEDIA_WRITE_PROTECTED, u"write protected"},
    {STATUS_FILE_IS_A_DIRECTORY, u"it is a directory"},
    {STATUS_NOT_A_DIRECTORY, u"not a directory"},
    {STATUS_DIRECTORY_NOT_EMPTY, u"the directory is not empty"},
    {STATUS_CANCELLED, u"cancelled"},
    {STATUS_DELETE_PENDING, u"about to be deleted"},
    {STATUS_DISK_FULL, u"no room left"},
    {STATUS_DLL_NOT_FOUND, u"a DLL it needs is missing"},
    {STATUS_ORDINAL_NOT_FOUND, u"a DLL does not export a number it needs"},
    {STATUS_ENTRYPOINT_NOT_FOUND, u"a DLL does not export a function it needs"},
    {STATUS_DLL_INIT_FAILED, u"a DLL did not start"},
    {STATUS_ILLEGAL_INSTRUCTION, u"illegal instruction"},
    {STATUS_PRIVILEGED_INSTRUCTION, u"privileged instruction"},
    {STATUS_INTEGER_DIVIDE_BY_ZERO, u"division by zero"},
    {STATUS_STACK_OVERFLOW, u"stack overflow"},
    {STATUS_BREAKPOINT, u"breakpoint"},
    {STATUS_CONTROL_C_EXIT, u"ended by Ctrl-C"},
    {STATUS_IMAGE_ALREADY_LOADED, u"already loaded"},
    {STATUS_DRIVER_UNABLE_TO_LOAD, u"the driver did not start"},
    {STATUS_PROCESS_IS_TERMINATING, u"the process is ending"},
    {STATUS_PRIVILEGE_NOT_HELD, u"a privilege is missing"},
    {STATUS_DEVICE_DOES_NOT_EXIST, u"the device is gone"},
    {STATUS_IO_DEVICE_ERROR, u"the device reports an error"},
    {STATUS_IO_TIMEOUT, u"the device did not answer in time"},
    {STATUS_CANNOT_DELETE, u"it cannot be deleted"},
    {STATUS_NOT_SUPPORTED, u"not supported"},
    {EXCEPTION_WINE_STUB, u"a function it called is missing"},
};

}  // namespace

app::View status_text(NTSTATUS status) {
    for (const Entry& entry : kTexts)
        if (entry.status == status) return app::View(entry.text);
    return app::View(u"status");
}

}  // namespace ntcmd
