// SPDX-License-Identifier: GPL-3.0-only
//
// Many names, and long ones.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

void file_names() {
    constexpr ULONG kNames = 5'000;
    HANDLE directory;
    IO_STATUS_BLOCK io;
    app::Attributes where(u"\\SystemRoot\\hostile");
    NTSTATUS status = NtCreateFile(&directory, FILE_LIST_DIRECTORY | SYNCHRONIZE, where.get(), &io, nullptr,
                                   0, FILE_SHARE_VALID_FLAGS, FILE_OPEN_IF,
                                   FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"directory", status);
    for (ULONG i = kNames; i > 0; --i) {
        const app::Text name = numbered(u"a name of some length ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory);
        HANDLE file;
        status =
            NtCreateFile(&file, FILE_READ_DATA | DELETE | SYNCHRONIZE, attributes.get(), &io, nullptr, 0, 0,
                         FILE_CREATE, FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
        if (!NT_SUCCESS(status)) return fail(u"file", status);
    }
    PVOID buffer = memory(kMegabyte);
    BOOLEAN restart = TRUE;
    do {
        status = NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kMegabyte,
                                      FileBothDirectoryInformation, FALSE, nullptr, restart);
        restart = FALSE;
    } while (status == STATUS_SUCCESS);
    UNICODE_STRING pattern;
    RtlInitUnicodeString(&pattern, u"*nowhere");
    NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kMegabyte,
                         FileBothDirectoryInformation, FALSE, &pattern, TRUE);
    give_back(buffer);
    NtClose(directory);
}

