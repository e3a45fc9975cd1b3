// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Nsi: the tables of network interfaces and their addresses, as libwine's nsi.dll asks for them below
// GetAdaptersAddresses, GetIfTable2 and their like. There is one interface, loopback's, with 127.0.0.1 and
// ::1.
#pragma once

#include "executive/io/device.hpp"

namespace io::afd {

class NsiDevice final : public Device {
public:
    NsiDevice() : Device(FILE_DEVICE_NETWORK, 0) {}
    void start(Irp& irp) override;
};

}  // namespace io::afd
