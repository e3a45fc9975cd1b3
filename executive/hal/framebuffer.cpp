// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/framebuffer.hpp"

#include <string.h>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/font.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr uint8_t kDirectColour = 1;
constexpr uint32_t kLargestSide = 16384;

// Red, green, blue of VGA's sixteen colours, in 8 bits each.
constexpr uint32_t kColours[16] = {0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa,
                                   0xaa5500, 0xaaaaaa, 0x555555, 0x5555ff, 0x55ff55, 0x55ffff,
                                   0xff5555, 0xff55ff, 0xffff55, 0xffffff};

}  // namespace

// Block 4, as a Multiboot 2 loader reports it.
Result<Framebuffer::Mode> Framebuffer::multiboot2_mode() {
    auto block = boot_block(kBootBlockFramebuffer);
    if (block.size() < 22 || block[21] != kDirectColour) return fail(STATUS_NO_SUCH_DEVICE);
    return Mode{acpi_field<uint64_t>(block, 0), acpi_field<uint32_t>(block, 8),
                acpi_field<uint32_t>(block, 12), acpi_field<uint32_t>(block, 16), block[20]};
}

// Block 1, as a Multiboot 1 loader reports it: 512 bytes of control information, then VBE's mode information.
Result<Framebuffer::Mode> Framebuffer::vbe_mode() {
    auto block = boot_block(kBootBlockVbe);
    if (block.size() < 512 + 256) return fail(STATUS_NO_SUCH_DEVICE);
    auto mode = block.subspan(512, 256);
    constexpr uint16_t kLinearGraphics = 0x90;
    constexpr uint8_t kDirectColourModel = 6;
    if ((acpi_field<uint16_t>(mode, 0) & kLinearGraphics) != kLinearGraphics ||
        mode[27] != kDirectColourModel)
        return fail(STATUS_NO_SUCH_DEVICE);
    return Mode{acpi_field<uint32_t>(mode, 40), acpi_field<uint16_t>(mode, 16),
                acpi_field<uint16_t>(mode, 18), acpi_field<uint16_t>(mode, 20), mode[25]};
}

Result<void> Framebuffer::open() {
    auto found = multiboot2_mode();
    if (!found) found = vbe_mode();
    Mode mode = TRY(std::move(found));
    if (mode.bits != 15 && mode.bits != 16 && mode.bits != 24 && mode.bits != 32)
        return fail(STATUS_NO_SUCH_DEVICE);
    uint32_t bytes = (mode.bits + 7u) / 8;
    bool fits = mode.width >= 320 && mode.height >= 200 && mode.width <= kLargestSide &&
                mode.height <= kLargestSide && mode.pitch >= mode.width * bytes &&
                mode.pitch <= kLargestSide * 4;
    if (!fits) return fail(STATUS_NO_SUCH_DEVICE);
    auto memory = TRY(map_physical(mode.address, size_t{mode.pitch} * mode.height, Cache::WriteCombining));
    pitch_ = mode.pitch;
    width_ = mode.width;
    height_ = mode.height;
    bytes_ = bytes;
    bits_ = mode.bits;
    TRY(cells_.resize(size_t{size().columns} * size().rows));
    pixels_ = memory.data();
    memset(pixels_, 0, memory.size());
    return {};
}

uint32_t Framebuffer::pixel(unsigned colour) const {
    uint32_t rgb = kColours[colour & 15];
    if (bits_ > 16) return rgb;
    uint32_t red = rgb >> 19 & 31;
    uint32_t blue = rgb >> 3 & 31;
    return bits_ == 16 ? red << 11 | (rgb >> 10 & 63) << 5 | blue : red << 10 | (rgb >> 11 & 31) << 5 | blue;
}

void Framebuffer::paint(unsigned row, unsigned column, Cell cell, bool cursor) {
    constexpr unsigned kCursorRow = 14;
    uint32_t front = pixel(cell.attribute & 15);
    uint32_t back = pixel(cell.attribute >> 4);
    for (unsigned y = 0; y < kGlyphHeight; ++y) {
        uint8_t* at =
            pixels_ + size_t{row * kGlyphHeight + y} * pitch_ + size_t{column} * kGlyphWidth * bytes_;
        uint8_t bits = cursor && y >= kCursorRow ? 0xff : glyph_row(cell.character, y);
        for (unsigned x = 0; x < kGlyphWidth; ++x, at += bytes_) {
            uint32_t value = bits & (0x80 >> x) ? front : back;
            memcpy(at, &value, bytes_);
        }
    }
}

void Framebuffer::draw(unsigned row, unsigned column, Cell cell) {
    unsigned index = row * size().columns + column;
    cells_[index] = cell;
    paint(row, column, cell, index == cursor_);
}

void Framebuffer::move_cursor(unsigned row, unsigned column, bool visible) {
    unsigned columns = size().columns;
    unsigned index = visible ? row * columns + column : ~0u;
    if (index == cursor_) return;
    unsigned old = cursor_;
    cursor_ = index;
    if (old != ~0u) paint(old / columns, old % columns, cells_[old], false);
    if (visible) paint(row, column, cells_[index], true);
}

}  // namespace hal