void keys() {
    constexpr ULONG kKeys = 10'000;
    HANDLE root;
    app::Attributes where(u"\\Registry\\Machine\\Hostile");
    NTSTATUS status =
        NtCreateKey(&root, KEY_ALL_ACCESS, where.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return fail(u"key", status);
    for (ULONG i = kKeys; i > 0; --i) {
        const app::Text name = numbered(u"key ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, root);
        HANDLE key;
        status =
            NtCreateKey(&key, KEY_ALL_ACCESS, attributes.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
        if (!NT_SUCCESS(status)) return fail(u"subkey", status);
        NtClose(key);
        const UNICODE_STRING value = app::unicode(name.view());
        NtSetValueKey(root, &value, 0, REG_DWORD, &i, sizeof i);
    }
    static UCHAR buffer[4096];
    ULONG length;
    NtQueryKey(root, KeyFullInformation, buffer, sizeof buffer, &length);
    NtEnumerateKey(root, kKeys - 1, KeyBasicInformation, buffer, sizeof buffer, &length);
    NtEnumerateValueKey(root, kKeys - 1, KeyValueBasicInformation, buffer, sizeof buffer, &length);
    for (ULONG i = 1; i <= kKeys; ++i) {
        const app::Text name = numbered(u"key ", 100'000 + i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, root);
        HANDLE key;
        if (NT_SUCCESS(NtOpenKey(&key, KEY_ALL_ACCESS, attributes.get()))) {
            NtDeleteKey(key);
            NtClose(key);
        }
        const UNICODE_STRING value = app::unicode(name.view());
        NtDeleteValueKey(root, &value);
    }
    NtDeleteKey(root);
    NtClose(root);
}

void object_names() {
    constexpr ULONG kNames = 10'000;
    HANDLE directory;
    app::Attributes where(u"\\BaseNamedObjects\\hostile");
    NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, where.get());
    if (!NT_SUCCESS(status)) return fail(u"object directory", status);
    HANDLE first = nullptr;
    for (ULONG i = 0; i < kNames; ++i) {
        const app::Text name = numbered(u"event ", i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, directory);
        HANDLE event;
        status = NtCreateEvent(&event, kAccess, attributes.get(), NotificationEvent, FALSE);
        if (!NT_SUCCESS(status)) return fail(u"event", status);
        if (!first) first = event;
    }
    PVOID buffer = memory(4 * kMegabyte);
    ULONG context = 0, length;
    NtQueryDirectoryObject(directory, buffer, 4 * kMegabyte, FALSE, TRUE, &context, &length);
    context = kNames - 1;
    NtQueryDirectoryObject(directory, buffer, kMegabyte, FALSE, FALSE, &context, &length);
    NtQuerySystemInformation(SystemHandleInformation, buffer, 4 * kMegabyte, &length);
    NtQuerySystemInformation(SystemExtendedHandleInformation, buffer, 4 * kMegabyte, &length);
    NtQuerySystemInformation(SystemProcessInformation, buffer, 4 * kMegabyte, &length);
    give_back(buffer);
    for (ULONG i = 0; i < kNames; ++i)
        NtClose(reinterpret_cast<HANDLE>(reinterpret_cast<ULONG_PTR>(first) + 4 * i));
    NtClose(directory);
}

void atoms() {
    static RTL_ATOM table[20'000];
    ULONG size;
    constexpr ULONG kAtoms = 10'000;
    for (int round = 0; round < 2; ++round)
        for (ULONG i = 0; i < kAtoms; ++i) {
            const app::Text name = numbered(u"hostile atom ", i);
            RTL_ATOM atom;
            const UNICODE_STRING text = name.unicode();
            if (!NT_SUCCESS(NtAddAtom(text.Buffer, text.Length, &atom))) break;
            if (round) NtDeleteAtom(atom), NtDeleteAtom(atom);
            if (!round && i == kAtoms - 1)
                NtQueryInformationAtom(0, AtomTableInformation, table, sizeof table, &size);
        }
}

void deep_names() {
    static WCHAR path[32'000];
    for (ULONG i = 0; i < 16'000; ++i) {
        path[2 * i] = u'\\';
        path[2 * i + 1] = u'a';
    }
    HANDLE handle;
    static const WCHAR* const kPrefixes[] = {u"\\SystemRoot", u"\\Registry\\Machine", u"\\BaseNamedObjects"};
    for (const WCHAR* prefix : kPrefixes) {
        app::Text name{View(prefix)};
        name.append(View(path, 32'000 - 40));
        app::Attributes attributes(name.view());
        app::open_file(name.view(), FILE_READ_DATA | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, handle);
        NtOpenKey(&handle, KEY_READ, attributes.get());
        NtOpenEvent(&handle, kAccess, attributes.get());
    }
}

// Directories one in the other as deep as a path can say, and what is asked of the last; then links that lead
// from one to the next through them.
void deep_directories() {
    constexpr ULONG kDepth = 16'000;
    constexpr ULONG kLinks = 30;
    static HANDLE handles[kDepth];
    static WCHAR path[2 * kDepth + 40];
    app::Text top{View(u"\\BaseNamedObjects\\deep")};
    app::Attributes where(top.view());
    HANDLE directory;
    NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, where.get());
    if (!NT_SUCCESS(status)) return fail(u"object directory", status);
    ULONG length = 0;
    for (; length < top.size(); ++length)
        path[length] = top.view()[length];
    HANDLE last = directory;
    for (HANDLE& handle : handles) {
        app::Attributes attributes(u"a", OBJ_CASE_INSENSITIVE, last);
        status = NtCreateDirectoryObject(&handle, DIRECTORY_ALL_ACCESS, attributes.get());
        if (!NT_SUCCESS(status)) return fail(u"deep directory", status);
        last = handle;
        path[length++] = u'\\';
        path[length++] = u'a';
    }
    app::Attributes deep(View(path, length));
    HANDLE opened;
    status = NtOpenDirectoryObject(&opened, DIRECTORY_QUERY, deep.get());
    if (!NT_SUCCESS(status)) fail(u"opening it", status);
    NtClose(opened);
    static UCHAR buffer[70'000];
    ULONG needed;
    status = NtQueryObject(last, ObjectNameInformation, buffer, sizeof buffer, &needed);
    if (!NT_SUCCESS(status)) fail(u"its name", status);
    HANDLE links[kLinks];
    for (ULONG i = 0; i < kLinks; ++i) {
        const app::Text name = numbered(u"link ", i);
        app::Attributes attributes(name.view(), OBJ_CASE_INSENSITIVE, last);
        app::Text target(View(path, length));
        target.append(numbered(u"\\link ", i + 1).view());
        const UNICODE_STRING text = target.unicode();
        status = NtCreateSymbolicLinkObject(&links[i], SYMBOLIC_LINK_ALL_ACCESS, attributes.get(), &text);
        if (!NT_SUCCESS(status)) return fail(u"link", status);
    }
    app::Attributes first(u"link 0", OBJ_CASE_INSENSITIVE, last);
    status = NtOpenEvent(&opened, kAccess, first.get());
    if (status != STATUS_OBJECT_NAME_NOT_FOUND) fail(u"following the links", status);
    // The Executive looks for an image itself.
    app::Text image(View(path, length));
    image.append(View(u"\\link 0"));
    UNICODE_STRING image_path = image.unicode(), name;
    RtlInitUnicodeString(&name, u"image");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &name, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    status = RtlCreateUserProcess(&image_path, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr,
                                  FALSE, nullptr, nullptr, &process);
    RtlDestroyProcessParameters(parameters);
    if (status != STATUS_OBJECT_NAME_NOT_FOUND) fail(u"an image by the links", status);
    for (const HANDLE link : links)
        NtClose(link);
    // As many as a process may leave without handles end with the one that holds them.
    constexpr ULONG kPermanent = 1'000;
    for (ULONG i = kDepth; i > 0; --i) {
        if (i <= kPermanent) NtMakePermanentObject(handles[i - 1]);
        NtClose(handles[i - 1]);
    }
    NtClose(directory);
}

// Folders one in the other, and what is asked of the last.
void deep_folders() {
    constexpr ULONG kDepth = 2'000;
    static WCHAR path[2 * kDepth + 40];
    app::Text top{View(u"\\SystemRoot\\hostile folders")};
    ULONG length = 0;
    for (; length < top.size(); ++length)
        path[length] = top.view()[length];
    const ULONG begin = length;
    HANDLE folder = nullptr;
    IO_STATUS_BLOCK io;
    for (ULONG i = 0; i <= kDepth; ++i) {
        if (i > 0) path[length++] = u'\\', path[length++] = u'a';
        if (folder) NtClose(folder);
        app::Attributes where(View(path, length));
        const NTSTATUS status = NtCreateFile(&folder, FILE_LIST_DIRECTORY | DELETE | SYNCHRONIZE, where.get(),
                                             &io, nullptr, 0, FILE_SHARE_VALID_FLAGS, FILE_OPEN_IF,
                                             FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
        if (!NT_SUCCESS(status)) return fail(u"deep folder", status);
    }
    static UCHAR buffer[70'000];
    NTSTATUS status = NtQueryInformationFile(folder, &io, buffer, sizeof buffer, FileNameInformation);
    if (!NT_SUCCESS(status)) fail(u"its name", status);
    NtQueryDirectoryFile(folder, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer,
                         FileBothDirectoryInformation, FALSE, nullptr, TRUE);
    NtClose(folder);
    // All of it would move into itself.
    app::Attributes where(top.view());
    status = NtOpenFile(&folder, DELETE | SYNCHRONIZE, where.get(), &io, FILE_SHARE_VALID_FLAGS,
                        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(status)) return fail(u"the first folder", status);
    auto& rename = *reinterpret_cast<FILE_RENAME_INFORMATION*>(buffer);
    rename = {};
    rename.FileNameLength = length * sizeof(WCHAR);
    for (ULONG i = 0; i < length; ++i)
        rename.FileName[i] = path[i];
    rename.FileName[length - 1] = u'b';
    status = NtSetInformationFile(folder, &io, buffer, sizeof rename + rename.FileNameLength,
                                  FileRenameInformation);
    if (status != STATUS_INVALID_PARAMETER) fail(u"into itself", status);
    NtClose(folder);
    for (; length >= begin; length -= 2) {
        app::Attributes last(View(path, length));
        if (NT_SUCCESS(NtOpenFile(&folder, DELETE | SYNCHRONIZE, last.get(), &io, FILE_SHARE_VALID_FLAGS,
                                  FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT)))
            NtClose(folder);
    }
}

// Names of the greatest length that are the same but for their case and their end.
void long_names() {
    constexpr ULONG kNames = 1'000;
    constexpr ULONG kObject = 1'000, kFile = 255;
    static WCHAR text[kObject];
    static HANDLE handles[kNames];
    static const WCHAR kUnits[2][2] = {{u'a', u'A'}, {u'\u03b1', u'\u0391'}};
    IO_STATUS_BLOCK io;
    HANDLE directory, key, folder;
    app::Attributes names(u"\\BaseNamedObjects\\long"), keys(u"\\Registry\\Machine\\HostileLong"),
        files(u"\\SystemRoot\\hostile long");
    NTSTATUS status = NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, names.get());
    if (!NT_SUCCESS(status)) return fail(u"object directory", status);
    status = NtCreateKey(&key, KEY_ALL_ACCESS, keys.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return fail(u"key", status);
    status =
        NtCreateFile(&folder, FILE_LIST_DIRECTORY | DELETE | SYNCHRONIZE, files.get(), &io, nullptr, 0,
                     FILE_SHARE_VALID_FLAGS, FILE_OPEN_IF,
                     FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"folder", status);
    for (const auto& units : kUnits) {
        auto name = [&](ULONG length, ULONG number) {
            for (ULONG i = 0; i < length; ++i)
                text[i] = units[number & 1];
            for (ULONG digit = 1; digit <= 4; ++digit, number /= 10)
                text[length - digit] = static_cast<WCHAR>(u'0' + number % 10);
            return View(text, length);
        };
        for (ULONG i = 0; i < kNames; ++i) {
            app::Attributes object(name(kObject, i), OBJ_CASE_INSENSITIVE, directory);
            status = NtCreateEvent(&handles[i], kAccess, object.get(), NotificationEvent, FALSE);
            if (!NT_SUCCESS(status)) return fail(u"long name", status);
            HANDLE opened;
            if (NT_SUCCESS(NtOpenEvent(&opened, kAccess, object.get()))) NtClose(opened);
            app::Attributes subkey(name(kFile, i), OBJ_CASE_INSENSITIVE, key);
            status =
                NtCreateKey(&opened, KEY_ALL_ACCESS, subkey.get(), 0, nullptr, REG_OPTION_VOLATILE, nullptr);
            if (!NT_SUCCESS(status)) return fail(u"long key", status);
            NtClose(opened);
            app::Attributes file(name(kFile, i), OBJ_CASE_INSENSITIVE, folder);
            status =
                NtCreateFile(&opened, DELETE | SYNCHRONIZE, file.get(), &io, nullptr, 0,
                             FILE_SHARE_VALID_FLAGS, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
            if (!NT_SUCCESS(status)) return fail(u"long file", status);
            NtClose(opened);
            RTL_ATOM atom;
            NtAddAtom(text, kFile * sizeof(WCHAR), &atom);
        }
        for (ULONG i = 0; i < kNames; ++i) {
            NtClose(handles[i]);
            HANDLE opened;
            app::Attributes subkey(name(kFile, i), OBJ_CASE_INSENSITIVE, key);
            if (NT_SUCCESS(NtOpenKey(&opened, KEY_ALL_ACCESS, subkey.get())))
                NtDeleteKey(opened), NtClose(opened);
            app::Attributes file(name(kFile, i), OBJ_CASE_INSENSITIVE, folder);
            if (NT_SUCCESS(NtOpenFile(&opened, DELETE | SYNCHRONIZE, file.get(), &io, FILE_SHARE_VALID_FLAGS,
                                      FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT)))
                NtClose(opened);
        }
    }
    NtDeleteKey(key);
    NtClose(key);
    NtClose(folder);
    NtClose(directory);
}

constexpr Load kLoads[] = {
    {u"files", file_names},     {u"keys", keys},       {u"names", object_names},
    {u"atoms", atoms},          {u"deep", deep_names}, {u"directories", deep_directories},
    {u"folders", deep_folders}, {u"long", long_names},
};

}  // namespace

Loads name_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
