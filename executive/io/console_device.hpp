// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Console: what is written to it appears on the screen and its serial mirror. Text is UTF-8 with VT
// sequences (hal/console.hpp). It cannot be read: keys come from the keyboard device.
#pragma once

#include "executive/io/file.hpp"

namespace io {

class ConsoleDevice final : public Device {
public:
    ConsoleDevice() : Device(FILE_DEVICE_CONSOLE, 0) {}
    void start(Irp& irp) override;

private:
    NTSTATUS write(Irp& irp);
};

}  // namespace io
