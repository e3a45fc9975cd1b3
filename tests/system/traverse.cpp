// SPDX-License-Identifier: GPL-3.0-only
//
// Going through directories and folders without SeChangeNotifyPrivilege: each is asked for DIRECTORY_TRAVERSE
// or FILE_TRAVERSE, however many there are and however long their lists.
#include "tests/system/test.h"

namespace {

constexpr WCHAR kTop[] = u"\\BaseNamedObjects\\traverse";
constexpr ULONG kLevels = 40;
constexpr ULONG kLongList = 60;  // entries

SID everyone = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 1}}, {SECURITY_WORLD_RID}};

// These rights for everybody, behind so many entries for nobody.
struct For {
    alignas(8) UCHAR dacl[4096];
    SECURITY_DESCRIPTOR descriptor;

    explicit For(ACCESS_MASK access, ULONG others = 0) {
        auto* list = reinterpret_cast<PACL>(dacl);
        RtlCreateAcl(list, sizeof dacl, ACL_REVISION);
        for (ULONG i = 0; i < others; ++i) {
            SID nobody = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 5}}, {0x1000 + i}};
            RtlAddAccessAllowedAce(list, ACL_REVISION, access, &nobody);
        }
        RtlAddAccessAllowedAce(list, ACL_REVISION, access, &everyone);
        RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
        // With what a folder hands down a list would be too long.
        RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    }
};

class Path {
public:
    explicit Path(const WCHAR* start) { add(start); }
    Path& add(const WCHAR* part) {
        while (*part)
            text_[length_++] = *part++;
        return *this;
    }
    OBJECT_ATTRIBUTES* get(PVOID security = nullptr, HANDLE root = nullptr) {
        name_.Length = name_.MaximumLength = static_cast<USHORT>(length_ * sizeof(WCHAR));
        name_.Buffer = text_;
        InitializeObjectAttributes(&attributes_, &name_, OBJ_CASE_INSENSITIVE, root, security);
        return &attributes_;
    }

private:
    WCHAR text_[1024];
    ULONG length_ = 0;
    UNICODE_STRING name_;
    OBJECT_ATTRIBUTES attributes_;
};

// Without the privilege as long as this lives.
class Walker {
public:
    Walker() { set(FALSE); }
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;
    ~Walker() { set(TRUE); }

private:
    static void set(BOOLEAN enabled) {
        BOOLEAN before;
        RtlAdjustPrivilege(SE_CHANGE_NOTIFY_PRIVILEGE, enabled, FALSE, &before);
    }
};

NTSTATUS open_event(Path path, HANDLE root = nullptr) {
    HANDLE event = nullptr;
    const NTSTATUS status = NtOpenEvent(&event, EVENT_QUERY_STATE, path.get(nullptr, root));
    if (event) NtClose(event);
    return status;
}

// A directory with an event in it, both of which the test holds.
struct Place {
    HANDLE directory = nullptr;
    HANDLE event = nullptr;

    explicit Place(ACCESS_MASK of_directory) {
        For list(of_directory);
        For all(EVENT_ALL_ACCESS);
        NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, Path(kTop).get(&list.descriptor));
        NtCreateEvent(&event, EVENT_ALL_ACCESS, Path(u"event").get(&all.descriptor, directory),
                      NotificationEvent, FALSE);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        NtClose(event);
        NtClose(directory);
    }
};

TEST(a_directory_that_may_not_be_passed) {
    Place place(DIRECTORY_QUERY | DIRECTORY_CREATE_OBJECT);
    const Path event = Path(kTop).add(u"\\event");
    CHECK(open_event(event) == STATUS_SUCCESS);
    CHECK(open_event(Path(u"event"), place.directory) == STATUS_SUCCESS);
    Walker walker;
    CHECK(open_event(event) == STATUS_ACCESS_DENIED);
    CHECK(open_event(Path(u"event"), place.directory) == STATUS_ACCESS_DENIED);
    // What is there is not told either.
    CHECK(open_event(Path(kTop).add(u"\\none")) == STATUS_ACCESS_DENIED);
    HANDLE made = nullptr;
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, Path(kTop).add(u"\\new").get(), NotificationEvent, FALSE) ==
          STATUS_ACCESS_DENIED);
    // The directory itself lies where everybody may look.
    HANDLE directory = nullptr;
    CHECK(NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, Path(kTop).get()) == STATUS_SUCCESS);
    NtClose(directory);
}

