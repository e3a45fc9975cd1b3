// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/vga_text.hpp"

#include "executive/hal/code_page.hpp"
#include "executive/hal/machine.hpp"

namespace hal {

namespace {

constexpr uint64_t kTextMemory = 0xb8000;
constexpr uint16_t kCrtIndex = 0x3d4;
constexpr uint16_t kCrtData = 0x3d5;
constexpr uint8_t kCursorStart = 0x0a;
constexpr uint8_t kCursorEnd = 0x0b;
constexpr uint8_t kCursorHigh = 0x0e;
constexpr uint8_t kCursorLow = 0x0f;
constexpr uint8_t kCursorOff = 0x20;

void write_crt(uint8_t index, uint8_t value) {
    console_out8(kCrtIndex, index);
    console_out8(kCrtData, value);
}

}  // namespace

Result<void> VgaText::open() {
    return open_at(TRY(map_physical(kTextMemory, 80 * 25 * 2, Cache::Uncached)));
}

Result<void> VgaText::open_at(std::span<uint8_t> memory) {
    cells_ = reinterpret_cast<volatile uint16_t*>(memory.data());
    cells_[0] = 0x0755;
    if (cells_[0] != 0x0755) return fail(STATUS_NO_SUCH_DEVICE);
    write_crt(kCursorStart, 0x0e);
    write_crt(kCursorEnd, 0x0f);
    return {};
}

void VgaText::draw(unsigned row, unsigned column, Cell cell) {
    cells_[row * 80 + column] = static_cast<uint16_t>(cell.attribute << 8 | to_code_page_437(cell.character));
}

void VgaText::move_cursor(unsigned row, unsigned column, bool visible) {
    unsigned cursor = row * 80 + column + (visible ? 0 : 0x10000);
    if (cursor == cursor_) return;
    if ((cursor ^ cursor_) & 0xffff0000) write_crt(kCursorStart, visible ? 0x0e : kCursorOff);
    cursor_ = cursor;
    write_crt(kCursorHigh, static_cast<uint8_t>(cursor >> 8));
    write_crt(kCursorLow, static_cast<uint8_t>(cursor));
}

}  // namespace hal
