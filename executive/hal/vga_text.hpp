// SPDX-License-Identifier: GPL-3.0-only
//
// The 80 x 25 colour text screen that a BIOS leaves on a VGA: characters at 0xB8000, the cursor in the CRT
// controller.
#pragma once

#include "executive/hal/terminal.hpp"

namespace hal {

class VgaText final : public Display {
public:
    // STATUS_NO_SUCH_DEVICE without a VGA.
    Result<void> open();
    // The same for text memory that is mapped already.
    Result<void> open_at(std::span<uint8_t> memory);

    ConsoleSize size() const override { return {80, 25}; }
    void draw(unsigned row, unsigned column, Cell cell) override;
    void move_cursor(unsigned row, unsigned column, bool visible) override;

private:
    volatile uint16_t* cells_ = nullptr;
    unsigned cursor_ = ~0u;
};

}  // namespace hal
