// SPDX-License-Identifier: GPL-3.0-only
//
// What goes with a control code or an information class of files: the input that file systems, pipes and the
// console's host take for it, right in its form and near every edge in its numbers.
#pragma once

#include "tests/torture/services/generate.hpp"

namespace torture {

// Gives a call of NtFsControlFile, NtDeviceIoControlFile or NtSetInformationFile a code or class that is
// known here and an input for it; leaves calls of other services as they are.
void shape(World& world, const service_table::Service& service, Words& words);

// One of each kind in turn, for scenes that ask a file for all: the code, and where its input is.
struct Control {
    ULONG code;
    ULONG64 input;
    ULONG length;  // bytes
};
ULONG file_controls();
ULONG console_controls();
ULONG socket_controls();
// REQUIRES: index is less than the count above.
Control file_control(World& world, ULONG index);
Control console_control(World& world, ULONG index);
Control socket_control(World& world, ULONG index);

// What makes a file of \Device\Afd a socket of IPv4, and gives it an address on loopback or leads it to one.
enum class SocketCall { Bind, Connect };
Control socket_kind(World& world, bool stream);
Control socket_address(World& world, SocketCall call, UCHAR port);

// A symbolic link's data, FSCTL_SET_REPARSE_POINT's input: to `target`, of `units` characters.
Control link_control(World& world, const WCHAR* target, ULONG units, bool relative);

}  // namespace torture
