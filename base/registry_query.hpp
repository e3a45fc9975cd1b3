// SPDX-License-Identifier: GPL-3.0-only
//
// RtlQueryRegistryValues, as ntdll.dll has it for programs and ntoskrnl.exe for drivers: a table of values to
// fetch, each given to a routine or stored at once. The two differ in whose memory a string goes to, and a
// program has an environment to expand strings with; that is what `Host` says:
//   void* allocate(SIZE_T bytes);  null when there is none
//   void release(void* memory);
//   NTSTATUS expand(UNICODE_STRING* source, UNICODE_STRING* target, ULONG* needed);  of an environment
//   string,
//       STATUS_BUFFER_TOO_SMALL with the bytes that are needed
// `Table` is RTL_QUERY_REGISTRY_TABLE.
#pragma once

#include "abi/nt/ntdll.h"

namespace base {

template <typename Table, typename Host>
class RegistryQuery {
public:
    RegistryQuery(Host& host, PVOID context) : host_(host), context_(context) {}

    // Walks the table to its end: an entry without a routine that is neither a subkey nor stored. `top` is
    // the key that the query is about, or null when it is missing and may be: then the defaults are given.
    // STATUS_OBJECT_NAME_NOT_FOUND: what is required is missing. STATUS_OBJECT_TYPE_MISMATCH: it is of
    // another type than the entry says. STATUS_BUFFER_TOO_SMALL: an entry's room is. Else what a routine
    // answered.
    NTSTATUS run(HANDLE top, const Table* entry) {
        HANDLE key = top;
        NTSTATUS status = STATUS_SUCCESS;
        for (; NT_SUCCESS(status) && (entry->QueryRoutine || (entry->Flags & (kSubkey | kDirect))); ++entry) {
            if ((entry->Flags & (kSubkey | kTopKey)) && key != top) {
                NtClose(key);
                key = top;
            }
            status = one(top, *entry, key);
        }
        if (key != top) NtClose(key);
        return status;
    }

private:
    enum Flags : ULONG {
        kSubkey = 0x01,
        kTopKey = 0x02,
        kRequired = 0x04,
        kNoValue = 0x08,
        kNoExpand = 0x10,
        kDirect = 0x20,
        kDelete = 0x40,
        kTypeCheck = 0x100,
    };
    static constexpr ULONG kTypeShift = 24;  // in DefaultType: what kTypeCheck expects
    static constexpr ULONG kDefaultType = 0x00ffffff;

    // Memory of the host's, for as long as it is needed.
    class Buffer {
    public:
        explicit Buffer(Host& host) : host_(host) {}
        ~Buffer() { drop(); }
        Buffer(const Buffer&) = delete;
        Buffer& operator=(const Buffer&) = delete;
        NTSTATUS make(SIZE_T bytes) {
            drop();
            data_ = static_cast<UCHAR*>(host_.allocate(bytes));
            return data_ ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
        UCHAR* data() const { return data_; }

    private:
        void drop() {
            if (data_) host_.release(data_);
            data_ = nullptr;
        }
        Host& host_;
        UCHAR* data_ = nullptr;
    };
    struct Value {
        ULONG type;
        UCHAR* data;
        ULONG length;  // in bytes
    };

    static bool is_text(ULONG type) {
        return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
    }
    static bool retry(NTSTATUS status) {
        return status == STATUS_BUFFER_TOO_SMALL || status == STATUS_BUFFER_OVERFLOW;
    }
    static SIZE_T length_of(const WCHAR* text) {
        SIZE_T length = 0;
        while (text[length])
            ++length;
        return length;
    }
    static void copy(void* to, const void* from, SIZE_T bytes) {
        for (SIZE_T i = 0; i < bytes; ++i)
            static_cast<UCHAR*>(to)[i] = static_cast<const UCHAR*>(from)[i];
    }

    NTSTATUS one(HANDLE top, const Table& entry, HANDLE& key) {
        // What is stored has a name, and no routine.
        if ((entry.Flags & kDirect) && (!entry.Name || entry.QueryRoutine || (entry.Flags & kSubkey)))
            return STATUS_INVALID_PARAMETER;
        if (entry.Flags & kSubkey) return enter(top, entry, key);
        if ((entry.Flags & kNoValue) && entry.QueryRoutine)
            return entry.QueryRoutine(nullptr, REG_NONE, nullptr, 0, context_, entry.EntryContext);
        return entry.Name ? named(key, entry) : all(key, entry);
    }

    NTSTATUS enter(HANDLE top, const Table& entry, HANDLE& key) {
        if (!entry.Name) return STATUS_INVALID_PARAMETER;
        if (!top) return STATUS_OBJECT_NAME_NOT_FOUND;
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, entry.Name);
        OBJECT_ATTRIBUTES attributes;
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, top, nullptr);
        HANDLE below = nullptr;
        NTSTATUS status = NtOpenKey(&below, MAXIMUM_ALLOWED, &attributes);
        if (!NT_SUCCESS(status)) return status;
        key = below;
        return entry.QueryRoutine ? all(key, entry) : STATUS_SUCCESS;
    }

