// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Console (abi/console/screen.h): what is written to it appears on the screen and its serial mirror.
// Text is UTF-8 with VT sequences (hal/console.hpp). Long texts are written in slices, and none gets between.
// What is read from it was typed on the serial line, for whoever has asked first; 256 bytes are kept for who
// has not asked yet, and then the line itself holds what comes.
#pragma once

#include "executive/io/file.hpp"
#include "executive/ke/hardware.hpp"
#include "executive/ke/pacer.hpp"

namespace io {

class ConsoleDevice final : public Device, private ke::PacedWork, private ke::Doorbell {
public:
    ConsoleDevice() : Device(FILE_DEVICE_CONSOLE, 0) {}
    void start(Irp& irp) override;
    void cancel(Irp& irp) override;

private:
    // Writes for a slice at the text that is first; true when none is left.
    bool slice() override;
    void write(Irp& irp);
    // Something was typed.
    bool received() override;
    Result<void> listen();
    void read(Irp& irp);
    void serve_reads();
    void control(Irp& irp);

    // Writes that go on, one after the other. Each is held.
    List<Irp, QueueTag> writes_;
    size_t written_ = 0;  // bytes of the first
    // Reads that wait for keys. Each is held.
    List<Irp, QueueTag> reads_;
    Own<ke::Interrupt> interrupt_;  // from the first read on
    uint8_t typed_[256];
    size_t typed_length_ = 0;
};

}  // namespace io
