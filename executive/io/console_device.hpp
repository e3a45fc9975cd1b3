// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Console: what is written to it appears on the screen and its serial mirror. Text is UTF-8 with VT
// sequences (hal/console.hpp). Long texts are written in slices, and none gets between. It cannot be read:
// keys come from the keyboard device.
#pragma once

#include "executive/io/file.hpp"
#include "executive/ke/pacer.hpp"

namespace io {

class ConsoleDevice final : public Device, private ke::PacedWork {
public:
    ConsoleDevice() : Device(FILE_DEVICE_CONSOLE, 0) {}
    void start(Irp& irp) override;

private:
    // Writes for a slice at the text that is first; true when none is left.
    bool slice() override;
    void write(Irp& irp);

    // Writes that go on, one after the other. Each is held.
    List<Irp, QueueTag> writes_;
    size_t written_ = 0;  // bytes of the first
};

}  // namespace io
