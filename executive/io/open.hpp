// SPDX-License-Identifier: GPL-3.0-only
//
// From a name to an open file.
#pragma once

#include "executive/io/file.hpp"

namespace io {

struct Opened {
    Ref<File> file;
    uint64_t information = FILE_OPENED;  // FILE_OPENED, FILE_CREATED, ...
};

// What is to be made, and what goes to its driver along with the name.
struct Creation {
    Major major = Major::Create;
    // A file: the extended attributes of one that is made or overwritten, a list that has been checked. A
    // pipe, a mailslot: its parameters, a multiple of 8 bytes.
    Vector<uint8_t> data{};
};

// Opens `name` (with its leading backslash, or empty) on a device. `call` null: the Executive asks.
// `asked`: the descriptor of a file that is made, checked; empty: none is asked for.
Task<Result<Opened>> open_on(ke::Call* call, Ref<Device> device, String name, OpenOptions options,
                             Vector<uint8_t> asked = {});
// By absolute path, for the Executive. STATUS_OBJECT_TYPE_MISMATCH when it names no device.
Task<Result<Opened>> open_path(ke::Call* call, String path, OpenOptions options);
// The path of an open file on its device as it is now, whatever has been renamed since it was opened.
// STATUS_DELETE_PENDING: it has none any more.
Task<Result<String>> name_now(ke::Call& call, Ref<File> file);
// By OBJECT_ATTRIBUTES, relative to a directory, device or file, with the descriptor that these may name.
// STATUS_INVALID_OWNER, STATUS_PRIVILEGE_NOT_HELD: he may not ask for that.
// STATUS_INVALID_DEVICE_REQUEST: what the name leads to holds no such thing.
Task<Result<Opened>> open_attributes(ke::Call& call, ke::Call::Attributes attributes, OpenOptions options,
                                     Creation creation = {});

}  // namespace io
