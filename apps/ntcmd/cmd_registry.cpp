// SPDX-License-Identifier: GPL-3.0-only
//
// reg query|add|delete. Keys may be written HKLM\..., HKU\... or as \Registry\... .
#include "apps/common/native.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

constexpr ULONG kValueBuffer = 4096;

struct Root {
    const WCHAR* abbreviation;
    const WCHAR* path;
};
constexpr Root kRoots[] = {{u"HKLM", u"\\Registry\\Machine"},
                           {u"HKEY_LOCAL_MACHINE", u"\\Registry\\Machine"},
                           {u"HKU", u"\\Registry\\User"},
                           {u"HKEY_USERS", u"\\Registry\\User"}};

struct ValueType {
    const WCHAR* name;
    ULONG type;
};
constexpr ValueType kTypes[] = {{u"REG_NONE", REG_NONE},           {u"REG_SZ", REG_SZ},
                                {u"REG_EXPAND_SZ", REG_EXPAND_SZ}, {u"REG_BINARY", REG_BINARY},
                                {u"REG_DWORD", REG_DWORD},         {u"REG_MULTI_SZ", REG_MULTI_SZ},
                                {u"REG_QWORD", REG_QWORD}};

void append_text(Text& out, const UCHAR* data, ULONG length, bool several) {
    const auto* characters = reinterpret_cast<const WCHAR*>(data);
    for (ULONG i = 0; i < length / sizeof(WCHAR); ++i) {
        if (characters[i])
            out.append(characters[i]);
        else if (several && i + 2 < length / sizeof(WCHAR))
            out.append(View(u" | "));
    }
}

Text show_data(ULONG type, const UCHAR* data, ULONG length) {
    Text out;
    ULONG64 number = 0;
    switch (type) {
        case REG_SZ:
        case REG_EXPAND_SZ:
        case REG_MULTI_SZ:
            append_text(out, data, length, type == REG_MULTI_SZ);
            break;
        case REG_DWORD:
        case REG_QWORD:
            for (ULONG i = 0; i < length && i < sizeof number; ++i)
                number |= static_cast<ULONG64>(data[i]) << (8 * i);
            out = app::format(u"0x{} ({})", app::hex(number), number);
            break;
        default:
            for (ULONG i = 0; i < length; ++i)
                out.append(app::format(u"{} ", app::hex(data[i], 2)).view());
    }
    return out;
}

void print_value(Shell& shell, const KEY_VALUE_FULL_INFORMATION& value) {
    const View name(value.Name, value.NameLength / sizeof(WCHAR));
    const WCHAR* type = u"REG_?";
    for (const ValueType& known : kTypes)
        if (known.type == value.Type) type = known.name;
    const auto* data = reinterpret_cast<const UCHAR*>(&value) + value.DataOffset;
    shell.out.print(u"    {}  {}  {}\n", name.empty() ? View(u"(Default)") : name, View(type),
                    show_data(value.Type, data, value.DataLength));
}

LONG query(Shell& shell, const Text& path, View wanted) {
    app::Handle key;
    app::Attributes attributes(path);
    NTSTATUS status = NtOpenKey(key.receive(), KEY_READ, attributes.get());
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    shell.out.print(u"{}\n", path);
    alignas(8) UCHAR buffer[kValueBuffer];
    ULONG length = 0, shown = 0;
    for (ULONG index = 0;; ++index) {
        status =
            NtEnumerateValueKey(key.get(), index, KeyValueFullInformation, buffer, sizeof buffer, &length);
        if (status == STATUS_NO_MORE_ENTRIES) break;
        if (!NT_SUCCESS(status)) return complain(shell, path, status);
        const auto& value = *reinterpret_cast<KEY_VALUE_FULL_INFORMATION*>(buffer);
        if (!wanted.empty() && !View(value.Name, value.NameLength / sizeof(WCHAR)).equals(wanted)) continue;
        print_value(shell, value);
        ++shown;
    }
    if (!wanted.empty()) return shown ? 0 : complain(shell, wanted, STATUS_OBJECT_NAME_NOT_FOUND);
    for (ULONG index = 0;; ++index) {
        status = NtEnumerateKey(key.get(), index, KeyBasicInformation, buffer, sizeof buffer, &length);
        if (!NT_SUCCESS(status)) break;
        const auto& child = *reinterpret_cast<KEY_BASIC_INFORMATION*>(buffer);
        shell.out.print(u"{}\\{}\n", path, View(child.Name, child.NameLength / sizeof(WCHAR)));
    }
    return status == STATUS_NO_MORE_ENTRIES ? 0 : complain(shell, path, status);
}

