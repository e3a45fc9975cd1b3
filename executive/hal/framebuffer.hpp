// SPDX-License-Identifier: GPL-3.0-only
//
// A linear framebuffer of 15 to 32 bits a pixel, as the boot loader set it up, used as a text screen with an
// 8 x 16 font.
#pragma once

#include "executive/hal/terminal.hpp"

namespace hal {

class Framebuffer final : public Display {
public:
    constexpr Framebuffer() = default;
    // STATUS_NO_SUCH_DEVICE when the boot loader left none.
    Result<void> open();

    ConsoleSize size() const override { return {width_ / kGlyphWidth, height_ / kGlyphHeight}; }
    void draw(unsigned row, unsigned column, Cell cell) override;
    void move_cursor(unsigned row, unsigned column, bool visible) override;

private:
    static constexpr unsigned kGlyphWidth = 8;
    static constexpr unsigned kGlyphHeight = 16;

    struct Mode {
        uint64_t address;
        uint32_t pitch;
        uint32_t width;
        uint32_t height;
        uint8_t bits;
    };
    static Result<Mode> multiboot2_mode();
    static Result<Mode> vbe_mode();
    void paint(unsigned row, unsigned column, Cell cell, bool cursor);
    uint32_t pixel(unsigned colour) const;

    uint8_t* pixels_ = nullptr;
    uint32_t pitch_ = 0;
    uint32_t width_ = 0;
    uint32_t height_ = 0;
    uint32_t bytes_ = 4;
    uint8_t bits_ = 32;
    Vector<Cell> cells_;
    unsigned cursor_ = ~0u;
};

}  // namespace hal
