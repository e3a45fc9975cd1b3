// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Afd: sockets, as far as programs need them that have no network. A file becomes a socket by its
// first request, which names the address family, type and protocol, and tells them again. What would reach
// another socket is STATUS_NOT_SUPPORTED. Numbers and layouts are those that libwine's ws2_32.dll sends; it
// takes an answer to these requests at once for granted, so they are answered here and not by a driver.
#pragma once

#include "executive/io/file.hpp"

namespace io {

class SocketDevice final : public Device {
public:
    SocketDevice() : Device(FILE_DEVICE_NETWORK, 0) {}
    void start(Irp& irp) override;

private:
    void control(Irp& irp);
};

}  // namespace io