// Opens a key for writing, making what is missing on the way.
NTSTATUS create_key(const Text& path, app::Handle& key) {
    NTSTATUS status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    for (SIZE_T end = 1; end < path.size();) {
        end += path.view().from(end).find(u'\\');
        const View part = path.view().first(end);
        const bool last = end == path.size();
        app::Attributes attributes(part);
        status = last ? NtCreateKey(key.receive(), KEY_WRITE, attributes.get(), 0, nullptr, 0, nullptr)
                      : NtOpenKey(key.receive(), KEY_CREATE_SUB_KEY, attributes.get());
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            status = NtCreateKey(key.receive(), KEY_CREATE_SUB_KEY, attributes.get(), 0, nullptr, 0, nullptr);
        // The roots are directories of keys that not everybody may write: only the last part must open.
        if (last || (!NT_SUCCESS(status) && status != STATUS_ACCESS_DENIED)) return status;
        ++end;
    }
    return status;
}

bool parse_binary(View text, Text& bytes) {
    if (text.size % 2) return false;
    for (SIZE_T i = 0; i < text.size; i += 2) {
        const WCHAR digits[] = {u'0', u'x', text[i], text[i + 1], 0};
        ULONG64 byte = 0;
        if (!app::parse_number(View(digits), byte)) return false;
        bytes.append(static_cast<WCHAR>(byte));
    }
    return true;
}

NTSTATUS set_value(HANDLE key, View name, ULONG type, View data) {
    UNICODE_STRING value_name = app::unicode(name);
    ULONG64 number = 0;
    if (type == REG_DWORD || type == REG_QWORD) {
        if (!app::parse_number(data, number) || (type == REG_DWORD && number > ~0u))
            return STATUS_INVALID_PARAMETER;
        return NtSetValueKey(key, &value_name, 0, type, &number, type == REG_DWORD ? 4 : 8);
    }
    if (type == REG_BINARY || type == REG_NONE) {
        Text wide;
        if (!parse_binary(data, wide)) return STATUS_INVALID_PARAMETER;
        app::List<UCHAR> bytes;
        for (SIZE_T i = 0; i < wide.size(); ++i)
            bytes.push(static_cast<UCHAR>(wide[i]));
        return NtSetValueKey(key, &value_name, 0, type, bytes.begin(), static_cast<ULONG>(bytes.size()));
    }
    Text text(data);
    text.append(u'\0');
    if (type == REG_MULTI_SZ) {
        for (SIZE_T i = 0; i < data.size; ++i)
            if (data[i] == u'|') text.erase(i, 1), text.insert(i, View(u"\0", 1));
        text.append(u'\0');
    }
    return NtSetValueKey(key, &value_name, 0, type, text.view().data,
                         static_cast<ULONG>(text.size() * sizeof(WCHAR)));
}

LONG add(Shell& shell, const Command& command, const Text& path) {
    app::Handle key;
    NTSTATUS status = create_key(path, key);
    if (!NT_SUCCESS(status)) return complain(shell, path, status);
    const SIZE_T count = command.words.size();
    if (count == 3) return 0;
    if (count != 6) {
        shell.out.write(u"usage: reg add KEY VALUE TYPE DATA\n");
        return 1;
    }
    for (const ValueType& known : kTypes) {
        if (!command.words[4].view().equals(View(known.name))) continue;
        status = set_value(key.get(), command.words[3], known.type, command.words[5]);
        return NT_SUCCESS(status) ? 0 : complain(shell, command.words[3], status);
    }
    shell.out.print(
        u"reg: {} is no type; REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ, REG_DWORD, REG_QWORD, REG_BINARY are\n",
        command.words[4]);
    return 1;
}

LONG remove(Shell& shell, const Command& command, const Text& path) {
    app::Handle key;
    app::Attributes attributes(path);
    const bool value = command.words.size() > 3;
    NTSTATUS status = NtOpenKey(key.receive(), value ? KEY_SET_VALUE : DELETE, attributes.get());
    if (NT_SUCCESS(status) && value) {
        UNICODE_STRING name = command.words[3].unicode();
        status = NtDeleteValueKey(key.get(), &name);
    } else if (NT_SUCCESS(status)) {
        status = NtDeleteKey(key.get());
    }
    return NT_SUCCESS(status) ? 0 : complain(shell, value ? command.words[3].view() : path.view(), status);
}

}  // namespace

Text key_path(View typed) {
    const SIZE_T end = typed.find(u'\\');
    for (const Root& root : kRoots) {
        if (!typed.first(end).equals(View(root.abbreviation))) continue;
        Text path(root.path);
        path.append(typed.from(end));
        return path;
    }
    return Text(typed);
}

LONG command_reg(Shell& shell, const Command& command) {
    const View action = command.words[1];
    const Text path = key_path(command.words[2]);
    if (action.equals(u"query"))
        return query(shell, path, command.words.size() > 3 ? command.words[3].view() : View());
    if (action.equals(u"add")) return add(shell, command, path);
    if (action.equals(u"delete")) return remove(shell, command, path);
    shell.out.print(u"reg: {} is none of query, add, delete\n", action);
    return 1;
}

}  // namespace ntcmd