TEST(a_directory_that_may_be_passed) {
    Place place(DIRECTORY_TRAVERSE | DIRECTORY_CREATE_OBJECT);
    Walker walker;
    CHECK(open_event(Path(kTop).add(u"\\event")) == STATUS_SUCCESS);
    CHECK(open_event(Path(u"\\Sessions\\1\\BaseNamedObjects\\traverse\\event")) == STATUS_SUCCESS);
    CHECK(open_event(Path(kTop).add(u"\\none")) == STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE made = nullptr;
    CHECK(NtCreateEvent(&made, EVENT_ALL_ACCESS, Path(kTop).add(u"\\new").get(), NotificationEvent, FALSE) ==
          STATUS_SUCCESS);
    NtClose(made);
}

// Whom a thread acts as is who is asked.
TEST(whom_the_thread_acts_as) {
    Place place(DIRECTORY_QUERY | DIRECTORY_CREATE_OBJECT);
    HANDLE own = nullptr, copy = nullptr, none = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &own);
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityImpersonation, FALSE, FALSE};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    attributes.SecurityQualityOfService = &quality;
    CHECK(NtDuplicateToken(own, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenImpersonation, &copy) ==
          STATUS_SUCCESS);
    TOKEN_PRIVILEGES change = {1, {{{SE_CHANGE_NOTIFY_PRIVILEGE, 0}, 0}}};
    CHECK(NtAdjustPrivilegesToken(copy, FALSE, &change, 0, nullptr, nullptr) == STATUS_SUCCESS);
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &copy, sizeof copy);
    CHECK(open_event(Path(kTop).add(u"\\event")) == STATUS_ACCESS_DENIED);
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
    CHECK(open_event(Path(kTop).add(u"\\event")) == STATUS_SUCCESS);
    NtClose(copy);
    NtClose(own);
}

TEST(a_long_way_of_long_lists) {
    static HANDLE directories[kLevels];
    For passable(DIRECTORY_TRAVERSE | DIRECTORY_CREATE_OBJECT | DIRECTORY_CREATE_SUBDIRECTORY, kLongList);
    For closed(DIRECTORY_QUERY | DIRECTORY_CREATE_OBJECT, kLongList);
    Path path(kTop);
    for (ULONG i = 0; i < kLevels; ++i) {
        PVOID security = i + 1 == kLevels ? &closed.descriptor : &passable.descriptor;
        REQUIRE(
            NT_SUCCESS(NtCreateDirectoryObject(&directories[i], DIRECTORY_ALL_ACCESS, path.get(security))));
        if (i + 1 < kLevels) path.add(u"\\d");
    }
    {
        Walker walker;
        HANDLE directory = nullptr;
        CHECK(NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, path.get()) == STATUS_SUCCESS);
        NtClose(directory);
        CHECK(open_event(Path(path).add(u"\\event")) == STATUS_ACCESS_DENIED);
    }
    CHECK(open_event(Path(path).add(u"\\event")) == STATUS_OBJECT_NAME_NOT_FOUND);
    for (ULONG i = kLevels; i-- > 0;)
        NtClose(directories[i]);
}

// --- the same with folders

NTSTATUS touch(Path path, ACCESS_MASK access, ULONG disposition, ULONG options, PVOID security = nullptr) {
    HANDLE file = nullptr;
    IO_STATUS_BLOCK io;
    const NTSTATUS status =
        NtCreateFile(&file, access | SYNCHRONIZE, path.get(security), &io, nullptr, 0, FILE_SHARE_VALID_FLAGS,
                     disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (file) NtClose(file);
    return status;
}

TEST(a_long_way_of_folders) {
    For passable(FILE_ALL_ACCESS, kLongList);
    For closed(FILE_ALL_ACCESS & ~FILE_TRAVERSE, kLongList);
    Path path(u"\\??\\C:\\traverse");
    for (ULONG i = 0; i < kLevels; ++i) {
        PVOID security = i + 1 == kLevels ? &closed.descriptor : &passable.descriptor;
        REQUIRE(NT_SUCCESS(touch(path, FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE, security)));
        if (i + 1 < kLevels) path.add(u"\\d");
    }
    {
        Walker walker;
        CHECK(touch(path, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
        CHECK(touch(Path(path).add(u"\\none"), FILE_READ_DATA, FILE_OPEN, 0) == STATUS_ACCESS_DENIED);
    }
    CHECK(touch(Path(path).add(u"\\none"), FILE_READ_DATA, FILE_OPEN, 0) == STATUS_OBJECT_NAME_NOT_FOUND);
    for (ULONG left = kLevels; left > 0; --left) {
        Path folder(u"\\??\\C:\\traverse");
        for (ULONG i = 1; i < left; ++i)
            folder.add(u"\\d");
        CHECK(touch(folder, DELETE, FILE_OPEN, FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE) == STATUS_SUCCESS);
    }
}

}  // namespace
