// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/controls.hpp"

#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "abi/nt/ntreparse.h"
#include "tests/torture/services/control_input.hpp"

namespace torture {

using service_table::Service;

namespace {

constexpr ULONG64 kKnownPercent = 75;
constexpr ULONG kDifferentNames = 24;  // as names.cpp has

// --- of file systems

void add_name_below(Input& input) {
    input.add(u'f');
    input.add_number(input.world.below(kDifferentNames));
    if (input.world.chance(5)) input.add_noise(300);
}

void reparse_link(Input& input) {
    World& world = input.world;
    const bool mount_point = world.chance(30);
    const bool relative = !mount_point && world.chance(50);
    REPARSE_DATA_HEADER head = {};
    REPARSE_LINK_DATA data = {};
    const ULONG fixed = mount_point ? REPARSE_MOUNT_POINT_HEADER_SIZE : REPARSE_SYMLINK_HEADER_SIZE;
    Input name(world);
    if (!relative) name.add_text("\\??\\C:\\Windows\\torture\\");
    if (relative && world.chance(20)) name.add_text("..\\torture\\.\\");
    add_name_below(name);
    head.ReparseTag = mount_point ? IO_REPARSE_TAG_MOUNT_POINT : IO_REPARSE_TAG_SYMLINK;
    head.ReparseDataLength = static_cast<USHORT>(fixed + name.length());
    data.SubstituteNameLength = static_cast<USHORT>(name.length());
    data.PrintNameOffset = static_cast<USHORT>(name.length());
    data.Flags = relative ? SYMLINK_FLAG_RELATIVE : 0;
    if (world.chance(10)) data.SubstituteNameOffset = static_cast<USHORT>(world.random());
    if (world.chance(10)) data.PrintNameLength = static_cast<USHORT>(world.random());
    if (world.chance(10)) head.ReparseDataLength = static_cast<USHORT>(world.random());
    input.add(head);
    input.add(&data, fixed);
    input.add(name);
}

void reparse_other(Input& input) {
    World& world = input.world;
    constexpr ULONG kTags[] = {0, 1, 2, 0x8000001b, 0x12345, 0x20000777, 0xa0000003, 0xa000000c};
    REPARSE_DATA_HEADER head = {};
    const ULONG data = static_cast<ULONG>(world.below(600));
    head.ReparseTag = world.any_of(kTags);
    head.ReparseDataLength = static_cast<USHORT>(data);
    input.add(head);
    if (!IsReparseTagMicrosoft(head.ReparseTag)) input.add(world.random()), input.add(world.random());
    for (ULONG i = 0; i < data; i += 8)
        input.add(world.random());
}

void reparse_head(Input& input) {
    constexpr ULONG kTags[] = {IO_REPARSE_TAG_SYMLINK, IO_REPARSE_TAG_SYMLINK, IO_REPARSE_TAG_MOUNT_POINT,
                               0x12345};
    REPARSE_DATA_HEADER head = {};
    head.ReparseTag = input.world.any_of(kTags);
    input.add(head);
    if (input.world.chance(30)) input.add(input.world.random()), input.add(input.world.random());
}

void object_id(Input& input) {
    for (ULONG i = 0; i < 8; ++i)
        input.add(input.world.chance(80) ? input.world.below(4) : input.world.random());
}

void one_byte(Input& input) {
    if (input.world.chance(70)) input.add(static_cast<UCHAR>(input.world.below(3)));
}

void compression(Input& input) {
    constexpr USHORT kFormats[] = {0, 1, 2, 3, 4, 0xffff};
    input.add(input.world.any_of(kFormats));
}

void oplock(Input& input) {
    const USHORT version = 1, length = 12;
    input.add(version);
    input.add(length);
    input.add(static_cast<ULONG>(input.world.below(9)));
    input.add(static_cast<ULONG>(1 + input.world.below(3)));
}

void pipe_wait(Input& input) {
    const LONGLONG time = -static_cast<LONGLONG>(input.world.below(20'000));
    input.add(time);
    const ULONG length = 20;
    input.add(length);
    const USHORT specified = 1;
    input.add(specified);
    input.add_text("torture.f");
    input.add_number(input.world.below(10));
}

// [MS-FSCC] 2.3 by their numbers, pipes, mailslots.
constexpr Known kFileControls[] = {
    {0x000900a4, reparse_link},  // FSCTL_SET_REPARSE_POINT
    {0x000900a4, reparse_link}, {0x000900a4, reparse_other},
    {0x000900a8, nothing},                                 // FSCTL_GET_REPARSE_POINT
    {0x000900ac, reparse_head},                            // FSCTL_DELETE_REPARSE_POINT
    {0x000900ac, reparse_head}, {0x00090098, object_id},   // FSCTL_SET_OBJECT_ID
    {0x0009009c, nothing},                                 // FSCTL_GET_OBJECT_ID
    {0x000900a0, nothing},                                 // FSCTL_DELETE_OBJECT_ID
    {0x000900bc, object_id},                               // FSCTL_SET_OBJECT_ID_EXTENDED
    {0x000900c0, nothing},                                 // FSCTL_CREATE_OR_GET_OBJECT_ID
    {0x000900c4, one_byte},                                // FSCTL_SET_SPARSE
    {0x000900c4, one_byte},     {0x000980c8, two_places},  // FSCTL_SET_ZERO_DATA
    {0x000980c8, two_places},   {0x000940cf, two_places},  // FSCTL_QUERY_ALLOCATED_RANGES
    {0x0009003c, nothing},                                 // FSCTL_GET_COMPRESSION
    {0x0009c040, compression},                             // FSCTL_SET_COMPRESSION
    {0x00090000, nothing},                                 // FSCTL_REQUEST_OPLOCK_LEVEL_1
    {0x00090004, nothing},                                 // FSCTL_REQUEST_OPLOCK_LEVEL_2
    {0x00090008, nothing},                                 // FSCTL_REQUEST_BATCH_OPLOCK
    {0x0009000c, nothing},                                 // FSCTL_OPLOCK_BREAK_ACKNOWLEDGE
    {0x00090010, nothing},                                 // FSCTL_OPBATCH_ACK_CLOSE_PENDING
    {0x00090014, nothing},                                 // FSCTL_OPLOCK_BREAK_NOTIFY
    {0x00090050, nothing},                                 // FSCTL_OPLOCK_BREAK_ACK_NO_2
    {0x0009005c, nothing},                                 // FSCTL_REQUEST_FILTER_OPLOCK
    {0x00090240, oplock},                                  // FSCTL_REQUEST_OPLOCK
    {0x00090018, nothing},                                 // FSCTL_LOCK_VOLUME
    {0x0009001c, nothing},                                 // FSCTL_UNLOCK_VOLUME
    {0x00090028, nothing},                                 // FSCTL_IS_VOLUME_MOUNTED
    {0x0009002c, characters},                              // FSCTL_IS_PATHNAME_VALID
    {0x00090030, nothing},                                 // FSCTL_MARK_VOLUME_DIRTY
    {0x00090078, nothing},                                 // FSCTL_IS_VOLUME_DIRTY
    {0x00090064, nothing},                                 // FSCTL_GET_NTFS_VOLUME_DATA
    {0x00090060, nothing},                                 // FSCTL_FILESYSTEM_GET_STATISTICS
    {0x00090073, one_place},                               // FSCTL_GET_RETRIEVAL_POINTERS
    {0x0009006f, one_place},                               // FSCTL_GET_VOLUME_BITMAP
    {0x00090074, noise},                                   // FSCTL_MOVE_FILE
    {0x0009008f, noise},                                   // FSCTL_FIND_FILES_BY_SID
    {0x000900eb, noise},                                   // FSCTL_READ_FILE_USN_DATA
    {0x000900f4, nothing},                                 // FSCTL_QUERY_USN_JOURNAL
    {0x000900d7, noise},                                   // FSCTL_SET_ENCRYPTION
    {0x00090083, nothing},                                 // FSCTL_ALLOW_EXTENDED_DASD_IO
    {0x0009027c, noise},                                   // FSCTL_GET_INTEGRITY_INFORMATION
    {0x00090300, noise},                                   // FSCTL_QUERY_FILE_REGIONS and its like
    {0x00110004, nothing},                                 // FSCTL_PIPE_DISCONNECT
    {0x00110008, nothing},                                 // FSCTL_PIPE_LISTEN
    {0x0011400c, nothing},                                 // FSCTL_PIPE_PEEK
    {0x0011c017, noise},                                   // FSCTL_PIPE_TRANSCEIVE
    {0x00110018, pipe_wait},                               // FSCTL_PIPE_WAIT
    {0x0011001c, nothing},                                 // FSCTL_PIPE_IMPERSONATE
    {0x000c4003, nothing},                                 // FSCTL_MAILSLOT_PEEK
};

// --- information classes

// FILE_RENAME_INFORMATION and FILE_LINK_INFORMATION.
void new_name(Input& input) {
    World& world = input.world;
    input.add(static_cast<ULONG>(world.chance(80) ? world.below(4) : world.random()));
    input.add(ULONG{0});
    input.add(ULONG64{0});
    const ULONG length_at = input.length();
    input.add(ULONG{0});
    const ULONG start = input.length();
    const ULONG64 roll = world.below(10);
    if (roll < 4) input.add_text("\\??\\C:\\Windows\\torture\\");
    if (roll < 2) input.add_text("d\\");
    if (roll == 9) {
        input.add_text(":s");
        input.add_number(world.below(4));
    } else {
        add_name_below(input);
    }
    input.set(length_at, input.length() - start);
    input.add(ULONG64{0});
}

void short_name(Input& input) {
    input.add(ULONG{0});
    const ULONG start = input.length();
    input.add_text("S");
    input.add_number(input.world.below(kDifferentNames));
    if (input.world.chance(60)) input.add_text(".TXT");
    input.set(0, input.length() - start);
}

void basic(Input& input) {
    for (ULONG i = 0; i < 4; ++i)
        input.add(input.world.chance(70) ? LONGLONG{0} : place_in_file(input.world));
    input.add(static_cast<ULONG>(input.world.chance(90) ? input.world.below(0x80) : input.world.random()));
    input.add(ULONG{0});
}

constexpr Known kSettings[] = {
    {FileBasicInformation, basic},
    {FileRenameInformation, new_name},
    {FileRenameInformation, new_name},
    {FileRenameInformationEx, new_name},
    {FileLinkInformation, new_name},
    {FileLinkInformation, new_name},
    {FileLinkInformationEx, new_name},
    {FileDispositionInformation, one_word},
    {FileDispositionInformationEx, one_word},
    {FilePositionInformation, one_place},
    {FileEndOfFileInformation, one_place},
    {FileEndOfFileInformation, one_place},
    {FileAllocationInformation, one_place},
    {FileValidDataLengthInformation, one_place},
    {FileShortNameInformation, short_name},
    {FileIoCompletionNotificationInformation, one_word},
    {FilePipeInformation, two_words},
};

unsigned argument(const Service& service, const char* name) {
    for (unsigned i = 0; i < service.count; ++i)
        if (same(service.arguments[i].name, name)) return i;
    return service.count;
}

void put(const Service& service, Words& words, const char* code, const char* input, const char* length,
         const Control& control) {
    words.value[argument(service, code)] = control.code;
    if (!control.input) return;
    words.value[argument(service, input)] = control.input;
    words.value[argument(service, length)] = control.length;
}

}  // namespace

ULONG file_controls() {
    return count_of(kFileControls);
}
Control file_control(World& world, ULONG index) {
    return made(world, kFileControls[index]);
}

Control link_control(World& world, const WCHAR* target, ULONG units, bool relative) {
    REPARSE_DATA_HEADER head = {};
    REPARSE_LINK_DATA data = {};
    head.ReparseTag = IO_REPARSE_TAG_SYMLINK;
    head.ReparseDataLength = static_cast<USHORT>(REPARSE_SYMLINK_HEADER_SIZE + units * sizeof(WCHAR));
    data.SubstituteNameLength = static_cast<USHORT>(units * sizeof(WCHAR));
    data.PrintNameOffset = data.SubstituteNameLength;
    data.Flags = relative ? SYMLINK_FLAG_RELATIVE : 0;
    Input input(world);
    input.add(head);
    input.add(&data, REPARSE_SYMLINK_HEADER_SIZE);
    input.add(target, units * static_cast<ULONG>(sizeof(WCHAR)));
    return {FSCTL_SET_REPARSE_POINT, input.place(), input.length()};
}

void shape(World& world, const Service& service, Words& words) {
    if (!world.chance(kKnownPercent)) return;
    if (same(service.name, "NtFsControlFile"))
        put(service, words, "FsControlCode", "InputBuffer", "InputBufferLength",
            made(world, world.any_of(kFileControls)));
    else if (same(service.name, "NtDeviceIoControlFile"))
        put(service, words, "IoControlCode", "InputBuffer", "InputBufferLength",
            world.chance(50) ? socket_control(world, static_cast<ULONG>(world.below(socket_controls())))
                             : console_control(world, static_cast<ULONG>(world.below(console_controls()))));
    else if (same(service.name, "NtSetInformationFile"))
        put(service, words, "FileInformationClass", "FileInformation", "Length",
            made(world, world.any_of(kSettings)));
}

}  // namespace torture