    NTSTATUS named(HANDLE key, const Table& entry) {
        if (!key) return by_default(entry);
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, entry.Name);
        Buffer buffer(host_);
        ULONG length = 0;
        NTSTATUS status = NtQueryValueKey(key, &name, KeyValuePartialInformation, nullptr, 0, &length);
        // It may grow between the two calls.
        while (retry(status)) {
            const ULONG room = length;
            // Two characters more, so that a text without an end has one.
            status = buffer.make(room + 2 * sizeof(WCHAR));
            if (!NT_SUCCESS(status)) return status;
            status = NtQueryValueKey(key, &name, KeyValuePartialInformation, buffer.data(), room, &length);
        }
        if (status == STATUS_OBJECT_NAME_NOT_FOUND) return by_default(entry);
        if (!NT_SUCCESS(status)) return status;
        auto* found = reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer.data());
        return found_value(key, entry, entry.Name, {found->Type, found->Data, found->DataLength});
    }

    // An entry without a name gets every value of the key.
    NTSTATUS all(HANDLE key, const Table& entry) {
        bool any = false;
        for (ULONG index = 0; key;) {
            Buffer buffer(host_), name(host_);
            ULONG length = 0;
            NTSTATUS status = NtEnumerateValueKey(key, index, KeyValueFullInformation, nullptr, 0, &length);
            while (retry(status)) {
                const ULONG room = length;
                status = buffer.make(room + 2 * sizeof(WCHAR));
                if (!NT_SUCCESS(status)) return status;
                status =
                    NtEnumerateValueKey(key, index, KeyValueFullInformation, buffer.data(), room, &length);
            }
            if (status == STATUS_NO_MORE_ENTRIES) break;
            if (!NT_SUCCESS(status)) return status;
            auto* found = reinterpret_cast<KEY_VALUE_FULL_INFORMATION*>(buffer.data());
            status = name.make(found->NameLength + sizeof(WCHAR));
            if (!NT_SUCCESS(status)) return status;
            copy(name.data(), found->Name, found->NameLength);
            auto* text = reinterpret_cast<PWSTR>(name.data());
            text[found->NameLength / sizeof(WCHAR)] = 0;
            any = true;
            status = found_value(key, entry, text,
                                 {found->Type, buffer.data() + found->DataOffset, found->DataLength});
            if (!NT_SUCCESS(status)) return status;
            // What has been deleted makes room for the next.
            if (!(entry.Flags & kDelete)) ++index;
        }
        return any || !(entry.Flags & kRequired) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
    }

    NTSTATUS found_value(HANDLE key, const Table& entry, PWSTR name, Value value) {
        if ((entry.Flags & kTypeCheck) && entry.DefaultType >> kTypeShift != value.type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        // The room behind the value, in which a text ends.
        copy(value.data + value.length, u"\0", 2 * sizeof(WCHAR));
        NTSTATUS status = give(entry, name, value);
        if (!NT_SUCCESS(status) || !(entry.Flags & kDelete)) return status;
        UNICODE_STRING text;
        RtlInitUnicodeString(&text, name);
        return NtDeleteValueKey(key, &text);
    }

    NTSTATUS by_default(const Table& entry) {
        if (entry.Flags & kRequired) return STATUS_OBJECT_NAME_NOT_FOUND;
        const ULONG type = entry.DefaultType & kDefaultType;
        if (type == REG_NONE) return STATUS_SUCCESS;
        Value value = {type, static_cast<UCHAR*>(entry.DefaultData), entry.DefaultLength};
        if (!value.length && value.data && is_text(type)) value.length = text_bytes(type, entry.DefaultData);
        return give(entry, entry.Name, value);
    }

    // Of a default that does not say how long it is: with its end, which is another one for a list.
    static ULONG text_bytes(ULONG type, PVOID data) {
        auto* text = static_cast<const WCHAR*>(data);
        SIZE_T length = length_of(text) + 1;
        while (type == REG_MULTI_SZ && text[length])
            length += length_of(text + length) + 1;
        if (type == REG_MULTI_SZ) ++length;
        return static_cast<ULONG>(length * sizeof(WCHAR));
    }

    // A value of the registry has an end behind it, and so has a default.
    NTSTATUS give(const Table& entry, PWSTR name, Value value) {
        if (value.type == REG_EXPAND_SZ && !(entry.Flags & kNoExpand)) return expanded(entry, name, value);
        if (value.type != REG_MULTI_SZ || (entry.Flags & kNoExpand)) return deliver(entry, name, value);
        // Each text of a list is given on its own.
        for (ULONG done = 0; value.length - done >= sizeof(WCHAR);) {
            UCHAR* text = value.data + done;
            ULONG bytes = 0;
            while (value.length - done - bytes >= sizeof(WCHAR) && (text[bytes] || text[bytes + 1]))
                bytes += sizeof(WCHAR);
            if (!bytes) break;
            bytes += sizeof(WCHAR);
            const NTSTATUS status = deliver(entry, name, {REG_SZ, text, bytes});
            if (!NT_SUCCESS(status)) return status;
            done += bytes < value.length - done ? bytes : value.length - done;
        }
        return STATUS_SUCCESS;
    }

    NTSTATUS expanded(const Table& entry, PWSTR name, Value value) {
        ULONG length = value.length;
        while (length >= sizeof(WCHAR) && !value.data[length - 1] && !value.data[length - 2])
            length -= sizeof(WCHAR);
        if (length > kLongestText) return STATUS_NAME_TOO_LONG;
        UNICODE_STRING source = {static_cast<USHORT>(length), static_cast<USHORT>(length),
                                 reinterpret_cast<PWSTR>(value.data)};
        Buffer buffer(host_);
        NTSTATUS status = STATUS_BUFFER_TOO_SMALL;
        for (ULONG room = length + 64; status == STATUS_BUFFER_TOO_SMALL;) {
            if (room > kLongestText) return STATUS_NAME_TOO_LONG;
            status = buffer.make(room + sizeof(WCHAR));
            if (!NT_SUCCESS(status)) return status;
            UNICODE_STRING target = {0, static_cast<USHORT>(room), reinterpret_cast<PWSTR>(buffer.data())};
            ULONG needed = 0;
            status = host_.expand(&source, &target, &needed);
            if (NT_SUCCESS(status)) {
                target.Buffer[target.Length / sizeof(WCHAR)] = 0;
                return deliver(entry, name,
                               {REG_SZ, buffer.data(), static_cast<ULONG>(target.Length + sizeof(WCHAR))});
            }
            room = needed > room ? needed : 2 * room;
        }
        return status;
    }

    NTSTATUS deliver(const Table& entry, PWSTR name, Value value) {
        if (entry.Flags & kDirect) return store(entry.EntryContext, value);
        return entry.QueryRoutine(name, value.type, value.data, value.length, context_, entry.EntryContext);
    }

    // Texts into a UNICODE_STRING; up to four bytes as they are; more into a buffer that begins with its
    // size: as a negative number, and the bytes alone are stored, or as a positive one, and their length and
    // type come first.
    NTSTATUS store(PVOID place, Value value) {
        if (is_text(value.type)) return store_text(*static_cast<PUNICODE_STRING>(place), value);
        if (value.length <= sizeof(ULONG)) {
            copy(place, value.data, value.length);
            return STATUS_SUCCESS;
        }
        LONG size;
        copy(&size, place, sizeof(size));
        const ULONG head = size < 0 ? 0 : 2 * sizeof(ULONG);
        const ULONG room = size < 0 ? 0u - static_cast<ULONG>(size) : static_cast<ULONG>(size);
        if (room < head || room - head < value.length) return STATUS_BUFFER_TOO_SMALL;
        auto* bytes = static_cast<UCHAR*>(place);
        if (head) {
            copy(bytes, &value.length, sizeof(ULONG));
            copy(bytes + sizeof(ULONG), &value.type, sizeof(ULONG));
        }
        copy(bytes + head, value.data, value.length);
        return STATUS_SUCCESS;
    }

    // With its end, which is not counted. A list keeps the one of its last text.
    NTSTATUS store_text(UNICODE_STRING& target, Value value) {
        ULONG length = value.length;
        const auto ends = [&] {
            return length >= sizeof(WCHAR) && !value.data[length - 1] && !value.data[length - 2];
        };
        if (value.type == REG_MULTI_SZ) {
            if (ends()) length -= sizeof(WCHAR);
        } else {
            while (ends())
                length -= sizeof(WCHAR);
        }
        if (length > kLongestText) return STATUS_BUFFER_TOO_SMALL;
        if (!target.Buffer) {
            target.Buffer = static_cast<PWSTR>(host_.allocate(length + sizeof(WCHAR)));
            if (!target.Buffer) return STATUS_NO_MEMORY;
            target.MaximumLength = static_cast<USHORT>(length + sizeof(WCHAR));
        }
        if (target.MaximumLength < length + sizeof(WCHAR)) return STATUS_BUFFER_TOO_SMALL;
        copy(target.Buffer, value.data, length);
        target.Length = static_cast<USHORT>(length);
        target.Buffer[length / sizeof(WCHAR)] = 0;
        return STATUS_SUCCESS;
    }

    static constexpr ULONG kLongestText = 0xfff0;  // in bytes

    Host& host_;
    PVOID context_;
};

}  // namespace base
