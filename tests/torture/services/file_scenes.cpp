// SPDX-License-Identifier: GPL-3.0-only
//
// All files are asynchronous: what a request of such a file waits for does not stop the scene.
#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "abi/nt/ntreparse.h"
#include "tests/torture/services/actor.hpp"

namespace torture {

namespace {

constexpr ULONG kMostPath = 120;     // characters
constexpr ULONG kMostRanges = 4000;  // locks of one scene
constexpr ULONG kMostKept = 64;      // handles of one scene
constexpr ULONG kMostLinked = 80;    // reparse points in a row; NT follows 63
constexpr ULONG kAnswer = 0x8000;    // bytes of the longest list that is asked for

class Path {
public:
    explicit Path(const char* text) { add(text); }
    Path& add(const char* text) {
        for (; *text; ++text)
            units_[length_++] = static_cast<WCHAR>(*text);
        return *this;
    }
    Path& add(ULONG number) {
        if (number > 9) add(number / 10);
        units_[length_++] = static_cast<WCHAR>(u'0' + number % 10);
        return *this;
    }
    const WCHAR* units() const { return units_; }
    ULONG length() const { return length_; }  // characters
    USHORT bytes() const { return static_cast<USHORT>(length_ * sizeof(WCHAR)); }

private:
    WCHAR units_[kMostPath];
    ULONG length_ = 0;
};

Path below_root(const char* text) {
    return Path("\\SystemRoot\\torture\\").add(text);
}

// By a path, or relative to a folder.
ULONG64 attributes_of(Actor& actor, const Path& path, ULONG64 root) {
    UNICODE_STRING name;
    name.Length = name.MaximumLength = path.bytes();
    name.Buffer =
        reinterpret_cast<WCHAR*>(path.length() ? actor.world().place(path.units(), path.bytes(), false) : 0);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.RootDirectory = reinterpret_cast<HANDLE>(root);
    attributes.ObjectName = reinterpret_cast<UNICODE_STRING*>(actor.place(name));
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    return actor.place(attributes);
}

constexpr ULONG kAll = FILE_ALL_ACCESS;

ULONG64 open(Actor& actor, const Path& path, ULONG disposition, ULONG options, ULONG64 root = 0) {
    const ULONG64 attributes = attributes_of(actor, path, root);
    return actor.give("NtCreateFile", kAll, attributes, actor.status_block(), 0, FILE_ATTRIBUTE_NORMAL,
                      FILE_SHARE_VALID_FLAGS, disposition, options, 0, 0);
}

ULONG64 open_file(Actor& actor, const Path& path) {
    return open(actor, path, FILE_OPEN_IF, FILE_NON_DIRECTORY_FILE);
}

NTSTATUS control(Actor& actor, ULONG64 file, const Control& control, ULONG answer) {
    return actor.call("NtFsControlFile", file, 0, 0, 0, actor.status_block(), control.code, control.input,
                      control.length, answer ? actor.world().room(answer) : 0, answer);
}

NTSTATUS write(Actor& actor, ULONG64 file, LONGLONG offset, ULONG length) {
    return actor.call("NtWriteFile", file, 0, 0, 0, actor.status_block(), actor.world().room(length), length,
                      actor.place(offset), 0);
}

void set(Actor& actor, ULONG64 file, ULONG information_class, ULONG64 information, ULONG length) {
    actor.call("NtSetInformationFile", file, actor.status_block(), information, length, information_class);
}

// A list that may be longer than the room for it.
void list(Actor& actor, ULONG64 file, ULONG information_class) {
    const ULONG length = actor.up_to(kAnswer);
    actor.call("NtQueryInformationFile", file, actor.status_block(), actor.world().room(length), length,
               information_class);
}

void give_name(Actor& actor, ULONG64 file, ULONG information_class, ULONG flags, const Path& name) {
    constexpr ULONG kText = offsetof(FILE_RENAME_INFORMATION, FileName);
    UCHAR bytes[kText + kMostPath * sizeof(WCHAR)] = {};
    auto* information = reinterpret_cast<FILE_RENAME_INFORMATION*>(bytes);
    bytes[0] = static_cast<UCHAR>(flags);
    information->FileNameLength = name.bytes();
    for (ULONG i = 0; i < name.length(); ++i)
        information->FileName[i] = name.units()[i];
    const ULONG length = kText + name.bytes();
    set(actor, file, information_class, actor.world().place(bytes, length, false), length);
}

void remove(Actor& actor, ULONG64 file) {
    const ULONG flags = FILE_DISPOSITION_DELETE | (actor.chance(50) ? FILE_DISPOSITION_POSIX_SEMANTICS : 0);
    set(actor, file, FileDispositionInformationEx, actor.place(flags), sizeof flags);
}

// Opened and deleted by its name.
void remove_path(Actor& actor, const Path& path) {
    if (actor.chance(50)) {
        actor.call("NtDeleteFile", attributes_of(actor, path, 0));
    } else if (const ULONG64 file = open(actor, path, FILE_OPEN, FILE_OPEN_REPARSE_POINT)) {
        remove(actor, file);
        actor.close(file);
    }
}

void many_links(Actor& actor, ULONG most) {
    const ULONG count = actor.up_to(most < 1100 ? most : 1100);
    const ULONG64 file = open_file(actor, below_root("f").add(actor.up_to(8)));
    for (ULONG i = 0; i < count; ++i) {
        const ULONG flags = actor.chance(50) ? FILE_LINK_REPLACE_IF_EXISTS : 0;
        give_name(actor, file, actor.chance(50) ? FileLinkInformation : ULONG{FileLinkInformationEx}, flags,
                  Path(actor.chance(20) ? "\\SystemRoot\\torture\\d\\l" : "l").add(i));
        if (actor.chance(2)) list(actor, file, FileHardLinkInformation);
    }
    list(actor, file, FileHardLinkInformation);
    const ULONG64 second = open_file(actor, below_root("l").add(actor.up_to(count)));
    give_name(actor, second, FileRenameInformation, actor.chance(50),
              below_root("l").add(actor.up_to(count)));
    if (actor.chance(30)) remove(actor, second);
    for (ULONG i = 0; i < count && actor.chance(98); ++i)
        remove_path(actor, below_root("l").add(i));
    list(actor, file, FileHardLinkInformation);
    if (actor.chance(50)) remove(actor, file);
    actor.close(actor.chance(50) ? second : file);
}

void many_streams(Actor& actor, ULONG most) {
    const ULONG count = actor.up_to(most < 600 ? most : 600);
    const Path name = below_root("f").add(actor.up_to(8));
    const ULONG64 file = open_file(actor, name);
    for (ULONG i = 0; i < count; ++i) {
        Path path = name;
        const ULONG64 stream = open_file(actor, path.add(":s").add(i));
        if (actor.chance(40)) write(actor, stream, actor.chance(90) ? 0 : 0x10000, actor.up_to(5000));
        if (actor.chance(10))
            give_name(actor, stream, FileRenameInformation, 1, Path(":t").add(actor.up_to(9)));
        if (actor.chance(10)) remove(actor, stream);
        if (actor.chance(2)) list(actor, file, FileStreamInformation);
        if (actor.chance(97)) actor.close(stream);
    }
    list(actor, file, FileStreamInformation);
    if (actor.chance(60)) remove(actor, file);
    if (actor.chance(80)) actor.close(file);
}

NTSTATUS lock(Actor& actor, ULONG64 file, LONGLONG offset, LONGLONG length, bool at_once, bool exclusive) {
    return actor.call("NtLockFile", file, 0, 0, 0, actor.status_block(), actor.place(offset),
                      actor.place(length), actor.world().below(3), at_once, exclusive);
}

// Locks of one file object stand in the way of another's, whose requests wait.
void many_locks(Actor& actor, ULONG most) {
    const ULONG count = actor.up_to(most < kMostRanges ? most : kMostRanges);
    const Path name = below_root("f").add(actor.up_to(8));
    const ULONG64 first = open_file(actor, name), second = open_file(actor, name);
    const ULONG width = actor.up_to(100);
    for (ULONG i = 0; i < count; ++i)
        lock(actor, first, LONGLONG{i} * (actor.chance(95) ? width : 1), width, true, actor.chance(50));
    for (ULONG i = 0; i < count; ++i) {
        const LONGLONG place = static_cast<LONGLONG>(actor.world().below(ULONG64{count} * width));
        lock(actor, second, place, actor.up_to(3 * width), actor.chance(60), actor.chance(50));
        if (actor.chance(3)) actor.call("NtCancelIoFile", second, actor.status_block());
        if (actor.chance(3)) actor.call("NtCancelIoFileEx", second, 0, actor.status_block());
        if (actor.chance(10)) write(actor, second, place, actor.up_to(64));
        if (!actor.chance(30)) continue;
        const LONGLONG offset = LONGLONG{actor.up_to(count)} * width, length = width;
        actor.call("NtUnlockFile", first, actor.status_block(), actor.place(offset), actor.place(length), 0);
    }
    const bool first_goes_first = actor.chance(50);
    if (actor.chance(90)) actor.close(first_goes_first ? first : second);
    if (actor.chance(80)) actor.close(first_goes_first ? second : first);
}

// Symbolic links in a row, the last to a file, to nothing or to the first.
void linked_on(Actor& actor, ULONG most) {
    const ULONG count = actor.up_to(most < kMostLinked ? most : kMostLinked);
    const bool folders = actor.chance(50);
    const ULONG kind = folders ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE;
    for (ULONG i = 0; i < count; ++i) {
        const ULONG64 file =
            open(actor, below_root("r").add(i), FILE_OPEN_IF, kind | FILE_OPEN_REPARSE_POINT);
        const bool relative = actor.chance(70);
        Path target(relative ? "" : "\\??\\C:\\Windows\\torture\\");
        if (i + 1 < count)
            target.add("r").add(i + 1);
        else
            target.add(actor.chance(50) ? "r" : "f").add(actor.chance(50) ? 0u : 1u);
        control(actor, file, link_control(actor.world(), target.units(), target.length(), relative), 0);
        if (actor.chance(10)) control(actor, file, {FSCTL_GET_REPARSE_POINT, 0, 0}, actor.up_to(300));
        if (actor.chance(95)) actor.close(file);
    }
    for (ULONG i = 0; i < 8; ++i) {
        Path path = below_root("r").add(i ? static_cast<ULONG>(actor.world().below(count)) : 0u);
        if (folders && actor.chance(50)) path.add("\\f").add(i);
        const ULONG64 file = open(actor, path, actor.chance(50) ? FILE_OPEN : FILE_OPEN_IF, 0);
        if (actor.chance(30))
            give_name(actor, file, FileRenameInformation, 1, below_root("r").add(i).add("\\f"));
        actor.close(file);
    }
    for (ULONG i = 0; i < count && actor.chance(99); ++i)
        remove_path(actor, below_root("r").add(i));
}

void watch(Actor& actor, ULONG64 folder) {
    constexpr ULONG kFilters[] = {0xfff, 0xfff, 1, 3, 0x10f, 0x200, 0xe00, 0};
    const ULONG room = actor.chance(20) ? 0 : actor.up_to(actor.chance(50) ? 4096 : 64);
    const bool extended = actor.chance(30);
    actor.call(extended ? "NtNotifyChangeDirectoryFileEx" : "NtNotifyChangeDirectoryFile", folder, 0, 0, 0,
               actor.status_block(), actor.world().room(room), room, actor.world().any_of(kFilters),
               actor.world().below(2), 1 + actor.world().below(2));
}

void watched(Actor& actor, ULONG most) {
    const Path top = below_root("w").add(actor.up_to(3));
    const ULONG64 folder = open(actor, top, FILE_OPEN_IF, FILE_DIRECTORY_FILE);
    const ULONG64 again = open(actor, top, FILE_OPEN_IF, FILE_DIRECTORY_FILE);
    const ULONG count = actor.up_to(most < 300 ? most : 300);
    for (ULONG i = 0; i < count; ++i) {
        if (actor.chance(40)) watch(actor, actor.chance(50) ? folder : again);
        Path path = top;
        path.add("\\f").add(actor.up_to(20));
        const ULONG64 file = open(actor, path, FILE_OPEN_IF, actor.chance(20) ? FILE_DIRECTORY_FILE : 0);
        if (actor.chance(50)) write(actor, file, 0, actor.up_to(100));
        if (actor.chance(30))
            give_name(actor, file, FileRenameInformation, 1, Path("f").add(actor.up_to(20)));
        if (actor.chance(30)) remove(actor, file);
        actor.close(file);
        if (actor.chance(5)) actor.call("NtCancelIoFile", folder, actor.status_block());
        if (actor.chance(5)) actor.call("NtCancelIoFileEx", again, 0, actor.status_block());
    }
    if (actor.chance(40)) remove(actor, folder);
    if (actor.chance(90)) actor.close(folder);
    if (actor.chance(90)) actor.close(again);
}

// One file is asked for everything, by its own handle and in the middle of everything else.
void all_controls(Actor& actor, ULONG most) {
    const bool folder = actor.chance(30);
    const ULONG64 file = open(actor, below_root(folder ? "e" : "f").add(actor.up_to(8)), FILE_OPEN_IF,
                              FILE_OPEN_REPARSE_POINT | (folder ? FILE_DIRECTORY_FILE : 0));
    const ULONG64 other = open(actor, below_root("f").add(actor.up_to(8)), FILE_OPEN_IF, 0);
    if (!folder) write(actor, file, static_cast<LONGLONG>(actor.world().below(0x20000)), actor.up_to(9000));
    const ULONG first = static_cast<ULONG>(actor.world().below(file_controls()));
    for (ULONG i = 0; i < file_controls() && i < most; ++i) {
        const ULONG answer = actor.chance(30) ? 0 : actor.up_to(600);
        control(actor, actor.chance(80) ? file : other,
                file_control(actor.world(), (first + i) % file_controls()), answer);
        if (actor.chance(10)) write(actor, other, static_cast<LONGLONG>(actor.world().below(0x20000)), 512);
    }
    // A level that was granted is broken by who opens the file beside it.
    actor.close(
        open(actor, below_root("f").add(actor.up_to(8)), FILE_OVERWRITE_IF, FILE_COMPLETE_IF_OPLOCKED));
    if (actor.chance(50)) actor.call("NtCancelIoFileEx", file, 0, actor.status_block());
    if (actor.chance(90)) actor.close(file);
    if (actor.chance(90)) actor.close(other);
}

// Folders in folders, renamed and removed from either end while some are open.
void deep_folders(Actor& actor, ULONG most) {
    const ULONG count = actor.up_to(most < kMostKept ? most : kMostKept);
    ULONG64 kept[kMostKept];
    ULONG64 folder = open(actor, below_root("v").add(actor.up_to(3)), FILE_OPEN_IF, FILE_DIRECTORY_FILE);
    for (ULONG i = 0; i < count; ++i) {
        kept[i] = folder;
        folder = open(actor, Path("v"), FILE_OPEN_IF, FILE_DIRECTORY_FILE, folder);
    }
    give_name(actor, kept[0], FileRenameInformation, 1, below_root("v").add(actor.up_to(3)));
    list(actor, folder, FileNameInformation);
    actor.close(open(actor, Path("f"), FILE_OPEN_IF, 0, folder));
    actor.close(folder);
    for (ULONG i = 0; i < count; ++i) {
        const ULONG64 one = kept[actor.chance(90) ? count - 1 - i : i];
        if (actor.chance(60)) remove(actor, one);
        actor.close(one);
    }
}

using Scene = void (*)(Actor&, ULONG);
constexpr Scene kScenes[] = {many_links, many_streams, many_locks,   linked_on,
                             watched,    all_controls, all_controls, deep_folders};

}  // namespace

void play_file_scene(Actor& actor, ULONG most) {
    actor.world().any_of(kScenes)(actor, most);
}

}  // namespace torture
