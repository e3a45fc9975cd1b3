// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Afd. A file becomes a socket by its CREATE request; a poll needs none. All it asks for is answered
// here (docs/decisions/0028).
#pragma once

#include "executive/io/afd/socket.hpp"

namespace io::afd {

class AfdDevice final : public Device {
public:
    AfdDevice() : Device(FILE_DEVICE_NETWORK, 0) {}
    void start(Irp& irp) override;
    void cancel(Irp& irp) override;
    void cleanup(File& file) override;
};

}  // namespace io::afd
